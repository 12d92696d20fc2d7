"""k-means++ and a start without chance: centres far from each other, then some steps of Lloyd."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Integers, Reals
from pixture.mixture.em.hard_assignment import gather, nearest_centre
from pixture.mixture.kernels import assignment
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import map_slabs

LLOYD_STEPS = 10

CANDIDATES = 4
"""Rows that are tried as the next centre of a greedy start."""


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
    labels = nearest_centre(sample, centres, threads)
    for _ in range(LLOYD_STEPS):
        moments = gather(sample, labels, centres, False, threads)
        filled = moments.zeroth > 0
        moved = centres.copy()
        moved[filled] = moments.of(np.flatnonzero(filled)).means
        if np.array_equal(moved, centres):
            break
        centres = moved
        labels = nearest_centre(sample, centres, threads)
    return labels


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
