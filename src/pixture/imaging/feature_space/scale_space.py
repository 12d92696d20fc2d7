"""A plane, or a volume, at a scale: smoothed by a Gaussian, and a plane's derivatives there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixture.arrays import Array
from pixture.imaging.kernels import colour, smoothing
from pixture.parallel import map_slabs

_COLUMNS = 1 << 14
"""Columns of a volume that a thread smooths at a time along the planes."""


def gaussian_taps(sigma: float, reach: int) -> tuple[float, ...]:
    """Return a Gaussian's values at 0 … reach, float32, so that the whole symmetric kernel sums to 1.

    >>> [round(float(tap), 3) for tap in gaussian_taps(1.0, 2)]
    [0.403, 0.244, 0.054]
    """
    at = np.arange(reach + 1)
    values = np.exp(-(at**2) / (2 * sigma**2))
    return tuple((values / (values[0] + 2 * values[1:].sum())).astype(np.float32))


def smoothed(plane: Array, sigma: float | Sequence[float], *, threads: int | None = None) -> Array:
    """Return a plane or a volume smoothed by a Gaussian, float32 of its shape; borders are mirrored.

    Parameters
    ----------
    plane
        (rows, columns) or (planes, rows, columns) float32.
    sigma
        The Gaussian's standard deviation in pixels, or one along each axis; 0 leaves an axis as it is.
    threads
        As in `Choices`.

    Examples
    --------
    >>> smoothed(np.eye(3, dtype=np.float32), 0.5).round(2)[1]
    array([0.18, 0.64, 0.18], dtype=float32)
    >>> smoothed(np.eye(3, dtype=np.float32), (0, 0.5)).round(2)[0]
    array([0.89, 0.11, 0.  ], dtype=float32)
    """
    sigmas = (sigma,) * plane.ndim if isinstance(sigma, int | float) else tuple(sigma)
    *deep, down, across = (_taps(one) for one in sigmas)
    rows = plane.shape[-2]
    if deep and len(deep[0]) > 1:
        source, between = plane.reshape(len(plane), -1), np.empty((len(plane), plane[0].size), np.float32)
        map_slabs(
            lambda start, stop: smoothing.smooth_first_axis(source, deep[0], start, stop, between),
            source.shape[1],
            threads=threads,
            size=_COLUMNS,
        )
        plane = between.reshape(plane.shape)
    out = np.empty_like(plane)
    stack, written = (array.reshape(-1, *plane.shape[-2:]) for array in (plane, out))
    if len(stack) == 1:
        map_slabs(
            lambda start, stop: smoothing.smooth(stack[0], down, across, start, stop, written[0]),
            rows,
            threads=threads,
            size=64,
        )
        return out

    def work(start: int, stop: int) -> None:
        for at in range(start, stop):
            smoothing.smooth(stack[at], down, across, 0, rows, written[at])

    map_slabs(work, len(stack), threads=threads, size=1)
    return out


def _taps(sigma: float) -> Array:
    """Return the kernel that smooths along an axis: 1 alone where the axis is left as it is."""
    taps = gaussian_taps(sigma, max(1, int(np.ceil(4 * sigma)))) if sigma > 0 else (np.float32(1),)
    return np.array(taps, np.float32)


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
