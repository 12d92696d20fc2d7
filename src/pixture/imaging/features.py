"""What an image looks like, plane by plane: perceptual channels, and derivatives at a scale.

Planes are float32, (rows, columns), one after the other. Whatever the image's kind, the first plane is its
lightness, in units of CIE L* (0 black, 100 white), and the others are in comparable units, so that what is
tuned on photographs carries over.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixture.arrays import Array, Floats, Mask
from pixture.imaging.image import Image
from pixture.imaging.kernels import colour, smoothing
from pixture.imaging.lab_colour import FROM_LINEAR
from pixture.parallel import map_slabs

MOST_BANDS = 4
"""Principal components kept of an image whose channels are no colour."""

SPREAD = 20.0
"""Standard deviation given to the first principal component of bands: that of L* over photographs
(BSDS500 train: 10 to 30)."""

BALANCED = 1e-6
"""Share of a direction's coefficients below which their sum is rounding."""

_SETTLING = 1_000_000

_COLUMNS = 1 << 14
"""Columns of a volume that a thread smooths at a time along the planes."""


def perceptual_planes(image: Image, *, threads: int | None = None) -> Array:
    """Return an image as planes in which equal distances look about equally far apart.

    Colour becomes L*, a* and b*; one channel, and three that are the same, become L* alone; of other channels
    (of another number, or three of unlike units, `Image.is_colour`), each in units of its standard deviation,
    the principal components are taken, at most 4, the first one given the spread of L* over a photograph.
    Values are taken as they would be shown: integers over the range of the fewest bits, 8, 10, 12, 14 or 16,
    that hold the largest; floats within 0 … 1 as they are; all else stretched so that 99.8 % of what takes
    part fills the range.

    Returns
    -------
    array
        (planes, rows, columns) float32; masked pixels hold the image's mean.

    Examples
    --------
    >>> from pixture import image_from_array
    >>> perceptual_planes(image_from_array(np.array([[0, 255]], np.uint8))).round(2) + 0.0
    array([[[  0., 100.]]], dtype=float32)
    """
    rows, mask = image.rows, None if image.mask is None else image.mask.ravel()
    if image.channels == 1 or image.is_colour:
        seen = rows if mask is None else rows[mask]
        grey = bool((seen[:, 1:] == seen[:, :1]).all())
        planes = _shown(rows[:, :1] if grey else rows, mask)
        planes = _lab(np.repeat(planes, 3, axis=0), threads)[:1] if grey else _lab(planes, threads)
    else:
        planes = _principal(rows, mask)
    if mask is not None:
        seen = planes[:, mask]
        planes[:, ~mask] = seen.mean(axis=1, dtype=np.float64, keepdims=True)
    return np.asarray(planes.reshape(len(planes), *image.shape))


def shown_range(rows: Array, mask: Mask | None) -> tuple[float, float]:
    """Return the values that are shown as black and as white; those of masked rows do not matter.

    >>> shown_range(np.array([[7], [900]], np.uint16), None)
    (0.0, 1023.0)
    """
    seen = rows if mask is None else rows[mask]
    if rows.dtype.kind in "iu" and seen.min() >= 0:
        bits = max(8, 2 * -(-int(seen.max()).bit_length() // 2))  # sensors count to 8, 10, 12, 14 or 16 bits
        return 0.0, float(2**bits - 1)
    if rows.dtype.kind == "f" and seen.min() >= 0 and seen.max() <= 1:
        return 0.0, 1.0
    low, high = np.percentile(seen[:: max(1, len(seen) // _SETTLING)].astype(np.float64), (0.1, 99.9))
    return float(low), float(high)


def _shown(rows: Array, mask: Mask | None) -> Array:
    """Return (channels, pixels) float32, values in 0 … 1 as they would be shown."""
    low, high = shown_range(rows, mask)
    scale = 1 / (high - low) if high > low else 0.0
    shown = ((rows.T.astype(np.float64) - low) * scale).clip(0, 1)
    return np.asarray(np.nan_to_num(shown, copy=False), dtype=np.float32)


def _lab(shown: Array, threads: int | None) -> Array:
    planes = np.empty_like(shown)
    matrix = FROM_LINEAR.astype(np.float32)
    map_slabs(
        lambda start, stop: colour.to_lab(shown, matrix, start, stop, planes), shown.shape[1], threads=threads
    )
    return planes


def _principal(rows: Array, mask: Mask | None) -> Array:
    values = rows.astype(np.float64)
    seen = values if mask is None else values[mask]
    mean, spread = seen.mean(axis=0), seen.std(axis=0)
    scaled = (np.nan_to_num(values) - mean) / np.where(spread > 0, spread, 1)
    within = scaled if mask is None else scaled[mask]
    variances, directions = np.linalg.eigh(within.T @ within / len(within))
    order = np.argsort(-variances)[:MOST_BANDS]
    directions = directions[:, order]
    directions *= np.where(_upside_down(directions), -1, 1)
    unit = SPREAD / np.sqrt(variances[order[0]]) if variances[order[0]] > 0 else 0.0
    planes = (scaled @ directions).T * unit
    planes[0] += 50
    return np.ascontiguousarray(planes, dtype=np.float32)


def _upside_down(directions: Floats) -> Mask:
    """Return which of some eigenvectors, in columns, are to be turned round: their sign is arbitrary.

    What is bright in most bands is light. Where as much is dark (of two bands: one less the other), the first
    band says it, and not the rounding of a sum of 0.

    >>> _upside_down(np.array([[-0.6, -0.7071], [-0.8, 0.7071]]))
    array([ True,  True])
    """
    sums = directions.sum(axis=0)
    undecided = np.abs(sums) < BALANCED * np.abs(directions).sum(axis=0)
    found: Mask = np.where(undecided, directions[0], sums) < 0
    return found


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
