"""Expectation-Maximization: one step, and the loop.

The loop knows nothing of where the data are: it is given `summarise(mixture) -> Moments` and a starting
mixture. In memory, out of core or on a cluster, a fit is this one loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.mixture.em.fit_result import Fit, Step, Stop, Summarise, keep
from pixture.mixture.em.shrinkage import Shrinkage
from pixture.mixture.kernels import passes
from pixture.mixture.model.covariance import RELATIVE_ROUNDING, STRUCTURES
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.packed_gaussians import Components, gaussians, same_channels, unpacked
from pixture.mixture.model.sample import Sample
from pixture.mixture.model.sample_in_parts import SampleInParts
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import CovarianceName
from pixture.parallel import MOST_SLABS, map_slabs, slab_rows

LEAST_SHARE = 1e-12
"""A component whose share of the weight falls below this answers for nothing and is dropped."""

MOST_SUMS = 2**23
"""Numbers that the slabs' sums may hold together (64 MB); of many bands there are fewer, larger slabs."""

_ROUNDING = 1e-12


OnStep: TypeAlias = Callable[[Step], object]
"""Called with every step of the run over all of the data, not with those on subsamples before it; a true
answer ends the fit, and the best start so far is its answer."""

MStep: TypeAlias = Callable[[Mixture, Moments], Mixture]
"""An M-step other than `maximise`: of a mixture and the moments under it; it keeps every component."""


def maximise_likelihood(
    start: Mixture,
    summarise: Summarise,
    floor: Floats,
    max_iter: int,
    tol: float,
    on_step: OnStep | None = None,
    number: int = 0,
    before: Sequence[Step] = (),
    subsample: int | None = None,
    shrinkage: Shrinkage | None = None,
    m_step: MStep | None = None,
) -> Fit:
    """Run EM from `start` until the log-likelihood settles.

    Parameters
    ----------
    start
        The first mixture.
    summarise
        The E-step: a mixture's moments over all of the data, wherever they are.
    floor
        (d,), the least variances.
    max_iter, tol
        As in `Choices`.
    on_step
        As in `fit`.
    number
        Which start this is; only passed on to the steps.
    before
        The steps that led to `start`, on subsamples; the last one's mixture is `start` itself, and the fit's
        way begins with them.
    subsample
        Rows of the subsample that `summarise` goes over; None where it is all of the data.
    shrinkage
        What the start's covariances are shrunk towards, if they are. What never falls, and settles, is the
        log-likelihood with its log density; a step says the log-likelihood alone.
    m_step
        The M-step; None is `maximise`. Another goes without shrinkage.
    """
    moments = summarise(start)
    total = moments.zeroth.sum()
    history = [_objective(moments, start, shrinkage)]
    latest = first_step(start, moments.log_likelihood / total, number, before, subsample)
    steps = [*before[:-1], latest]
    stop = Stop.MAX_ITER

    def asked_to_stop() -> bool:
        return on_step is not None and bool(on_step(latest))

    if asked_to_stop():
        return Fit(start, Stop.ASKED, tuple(steps), summarise)
    while len(history) <= max_iter:
        if m_step is None:
            following = maximise(moments, latest.mixture.covariance, floor, shrinkage)
        else:
            following = m_step(latest.mixture, moments)
        if shrinkage is not None:
            shrinkage = shrinkage.of(answering(moments))
        expected = summarise(following)
        reached = _objective(expected, following, shrinkage)
        if fallen(history[-1], reached) and (len(history) > 1 or not _below(latest.mixture, floor)):
            stop = Stop.CONVERGED  # rounding has the last word: what was reached before it is kept
            break
        history.append(reached)
        latest = step_after(latest, following, expected.log_likelihood / total, moments)
        moments = expected
        keep(steps, latest)
        if asked_to_stop():
            stop = Stop.ASKED
            break
        if settled(history, tol):
            stop = Stop.CONVERGED
            break
    return Fit(latest.mixture, stop, tuple(steps), summarise)


def first_step(
    start: Mixture, log_likelihood: float, number: int, before: Sequence[Step], subsample: int | None
) -> Step:
    """Return the first step of a run: that of a start, or where the steps before it ended."""
    if not before:
        return Step(number, 0, start, log_likelihood, np.arange(start.components), subsample)
    return replace(before[-1], log_likelihood=log_likelihood, subsample=subsample)


