"""Covariances of many channels shrunk towards what all components have in common: their correlations.

A covariance matrix of d channels is d (d + 1) / 2 numbers. Where a component has few rows for each of them,
its own estimate is noise along most directions, and the labels are no better. What the components share has
as many rows as all of them: so each is given, as rows seen before (a conjugate prior), a matrix of its own
variances and the common correlations. How many rows these are worth is what makes the data most probable
(empirical Bayes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.errors import ChoiceError
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.sample import Sample
from pixture.options.fitting import SHRINKAGE_AUTO, Choices

MANY_CHANNELS = 10
"""Channels up to which covariances are as the data have them, however few, unless it is asked for."""

ENOUGH_ROWS = 10
"""Rows for each channel of each component from which on shrinking changes next to nothing."""

CANDIDATES = np.geomspace(1.0, 1e6, 49)
"""Rows that the common correlations may be worth: steps of a third."""

LEAST = 1e-8
"""Least variance of the common correlations along any direction: below it their rounding begins."""


@dataclass(frozen=True, eq=False)
class Shrinkage:
    """What covariances are shrunk towards, and by how much.

    Attributes
    ----------
    rows
        κ, rows of each component that what it is shrunk towards is worth.
    targets
        (K, d, d), T_k: each component's variances with the common correlations.

    Notes
    -----
    The M-step's covariances are Σ_k = (scatter_k + κ T_k) / (n_k + κ). They maximise, and EM never lowers,
    the log-likelihood and

        -κ/2 Σ_k log |Σ_k| + tr(Σ_k⁻¹ T_k)

    which is, up to a constant, -κ times the Kullback-Leibler divergences from N(0, T_k) to N(0, Σ_k).
    """

    rows: float
    targets: Floats

    def __repr__(self) -> str:
        K, d, _ = self.targets.shape
        return f"<Shrinkage: {K} covariances of {d} channels, common correlations worth {self.rows:.3g} rows>"

    def of(self, components: Integers) -> Shrinkage:
        """Return that of the components picked (indices) alone."""
        return Shrinkage(self.rows, self.targets[components])

    def added_to(self, moments: Moments) -> Moments:
        """Return moments about their means with the rows that are seen before: the covariances' moments.

        >>> one = Shrinkage(3.0, np.array([[[2.0]]]))
        >>> moments = Moments(np.zeros((1, 1)), np.array([5.0]), np.zeros((1, 1)), np.array([[[10.0]]]))
        >>> together = one.added_to(moments)
        >>> together.scatters / together.zeroth
        array([[[2.]]])
        """
        means = moments.means
        second = moments.scatters + self.rows * self.targets
        return Moments(means, moments.zeroth + self.rows, np.zeros_like(means), second)

    def log_density(self, mixture: Mixture) -> float:
        """Return what is added to a mixture's log-likelihood: see the notes above."""
        factors = mixture.factors
        logs = 2 * np.log(np.diagonal(factors, axis1=1, axis2=2)).sum()
        traces = ((factors @ self.targets) * factors).sum()
        return 0.5 * self.rows * float(logs - traces)


def shrinking(sample: Sample, choices: Choices) -> bool:
    """Whether covariances are shrunk: where it is asked for, or where the data are few for their channels.

    They are few where there are more than `MANY_CHANNELS`, and fewer rows than `ENOUGH_ROWS` for each channel
    of each component.

    >>> from pixture import WeightedSample
    >>> few = WeightedSample(np.zeros((600, 40)))
    >>> shrinking(few, Choices(components=3)), shrinking(few, Choices(components=1))
    (True, False)

    Raises
    ------
    ChoiceError
        It is asked for of covariances that are not full.
    """
    asked = choices.shrinkage
    if isinstance(asked, float) and asked > 0:
        if choices.covariance != "full":
            raise ChoiceError(
                "shrinkage is of full covariances, towards what they have in common; with "
                f'covariance="{choices.covariance}" leave it out.'
            )
        return True
    if asked != SHRINKAGE_AUTO or choices.covariance != "full":
        return False
    d = sample.dimension
    return d > MANY_CHANNELS and sample.total_weight < ENOUGH_ROWS * choices.components * d


