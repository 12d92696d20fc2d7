"""One step of EM for mixtures of Student's t: what `em` does for Gaussians.

The M-step maximises the expected log-likelihood exactly: in weights, locations and scale matrices, and, apart
from them, in the degrees of freedom (Peel and McLachlan 2000, section 5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, polygamma

from pixture.arrays import Floats
from pixture.mixture.em.em import LEAST_SHARE, MOST_SUMS
from pixture.mixture.extensions.student_t import StudentMixture, packed
from pixture.mixture.kernels import student_t as passes
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.packed_gaussians import unpacked
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import MOST_SLABS, map_slabs, slab_rows

LEAST_ESTIMATE, MOST_ESTIMATE = 0.1, 200.0
"""Degrees of freedom that are estimated: below, tails so heavy that a component covers everything; above, a
Gaussian in practice (its kurtosis differs by 0.03), and a likelihood so flat that the steps would not end."""


@dataclass(frozen=True, eq=False)
class StudentMoments:
    """Weighted sums of one E-step for each of K components; they add.

    Attributes
    ----------
    weighted
        The moments of the rows weighted by w r u.
    zeroth
        (K,), Σ w r: the weight each component answers for.
    unevenness
        (K,), Σ w r (log u - u + 1), not positive but for rounding: how far from 1 the precisions are. The
        degrees are read off it.
    log_likelihood
        Σ w log p(x), of the whole mixture.
    """

    weighted: Moments
    zeroth: Floats
    unevenness: Floats
    log_likelihood: float

    def __add__(self, other: StudentMoments) -> StudentMoments:
        return StudentMoments(
            self.weighted + other.weighted,
            self.zeroth + other.zeroth,
            self.unevenness + other.unevenness,
            self.log_likelihood + other.log_likelihood,
        )


def summarise_student(
    sample: WeightedSample, mixture: StudentMixture, *, threads: int | None = None
) -> StudentMoments:
    """Return the moments of one E-step over a sample, about the locations in the sample's precision.

    Raises `SampleError` where the sample has other channels than the mixture.

    >>> mixture = StudentMixture([1.0], [[0.0]], [1.0], 1.0, "spherical")
    >>> moments = summarise_student(WeightedSample([[0.0], [1.0]]), mixture)
    >>> moments.zeroth, moments.weighted.zeroth  # u = (1 + 1) / (1 + x²)
    (array([2.]), array([3.]))
    """
    squares, tails, shift = packed(mixture, sample)
    shape = squares.factors.shape
    rows = slab_rows(sample.size, max(1, min(MOST_SLABS, MOST_SUMS // math.prod(shape))))
    slabs = -(-sample.size // rows)
    # each slab has its own sums, added in the order of the slabs
    zeroth = np.zeros((slabs, 3, mixture.components))
    first, second = np.zeros((slabs, *squares.means.shape)), np.zeros((slabs, *shape))

    def work(start: int, stop: int) -> float:
        at = start // rows
        sums = zeroth[at], first[at], second[at]
        return passes.expect(sample.channels, sample.weights, start, stop, squares, tails, *sums)

    summed = math.fsum(map_slabs(work, sample.size, threads=threads, size=rows))
    log_likelihood = summed + shift * sample.total_weight
    shares, unevenness, precisions = zeroth.sum(axis=0)
    sums = precisions, first.sum(axis=0), second.sum(axis=0)
    weighted = unpacked(squares, mixture.scales, *sums, log_likelihood)
    return StudentMoments(weighted, shares, unevenness, log_likelihood)


def maximise_student(
    moments: StudentMoments,
    mixture: StudentMixture,
    floor: Floats,
    estimate_degrees: bool = True,
    shared_degrees: bool = False,
) -> StudentMixture:
    """Return the M-step's mixture, given the moments of `mixture`.

    With n_k = Σ w r: w_k = n_k / n, m_k = Σ w r u x / Σ w r u, S_k = Σ w r u (x - m_k)(x - m_k)ᵀ / n_k by
    structure (Peel and McLachlan 2000, section 5). The log-likelihood never falls, given scale matrices above
    the floor and, where degrees are estimated, degrees within the limits of estimates. A component with less
    than `LEAST_SHARE` of the weight keeps its parameters, and weighs 0.

    Parameters
    ----------
    moments, mixture
        `summarise_student(sample, mixture)`, and that mixture: what it keeps, and its precisions' degrees.
    floor
        (d,), the least diagonal of the scale matrices; as for a Gaussian's covariances.
    estimate_degrees
        Whether degrees are estimated, between `LEAST_ESTIMATE` and `MOST_ESTIMATE`, or stay.
    shared_degrees
        Whether the estimate is one for all components.

    Examples
    --------
    One row of four is far away, and hardly moves the mean.

    >>> sample = WeightedSample([[-1.0], [0.0], [1.0], [100.0]])
    >>> mixture = StudentMixture([1.0], [[0.0]], [1.0], 3.0, "spherical")
    >>> moments = summarise_student(sample, mixture)
    >>> maximise_student(moments, mixture, np.zeros(1), estimate_degrees=False).means.round(3)
    array([[0.012]])
    """
    n = moments.zeroth
    alive = np.flatnonzero((n > LEAST_SHARE * n.sum()) & (moments.weighted.zeroth > 0))
    weighted, n_alive = moments.weighted.of(alive), n[alive]
    # the moments of a Gaussian that would have these scatters: their divisor is n_k, not Σ w r u
    alike = Moments(weighted.means, n_alive, np.zeros_like(weighted.first), weighted.scatters)
    estimate = mixture.scales.structure.estimate(alike, floor)
    weights, means, degrees = np.zeros_like(n), mixture.means.copy(), mixture.degrees.copy()
    weights[alive] = n_alive / n_alive.sum()
    means[alive] = weighted.means
    covariances = mixture.covariances.copy()
    covariances[slice(None) if mixture.covariance == "tied" else alive] = estimate
    if estimate_degrees:
        expected = moments.unevenness[alive] / n_alive + _excess(0.5 * (degrees[alive] + mixture.dimension))
        if shared_degrees:
            degrees[:] = _degrees(np.array([n_alive @ expected / n_alive.sum()]))
        else:
            degrees[alive] = _degrees(expected)
    return StudentMixture(weights, means, covariances, degrees, mixture.covariance)


def _excess(x: Floats) -> Floats:
    """ψ(x) - log(x), which rises from minus infinity to 0."""
    excess: Floats = digamma(x) - np.log(x)
    return excess


def _degrees(expected: Floats) -> Floats:
    """Return the degrees ν of highest expected log-likelihood, given E[log u - u + 1] of each component.

    They solve ψ(ν/2) - log(ν/2) = E (Peel and McLachlan 2000, section 5), the equation of a Gamma's shape, by
    Newton's method in 1/x (Minka 2002, Estimating a Gamma distribution), which is within 1.5 % from its start
    on. The expected log-likelihood is concave in ν, so beyond a limit, the limit is best.
    """
    most, least = 0.5 * MOST_ESTIMATE, 0.5 * LEAST_ESTIMATE
    s = -np.clip(expected, *_excess(np.array([least, most])))
    x = (3 - s + np.sqrt((s - 3) ** 2 + 24 * s)) / (12 * s)
    for _ in range(5):
        x = 1 / (1 / x + (-_excess(x) - s) / (x - x**2 * polygamma(1, x)))
    degrees: Floats = 2 * np.clip(x, least, most)
    return degrees
