"""Starting mixtures: k-means++, quantiles, random rows, labels.

Every start is a hard assignment of rows to components, whose moments give the first mixture by the same
M-step as EM's.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pixture.arrays import Floats, Integers, Reals
from pixture.choices import CovarianceName, Init
from pixture.errors import SampleError
from pixture.mixture.kernels import assignment
from pixture.mixture.model.covariance import STRUCTURES
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments, mirrored
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import map_slabs

ENOUGH = 2**14
"""Rows a start looks at, at least; of a larger sample it takes a systematic subsample.

With four times as many, plain fits of photographs ended neither higher nor lower.
"""

EACH, EACH_CHANNEL = 256, 8
"""Rows that settle a component, and that it needs for each of its channels."""

LLOYD_STEPS = 10

CANDIDATES = 4
"""Rows that are tried as the next centre of a greedy start."""


def initial_mixture(
    sample: WeightedSample,
    components: int,
    covariance: CovarianceName,
    init: Init,
    floor: Floats,
    generator: np.random.Generator,
    *,
    threads: int | None = None,
) -> Mixture:
    """Return a starting mixture of `components` components, or of fewer where fewer places are found.

    Parameters
    ----------
    sample
        The sample to be fitted.
    components, covariance, init
        As in `Choices`.
    floor
        (d,), the least variances, as for the M-step.
    generator
        Where the random numbers come from; "quantiles" takes none from it unless the sample is large.
    threads
        As in `Choices`.
    """
    enough = max(ENOUGH, components * rows_of_each(sample.dimension))
    seen = sample if sample.size <= enough else sample.thinned(enough, generator.random())
    labels = PLACE[init](seen, components, generator, threads)
    return mixture_from_labels(seen, labels, covariance, floor, threads=threads)


def rows_of_each(dimension: int) -> int:
    """Return how many rows a draw needs for each component.

    >>> rows_of_each(3), rows_of_each(156)
    (256, 1248)
    """
    return max(EACH, EACH_CHANNEL * dimension)


def mixture_from_labels(
    sample: WeightedSample,
    labels: Integers,
    covariance: CovarianceName,
    floor: Floats,
    *,
    threads: int | None = None,
) -> Mixture:
    """Return the mixture of highest likelihood given each row's component, (n,); -1 belongs to none.

    A label without weight makes no component.

    >>> sample = WeightedSample([[0.0], [2.0], [9.0], [11.0]])
    >>> mixture_from_labels(sample, np.array([0, 0, 1, 1]), "spherical", np.zeros(1)).means.ravel()
    array([ 1., 10.])
    """
    if labels.shape != (sample.size,):
        raise SampleError(f"Labels must be one a row: expected ({sample.size},), got shape {labels.shape}.")
    count = int(labels.max(initial=-1)) + 1
    if count < 1:
        raise SampleError("No row has a label of 0 or more, so there is no component to start from.")
    structure = STRUCTURES[covariance]
    # about each component's own mean, so that the scatter keeps its digits wherever the values lie
    rough = gather(sample, labels, np.repeat(sample.mean[None], count, axis=0), False, threads)
    filled = np.flatnonzero(rough.zeroth > 0)
    reference = np.repeat(sample.mean[None], count, axis=0)
    reference[filled] = rough.of(filled).means
    moments = gather(sample, labels, reference, structure.dense, threads).of(filled)
    return Mixture(moments.weights, moments.means, structure.estimate(moments, floor), covariance)


def kmeans(
    sample: WeightedSample, components: int, generator: np.random.Generator, threads: int | None
) -> Integers:
    """Label each row by weighted k-means: greedy k-means++ seeding, then up to `LLOYD_STEPS` Lloyd steps.

    Each new centre is the best of 2 + log K rows drawn in proportion to w · D² (Arthur and Vassilvitskii
    2007). Distances are taken in units of each channel's standard deviation, so that rescaling a channel
    changes nothing.
    """
    return _settled(sample, _seeds(sample, components, generator, threads), threads)


def greedy(
    sample: WeightedSample, components: int, generator: np.random.Generator, threads: int | None
) -> Integers:
    """Label each row as `kmeans` does, without chance: the same rows give the same labels in any order.

    The first centre is the mean. Each new one is the best of `CANDIDATES` rows, those at equal steps of
    w · D² summed over the rows from the nearest to the mean to the furthest; k-means++ draws them at random
    (Arthur and Vassilvitskii 2007). Rotating the data, where channels have one scale, changes nothing.
    """
    stretch = 1.0 / sample.scale**2
    nearest = np.full(sample.size, np.inf)
    _approach(sample, sample.mean, stretch, nearest, threads)
    outwards = np.argsort(nearest, kind="stable")
    chosen = [sample.mean]
    while len(chosen) < components:
        pull = np.cumsum((sample.weights * nearest)[outwards])
        if not pull[-1] > 0:  # every row coincides with a centre
            break
        steps = (np.arange(CANDIDATES) + 0.5) / CANDIDATES * pull[-1]
        best, best_potential, best_nearest = chosen[0], np.inf, nearest
        for row in outwards[np.minimum(np.searchsorted(pull, steps), sample.size - 1)]:
            centre, closer = sample.values[row].astype(np.float64), nearest.copy()
            potential = _approach(sample, centre, stretch, closer, threads)
            if potential < best_potential:
                best, best_potential, best_nearest = centre, potential, closer
        chosen.append(best)
        nearest = best_nearest
    return _settled(sample, np.array(chosen), threads)


def _settled(sample: WeightedSample, centres: Floats, threads: int | None) -> Integers:
    """Return each row's label after up to `LLOYD_STEPS` Lloyd steps from these centres."""
    labels = _nearest(sample, centres, threads)
    for _ in range(LLOYD_STEPS):
        moments = gather(sample, labels, centres, False, threads)
        filled = moments.zeroth > 0
        moved = centres.copy()
        moved[filled] = moments.of(np.flatnonzero(filled)).means
        if np.array_equal(moved, centres):
            break
        centres = moved
        labels = _nearest(sample, centres, threads)
    return labels


