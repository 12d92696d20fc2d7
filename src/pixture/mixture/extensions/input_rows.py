"""Rows as a user has them: with values missing, of known components, on disk; and the E-step over them.

The E-step takes rows a part at a time. A part is in memory, and its rows have the same channels; the moments
of parts add up. So rows that lack values, and arrays larger than memory, are one algorithm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.errors import SampleError
from pixture.mixture.em.em import summarise
from pixture.mixture.em.hard_assignment import gather
from pixture.mixture.extensions.missing_values import completed, marginal, patterns
from pixture.mixture.extensions.noise_component import NoisyMixture
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.packed_gaussians import Components
from pixture.mixture.model.posterior import each_slab, labels
from pixture.mixture.model.weighted_sample import WeightedSample

CHUNK = 2**22
"""Numbers of an array on disk that are read at once: 32 MB of float64."""

State: TypeAlias = Mixture | NoisyMixture
"""A mixture that rows with missing values can be seen through: it has marginals."""


@dataclass(frozen=True, eq=False)
class Part:
    """Rows in memory that have the same channels.

    Attributes
    ----------
    channels
        The channels they have; None if all.
    free
        The rows whose component is not known; None if there are none.
    known
        The rows whose component is known: their moments, about their own means, of each component; None if
        there are none.
    """

    channels: Integers | None
    free: WeightedSample | None
    known: Moments | None


@dataclass(frozen=True, eq=False)
class Rows:
    """(n, d) values with a weight each, some of whose components may be known.

    Attributes
    ----------
    values
        Floats, NaN where missing; an array on disk is read chunk by chunk, in every pass.
    components
        Number of components, K.
    dense
        Whether whole second moments are needed.
    weights
        (n,), None if all weigh 1. Rows that weigh nothing are as if they were not there.
    labels
        (n,), the component of each row, -1 where it is not known; None if of none.
    counted
        The same rows as distinct values and their counts, where somebody has counted them: E-steps then go
        over these, which changes nothing but the time.
    thin
        Whether components may be thinner than float32 can tell from none: E-steps are then in float64,
        whatever the values are.
    """

    values: Array
    components: int
    dense: bool
    weights: Array | None = None
    labels: Integers | None = None
    counted: WeightedSample | None = None
    thin: bool = False

    @property
    def on_disk(self) -> bool:
        """Whether the values are a file mapped into memory."""
        array: object = self.values
        while isinstance(array, np.ndarray):
            if isinstance(array, np.memmap):
                return True
            array = array.base
        return False

    def parts(self) -> Iterator[Part]:
        """Yield the parts; what is in memory is arranged once, what is on disk is read anew."""
        if self.counted is not None:
            yield Part(None, self.counted, None)
        else:
            yield from self._read() if self.on_disk else self._kept

    @cached_property
    def _kept(self) -> tuple[Part, ...]:
        return tuple(self._read())

    def _read(self) -> Iterator[Part]:
        for at in chunks(self.values) if self.on_disk else [slice(None)]:
            weights = None if self.weights is None else self.weights[at]
            labels = None if self.labels is None else self.labels[at]
            yield from self._parts(np.asarray(self.values[at]), weights, labels)

    def _parts(self, values: Array, weights: Array | None, labels: Integers | None) -> Iterator[Part]:
        if weights is not None and not weights.all():
            there = np.flatnonzero(weights)
            values, weights = values[there], weights[there]
            labels = None if labels is None else labels[there]
        if not len(values):
            return
        if np.isfinite(values.sum()):
            yield self._part(None, values, weights, labels)
            return
        for rows, channels in patterns(values):
            if channels.size:  # a row without a single value says nothing
                yield self._part(
                    channels if channels.size < values.shape[1] else None,
                    values[rows[:, None], channels],
                    None if weights is None else weights[rows],
                    None if labels is None else labels[rows],
                )

    def _part(
        self, channels: Integers | None, values: Array, weights: Array | None, labels: Integers | None
    ) -> Part:
        known = None
        if labels is not None and (labels >= 0).any():
            rows, free = np.flatnonzero(labels >= 0), np.flatnonzero(labels < 0)
            sample = WeightedSample(values[rows], None if weights is None else weights[rows])
            known = self._known(sample, labels[rows])
            values, weights = values[free], None if weights is None else weights[free]
        if self.thin:
            values = values.astype(np.float64, copy=False)
        return Part(channels, WeightedSample(values, weights) if len(values) else None, known)

    def _known(self, sample: WeightedSample, labels: Integers) -> Moments:
        about = np.repeat(sample.mean[None], self.components, axis=0)
        rough = gather(sample, labels, about, False, None)
        filled = rough.zeroth > 0
        about[filled] = rough.of(np.flatnonzero(filled)).means
        return gather(sample, labels, about, self.dense, None)


def summarise_rows(rows: Rows, state: Components, *, threads: int | None = None) -> Moments:
    """Return the moments of one E-step over all rows, about the means.

    Where values are missing the state is a `State`: it needs marginals.

    A row whose component k is known counts wholly for it, and adds log(w_k N(x; m_k, S_k)) to the
    log-likelihood: that of what was seen, values and components.
    """
    total: Moments | None = None
    for part in rows.parts():
        moments = _summarise_part(part, state, threads)
        total = moments if total is None else total + moments
    if total is None:
        raise SampleError("Every value is missing, so there is nothing to learn from.")
    return total


def _summarise_part(part: Part, state: Components, threads: int | None) -> Moments:
    seen = state if part.channels is None else seen_through(state, part.channels)
    moments = None if part.free is None else summarise(part.free, seen, threads=threads)
    if part.known is not None:
        known = _with_noise(part.known, seen)
        known = replace(known, log_likelihood=log_joint(known, seen))
        moments = known if moments is None else moments + known
    assert moments is not None  # a part has rows of one kind or the other
    if part.channels is None:
        return moments
    assert isinstance(state, Mixture | NoisyMixture)  # it has been seen through
    gaussians = state.gaussians if isinstance(state, NoisyMixture) else state
    return completed(moments, gaussians, part.channels)


def seen_through(state: Components, channels: Integers) -> State:
    """Return what is seen of a mixture in some channels."""
    assert isinstance(state, Mixture | NoisyMixture)  # others are given whole rows only
    return state.marginal(channels) if isinstance(state, NoisyMixture) else marginal(state, channels)


def each_row(
    values: Array,
    components: Components,
    write: Callable[[Integers, Floats, Floats], None],
    *,
    threads: int | None = None,
) -> None:
    """Call write(rows, responsibilities (K, rows), log densities (rows,)) until each row was told of once.

    Rows come a chunk at a time, in any order, from any thread. A row without a single value has the weights
    for its responsibilities, and the log density 0.

    Parameters
    ----------
    values
        (n, d), NaN where missing.
    components
        The mixture; it needs marginals (`State`) where values are missing.
    """
    for rows, seen, sample in _each_part(values, components):
        if sample is None:
            write(rows, np.repeat(_weights(components)[:, None], rows.size, axis=1), np.zeros(rows.size))
            continue

        def tell(start: int, stop: int, shares: Floats, density: Floats, rows: Integers = rows) -> None:
            write(rows[start:stop], shares, density)

        each_slab(seen, sample, tell, threads)


def label_rows(values: Array, components: Components, *, threads: int | None = None) -> Integers:
    """Return the most responsible component of each row, (n,), the first of equals; as `each_row` sees it.

    >>> mixture = Mixture([0.4, 0.6], [[0.0, 0.0], [4.0, 4.0]], [1.0, 1.0], "spherical")
    >>> label_rows(np.array([[0.5, 0.5], [np.nan, 3.0], [np.nan, np.nan]]), mixture)
    array([0, 1, 1])
    """
    out = np.empty(len(values), dtype=np.int64)
    for rows, seen, sample in _each_part(values, components):
        out[rows] = _weights(components).argmax() if sample is None else labels(seen, sample, threads=threads)
    return out


def _each_part(
    values: Array, components: Components
) -> Iterator[tuple[Integers, Components, WeightedSample | None]]:
    """Yield rows that have the same channels, what is seen of the components in these, and their sample.

    The rows of a chunk that have no channel come without a sample.
    """
    for at in chunks(values):
        here = np.asarray(values[at])
        if np.isfinite(here.sum()):
            yield np.arange(at.start, at.stop), components, WeightedSample(here)
            continue
        for rows, channels in patterns(here):
            there = rows + at.start
            if channels.size == here.shape[1]:
                yield there, components, WeightedSample(here[rows])
            elif channels.size:
                sample = WeightedSample(here[rows[:, None], channels])
                yield there, seen_through(components, channels), sample
            else:
                yield there, components, None


def _weights(components: Components) -> Floats:
    assert isinstance(components, Mixture | NoisyMixture)  # others are given whole rows only
    return components.weights


def chunks(values: Array) -> Iterator[slice]:
    """Yield slices of rows that cover an array, each of at most `CHUNK` numbers."""
    size = max(1, CHUNK // values.shape[1])
    for start in range(0, len(values), size):
        yield slice(start, min(start + size, len(values)))


def log_joint(moments: Moments, components: Components) -> float:
    """Return Σ r log(w_k N(x; m_k, S_k)), over rows and components, of moments taken under any r.

    It is linear in the moments about the means: Σ_k n_k c_k - ½ tr(P_k M_k P_kᵀ), PᵀP = S⁻¹.
    """
    about = moments.about(components.means)
    P = components.factors
    if P.ndim == 2:
        diagonal = about.second if about.second.ndim == 2 else np.diagonal(about.second, axis1=1, axis2=2)
        squares: Floats = (P**2 * diagonal).sum(axis=1)
    else:
        squares = np.einsum("kij,kjl,kil->k", P, about.second, P)
    # a component of weight zero answers for nothing: 0 · (-inf) is 0 here
    with np.errstate(invalid="ignore"):
        shares = np.where(about.zeroth > 0, about.zeroth * components.constants, 0.0)
    return float((shares - 0.5 * squares).sum())


def _with_noise(known: Moments, seen: Components) -> Moments:
    """Return the moments with zeros for the noise, if there is any: no row is known to be noise."""
    if known.zeroth.size == seen.components:
        return known
    return Moments(
        np.concatenate([known.reference, seen.means[-1:]]),
        np.append(known.zeroth, 0.0),
        np.concatenate([known.first, np.zeros_like(known.first[:1])]),
        np.concatenate([known.second, np.zeros_like(known.second[:1])]),
    )
