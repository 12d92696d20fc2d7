"""Compiled passes along the cracks between pixels: where two superpixels meet, and how strongly.

The rows of a volume are those of all planes, one plane after the other; an image is one plane.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.compilation.jit import kernel
from pixture.segmentation.regions.kernels.meetings import NEVER, meeting

KNOWN = 4096
"""Pairs of superpixels whose strength is remembered; a power of two. Boundaries are runs of the same pair."""


@kernel
def _strength(
    links: Integers, made_by: Integers, heights: Array, a: int, b: int, pairs: Integers, strengths: Array
) -> float:
    """Return the height at which two superpixels become one, infinity if they never do; 0 beside a mask."""
    if a == b or a == 0 or b == 0:
        return 0.0
    first, second = min(a, b), max(a, b)
    pair = (np.int64(first) << 32) | second
    slot = (first * 40503 + second) & (KNOWN - 1)
    if pairs[slot] != pair:
        node = meeting(links, made_by, first - 1, second - 1)
        pairs[slot] = pair
        strengths[slot] = np.inf if node == NEVER else heights[node]
    strength: float = strengths[slot]
    return strength


@kernel
def crack_strengths(
    before: Integers,
    after: Integers,
    links: Integers,
    made_by: Integers,
    heights: Array,
    start: int,
    stop: int,
    out: Array,
) -> None:
    """Write the strength of the cracks between some rows of pixels and those that lie after them."""
    pairs, strengths = np.zeros(KNOWN, np.int64), np.zeros(KNOWN)
    for y in range(start, stop):
        for x in range(before.shape[1]):
            out[y, x] = _strength(links, made_by, heights, before[y, x], after[y, x], pairs, strengths)


@kernel
def strongest_cracks(
    superpixels: Integers,
    height: int,
    links: Integers,
    made_by: Integers,
    heights: Array,
    start: int,
    stop: int,
    out: Array,
) -> None:
    """Write the greatest strength of the cracks right of, below and behind each pixel of some rows.

    Planes are `height` rows high. As `crack_strengths`, but one map for all, which counts in images of 20
    megapixels.
    """
    pairs, strengths = np.zeros(KNOWN, np.int64), np.zeros(KNOWN)
    rows, columns = superpixels.shape
    for y in range(start, stop):
        last, behind = y % height == height - 1, y + height
        for x in range(columns):
            a = superpixels[y, x]
            strongest = 0.0
            if x + 1 < columns and superpixels[y, x + 1] != a:
                strongest = _strength(links, made_by, heights, a, superpixels[y, x + 1], pairs, strengths)
            if not last and superpixels[y + 1, x] != a:
                strongest = max(
                    strongest,
                    _strength(links, made_by, heights, a, superpixels[y + 1, x], pairs, strengths),
                )
            if behind < rows and superpixels[behind, x] != a:
                strongest = max(
                    strongest,
                    _strength(links, made_by, heights, a, superpixels[behind, x], pairs, strengths),
                )
            out[y, x] = strongest


@kernel
def mark_outlines(labels: Integers, height: int, start: int, stop: int, out: Mask) -> None:
    """Mark the pixels of some rows whose neighbour to the right, below or behind is of another region.

    Planes are `height` rows high.
    """
    rows, columns = labels.shape
    for y in range(start, stop):
        last, behind = y % height == height - 1, y + height
        for x in range(columns):
            a = labels[y, x]
            right = labels[y, x + 1] if x + 1 < columns else a
            below = labels[y + 1, x] if not last else a
            back = labels[behind, x] if behind < rows else a
            out[y, x] = a != 0 and (
                (right != a and right != 0) or (below != a and below != 0) or (back != a and back != 0)
            )