def step_after(
    step: Step, mixture: Mixture, log_likelihood: float, moments: Moments, *, extrapolated: bool = False
) -> Step:
    """Return the step that an M-step of `moments`, those of the step before, led to."""
    kept = mixture.components == step.mixture.components
    return replace(
        step,
        iteration=step.iteration + 1,
        mixture=mixture,
        log_likelihood=log_likelihood,
        components=step.components if kept else step.components[answering(moments)],
        extrapolated=extrapolated,
    )


def settled(history: list[float], tol: float) -> bool:
    """Whether the last iteration raised the log-likelihood by less than the tolerance."""
    gain = history[-1] - history[-2]
    # a fall beyond rounding is the floor taking hold of a start that lay below it
    return -max(tol, _ROUNDING * abs(history[-1])) <= gain < tol


def fallen(before: float, after: float) -> bool:
    """Whether the log-likelihood fell by more than the last digits of a sum.

    By the first iteration it may, where the start lay below the floor; else only where a component is so thin
    that its own factors are rounding.
    """
    return after < before - _ROUNDING * max(1.0, abs(before))


def _below(start: Mixture, floor: Floats) -> bool:
    """Whether a start lies below the floor by more than rounding."""
    scale = np.sqrt(np.where(floor > 0, floor, 1.0))
    values = np.linalg.eigvalsh(start.matrices() / (scale[:, None] * scale))
    loose = RELATIVE_ROUNDING * start.dimension * values[:, -1]
    return bool((values[:, 0] < 0.99 - loose).any())


def _objective(moments: Moments, mixture: Mixture, shrinkage: Shrinkage | None) -> float:
    """Return what EM climbs, per unit of weight: the log-likelihood, and the log density of a shrinkage."""
    more = 0.0 if shrinkage is None else shrinkage.log_density(mixture)
    return float((moments.log_likelihood + more) / moments.zeroth.sum())


def maximise(
    moments: Moments, covariance: CovarianceName, floor: Floats, shrinkage: Shrinkage | None = None
) -> Mixture:
    """Return the M-step's mixture: the one of highest expected log-likelihood given the moments.

    w_k = n_k / n, m_k = mean, S_k = scatter by structure (Bishop 2006, eq. 9.24-9.26), variances at least
    `floor`. A component with less than `LEAST_SHARE` of the weight is dropped. With a shrinkage, of full
    covariances, S_k is as there.
    """
    alive = answering(moments)
    if alive.size < moments.zeroth.size:
        moments = moments.of(alive)
    spread = moments if shrinkage is None else shrinkage.of(alive).added_to(moments)
    covariances = STRUCTURES[covariance].estimate(spread, floor)
    return Mixture(moments.weights, moments.means, covariances, covariance)


def answering(moments: Moments) -> Integers:
    """Return the components that answer for at least `LEAST_SHARE` of the weight, ascending."""
    return np.flatnonzero(moments.zeroth > LEAST_SHARE * moments.zeroth.sum())


def summarise(sample: Sample, mixture: Components, *, threads: int | None = None) -> Moments:
    """Return the moments of one E-step over a sample, about the means rounded to the sample's precision.

    Of a sample in parts they are the sum of the parts', each of which is gone through by one thread.

    Raises `SampleError` where the sample has other channels than the mixture.
    """
    same_channels(mixture, sample)
    if isinstance(sample, SampleInParts):
        return sample.summed(partial(summarise, mixture=mixture, threads=1))
    assert isinstance(sample, WeightedSample)  # there is no other
    packed, shift = gaussians(mixture, sample.channels.dtype)
    shape = packed.factors.shape
    rows = slab_rows(sample.size, max(1, min(MOST_SLABS, MOST_SUMS // math.prod(shape))))
    slabs = -(-sample.size // rows)
    # each slab has its own sums, added in the order of the slabs
    zeroth, first, second = (np.zeros((slabs, *sums)) for sums in (shape[:1], packed.means.shape, shape))

    def work(start: int, stop: int) -> float:
        at = start // rows
        return passes.expect(
            sample.channels, sample.weights, start, stop, packed, zeroth[at], first[at], second[at]
        )

    log_likelihood = math.fsum(map_slabs(work, sample.size, threads=threads, size=rows))
    sums = zeroth.sum(axis=0), first.sum(axis=0), second.sum(axis=0)
    return unpacked(packed, mixture, *sums, log_likelihood + shift * sample.total_weight)
