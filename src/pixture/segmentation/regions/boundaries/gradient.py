"""How strong a boundary is at every voxel of a volume: the gradient of what it looks like, at a scale.

Lengths are physical ones: a voxel may be longer than it is wide, and is smoothed less along that axis.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import correlate1d

from pixture.arrays import Array, Mask
from pixture.imaging.feature_space.scale_space import gaussian_taps
from pixture.parallel import map_slabs
from pixture.segmentation.regions.kernels.gradients import add_squared_gradient

LEAST_SHARE = 1e-6
"""Share of a window that takes part, below which what is in it is taken as nothing."""

NARROWEST = 0.1
"""Standard deviation in voxels, below which a Gaussian is 1 at its centre and 0 beside it."""


def gradient_magnitude(
    planes: Array,
    sigma: float,
    spacing: Sequence[float],
    *,
    mask: Mask | None = None,
    threads: int | None = None,
) -> Array:
    """Return the length of the gradient of smoothed channels, over all of them, at each voxel.

    Parameters
    ----------
    planes
        (channels, planes, rows, columns) float32, as of `perceptual_planes`.
    sigma
        Standard deviation of the Gaussian that smooths, in the unit of `spacing`.
    spacing
        Size of a voxel along planes, rows and columns.
    mask
        (planes, rows, columns), True where a voxel takes part. The others count in no mean and in no
        difference, so a hole has no boundary with what surrounds it.
    threads
        None takes every processor available; the answer is the same.

    Returns
    -------
    array
        (planes, rows, columns) float32, in units of the channels by unit of length; 0 where masked.

    Notes
    -----
    √(Σ_c |∇(G_σ * f_c)|²), by central differences. At the border the smoothed volume is mirrored, and the
    difference is that to the voxel itself, halved.

    Examples
    --------
    >>> ramp = np.zeros((1, 3, 9, 9), np.float32) + 4 * np.arange(9, dtype=np.float32)
    >>> float(gradient_magnitude(ramp, 1.0, (5.0, 1.0, 2.0))[1, 4, 4].round(3))
    2.0
    """
    out = np.zeros(planes.shape[1:], np.float32)
    through = np.empty((0, 0, 0), np.bool_) if mask is None else np.ascontiguousarray(mask)
    inverse = (0.5 / float(spacing[0]), 0.5 / float(spacing[1]), 0.5 / float(spacing[2]))
    for channel in planes:
        _add_gradient(
            smoothed_volume(channel, sigma, spacing, mask=mask, threads=threads),
            through,
            inverse,
            out,
            threads,
        )
    return np.sqrt(out, out=out)


def smoothed_volume(
    values: Array,
    sigma: float,
    spacing: Sequence[float],
    *,
    mask: Mask | None = None,
    threads: int | None = None,
) -> Array:
    """Return a volume smoothed by a Gaussian of `sigma` in the unit of `spacing`, float32.

    Borders are mirrored. Means are over what takes part; what does not is that of what does, within reach
    of the window.

    >>> smoothed_volume(np.eye(3)[None], 0.5, (9.0, 1.0, 1.0)).round(2)[0, 1]
    array([0.18, 0.64, 0.18], dtype=float32)
    """
    if mask is None:
        return _smoothed(np.array(values, np.float32), sigma, spacing, threads)
    found = _smoothed(np.where(mask, values, np.float32(0)), sigma, spacing, threads)
    covered = _smoothed(mask.astype(np.float32), sigma, spacing, threads)
    return np.divide(found, covered, out=found, where=covered > LEAST_SHARE)


def _add_gradient(
    values: Array, mask: Mask, inverse: tuple[float, float, float], out: Array, threads: int | None
) -> None:
    map_slabs(
        lambda start, stop: add_squared_gradient(values, mask, inverse, start, stop, out),
        len(out),
        threads=threads,
        size=1,
    )


def _smoothed(values: Array, sigma: float, spacing: Sequence[float], threads: int | None) -> Array:
    """Smooth a volume in place, and return it."""
    for axis, size in enumerate(spacing):
        apart = sigma / size
        if values.shape[axis] == 1 or apart < NARROWEST:
            continue
        taps = gaussian_taps(apart, max(1, int(np.ceil(4 * apart))))
        weights = np.array([*taps[:0:-1], *taps])
        # slabs lie across another axis than that which is smoothed along
        cut = np.moveaxis(values, 1 if axis == 0 else 0, 0)
        along = 1 if axis == 0 else axis
        _along(cut, weights, along, threads)
    return values


def _along(cut: Array, weights: Array, axis: int, threads: int | None) -> None:
    def work(start: int, stop: int) -> None:
        part = cut[start:stop]
        correlate1d(part, weights, axis, output=part, mode="reflect")

    map_slabs(work, len(cut), threads=threads, size=4)
