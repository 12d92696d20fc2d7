"""A plane at a scale: smoothed by a Gaussian, and its derivatives there."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array
from pixture.imaging.kernels import colour, smoothing
from pixture.parallel import map_slabs


def gaussian_taps(sigma: float, reach: int) -> tuple[float, ...]:
    """Return a Gaussian's values at 0 … reach, float32, so that the whole symmetric kernel sums to 1.

    >>> [round(float(tap), 3) for tap in gaussian_taps(1.0, 2)]
    [0.403, 0.244, 0.054]
    """
    at = np.arange(reach + 1)
    values = np.exp(-(at**2) / (2 * sigma**2))
    return tuple((values / (values[0] + 2 * values[1:].sum())).astype(np.float32))


def smoothed(plane: Array, sigma: float, *, threads: int | None = None) -> Array:
    """Return a plane smoothed by a Gaussian of `sigma` pixels, (rows, columns) float32; borders are mirrored.

    >>> smoothed(np.eye(3, dtype=np.float32), 0.5).round(2)[1]
    array([0.18, 0.64, 0.18], dtype=float32)
    """
    out = np.empty_like(plane)
    taps = np.array(gaussian_taps(sigma, max(1, int(np.ceil(4 * sigma)))))
    map_slabs(
        lambda start, stop: smoothing.smooth(plane, taps, start, stop, out),
        len(plane),
        threads=threads,
        size=64,
    )
    return out


def derivatives(plane: Array, sigma: float, *, threads: int | None = None) -> Array:
    """Return a plane's first and second derivatives at a scale: Lx, Ly, Lxx, Lxy and Lyy.

    Each is multiplied by σ to the power of its order, which makes it comparable between scales (Lindeberg
    1998); taken by central differences of the plane smoothed by a Gaussian of `sigma` pixels.

    Returns
    -------
    array
        (5, rows, columns) float32; x runs along the columns.

    Examples
    --------
    >>> ramp = np.tile(np.arange(9, dtype=np.float32), (9, 1))
    >>> derivatives(ramp, 1.0)[:, 4, 4].round(3) + 0
    array([1., 0., 0., 0., 0.], dtype=float32)
    """
    out = np.empty((5, *plane.shape), np.float32)
    colour.derivatives(smoothed(plane, sigma, threads=threads), sigma, out)
    return out