def quantiles(
    sample: WeightedSample, components: int, generator: np.random.Generator, threads: int | None
) -> Integers:
    """Label each row by its quantile, one of K of equal weight, along the direction of greatest spread."""
    direction = _widest(sample, threads)
    if direction[np.abs(direction).argmax()] < 0:  # an eigenvector's sign is arbitrary
        direction = -direction
    along = (direction / sample.scale) @ (sample.channels - sample.mean[:, None])
    order = np.argsort(along, kind="stable")
    middles = np.cumsum(sample.weights[order], dtype=np.float64) - sample.weights[order] / 2
    quantile = np.minimum(components * middles / sample.total_weight, components - 1).astype(np.int32)
    # rows at the same place share a label, that of the first of them
    is_first = np.append(True, np.diff(along[order]) != 0)
    first = np.maximum.accumulate(np.where(is_first, np.arange(sample.size), 0))
    labels = np.empty(sample.size, dtype=np.int32)
    labels[order] = quantile[first]
    return labels


def _widest(sample: WeightedSample, threads: int | None) -> Floats:
    """Return the direction of greatest spread, (d,), in units of each channel's standard deviation."""
    if sample.size < sample.dimension:  # the same direction from the rows' products, which are fewer
        centred = (sample.channels - sample.mean[:, None]) / sample.scale[:, None] * np.sqrt(sample.weights)
        along: Floats = centred @ np.linalg.eigh(centred.T @ centred)[1][:, -1]
        return along
    whole = np.zeros(sample.size, dtype=np.int32)
    scatter = gather(sample, whole, sample.mean[None], True, threads).scatters[0]
    direction: Floats = np.linalg.eigh(scatter / np.outer(sample.scale, sample.scale))[1][:, -1]
    return direction


def random(
    sample: WeightedSample, components: int, generator: np.random.Generator, threads: int | None
) -> Integers:
    """Label each row by the nearest of K rows drawn in proportion to their weight."""
    heavy = np.flatnonzero(sample.weights)
    shares = sample.weights[heavy].astype(np.float64) / sample.total_weight
    rows = generator.choice(heavy, size=min(components, heavy.size), replace=False, p=shares)
    return _nearest(sample, sample.values[rows].astype(np.float64), threads)


PLACE: dict[str, Callable[[WeightedSample, int, np.random.Generator, int | None], Integers]] = {
    "kmeans++": kmeans,
    "greedy": greedy,
    "quantiles": quantiles,
    "random": random,
}


def _seeds(
    sample: WeightedSample, components: int, generator: np.random.Generator, threads: int | None
) -> Floats:
    trials = 2 + int(np.log(components))
    stretch = 1.0 / sample.scale**2
    nearest = np.full(sample.size, np.inf)
    row = _draw(sample.weights, 1, generator)[0]
    chosen = [sample.values[row].astype(np.float64)]
    _approach(sample, chosen[0], stretch, nearest, threads)
    while len(chosen) < components:
        pull = sample.weights * nearest
        if not pull.any():  # every row coincides with a centre
            break
        best, best_potential, best_nearest = chosen[0], np.inf, nearest
        for row in _draw(pull, trials, generator):
            centre, closer = sample.values[row].astype(np.float64), nearest.copy()
            potential = _approach(sample, centre, stretch, closer, threads)
            if potential < best_potential:
                best, best_potential, best_nearest = centre, potential, closer
        chosen.append(best)
        nearest = best_nearest
    return np.array(chosen)


def _draw(weights: Reals, size: int, generator: np.random.Generator) -> Integers:
    """Return `size` rows drawn in proportion to `weights`, with replacement."""
    edges = np.cumsum(weights, dtype=np.float64)
    rows = np.searchsorted(edges, generator.random(size) * edges[-1], side="right")
    # rounding may put a draw past the last row of positive weight
    inside: Integers = np.minimum(rows, np.flatnonzero(weights)[-1])
    return inside


def _approach(
    sample: WeightedSample, centre: Floats, stretch: Floats, nearest: Floats, threads: int | None
) -> float:
    def work(start: int, stop: int) -> float:
        return assignment.approach(sample.channels, sample.weights, start, stop, centre, stretch, nearest)

    return sum(map_slabs(work, sample.size, threads=threads))


def _nearest(sample: WeightedSample, centres: Floats, threads: int | None) -> Integers:
    labels = np.empty(sample.size, dtype=np.int32)
    stretch = 1.0 / sample.scale**2

    def work(start: int, stop: int) -> None:
        assignment.assign(sample.channels, start, stop, centres, stretch, labels)

    map_slabs(work, sample.size, threads=threads)
    return labels


def gather(
    sample: WeightedSample, labels: Integers, reference: Floats, dense: bool, threads: int | None
) -> Moments:
    """Return the moments of rows that belong wholly to their label, (n,), about `reference` (K, d).

    A row with a negative label belongs to none.
    """
    hard = labels.astype(np.int32, copy=False)

    def work(start: int, stop: int) -> Moments:
        moments = Moments.zero(reference, dense=dense)
        assignment.gather(
            sample.channels, sample.weights, start, stop, hard, reference,
            moments.zeroth, moments.first, moments.second,
        )  # fmt: skip
        return moments

    moments = functools.reduce(operator.add, map_slabs(work, sample.size, threads=threads))
    return replace(moments, second=mirrored(moments.second)) if dense else moments
