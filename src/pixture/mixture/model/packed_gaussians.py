"""A mixture as the kernels read it: in the sample's precision, padded to whole tiles."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array, Floats, Reals
from pixture.errors import SampleError
from pixture.mixture.model.moments import Moments, mirrored

TILE = 3
"""Channels that a kernel takes at once: a colour is one tile, its moments ten sums in ten registers."""


class Components(Protocol):
    """What an E-step needs to know of a mixture: log(weight · density) = constant - ½ |P (x - mean)|².

    `Mixture` is one; so is whatever weighs Gaussians in another way (with noise, under a posterior).
    """

    @property
    def means(self) -> Floats:
        """(K, d)."""

    @property
    def factors(self) -> Floats:
        """P, (K, d, d) lower triangular, or its diagonal (K, d)."""

    @property
    def constants(self) -> Floats:
        """(K,)."""

    @property
    def components(self) -> int:
        """K."""

    @property
    def dimension(self) -> int:
        """Number of channels, d."""

    @property
    def dense(self) -> bool:
        """Whether the M-step needs whole second moments (d, d) or their diagonal."""


class Channels(Protocol):
    """What has channels: a mixture or a sample."""

    @property
    def dimension(self) -> int:
        """Number of channels, d."""


def same_channels(mixture: Channels, sample: Channels) -> None:
    """Refuse a sample of other channels than the mixture's: the kernels trust that they agree."""
    if sample.dimension != mixture.dimension:
        raise SampleError(
            f"The mixture has {mixture.dimension} channels, the sample {sample.dimension}; they must agree."
        )


class Gaussians(NamedTuple):
    """K Gaussians: log(weight · density) = constant - |P (x - mean) - offset|².

    P and offset hold a factor √½, so that no ½ stands in the kernels.

    Attributes
    ----------
    constants
        (K,), the log weight and log normalising constant, less the largest of them (`shift`).
    means
        (K, D), the means rounded to the arrays' dtype. D is the number of channels, rounded up to T whole
        tiles where the factors are dense; the padding is zero, and adds zero to whatever is summed.
    offsets
        (K, D), P (mean - rounded mean): what the rounding took.
    factors
        P, lower triangular: (K, 3, 3) of one tile, (K, T, T, 3, 3) of many; or its diagonal (K, d) where the
        covariances are diagonal.
    """

    constants: Reals
    means: Reals
    offsets: Reals
    factors: Reals


def gaussians(mixture: Components, dtype: npt.DTypeLike) -> tuple[Gaussians, float]:
    """Return a mixture for the kernels, and the shift that its constants lack.

    In one channel a full covariance is a variance, and goes the diagonal way.

    >>> from pixture.mixture.model.mixture import Mixture
    >>> packed, shift = gaussians(Mixture([1.0], [[5.0, 6.0]], [np.eye(2)]), np.float32)
    >>> packed.means, packed.factors.shape
    (array([[5., 6., 0.]], dtype=float32), (1, 3, 3))
    """
    factors = mixture.factors * np.sqrt(0.5)
    K, d = mixture.means.shape
    if d == 1:
        factors = factors.reshape(K, 1)
    means = mixture.means.astype(dtype)
    lost = mixture.means - means
    if factors.ndim == 2:
        offsets = factors * lost
    else:
        offsets = np.einsum("kjm,km->kj", factors, lost)
        if d % TILE:
            means, offsets, factors = (_padded(array, d) for array in (means, offsets, factors))
        factors = _tiled(factors)
    shift = float(mixture.constants.max())
    parts = (mixture.constants - shift, means, offsets, factors)
    return Gaussians(*(np.ascontiguousarray(part, dtype=dtype) for part in parts)), shift


def unpacked(
    packed: Gaussians,
    mixture: Components,
    zeroth: Floats,
    first: Floats,
    second: Floats,
    log_likelihood: float,
) -> Moments:
    """Return the moments that the kernels summed: without padding, both triangles filled."""
    K, d = mixture.means.shape
    reference = packed.means[:, :d].astype(np.float64)
    if second.ndim > 2:
        second = mirrored(_untiled(second)[:, :d, :d])
    elif mixture.dense:  # in one channel
        second = second.reshape(K, 1, 1)
    return Moments(reference, zeroth, first[:, :d], second, log_likelihood)


def _padded(array: Array, d: int) -> Array:
    """Return (K, d, …) with zeros up to whole tiles: of so few numbers, in a tenth of `numpy.pad`'s time."""
    D = -(-d // TILE) * TILE
    padded = np.zeros((len(array), *(D,) * (array.ndim - 1)), dtype=array.dtype)
    padded[(slice(None), *(slice(d),) * (array.ndim - 1))] = array
    return padded


def _tiled(matrices: Floats) -> Floats:
    """(K, D, D) as (K, T, T, 3, 3), or as it is if it is one tile."""
    K, D, _ = matrices.shape
    if D == TILE:
        return matrices
    return matrices.reshape(K, D // TILE, TILE, D // TILE, TILE).swapaxes(2, 3)


def _untiled(tiles: Floats) -> Floats:
    """The other way."""
    if tiles.ndim == 3:
        return tiles
    K, T = tiles.shape[:2]
    return tiles.swapaxes(2, 3).reshape(K, T * TILE, T * TILE)
