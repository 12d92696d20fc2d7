"""Components merged into clusters: a cluster that is no Gaussian takes several of them.

Baudry, Raftery, Celeux, Lo and Gottardo (2010): from the fitted mixture on, merge the two clusters whose
union lowers the entropy of the responsibilities most. The density stays as it was fitted; only what is
called one cluster changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from threading import Lock

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array, Floats, Integers
from pixture.errors import ChoiceError
from pixture.mixture.model.packed_gaussians import Components
from pixture.mixture.model.posterior import each_slab
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.wording import plural

OVERLAP = 1e-3
"""Entropy a unit of weight, in nats, below which components are told apart as they are."""


@dataclass(frozen=True, eq=False)
class Merging:
    """The clusters that K components form, for every number of clusters from K down to 1.

    Attributes
    ----------
    entropies
        (K,), -Σ w Σ r log r of the responsibilities of K, K - 1, … 1 clusters, in nats, over all of the data.
    labels
        K arrays (K,): for K, K - 1, … 1 clusters, the cluster of each component. Clusters are numbered by
        their first component.
    merged
        (K - 1,), the weight of the rows that lay in the two clusters that each merging made one.
    total_weight
        Of all rows.
    """

    entropies: Floats
    labels: tuple[Integers, ...]
    merged: Floats
    total_weight: float

    def __post_init__(self) -> None:
        for array in (self.entropies, self.merged, *self.labels):
            array.flags.writeable = False

    def __repr__(self) -> str:
        K = self.entropies.size
        return f"<Merging: {plural(K, 'component')} in {K} to 1 clusters, the elbow at {self.elbow}>"

    @cached_property
    def elbow(self) -> int:
        """Number of clusters after which merging lowers the entropy no more as it did before.

        The entropy is plotted against the weight of the rows merged so far, counted from one cluster on, and
        two lines that share a point are fitted by least squares; the elbow is the point they share (Baudry
        et al. 2010; `entPlot` of R's mclust, its normalised plot), so it is neither 1 nor K. But it is K
        where the components hardly overlap, with nothing to explain, and where K <= 2, as in
        `clustCombiOptim`.
        """
        K = self.entropies.size
        if K <= 2 or self.entropies[0] <= OVERLAP * self.total_weight:
            return K
        at = np.concatenate([[0.0], np.cumsum(self.merged[::-1])])
        entropies = self.entropies[::-1]
        misfits = [
            _misfit(at[: c + 1], entropies[: c + 1]) + _misfit(at[c:], entropies[c:]) for c in range(1, K - 1)
        ]
        return int(np.argmin(misfits)) + 2

    def clusters(self, number: int | None = None) -> Integers:
        """Return the cluster of each component, (K,), where there are so many clusters; None takes the elbow.

        The rows' clusters are `clusters()[labels]`.

        Raises
        ------
        ChoiceError
            There cannot be so many clusters.
        """
        K = self.entropies.size
        wanted = self.elbow if number is None else number
        if not 1 <= wanted <= K:
            raise ChoiceError(f"{K} components form 1 to {K} clusters; got {wanted}.")
        return self.labels[K - wanted]


def merge_components(
    mixture: Components, sample: WeightedSample | npt.ArrayLike, *, threads: int | None = None
) -> Merging:
    """Merge a mixture's components, two clusters at a time, by the entropy of their responsibilities.

    Merging k and l lowers the entropy by Σ w (h(r_k + r_l) - h(r_k) - h(r_l)), h(r) = r log r (Baudry et al.
    2010, section 3), which is never negative; the pair that lowers it most is merged, the first of equals.
    What is kept of the data is one number for each pair of clusters: the rows are passed over once for each
    number of clusters.

    Parameters
    ----------
    sample
        The rows the mixture was fitted to, as in `fit`.
    threads
        None takes every processor. The answer does not depend on it.

    Raises
    ------
    SampleError
        The sample has other channels than the mixture.

    Examples
    --------
    >>> from pixture.mixture.model.mixture import Mixture
    >>> mixture = Mixture([0.3, 0.3, 0.4], [[0.0], [1.0], [9.0]], [1.0, 1.0, 1.0], "spherical")
    >>> merging = merge_components(mixture, WeightedSample([[-1.0], [0.2], [1.0], [2.0], [8.5], [9.5]]))
    >>> merging.clusters()
    array([0, 0, 1])
    """
    sample = sample if isinstance(sample, WeightedSample) else WeightedSample(sample)
    K = mixture.components
    labels = np.arange(K)
    history = [labels]
    gains = np.full((K, K), -math.inf)
    pairs = list(combinations(range(K), 2))
    entropies, merged = np.zeros(K), np.zeros(K - 1)
    for step in range(K - 1):
        entropy, fresh, held = _pass(mixture, sample, labels, pairs, threads)
        if step == 0:
            entropies[0] = entropy
        for pair, gain in zip(pairs, fresh, strict=True):
            gains[pair] = gain
        kept, gone = (int(index) for index in np.unravel_index(np.argmax(gains), gains.shape))
        entropies[step + 1] = max(entropies[step] - gains[kept, gone], 0)
        merged[step] = held[kept] + held[gone]
        labels = np.where(labels == gone, kept, np.where(labels > gone, labels - 1, labels))
        history.append(labels)
        gains = np.delete(np.delete(gains, gone, axis=0), gone, axis=1)
        # only what the new cluster has to do with the others is not known yet
        pairs = [(min(kept, other), max(kept, other)) for other in range(len(gains)) if other != kept]
    entropies[-1] = 0
    return Merging(entropies, tuple(history), merged, sample.total_weight)


def _pass(
    mixture: Components,
    sample: WeightedSample,
    labels: Integers,
    pairs: list[tuple[int, int]],
    threads: int | None,
) -> tuple[float, Floats, Floats]:
    """Return the entropy of the clusters, what merging each pair takes from it, and the weight they hold."""
    clusters = int(labels.max()) + 1
    lock, waiting = Lock(), dict[int, tuple[int, Floats]]()
    sums, reached = np.zeros(1 + len(pairs) + clusters), 0

    def add(start: int, stop: int, shares: Array, log_density: Array) -> None:
        nonlocal sums, reached
        here = _summed(shares, sample.weights[start:stop], labels, clusters, pairs)
        with lock:  # slabs come in any order, and are added in theirs: the bits do not depend on the threads
            waiting[start] = (stop, here)
            while reached in waiting:
                reached, following = waiting.pop(reached)
                sums = sums + following

    each_slab(mixture, sample, add, threads)
    entropy, gains, held = np.split(sums, [1, 1 + len(pairs)])
    return float(entropy[0]), gains, held


def _summed(
    shares: Array, weights: Array, labels: Integers, clusters: int, pairs: list[tuple[int, int]]
) -> Floats:
    """Return what a slab adds to `_pass`, one after the other."""
    exact = shares.astype(np.float64)
    exact /= exact.sum(axis=0)  # float32's sums to 1 leave 1e-7 a row, as large as what little overlap adds
    of_cluster = np.array([exact[labels == cluster].sum(axis=0) for cluster in range(clusters)])
    logs = _negentropy(of_cluster)
    # the sums are NumPy's pairwise ones: a BLAS product may depend on how many threads it takes
    gains = [
        float((weights * (_negentropy(of_cluster[a] + of_cluster[b]) - logs[a] - logs[b])).sum())
        for a, b in pairs
    ]
    held = np.bincount(of_cluster.argmax(axis=0), weights, clusters)
    return np.concatenate([[-float((weights * logs.sum(axis=0)).sum())], gains, held])


def _negentropy(shares: Floats) -> Floats:
    """Return r log r, 0 at 0, its limit."""
    logs: Floats = shares * np.log(np.maximum(shares, np.finfo(np.float64).tiny))
    return logs


def _misfit(at: Floats, entropies: Floats) -> float:
    """Return the sum of squared residuals about the least-squares line; the mean where x is one."""
    x, y = at - at.mean(), entropies - entropies.mean()
    across = float(x @ x)
    slope = float(x @ y) / across if across > 0 else 0.0
    return float(np.square(y - slope * x).sum())
