"""Noise: a component of constant density, for the rows that belong to no Gaussian.

As mclust has it (Banfield and Raftery 1993). A constant density is a Gaussian without precision to the
kernels: its factor is zero, and its constant is all there is to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.errors import MixtureError
from pixture.mixture.extensions.fixed_parameters import Frozen, maximise_within
from pixture.mixture.extensions.missing_values import marginal
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments


@dataclass(frozen=True, eq=False)
class NoisyMixture:
    """Gaussians and a constant density, which is the last component.

    Attributes
    ----------
    gaussians
        The mixture without the noise; its weights sum to 1.
    share
        Weight of the noise, 0 to 1.
    log_lengths
        (d,): the density of the noise is exp(-Σ log_lengths). For a uniform density, the logarithm of the
        extent of the data along each channel.

    Examples
    --------
    >>> one = Mixture([1.0], [[0.0]], [1.0], "spherical")
    >>> noisy = NoisyMixture(one, 0.1, np.log([20.0]))
    >>> noisy.components, noisy.weights
    (2, array([0.9, 0.1]))
    """

    gaussians: Mixture
    share: float
    log_lengths: Floats

    def __post_init__(self) -> None:
        lengths = self.log_lengths
        if not 0 <= self.share <= 1 or lengths.shape != (self.dimension,) or not np.isfinite(lengths).all():
            raise MixtureError(
                f"Noise has a share of 0 to 1 and a finite log length for each of {self.dimension} channels; "
                f"got {self.share!r} and {lengths!r}."
            )

    @property
    def components(self) -> int:
        """Number of components, that of the noise included."""
        return self.gaussians.components + 1

    @property
    def dimension(self) -> int:
        """Number of channels, d."""
        return self.gaussians.dimension

    @property
    def dense(self) -> bool:
        """Whether the M-step needs whole second moments."""
        return self.gaussians.dense

    @property
    def covariance(self) -> str:
        """The structure's name."""
        return self.gaussians.covariance

    @cached_property
    def weights(self) -> Floats:
        """(K + 1,), they sum to 1."""
        return np.append((1 - self.share) * self.gaussians.weights, self.share)

    @cached_property
    def means(self) -> Floats:
        """(K + 1, d); that of the noise means nothing, and is the mean of the others."""
        return np.concatenate([self.gaussians.means, self.gaussians.means.mean(axis=0, keepdims=True)])

    @cached_property
    def factors(self) -> Floats:
        """The Gaussians', and a zero for the noise."""
        factors = self.gaussians.factors
        return np.concatenate([factors, np.zeros_like(factors[:1])])

    @cached_property
    def constants(self) -> Floats:
        """The Gaussians', less what the noise takes, and the noise's log weight and log density."""
        with np.errstate(divide="ignore"):  # a share of 0 or 1 has the log density -inf, as it should
            taken, left = np.log(self.share), np.log1p(-self.share)
        return np.append(self.gaussians.constants + left, taken - self.log_lengths.sum())

    def marginal(self, channels: Integers) -> NoisyMixture:
        """Return the mixture of some channels alone."""
        return NoisyMixture(marginal(self.gaussians, channels), self.share, self.log_lengths[channels])


def maximise_noisy(before: NoisyMixture, moments: Moments, floor: Floats, frozen: Frozen) -> NoisyMixture:
    """Return the M-step's mixture: the Gaussians as `maximise_within`, and the share that the noise took.

    The density of the noise stays.
    """
    K = before.gaussians.components
    gaussians = maximise_within(before.gaussians, moments.of(np.arange(K)), floor, frozen)
    share = float(moments.zeroth[K] / moments.zeroth.sum())
    return NoisyMixture(gaussians, share, before.log_lengths)
