"""Conjugate priors: the mixture of highest posterior density, by the same EM.

The prior of a component's mean and covariance is the normal-inverse-Wishart distribution, that of the
weights Dirichlet (Fraley and Raftery 2007, whose defaults are ours). Conjugate priors act as rows seen
before: they add to the moments of the M-step, and their log density to the log-likelihood, so the sum of both
never falls.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Floats
from pixture.errors import ChoiceError
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.wording import plural


@dataclass(frozen=True, eq=False)
class Prior:
    """A conjugate prior of a mixture's parameters.

    Attributes
    ----------
    mean
        (d,), where the components' means are expected.
    mean_precision
        Rows that this expectation is worth, > 0.
    degrees_of_freedom
        Rows that the expected covariance is worth, > d - 1.
    scale
        (d, d) positive definite: the inverse-Wishart scale matrix Ψ of the covariances.
    weight_concentration
        Dirichlet parameter of the weights, at least 1, where all weights are as likely.
    """

    mean: Floats
    mean_precision: float
    degrees_of_freedom: float
    scale: Floats
    weight_concentration: float = 1.0

    def __post_init__(self) -> None:
        mean, scale = np.array(self.mean, dtype=np.float64), np.array(self.scale, dtype=np.float64)
        d = mean.size
        fits = mean.shape == (d,) and scale.shape == (d, d) and np.isfinite(mean).all()
        if not (fits and np.array_equal(scale, scale.T) and (np.linalg.eigvalsh(scale) > 0).all()):
            raise ChoiceError(
                "A prior has a finite mean (d,) and a symmetric, positive definite scale (d, d); "
                f"got shapes {mean.shape} and {scale.shape}."
            )
        for name, value, holds, bound in (
            ("mean_precision", self.mean_precision, self.mean_precision > 0, "above 0"),
            (
                "degrees_of_freedom",
                self.degrees_of_freedom,
                self.degrees_of_freedom > d - 1,
                f"above {d - 1}",
            ),
            ("weight_concentration", self.weight_concentration, self.weight_concentration >= 1, "at least 1"),
        ):
            if not holds:
                raise ChoiceError(f"A prior's {name} must be {bound}; got {value!r}.")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "scale", scale)

    def __repr__(self) -> str:
        return (
            f"<Prior: {plural(self.mean.size, 'channel')}, mean worth {self.mean_precision:.3g} rows, "
            f"covariance worth {self.degrees_of_freedom:.3g}, "
            f"weight concentration {self.weight_concentration:.3g}>"
        )


def default_prior(mean: Floats, covariance: Floats, components: int) -> Prior:
    """Return Fraley and Raftery's prior for data of this mean (d,) and covariance (d, d).

    The mean is worth 0.01 rows, the covariance d + 2, and the components are expected to be as large as
    parts of the data of equal volume: Ψ = covariance / K^(2/d).

    >>> default_prior(np.zeros(2), np.eye(2), 4).scale
    array([[0.25, 0.  ], [0.  , 0.25]])
    """
    d = mean.size
    return Prior(mean, 0.01, d + 2, covariance / components ** (2 / d))


def with_prior(moments: Moments, mixture: Mixture, prior: Prior) -> Moments:
    """Return the moments with the prior's log density at the mixture added to the log-likelihood.

    Up to a constant: (α - 1) Σ log w_k - ½ Σ_k c log|S_k| + tr(S_k⁻¹ (Ψ + κ (m_k - μ)(m_k - μ)ᵀ)), where c is
    what `_counts` says.
    """
    count, scale = _counts(prior, mixture)
    P = mixture.factors
    along = mixture.means - prior.mean
    if P.ndim == 2:
        spread = np.diagonal(scale) + prior.mean_precision * along**2
        squares, logs = (P**2 * spread).sum(), 2 * np.log(P).sum()
    else:
        outer = scale + prior.mean_precision * along[:, :, None] * along[:, None, :]
        squares = np.einsum("kij,kjl,kil->", P, outer, P)
        logs = 2 * np.log(np.diagonal(P, axis1=1, axis2=2)).sum()
    of_weights = 0.0
    if prior.weight_concentration > 1:
        with np.errstate(divide="ignore"):  # a weight of zero has a log density of -inf
            of_weights = (prior.weight_concentration - 1) * np.log(mixture.weights).sum()
    log_density = of_weights + 0.5 * (count * logs - squares)
    return replace(moments, log_likelihood=moments.log_likelihood + float(log_density))


def maximise_posterior(before: Mixture, moments: Moments, floor: Floats, prior: Prior) -> Mixture:
    """Return the mixture of highest expected posterior density given the moments.

    w_k ∝ n_k + α - 1, m_k = (κ μ + n_k x̄_k) / (κ + n_k), and S_k = (Ψ + scatter_k + κ n_k / (κ + n_k)
    (x̄_k - μ)(x̄_k - μ)ᵀ) / (c + n_k) by structure, c as in `_counts`.
    """
    count, scale = _counts(prior, before)
    n, kappa = moments.zeroth, prior.mean_precision
    about = moments.about(np.broadcast_to(prior.mean, moments.reference.shape))
    offset = about.first / (kappa + n)[:, None]
    means = prior.mean + offset
    # second moments about the new means, and the prior's own about them
    moved = about.about(means).second
    if moved.ndim == 2:
        second = moved + kappa * offset**2 + np.diagonal(scale)
    else:
        second = moved + kappa * offset[:, :, None] * offset[:, None, :] + scale
    pseudo = Moments(means, n + count, np.zeros_like(means), second)
    weights = n + prior.weight_concentration - 1
    return Mixture(
        weights / weights.sum(), means, before.structure.estimate(pseudo, floor), before.covariance
    )


def _counts(prior: Prior, mixture: Mixture) -> tuple[float, Floats]:
    """Return the rows that the prior adds to each component's covariance, and its part of Ψ.

    The exponent of |S_k| in the prior, which its mean's normal density shares: ν + d + 2 where each
    component has a matrix. Where they share one it is spread over the K components; where channels are
    independent, each variance has an inverse gamma prior.
    """
    nu, (K, d) = prior.degrees_of_freedom, mixture.means.shape
    if mixture.covariance == "full":
        return nu + d + 2, prior.scale
    if mixture.covariance == "tied":
        return (nu + d + 1) / K + 1, prior.scale / K
    if mixture.covariance == "diagonal":
        return nu + 3, prior.scale
    return (nu + 2) / d + 1, np.eye(d) * (np.trace(prior.scale) / d**2)