def estimated(moments: Moments, rows: float | None = None) -> Shrinkage:
    """Return the shrinkage that the moments of components say.

    Parameters
    ----------
    moments
        Of K components, (K, d, d) second moments.
    rows
        κ; None takes that of `most_probable_rows`.

    Notes
    -----
    The common correlations R are the mean of the components' own, each as heavy as its rows, and are
    themselves drawn towards none by

        λ = Σ_(i≠j) var(r_ij) / Σ_(i≠j) r_ij²,   var(r_ij) = (1 - r_ij²)² / n

    (Schäfer and Strimmer 2005; the variance is that of a correlation of Gaussian data). T_k = D_k R D_k,
    where D_k are the component's standard deviations. So a factor on a channel changes nothing but the unit.
    """
    n = moments.zeroth
    variances = np.diagonal(moments.scatters, axis1=1, axis2=2) / n[:, None]
    # a channel that is constant in a component is correlated with none
    deviations = np.sqrt(np.where(variances > 0, variances, 1.0))
    scales = deviations[:, :, None] * deviations[:, None, :]
    standard = moments.scatters / scales
    common = _conditioned(_towards_none(standard.sum(axis=0) / n.sum(), float(n.sum())))
    kappa = most_probable_rows(standard, n, common) if rows is None else rows
    return Shrinkage(kappa, scales * common)


def most_probable_rows(standard: Floats, counts: Floats, common: Floats) -> float:
    """Return the rows κ that common correlations are worth: those under which scatters are most probable.

    Parameters
    ----------
    standard
        (K, d, d), scatters of components in units of their standard deviations.
    counts
        (K,), n_k, rows of each.
    common
        (d, d), R.

    Notes
    -----
    Of Σ_k with an inverse Wishart distribution of mean R and ν = κ + d + 1 degrees of freedom, the scatter S
    of m = n_k - 1 rows has the density

        |κ R|^(ν/2) |κ R + S|^(-(ν+m)/2) Γ_d((ν + m)/2) / Γ_d(ν/2)

    up to what does not depend on κ (Σ_k integrated out; Dawid 1981). `CANDIDATES` are compared.

    >>> R = np.array([[1.0, 0.5], [0.5, 1.0]])
    >>> most_probable_rows(np.array([100 * R, 100 * R]), np.array([100.0, 100.0]), R) > 1000
    True
    >>> unlike = np.array([100 * np.eye(2), 100 * np.array([[1.0, 0.9], [0.9, 1.0]])])
    >>> most_probable_rows(unlike, np.array([100.0, 100.0]), R) < 100
    True
    """
    d = len(common)
    root = np.linalg.inv(np.linalg.cholesky(common))
    relative = np.maximum(np.linalg.eigvalsh(root @ standard @ root.T), 0.0)  # (K, d)
    best, highest = float(CANDIDATES[0]), -math.inf
    for kappa in CANDIDATES.tolist():
        nu, total = kappa + d + 1, 0.0
        for values, count in zip(relative, counts.tolist(), strict=True):
            m = max(count - 1, 0.0)
            total += 0.5 * nu * d * math.log(kappa) - 0.5 * (nu + m) * float(np.log(kappa + values).sum())
            total += _log_gamma(0.5 * (nu + m), d) - _log_gamma(0.5 * nu, d)
        if total > highest:
            best, highest = kappa, total
    return best


def _towards_none(correlations: Floats, rows: float) -> Floats:
    """Return correlations drawn towards none by the λ of `estimated`, their diagonal 1."""
    apart = np.logical_not(np.eye(len(correlations), dtype=bool))
    squares = np.clip(correlations[apart] ** 2, 0.0, 1.0)
    noise, there = ((1 - squares) ** 2 / rows).sum(), squares.sum()
    share = min(1.0, noise / there) if there > 0 else 1.0
    return np.where(apart, (1 - share) * correlations, 1.0)


def _conditioned(correlations: Floats) -> Floats:
    """Return correlations with what lies below `LEAST` along a direction raised to it."""
    values, vectors = np.linalg.eigh(correlations)
    if values[0] >= LEAST:
        return correlations
    raised: Floats = (vectors * np.maximum(values, LEAST)) @ vectors.T
    return 0.5 * (raised + raised.T)


def _log_gamma(a: float, d: int) -> float:
    """Return log Γ_d(a), the multivariate gamma function, but for its power of π."""
    return sum(math.lgamma(a - 0.5 * j) for j in range(d))
