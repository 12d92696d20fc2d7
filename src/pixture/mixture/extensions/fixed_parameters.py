"""The M-step where something is known beforehand: parameters that are given, and components that stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from pixture.arrays import Floats, Mask
from pixture.mixture.em.em import LEAST_SHARE, OnStep, maximise_likelihood, summarise
from pixture.mixture.em.fit import floor_of
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.sample import Sample
from pixture.options.fitting import Choices


@dataclass(frozen=True, eq=False)
class Frozen:
    """Which parameters keep the values they start with; each (K,), True where they do."""

    weights: Mask
    means: Mask
    covariances: Mask

    @classmethod
    def nothing(cls, components: int) -> Frozen:
        """Return that of a mixture all of whose parameters are free."""
        free: Mask = np.zeros(components, dtype=bool)
        return cls(free, free, free)

    @classmethod
    def shapes(cls, components: int, of: Iterable[int]) -> Frozen:
        """Return that of a mixture some of whose components keep mean and covariance; weights are free.

        >>> Frozen.shapes(3, [1]).means
        array([False,  True, False])
        """
        stays: Mask = np.isin(np.arange(components), list(of))
        return cls(np.zeros(components, dtype=bool), stays, stays)


def free_parameters(mixture: Mixture, frozen: Frozen) -> int:
    """Return the number of a mixture's parameters that are not frozen; the weights' sum is one less.

    >>> mixture = Mixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 2.0], "spherical")
    >>> free_parameters(mixture, Frozen.nothing(2)) == mixture.parameters
    True
    """
    K, d = mixture.means.shape
    weights, means, covariances = (
        K - int(mask.sum()) for mask in (frozen.weights, frozen.means, frozen.covariances)
    )
    spread = mixture.structure.parameters(covariances, d) if covariances else 0
    return int(max(0, weights - 1) + means * d + spread)


def maximise_within(before: Mixture, moments: Moments, floor: Floats, frozen: Frozen) -> Mixture:
    """Return the M-step's mixture among those that keep what is frozen of `before`, and every component.

    The frozen weights keep their values, the others share what is left in proportion to what they answer
    for; about a frozen mean the covariance is that of the rows about it. It is the maximum given those
    constraints (for a tied covariance: all of it is frozen or none). A component that answers for nothing
    keeps its mean and covariance, and has the weight 0.
    """
    alive = moments.zeroth > LEAST_SHARE * moments.zeroth.sum()
    moved = moments.about(np.where(frozen.means[:, None], before.means, moments.reference))
    pinned = replace(moved, first=np.where(frozen.means[:, None], 0.0, moved.first))
    of_alive = pinned.of(np.flatnonzero(alive))
    means = before.means.copy()
    means[alive] = of_alive.means
    estimated = before.structure.estimate(of_alive, floor)
    if before.covariance == "tied":
        covariances = before.covariances if frozen.covariances.any() else estimated
    else:
        covariances = before.covariances.copy()
        covariances[alive] = estimated
        covariances[frozen.covariances] = before.covariances[frozen.covariances]
    weights = _weights(before.weights, np.where(alive, moments.zeroth, 0.0), frozen.weights)
    return Mixture(weights, means, covariances, before.covariance)


def _weights(before: Floats, answered: Floats, frozen: Mask) -> Floats:
    left, of_free = 1 - before[frozen].sum(), answered[~frozen].sum()
    if of_free <= 0:
        return before
    return np.where(frozen, before, left * answered / of_free)


def fit_within(
    sample: Sample, start: Mixture, frozen: Frozen, choices: Choices, *, on_step: OnStep | None = None
) -> Fit:
    """Return where EM leads from a start some of whose parameters stay as they are.

    Every component is kept, and they stay in the start's order. The log-likelihood never falls: each M-step
    is a maximum within the mixtures that keep what is frozen.

    Parameters
    ----------
    sample
        The data.
    start
        The first mixture.
    frozen
        What stays.
    choices
        The floor, the tolerance, the iterations at most, the threads. Covariances are not shrunk.
    on_step
        As in `pixture.fit`.

    Examples
    --------
    >>> from pixture.mixture.model.weighted_sample import WeightedSample
    >>> start = Mixture([0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical")
    >>> sample = WeightedSample([[-3.0], [-2.0], [8.0], [9.0], [10.0]])
    >>> fit = fit_within(sample, start, Frozen.shapes(2, [0]), Choices(components=2, covariance="spherical"))
    >>> fit.mixture.means.ravel().round(2).tolist(), fit.mixture.weights.round(2).tolist()
    ([0.0, 9.0], [0.4, 0.6])
    """
    floor = floor_of(sample, choices)
    if choices.covariance_floor is not None or sample.resolution == 0:
        sample = sample.resolving(floor)
    return maximise_likelihood(
        start,
        partial(summarise, sample, threads=choices.threads),
        floor,
        choices.max_iter,
        choices.tol,
        on_step,
        m_step=partial(_m_step, floor=floor, frozen=frozen),
    )


def _m_step(before: Mixture, moments: Moments, *, floor: Floats, frozen: Frozen) -> Mixture:
    return maximise_within(before, moments, floor, frozen)
