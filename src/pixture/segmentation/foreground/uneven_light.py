"""Uneven light: a smooth surface through most of a plane, taken off where that sets the classes apart."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Floats, Mask
from pixture.segmentation.foreground.otsu import otsu

BLOCKS = 64
"""The surface is fitted to the means of so many blocks along each axis, or to pixels if they are fewer."""

LEAST = 100
"""Blocks, fewer than which are too few for a surface."""

TUKEY = 4.685
"""Standard deviations of the residuals from where on a block says nothing (Tukey's biweight)."""

ITERATIONS = 30


def evened(plane: Array, mask: Mask, gain: float) -> Array | None:
    """Return a plane without its uneven light; None where it is as well as it is.

    A surface of second order goes through the blocks by iteratively reweighted least squares, so that objects
    on it, dark or bright, do not pull it. It is judged by Otsu's criterion, which must rise by `gain`.
    """
    before = otsu(plane[mask])
    surface = _surface(plane, mask)
    if before is None or surface is None:
        return None
    level = (plane - surface).astype(np.float32)
    after = otsu(level[mask])
    return level if after is not None and after.separation > before.separation + gain else None


def _surface(plane: Array, mask: Mask) -> Floats | None:
    (top, y), (left, x) = (_blocks(length) for length in plane.shape)
    counts = _sums(mask.astype(np.float64), top, left)
    sums = _sums(np.where(mask, plane, 0).astype(np.float64), top, left)
    there = counts > 0
    if np.count_nonzero(there) < LEAST or min(counts.shape) < 3:
        return None
    means, terms = (sums[there] / counts[there]), _terms(y[:, None], x[None])[:, there]
    weights: Floats = counts[there].copy()
    coefficients: Array = np.zeros(len(terms))
    for _ in range(ITERATIONS):
        left_side = (terms * weights) @ terms.T
        coefficients = np.asarray(np.linalg.lstsq(left_side, (terms * weights) @ means, rcond=None)[0])
        residuals = means - coefficients @ terms
        scale = 1.4826 * np.median(np.abs(residuals - np.median(residuals)))
        if scale <= 0:
            break
        far = np.clip(residuals / (TUKEY * scale), -1, 1)
        weights = counts[there] * (1 - far * far) ** 2
    rows, columns = (_places(length) for length in plane.shape)
    return np.asarray(np.tensordot(coefficients, _terms(rows[:, None], columns[None]), axes=1))


def _places(length: int) -> Floats:
    """Return the places of pixels along an axis, -1 to 1."""
    return (2 * np.arange(length) + 1) / length - 1


def _blocks(length: int) -> tuple[Array, Floats]:
    """Return where blocks begin, and their middles, -1 to 1."""
    edges = np.round(np.linspace(0, length, min(length, BLOCKS) + 1)).astype(np.intp)
    return edges[:-1], (edges[:-1] + edges[1:]) / length - 1


def _sums(values: Floats, top: Array, left: Array) -> Floats:
    return np.asarray(np.add.reduceat(np.add.reduceat(values, top, axis=0), left, axis=1))


def _terms(y: Floats, x: Floats) -> Floats:
    """Return 1, x, y, x², xy and y² over a grid, (6, rows, columns)."""
    one = np.ones(np.broadcast_shapes(y.shape, x.shape))
    return np.array([one, x * one, y * one, x * x * one, x * y, y * y * one])
