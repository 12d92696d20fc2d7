"""Objects that touch, told apart: a watershed of the distance to the background.

A convex object has one place that is farthest from the background; two that touch have two, with a neck
between them. Discretised outlines give every object many peaks, most of them shallow. A peak is kept where it
rises above its pass to a higher one by at least `DEPTH` of its own height, the radius of the object there: an
object of any size is judged by its own scale. Peaks that rise by less than `LEAST` pixels are rounding.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy import ndimage

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.segmentation.objects.kernels import find_peaks

DEPTH = 0.125
"""Share of an object's radius by which its peak rises above the neck; see docs/objects.md."""

LEAST = 0.75
"""The same in pixels, for objects of few of them."""


def split_touching(
    mask: Mask, pieces: Integers, connectivity: int, spacing: tuple[float, ...], likely: Array | None = None
) -> Integers:
    """Return the pieces of a foreground split where objects touch, 1 … n and 0 for the background.

    Parameters
    ----------
    mask
        The foreground, 2-D or 3-D.
    pieces
        Its connected pieces, numbered from 1.
    connectivity
        How many coordinates neighbours may differ in.
    spacing
        Size of a pixel along each axis; the distances are in its unit.
    likely
        The probability of the foreground: the distance is multiplied by it, so that a neck of doubtful
        pixels is the deeper.
    """
    if mask.all():  # no background to be distant from
        return pieces
    heights = ndimage.distance_transform_edt(mask, sampling=spacing)
    if likely is not None:
        heights *= likely
    peaks = _peaks(heights, mask, connectivity, LEAST * min(spacing))
    several = np.bincount(pieces.ravel()[peaks], minlength=int(pieces.max()) + 1) > 1
    crowded = several[pieces]
    if not several.any():
        return pieces
    from skimage.segmentation import watershed  # takes a while to load, and only what touches needs it

    seeds = np.zeros(mask.shape, np.int32)
    peaks = peaks[crowded.ravel()[peaks]]
    seeds.reshape(-1)[peaks] = np.arange(1, len(peaks) + 1)
    # from peaks of the same height water rises in one order, whatever else there is in the image
    heights.reshape(-1)[peaks] = heights.max() + np.arange(len(peaks), 0, -1)
    parts = watershed(-heights, seeds, connectivity=_ball(mask.ndim, connectivity), mask=crowded)
    return np.where(crowded, parts + pieces.max(), pieces)


def _peaks(heights: Floats, mask: Mask, connectivity: int, least: float) -> Integers:
    """Return the flat places of the peaks that stand for objects."""
    high = np.pad(heights, 1)
    inside = np.flatnonzero(np.pad(mask, 1))
    order = inside[np.argsort(-high.reshape(-1)[inside], kind="stable")]
    strides = np.array(high.strides) // high.itemsize
    steps = np.array(
        [
            int(np.dot(step, strides))
            for step in itertools.product((-1, 0, 1), repeat=mask.ndim)
            if 0 < np.abs(step).sum() <= connectivity
        ]
    )
    places = np.unravel_index(find_peaks(order, high.reshape(-1), steps, DEPTH, least), high.shape)
    found: Integers = np.ravel_multi_index(tuple(along - 1 for along in places), mask.shape)
    return found


def _ball(dimensions: int, connectivity: int) -> Mask:
    return np.asarray(ndimage.generate_binary_structure(dimensions, connectivity))
