"""Variational Bayes: a distribution over mixtures in place of one, by the same E-step.

The posterior is approximated by one in which labels and parameters are independent (Bishop 2006, 10.2; for
the Dirichlet process Blei and Jordan 2006). Under it, the expected log densities of the components are those
of Gaussians with other constants, so the kernels serve as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import betaln, digamma, gammaln

from pixture.arrays import Floats
from pixture.errors import MixtureError
from pixture.mixture.extensions.input_rows import log_joint
from pixture.mixture.model.covariance import STRUCTURES
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.options.fitting import CovarianceName


@dataclass(frozen=True, eq=False)
class Hyperparameters:
    """The prior of a Bayesian mixture.

    Attributes
    ----------
    process
        Whether the weights are those of a (truncated) Dirichlet process; else Dirichlet distributed.
    weight_concentration, mean_precision, mean, degrees_of_freedom
        As scikit-learn's `BayesianGaussianMixture` names them; `mean` is (d,).
    covariance
        (d, d), (d, d), (d,) or a number for full, tied, diagonal and spherical.
    """

    process: bool
    weight_concentration: float
    mean_precision: float
    mean: Floats
    degrees_of_freedom: float
    covariance: Floats


@dataclass(frozen=True, eq=False)
class Posterior:
    """The variational posterior of a mixture.

    Attributes
    ----------
    mixture
        Expected weights, means, and covariances (W⁻¹ / ν, the inverse expected precisions).
    weight_concentration
        (K,) of the Dirichlet distribution, or (2, K) of the process' beta distributions.
    mean_precision
        β, (K,).
    degrees_of_freedom
        ν, (K,); of a tied covariance the same K times.
    """

    mixture: Mixture
    weight_concentration: Floats
    mean_precision: Floats
    degrees_of_freedom: Floats

    def __post_init__(self) -> None:
        parts = (self.weight_concentration, self.mean_precision, self.degrees_of_freedom)
        sizes = [part.shape[-1] for part in parts if part.ndim]
        least = self.dimension - 1
        if sizes != [self.mixture.components] * 3 or not (self.degrees_of_freedom > least).all():
            raise MixtureError(
                f"A posterior of {self.mixture.components} components has a concentration, a precision and "
                f"degrees of freedom above {least} for each; got {sizes} and {self.degrees_of_freedom}."
            )

    @property
    def components(self) -> int:
        """Number of components, K."""
        return self.mixture.components

    @property
    def dimension(self) -> int:
        """Number of channels, d."""
        return self.mixture.dimension

    @property
    def dense(self) -> bool:
        """Whether whole second moments are needed."""
        return self.mixture.dense

    @property
    def means(self) -> Floats:
        """(K, d)."""
        return self.mixture.means

    @property
    def factors(self) -> Floats:
        """As the mixture's."""
        return self.mixture.factors

    @cached_property
    def log_determinants(self) -> Floats:
        """½ log|Λ| of the expected precisions, less what normalising by ν added: that of W, (K,)."""
        P = self.factors
        diagonals = P if P.ndim == 2 else np.diagonal(P, axis1=1, axis2=2)
        halves: Floats = np.log(diagonals).sum(axis=1) - 0.5 * self.dimension * np.log(
            self.degrees_of_freedom
        )
        return halves

    @cached_property
    def constants(self) -> Floats:
        """Expected log weight and log normalising constant of each component, (K,).

        E log π_k + ½ E log|Λ_k| - d/2 log 2π - d / (2 β_k)  (Bishop 2006, eq. 10.64-10.66).
        """
        d = self.dimension
        halves = 0.5 * (self.degrees_of_freedom - np.arange(d)[:, None])
        expected = 0.5 * (d * np.log(2) + digamma(halves).sum(axis=0)) + self.log_determinants
        constants: Floats = (
            _expected_log_weights(self.weight_concentration)
            + expected
            - 0.5 * d * np.log(2 * np.pi)
            - 0.5 * d / self.mean_precision
        )
        return constants


