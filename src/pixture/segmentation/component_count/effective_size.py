"""How many independent pixels an image is worth."""

from __future__ import annotations

import math
from functools import reduce
from itertools import product

import numpy as np

from pixture.arrays import Array, Floats, Mask
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import map_slabs

REACH, LEAST_REACH, MOST_REACH = 0.1, 16, 128
"""Farthest lag looked at, as a share of the image's shorter side; least and most of it, in pixels.

What is correlated farther apart (light that fades across the picture) is rather structure than noise.
"""

SIDE, SIDE_IN_VOLUMES, MOST_WINDOWS = 512, 80, 2
"""Side of the windows in which correlations are taken, and how many of them along each axis: a megapixel, or
four of voxels."""

ORDER = 2.5
"""Power of the correlations. Between 2 and 3 simulated images say little; photographs are worth fewer
components the lower it is."""

NOISE = 4.0
"""Lags end where the mean square of the correlations is less than so many times that of their noise."""


def effective_size(counted: Histogram, mixture: Mixture, *, threads: int | None = None) -> float:
    """Return the number of independent pixels that an image is worth for fitting a mixture, n_eff.

    n_eff = n / Σ_h |ρ(h)|^2.5

    ρ(h) is the correlation, at the lag h, of the residuals: each pixel less the mean of its most responsible
    component, in units of that component's covariance (whitened). So the classes' own shapes, which are what
    is looked for, do not count as correlation; what remains is that of the noise or texture within classes.

    Parameters
    ----------
    counted
        The image's histogram. Masked pixels take no part.
    mixture
        What tells classes from noise.
    threads
        As in `Choices`.

    Returns
    -------
    float
        The image's number of pixels where neighbours are independent; less where they repeat each other.

    Notes
    -----
    Of a Gaussian field, the mean of x over n pixels has the variance of one over n / Σ ρ independent ones,
    the mean of x² that over n / Σ ρ² (Bartlett 1946; Bayley and Hammersley 1946), and the mean of the k-th
    Hermite polynomial that over n / Σ ρ^k, since the covariance of two is k! ρ^k. Which order a superfluous
    component lives on is a matter of the data: means and covariances are fitted anyway, so of Gaussian
    classes the third; of classes that are not quite Gaussian, the second as well, and there the sum of cubes
    takes every image for worth the most components. `ORDER` lies between. Lags are taken in rings about zero,
    until a ring's mean square falls to that of noise, Σ ρ² / n (Bartlett's formula).

    Examples
    --------
    >>> from pixture.imaging.histogram.histogram import histogram
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> noise = np.random.default_rng(0).normal(0, 1, (64, 64))
    >>> standard = Mixture([1.0], [[0.0]], [1.0], "spherical")
    >>> effective_size(histogram(image_from_array(noise)), standard)
    4096.0
    >>> doubled = noise.repeat(2, axis=0).repeat(2, axis=1)  # each value four times
    >>> round(doubled.size / effective_size(histogram(image_from_array(doubled)), standard), 1)
    1.8
    """
    n = counted.sample.total_weight
    correlations = residual_correlations(counted, mixture, threads=threads)
    squares, powers = (correlations**2).mean(axis=0), (np.abs(correlations) ** ORDER).mean(axis=0)
    reach = tuple(length // 2 for length in squares.shape)
    offsets = np.ogrid[tuple(slice(-far, far + 1) for far in reach)]
    rings = np.rint(np.sqrt(sum(offset**2 for offset in offsets))).astype(np.intp)
    total = summed = 1.0
    for ring in range(1, max(reach) + 1):
        there = squares[rings == ring]
        if there.size == 0 or there.mean() < NOISE * total / n:
            break
        total += float(there.sum())
        summed += float(powers[rings == ring].sum())
    return n / summed


def residual_correlations(counted: Histogram, mixture: Mixture, *, threads: int | None = None) -> Floats:
    """Return the correlation of each whitened channel at each lag, (d, 2 R + 1, 2 R' + 1), lag 0 amidst.

    Of a volume there is a third axis of lags. R and R' are as `REACH` says, or less where the image is
    smaller. By the Fourier transform of the pixels of one or several windows, zeros around them; each lag's
    sum of products is divided by the number of its pairs.
    """
    # float32: correlations need few digits, and transforms take half the time
    residuals = np.zeros((mixture.dimension, counted.sample.size + 1), np.float32)  # a masked pixel's is 0
    residuals[:, :-1] = _residuals(counted.sample, mixture, threads)
    rows = counted.rows(threads=threads)
    windows = _windows(rows)
    far = min(MOST_REACH, max(LEAST_REACH, math.ceil(REACH * min(rows.shape))))
    reach = [min(far, min(length, _side(rows)) - 1) for length in rows.shape]
    each = mixture.dimension + 1

    def work(start: int, stop: int) -> Array:
        window, channel = windows[start // each], start % each
        if channel == mixture.dimension:
            return _pairs(window < counted.sample.size, reach)
        return _products(residuals[channel][window], reach)

    products = np.array(map_slabs(work, each * len(windows), threads=threads, size=1), np.float64)
    sums = products.reshape(len(windows), each, *products.shape[1:]).sum(axis=0)
    sums, pairs = sums[:-1], sums[-1]
    middle = (slice(None), *(slice(at, at + 1) for at in reach))
    # transforms leave rounding where there is no pair
    covariances = np.where(pairs > 0.5, sums / np.maximum(pairs, 1), 0.0)
    variances = covariances[middle]
    correlations: Floats = covariances / np.where(variances > 0, variances, np.inf)
    return correlations


def _residuals(sample: WeightedSample, mixture: Mixture, threads: int | None) -> Floats:
    """Return P_k (x - m_k) of each row, (d, n), k its most responsible component; their mean is 0."""
    labels = posterior.labels(mixture, sample, threads=threads)
    residuals = np.empty((mixture.dimension, sample.size))
    for k in range(mixture.components):
        of_k = np.flatnonzero(labels == k)
        apart = sample.channels[:, of_k] - mixture.means[k][:, None]
        factor = mixture.factors[k]
        residuals[:, of_k] = factor @ apart if factor.ndim == 2 else factor[:, None] * apart
    return residuals - (residuals @ sample.weights / sample.total_weight)[:, None]


def _side(rows: Array) -> int:
    return SIDE if rows.ndim == 2 else SIDE_IN_VOLUMES


def _windows(rows: Array) -> list[Array]:
    """Return windows spread evenly over the whole; one in its middle where it is not much larger."""
    starts, side = [], _side(rows)
    for length in rows.shape:
        rest = max(0, length - side)
        count = min(MOST_WINDOWS, max(1, length // side))
        starts.append(np.linspace(0, rest, count).astype(int) if count > 1 else [rest // 2])
    return [rows[tuple(slice(at, at + side) for at in corner)] for corner in product(*starts)]


def _pairs(there: Mask, reach: list[int]) -> Array:
    """Return how many pairs of pixels that take part there are at each lag."""
    if there.all():
        along = [
            length - np.abs(np.arange(-far, far + 1)) for length, far in zip(there.shape, reach, strict=True)
        ]
        return reduce(np.multiply.outer, along)
    return _products(there.astype(np.float32), reach)


def _products(values: Array, reach: list[int]) -> Array:
    """Return Σ_x v(x) v(x + h) at each lag h up to `reach` along each axis."""
    # zeros as far as the reach; whole multiples of 32 are quick to transform
    shape = [-(-(length + far) // 32) * 32 for length, far in zip(values.shape, reach, strict=True)]
    axes = tuple(range(values.ndim))
    power = np.abs(np.fft.rfftn(values, shape, axes)) ** 2
    products = np.fft.irfftn(power, shape, axes)
    around = np.roll(products, reach, axis=axes)
    wanted: Array = around[tuple(slice(2 * far + 1) for far in reach)]
    return wanted
