"""The M-step where something is known beforehand: parameters that are given, and components that stay."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Floats, Mask
from pixture.mixture.em.em import LEAST_SHARE
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments


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
