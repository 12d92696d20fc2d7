"""How strong an outline is: the mean gradient along the pixels that it is made of."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.imaging.feature_space.scale_space import smoothed
from pixture.segmentation.foreground.scales import Scales, sigmas

SCALE = 1.0
"""Standard deviation of the Gaussian under which gradients are taken, in pixels."""


def gradient(plane: Array, scales: Scales, *, threads: int | None = None) -> Array:
    """Return the gradient's magnitude at each pixel, a pixel of a plane the unit, by central differences.

    Parameters
    ----------
    plane
        (rows, columns) or (planes, rows, columns) float32.
    scales
        How many pixels along each axis are as long as that unit.
    threads
        As in `Choices`.
    """
    fine = np.pad(smoothed(plane, sigmas(SCALE, scales, plane.shape), threads=threads), 1, mode="edge")
    inner = (slice(1, -1),) * plane.ndim
    found: Array | None = None
    for axis, scale in reversed(list(enumerate(scales))):
        after, before = ((*inner[:axis], side, *inner[axis + 1 :]) for side in (slice(2, None), slice(0, -2)))
        along = (fine[after] - fine[before]) * np.float32(scale)
        found = along if found is None else np.hypot(along, found, out=found)
    assert found is not None
    found /= 2
    return found


def outline(mask: Mask) -> Mask:
    """Return the pixels of a mask that have a side in common with one outside it; the frame is no outline."""
    return mask & ~np.asarray(ndimage.binary_erosion(mask, border_value=1))


def mean_strength(of: Array, mask: Mask) -> float:
    """Return the mean of gradients along a mask's outline, 0 if it has none."""
    along = outline(mask)
    return float(of[along].mean(dtype=np.float64)) if along.any() else 0.0


def strong_pieces(mask: Mask, of: Array, weakest: float) -> Mask:
    """Return a mask without the pieces whose outline is weaker than a share of the typical piece's.

    The typical piece is the one that holds the middle pixel of all, pieces sorted by the strength of their
    outlines. What is blurred, out of focus or a shade of the background goes.
    """
    pieces, count = ndimage.label(mask, ndimage.generate_binary_structure(mask.ndim, mask.ndim))
    if count < 2:
        return mask
    strengths, sizes = _strengths(pieces, count, mask, of)
    order = np.argsort(strengths, kind="stable")
    typical = strengths[order][np.searchsorted(np.cumsum(sizes[order]), sizes.sum() / 2)]
    return np.concatenate([[False], strengths >= weakest * typical])[pieces]


def _strengths(pieces: Integers, count: int, mask: Mask, of: Array) -> tuple[Floats, Floats]:
    """Return the mean gradient along each piece's outline (infinite without one), and its pixels."""
    along = outline(mask)
    lengths = np.bincount(pieces[along], minlength=count + 1)[1:]
    sums = np.bincount(pieces[along], of[along], count + 1)[1:]
    strengths = np.divide(sums, lengths, out=np.full(count, np.inf), where=lengths > 0)
    return strengths, np.bincount(pieces.ravel(), minlength=count + 1)[1:].astype(np.float64)
