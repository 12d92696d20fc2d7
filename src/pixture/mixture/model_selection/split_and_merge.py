"""Mixtures one component away: one split in two, two merged into one, or one left out.

The first two keep the moments: a split component's halves have together its weight, mean and covariance, and
so has what two components become (Zhang, Chan and Chen 2003). In the language of `moments`, merging is +.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.mixture.em.em import maximise
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.posterior import responsibilities
from pixture.mixture.model.weighted_sample import WeightedSample

APART = 0.7
"""Distance of each half's mean from the component's, in its standard deviations along the axis."""

NARROW = 0.4
"""Variance of the core of a component split into core and shell; the shell's is 2 less this."""

SHELL = -1
"""Where an axis could be named: core and shell."""

MOST_AXES = 3
"""Axes along which a component may be split, its longest ones."""

MOST_KURTOSIS = 4.0
"""Excess kurtosis that counts at most: a few outliers have any, and a split wins little by them."""


def splits(
    mixture: Mixture, floor: Floats, sample: WeightedSample, most: int, only: int | None = None
) -> list[Mixture]:
    """Return up to `most` mixtures of K + 1 components, those that promise most likelihood first.

    A component is split along an axis, or into a core and a shell about the same mean. The axes are those in
    units of each channel's deviation: rescaling a channel changes no split. What a split promises is the
    component's weight times its negentropy, how far it is from the Gaussian that it should be:
    J = skewness² / 12 + kurtosis² / 48 along the axis (Jones and Sibson 1987), or of the radius.

    Parameters
    ----------
    mixture
        K components.
    floor
        (d,), the least variances.
    sample
        The data, or few of them: each row counts for a component as much as it is responsible for it.
    only
        The component that is split; None chooses among all.

    Examples
    --------
    >>> sample = WeightedSample([[-1.0], [1.0], [1.0], [-1.0]])
    >>> one = Mixture([1.0], [[0.0]], [1.0], "spherical")
    >>> [half.means.ravel().tolist() for half in splits(one, np.zeros(1), sample, 1)]
    [[-0.7, 0.7]]
    """
    matrices = mixture.matrices()
    scale = sample.scale
    variances, axes = np.linalg.eigh(matrices / np.outer(scale, scale))  # ascending
    longest = range(max(0, mixture.dimension - MOST_AXES), mixture.dimension)
    split = range(mixture.components) if only is None else (only,)
    ways = [(k, j) for k in split for j in longest]
    if mixture.covariance != "tied":  # of one covariance for all, core and shell would be the same
        ways += [(k, SHELL) for k in split]
    promises = _promises(mixture, variances, axes, sample)
    ways.sort(key=lambda way: -promises[way])
    moments = _moments(mixture)
    found = []
    for k, j in ways[:most]:
        if j == SHELL:
            step = np.zeros(mixture.dimension)
            spreads = np.stack([NARROW * matrices[k], (2 - NARROW) * matrices[k]])
        else:
            step = APART * np.sqrt(max(variances[k, j], 0.0)) * axes[k, :, j] * scale
            spreads = np.repeat((matrices[k] - np.outer(step, step))[None], 2, axis=0)
        means = np.stack([mixture.means[k] - step, mixture.means[k] + step])
        halves = _of_parts(np.full(2, mixture.weights[k] / 2), means, spreads, mixture.dense)
        rest = moments.of(np.delete(np.arange(mixture.components), k))
        found.append(maximise(_joined(rest, halves), mixture.covariance, floor))
    return found


def merges(mixture: Mixture, floor: Floats, most: int) -> Iterator[Mixture]:
    """Yield up to `most` mixtures of K - 1 components, those whose two merged components were closest first.

    Close are those whose merging changes the density least, by the bound on the Kullback-Leibler divergence
    B = ½ [(w_i + w_j) log |Σ_ij| - w_i log |Σ_i| - w_j log |Σ_j|]  (Runnalls 2007).

    >>> three = Mixture([0.3, 0.3, 0.4], [[0.0], [1.0], [9.0]], [1.0, 1.0, 1.0], "spherical")
    >>> [merged.means.ravel().tolist() for merged in merges(three, np.zeros(1), 1)]
    [[9.0, 0.5]]
    """
    moments = _moments(mixture)
    one, other = np.triu_indices(mixture.components, 1)
    order = np.argsort(_bounds(mixture, one, other), kind="stable")[:most]
    for i, j in zip(one[order], other[order], strict=True):
        rest = moments.of(np.delete(np.arange(mixture.components), [i, j]))
        pair = [replace(moments.of(np.array([k])), log_likelihood=0.0) for k in (i, j)]
        centre = (mixture.weights[[i, j]] @ mixture.means[[i, j]])[None] / mixture.weights[[i, j]].sum()
        merged = pair[0].about(centre) + pair[1].about(centre)
        yield maximise(_joined(rest, merged), mixture.covariance, floor)


