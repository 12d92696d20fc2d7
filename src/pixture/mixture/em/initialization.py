"""Starting mixtures: k-means++, quantiles, random rows, labels.

Every start is a hard assignment of rows to components, whose moments give the first mixture by the same
M-step as EM's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.errors import SampleError
from pixture.mixture.em.hard_assignment import gather, nearest_centre
from pixture.mixture.em.kmeans import greedy, kmeans
from pixture.mixture.model.covariance import STRUCTURES
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.sample import Sample
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import CovarianceName, Init

ENOUGH = 2**14
"""Rows a start looks at, at least; of a larger sample it takes a systematic subsample.

With four times as many, plain fits of photographs ended neither higher nor lower.
"""

EACH, EACH_CHANNEL = 256, 8
"""Rows that settle a component, and that it needs for each of its channels."""


def initial_mixture(
    sample: Sample,
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
    seen = sample.thinned(enough, generator.random() if sample.size > enough else 0.5)
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
    return nearest_centre(sample, sample.values[rows].astype(np.float64), threads)


PLACE: dict[str, Callable[[WeightedSample, int, np.random.Generator, int | None], Integers]] = {
    "kmeans++": kmeans,
    "greedy": greedy,
    "quantiles": quantiles,
    "random": random,
}
