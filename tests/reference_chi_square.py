"""Naive twins of features and of the chi-square tensor: windows written out, convolved by SciPy."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import correlate

from pixture.arrays import Array, Floats


def gaussian(sigma: float, reach: int) -> Floats:
    """Return the whole kernel, (2 reach + 1,)."""
    at = np.arange(-reach, reach + 1)
    values: Floats = np.exp(-(at**2) / (2 * sigma**2))
    whole: Floats = values / values.sum()
    return whole


def half_windows(sigma: float, reach: int, angle: float) -> tuple[Floats, Floats]:
    """Return the weights of the two half-windows on either side of a line whose normal has this angle.

    Each is nowhere negative, and what one has the other has not. Along an axis their profile is the
    difference of the Gaussian's values one pixel before and one after; other directions are steered.
    """
    g = np.pad(gaussian(sigma, reach), 1)
    difference = np.zeros(2 * reach + 3)
    difference[1:-1] = g[:-2] - g[2:]
    difference[0], difference[-1] = -g[1], g[-2]
    difference *= 0.5 / difference[reach + 2 :].sum()
    across = np.cos(angle) * np.outer(g, difference) + np.sin(angle) * np.outer(difference, g)
    return across.clip(0), (-across).clip(0)


def chi_square(maps: Array, sigma: float, reach: int, angle: float) -> Floats:
    """Return, for each pixel, Σ (p - q)² / S over the maps: p, q the half-windows' means, S the window's."""
    one, other = half_windows(sigma, reach, angle)
    window = np.outer(gaussian(sigma, reach), gaussian(sigma, reach))
    total = np.zeros(maps.shape[1:])
    for plane in maps.astype(np.float64):
        p, q = correlate(plane, one, mode="reflect"), correlate(plane, other, mode="reflect")
        smoothed = np.pad(correlate(plane, window, mode="reflect"), 1, mode="symmetric")
        around = smoothed[1:-1, 2:] + smoothed[1:-1, :-2] + smoothed[2:, 1:-1] + smoothed[:-2, 1:-1]
        total += (p - q) ** 2 / (around / 4 + 1e-3)
    return total


def halved(plane: Array) -> Floats:
    """Return a plane of half the size."""
    for axis in (0, 1):
        plane = np.moveaxis(plane, axis, 0).astype(np.float64)
        if len(plane) % 2 == 0:
            plane = (plane[::2] + plane[1::2]) / 2
        elif len(plane) > 1:
            around = np.concatenate([plane[1:2], plane, plane[-2:-1]])
            plane = around[1:-1:2] / 2 + around[:-2:2] / 4 + around[2::2] / 4
        plane = np.moveaxis(plane, 0, axis)
    return plane
