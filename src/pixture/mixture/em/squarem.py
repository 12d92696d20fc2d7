"""Extrapolated EM: two steps tell where the iterations are heading, and the third goes there at once.

SQUAREM (Varadhan and Roland 2008). Near an optimum EM's steps shrink by a nearly constant factor, so from
three mixtures in a row the limit can be guessed. An extrapolated step is kept only if the log-likelihood
rises by it, so that it never falls; and the loop ends by EM's own rule, judged on a step of EM.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from pixture.arrays import Floats
from pixture.mixture.em.em import first_step, maximise, settled, step_after
from pixture.mixture.em.fit_result import Fit, Step, Stop, Summarise, keep
from pixture.mixture.model.mixture import Mixture

KEPT = 0.3
"""An extrapolated step leaves at least this share of each weight and variance: further out is no mixture."""

LEAST_LENGTH = 2.0
"""A length of 1 is two steps of EM. Less than 2 is not tried: far from the optimum it seldom pays."""

_Change: TypeAlias = tuple[Floats, Floats, Floats]
"""Of weights, means and covariances."""


def maximise_with_extrapolation(
    start: Mixture,
    summarise: Summarise,
    floor: Floats,
    max_iter: int,
    tol: float,
    before: Sequence[Step] = (),
    subsample: int | None = None,
) -> Fit:
    """Run EM as `maximise_likelihood` does, with an extrapolated step after each of EM where one helps.

    Parameters
    ----------
    start, summarise, floor, tol, before, subsample
        As there.
    max_iter
        Most steps, those of EM and those extrapolated that are kept.
    """
    moments = summarise(start)
    total = moments.zeroth.sum()
    history = [moments.log_likelihood / total]
    latest = first_step(start, history[0], 0, before, subsample)
    steps = [*before[:-1], latest]
    following = maximise(moments, start.covariance, floor)
    stop = Stop.MAX_ITER
    while len(history) <= max_iter:
        previous = latest.mixture
        expected = summarise(following)
        history.append(expected.log_likelihood / total)
        latest = step_after(latest, following, history[-1], moments)
        moments = expected
        keep(steps, latest)
        if settled(history, tol):
            stop = Stop.CONVERGED
            break
        following = maximise(moments, latest.mixture.covariance, floor)
        ahead = extrapolated(previous, latest.mixture, following, floor)
        if ahead is None or len(history) > max_iter:
            continue
        expected = summarise(ahead)
        if expected.log_likelihood / total > history[-1]:
            history.append(expected.log_likelihood / total)
            latest = step_after(latest, ahead, history[-1], moments, extrapolated=True)
            moments = expected
            keep(steps, latest)
            following = maximise(moments, ahead.covariance, floor)
    return Fit(latest.mixture, stop, tuple(steps), summarise)


def extrapolated(first: Mixture, second: Mixture, third: Mixture, floor: Floats) -> Mixture | None:
    """Return the mixture that three in a row point to, or None if there is none far enough ahead.

    With r = second - first and v = third - 2 second + first: first + 2 a r + a² v, a = |r| / |v|, the
    lengths being those of `_length`. They are the same in whatever units the channels are, and whatever
    the order of channels and components, so the extrapolated step is too.
    """
    if not first.components == second.components == third.components:
        return None
    r = _change(first, second)
    v = _difference(_change(second, third), r)
    bend = _length(v, second)
    a = _length(r, second) / bend if bend > 0 else 1.0
    while a > LEAST_LENGTH:
        weights, means, covariances = (
            of_first + 2 * a * of_r + a * a * of_v
            for of_first, of_r, of_v in zip(_parameters(first), r, v, strict=True)
        )
        if (weights >= KEPT * first.weights).all() and _least_share(covariances, first) >= KEPT:
            bounded = first.structure.at_least(covariances, floor)
            return Mixture(weights / weights.sum(), means, bounded, first.covariance)
        a = (a + 1) / 2
    return None


def _parameters(mixture: Mixture) -> _Change:
    return mixture.weights, mixture.means, mixture.covariances


def _difference(one: _Change, other: _Change) -> _Change:
    weights, means, covariances = (a - b for a, b in zip(one, other, strict=True))
    return weights, means, covariances


def _change(start: Mixture, end: Mixture) -> _Change:
    return _difference(_parameters(end), _parameters(start))


def _length(change: _Change, at: Mixture) -> float:
    """Return the length of a change of parameters, by the Fisher information of rows with known labels.

    Σ_k (Δw_k)² / w_k + w_k |P_k Δm_k|² + ½ w_k |P_k ΔΣ_k P_kᵀ|², where PᵀP = Σ⁻¹.
    """
    weights, means, covariances = change
    factors = at.factors
    along = factors * means if factors.ndim == 2 else np.einsum("kij,kj->ki", factors, means)
    spread = _whitened(covariances, at)
    squared = (
        weights**2 / at.weights
        + at.weights * (along**2).sum(axis=1)
        + 0.5 * at.weights * (spread**2).reshape(at.components, -1).sum(axis=1)
    )
    return math.sqrt(squared.sum())


def _least_share(covariances: Floats, of: Mixture) -> float:
    """Return the least ratio of a variance, along any direction, to that of another mixture's component."""
    whitened = _whitened(covariances, of)
    return float((whitened if whitened.ndim == 2 else np.linalg.eigvalsh(whitened)).min())


def _whitened(covariances: Floats, at: Mixture) -> Floats:
    """Return P Σ Pᵀ of each component, (K, d, d), or its diagonal (K, d) where there is no more of it."""
    factors = at.factors
    if factors.ndim == 2:
        along: Floats = factors**2 * (covariances if covariances.ndim == 2 else covariances[:, None])
        return along
    matrices = at.structure.matrices(covariances, at.components, at.dimension)
    whitened: Floats = factors @ matrices @ factors.swapaxes(1, 2)
    return whitened
