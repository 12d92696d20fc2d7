"""The ultrametric contour map: how strong the boundary is between each two pixels that touch.

The strength of a crack between two pixels is the height at which their superpixels become one region. A map
cut at a height, so that weaker boundaries are gone, shows exactly the outlines of the regions that the tree
has at that height (Arbeláez 2006). Where an image is masked, nothing has a boundary.
"""

from __future__ import annotations

from itertools import combinations
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array, Integers, Mask
from pixture.imaging.display.display import LINE, as_picture
from pixture.imaging.image import Image
from pixture.parallel import LEAST_ROWS, map_slabs
from pixture.segmentation.regions.kernels.outlines import crack_strengths, mark_outlines, strongest_cracks
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree

Strengths: TypeAlias = npt.NDArray[np.float32]
"""Strengths of boundaries: a map as large as the image needs no more digits."""

SMALL = 800
"""Pixels along the longer side of a picture, fewer than which it is drawn enlarged."""

MOST_TIMES = 4
"""How many times a small picture is enlarged at most."""


def contours(superpixels: Integers, tree: MergeTree, *, threads: int | None = None) -> Strengths:
    """Return the strength of the boundary at each pixel, (rows, columns) or (planes, rows, columns) float32.

    A crack between two pixels is put down at the one that is left of it or above it, in a volume in front of
    it, so a boundary is one pixel wide; of the cracks of a pixel the strongest counts. 0 where there is none,
    infinity between superpixels that touch and are never merged.

    Parameters
    ----------
    superpixels
        (rows, columns) or (planes, rows, columns) int32, 1 … n, and 0 where masked.
    tree
        Leaf i is the superpixel i + 1.

    Examples
    --------
    >>> tree = MergeTree([3, 3, 4, 4, 4], [0, 0, 0, 0.5, 2], [2, 3, 3, 5, 8])
    >>> contours(np.array([[1, 1, 2, 2], [3, 3, 3, 2]], np.int32), tree)
    array([[2., 2., 2., 0.],
           [0., 0., 2., 0.]], dtype=float32)
    """
    links, made_by = tree.links
    out = np.empty(superpixels.shape, np.float32)
    lines, to, height = _lines(superpixels), _lines(out), superpixels.shape[-2]

    def work(start: int, stop: int) -> None:
        strongest_cracks(lines, height, links, made_by, tree.heights, start, stop, to)

    map_slabs(work, len(lines), threads=threads, size=_slab(lines))
    return out


def contour_map(superpixels: Integers, tree: MergeTree, *, threads: int | None = None) -> Strengths:
    """Return the strength of every crack, in a grid with room for the cracks, (2 rows + 1, 2 columns + 1).

    Pixel (y, x) is at (2y + 1, 2x + 1), where the map is 0, the crack between two pixels between them. Where
    cracks meet, the strongest counts. So are maps laid out that the Berkeley benchmark reads. That of a
    volume is (2 planes + 1, 2 rows + 1, 2 columns + 1), likewise.

    Examples
    --------
    >>> tree = MergeTree([3, 3, 4, 4, 4], [0, 0, 0, 0.5, 2], [1, 1, 2, 2, 4])
    >>> contour_map(np.array([[1, 2], [3, 3]], np.int32), tree)
    array([[0. , 0. , 0.5, 0. , 0. ],
           [0. , 0. , 0.5, 0. , 0. ],
           [2. , 2. , 2. , 2. , 2. ],
           [0. , 0. , 0. , 0. , 0. ],
           [0. , 0. , 0. , 0. , 0. ]], dtype=float32)
    """
    out = np.zeros([2 * length + 1 for length in superpixels.shape], np.float32)
    axes = range(superpixels.ndim)
    for axis in axes:
        if superpixels.shape[axis] == 1:
            continue
        before, after = _without(superpixels, axis, -1), _without(superpixels, axis, 0)
        at = tuple(np.s_[2:-1:2] if along == axis else np.s_[1::2] for along in axes)
        out[at] = _cracks(before, after, tree, threads)
    # where cracks meet along two axes, then where these meet: the strongest of what ends there
    for meeting in range(2, superpixels.ndim + 1):
        for across in combinations(axes, meeting):
            meet = out[tuple(np.s_[::2] if along in across else np.s_[1::2] for along in axes)]
            for axis in across:
                ends = out[
                    tuple(np.s_[::2] if along in across and along != axis else np.s_[1::2] for along in axes)
                ]
                for side in (_without(meet, axis, 0), _without(meet, axis, -1)):
                    np.maximum(side, ends, out=side)
    return out


def _cracks(before: Integers, after: Integers, tree: MergeTree, threads: int | None) -> Strengths:
    """Return the strength of each crack between pixels and those after them, of their shape."""
    links, made_by = tree.links
    of, to = (np.ascontiguousarray(_lines(pixels)) for pixels in (before, after))
    found = np.empty(of.shape, np.float32)

    def work(start: int, stop: int) -> None:
        crack_strengths(of, to, links, made_by, tree.heights, start, stop, found)

    map_slabs(work, len(of), threads=threads, size=_slab(of))
    return found.reshape(before.shape)


def _without(values: Array, axis: int, end: int) -> Array:
    """Return all but the first (0) or the last (-1) of what lies along an axis."""
    cut = np.s_[1:] if end == 0 else np.s_[:-1]
    return values[(slice(None),) * axis + (cut,)]


def outlines(labels: Integers, *, threads: int | None = None) -> Mask:
    """Return where a region ends: pixels whose neighbour to the right or below is of another one.

    In a volume, or whose neighbour in the plane behind is. The line is one pixel wide. A region has no
    outline where it meets masked pixels, whose label is 0.

    >>> outlines(np.array([[1, 1, 2, 0], [1, 1, 2, 0]])).astype(int)
    array([[0, 1, 0, 0],
           [0, 1, 0, 0]])
    """
    out = np.empty(labels.shape, dtype=bool)
    lines, to, height = _lines(labels), _lines(out), labels.shape[-2]

    def work(start: int, stop: int) -> None:
        mark_outlines(lines, height, start, stop, to)

    map_slabs(work, len(lines), threads=threads, size=_slab(lines))
    return out


def times_enlarged(shape: tuple[int, ...]) -> int:
    """Return how many times a picture is enlarged, so that lines of one pixel hide little of it.

    >>> times_enlarged((321, 481)), times_enlarged((64, 64)), times_enlarged((427, 1000))
    (2, 4, 1)
    """
    longer = max(shape)
    return min(MOST_TIMES, (SMALL + longer - 1) // longer)


def outlined(image: Image, labels: Integers, times: int = 1, *, threads: int | None = None) -> Integers:
    """Return the image as it would be shown, the regions' outlines over it, uint8.

    Parameters
    ----------
    times
        How many times larger it is drawn, pixels as squares; outlines are one pixel of the larger picture.
    """
    picture = np.repeat(np.repeat(as_picture(image), times, axis=0), times, axis=1)
    larger = labels if times == 1 else np.repeat(np.repeat(labels, times, axis=0), times, axis=1)
    picture[outlines(larger, threads=threads)] = LINE
    return np.asarray(picture)


def _lines(values: Array) -> Array:
    """Return the rows of all planes, one after the other."""
    return values.reshape(-1, values.shape[-1])


def _slab(of: Array) -> int:
    return int(max(1, -(-LEAST_ROWS // of.shape[1])))