def posterior(
    moments: Moments, prior: Hyperparameters, covariance: CovarianceName, floor: Floats
) -> Posterior:
    """Return the variational posterior given the moments of an E-step (Bishop 2006, eq. 10.58-10.63).

    With x̄ and the scatter about it: β = β₀ + n, m = (β₀ m₀ + n x̄) / β, ν = ν₀ + n and, by structure,
    S = (S₀ + scatter + β₀ n / β (x̄ - m₀)(x̄ - m₀)ᵀ) / ν. A tied covariance is the mean of the components'
    numerators over the mean of their denominators.
    """
    n = moments.zeroth
    about = moments.about(np.broadcast_to(prior.mean, moments.reference.shape))
    beta = prior.mean_precision + n
    offset = about.first / beta[:, None]
    means = prior.mean + offset
    moved = about.about(means).second
    if moved.ndim == 2:
        second = moved + prior.mean_precision * offset**2 + prior.covariance
    else:
        second = moved + prior.mean_precision * offset[:, :, None] * offset[:, None, :] + prior.covariance
    degrees = prior.degrees_of_freedom + n
    estimated = STRUCTURES[covariance].estimate(Moments(means, degrees, np.zeros_like(means), second), floor)
    if covariance == "tied":
        degrees = np.full_like(degrees, degrees.mean())
    if prior.process:
        after = np.append(np.cumsum(n[::-1])[-2::-1], 0.0)
        concentration = np.array([1 + n, prior.weight_concentration + after])
    else:
        concentration = prior.weight_concentration + n
    weights = expected_weights(concentration)
    return Posterior(Mixture(weights, means, estimated, covariance), concentration, beta, degrees)


def expected_weights(concentration: Floats) -> Floats:
    """Return the expected weights (K,) under Dirichlet (K,) or stick-breaking beta (2, K) parameters.

    A truncated process leaves a last piece of the stick to nobody; the weights are divided by their sum.

    >>> expected_weights(np.array([1.0, 3.0]))
    array([0.25, 0.75])
    """
    if concentration.ndim == 1:
        weights: Floats = concentration / concentration.sum()
        return weights
    total = concentration.sum(axis=0)
    left = np.append(1.0, np.cumprod(concentration[1] / total)[:-1])
    pieces: Floats = concentration[0] / total * left
    shares: Floats = pieces / pieces.sum()
    return shares


def lower_bound(before: Posterior, moments: Moments, after: Posterior) -> float:
    """Return the bound on the log evidence, up to a constant, after an M-step.

    The labels' distribution is that of `before`, whose E-step gave the moments; their entropy
    -Σ r log r = Σ log Σ_k ρ - Σ r log ρ is linear in the moments.
    """
    entropy = moments.log_likelihood - log_joint(moments, before)
    d = after.dimension
    nu, concentration = after.degrees_of_freedom, after.weight_concentration
    halves = 0.5 * (nu - np.arange(d)[:, None])
    log_wishart = -(nu * (after.log_determinants + 0.5 * d * np.log(2)) + gammaln(halves).sum(axis=0))
    if concentration.ndim == 2:
        log_weights = -betaln(concentration[0], concentration[1]).sum()
    else:
        log_weights = gammaln(concentration.sum()) - gammaln(concentration).sum()
    bound = entropy - log_wishart.sum() - log_weights - 0.5 * d * np.log(after.mean_precision).sum()
    return float(bound)


def _expected_log_weights(concentration: Floats) -> Floats:
    if concentration.ndim == 1:
        logs: Floats = digamma(concentration) - digamma(concentration.sum())
        return logs
    total = digamma(concentration.sum(axis=0))
    after = np.append(0.0, np.cumsum(digamma(concentration[1]) - total)[:-1])
    pieces: Floats = digamma(concentration[0]) - total + after
    return pieces