def without(mixture: Mixture, components: Collection[int]) -> Mixture:
    """Return the mixture without some components: the others keep their shapes, and share the weight.

    >>> three = Mixture([0.25, 0.25, 0.5], [[0.0], [1.0], [9.0]], [1.0, 1.0, 1.0], "spherical")
    >>> without(three, [1]).weights.round(3)
    array([0.333, 0.667])
    """
    kept = [k for k in range(mixture.components) if k not in components]
    rest = mixture.weights[kept].sum()
    covariances = mixture.covariances if mixture.covariance == "tied" else mixture.covariances[kept]
    return Mixture(mixture.weights[kept] / rest, mixture.means[kept], covariances, mixture.covariance)


def _moments(mixture: Mixture) -> Moments:
    """The moments of data that the mixture describes without fault, of total weight 1."""
    return _of_parts(mixture.weights, mixture.means, mixture.matrices(), mixture.dense)


def _of_parts(weights: Floats, means: Floats, matrices: Floats, dense: bool) -> Moments:
    scatters = weights[:, None, None] * matrices
    second = scatters if dense else np.diagonal(scatters, axis1=1, axis2=2).copy()
    return Moments(means, weights, np.zeros_like(means), second)


def _joined(some: Moments, others: Moments) -> Moments:
    """The components of both, side by side."""
    return Moments(
        np.concatenate([some.reference, others.reference]),
        np.concatenate([some.zeroth, others.zeroth]),
        np.concatenate([some.first, others.first]),
        np.concatenate([some.second, others.second]),
    )


def _promises(mixture: Mixture, variances: Floats, axes: Floats, sample: WeightedSample) -> Floats:
    """Return w J of each component, (K, d + 1): along each of its axes, and of its radius."""
    shares = responsibilities(mixture, sample, threads=1) * sample.weights
    promises = np.zeros((mixture.components, mixture.dimension + 1))
    for k in np.flatnonzero(shares.sum(axis=1) > 0):
        share = shares[k] / shares[k].sum()
        deviations = np.sqrt(np.maximum(variances[k], np.finfo(np.float64).tiny))
        apart = (sample.channels - mixture.means[k][:, None]) / sample.scale[:, None]
        along = (axes[k] / deviations).T @ apart  # (d, n)
        squares = along**2
        skewness, fourth = (along * squares) @ share, squares**2 @ share
        kurtosis = np.minimum(fourth - 3, MOST_KURTOSIS)
        promises[k, :-1] = skewness**2 / 12 + kurtosis**2 / 48
        radius = squares.sum(axis=0)
        # of a Gaussian, the mean of the radius to the fourth is d (d + 2)
        excess = (radius**2 @ share) / (mixture.dimension * (mixture.dimension + 2)) - 1
        # too few far out are no shell
        promises[k, SHELL] = (3 * np.clip(excess, 0, MOST_KURTOSIS / 3)) ** 2 / 48
    return promises * mixture.weights[:, None]


def _bounds(mixture: Mixture, one: Integers, other: Integers) -> Floats:
    matrices, weights, means = mixture.matrices(), mixture.weights, mixture.means
    both = weights[one] + weights[other]
    share = (weights[one] / both)[:, None, None]
    apart = means[one] - means[other]
    merged = share * matrices[one] + (1 - share) * matrices[other]
    merged = merged + share * (1 - share) * apart[:, :, None] * apart[:, None, :]
    sizes = np.linalg.slogdet(matrices)[1]
    bounds: Floats = 0.5 * (
        both * np.linalg.slogdet(merged)[1] - weights[one] * sizes[one] - weights[other] * sizes[other]
    )
    return bounds
