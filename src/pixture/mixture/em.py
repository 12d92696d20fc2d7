"""Expectation-Maximization: one step, the loop, the fit.

The loop knows nothing of where the data are: it is given `summarise(mixture) -> Moments` and a starting
mixture. In memory, out of core or on a cluster, EM is this one loop.
"""

from __future__ import annotations

import functools
import operator
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from pixture.arrays import Floats
from pixture.choices import GIVEN, Choices, CovarianceName, InitName
from pixture.errors import ChoiceError, FewerComponentsWarning
from pixture.mixture import kernels
from pixture.mixture.covariance import STRUCTURES
from pixture.mixture.initial import initial_mixture
from pixture.mixture.mixture import Mixture
from pixture.mixture.moments import Moments
from pixture.mixture.sample import WeightedSample
from pixture.parallel import map_slabs

LEAST_SHARE = 1e-12
"""A component whose share of the weight falls below this answers for nothing and is dropped."""


class Stop(Enum):
    """Why a fit ended; the value says it in a sentence, with advice where there is some."""

    CONVERGED = "Converged: the last iteration raised the log-likelihood by less than the tolerance."
    MAX_ITER = (
        "Stopped at the iteration limit while the log-likelihood was still rising; "
        "raise max_iter, or tol if the gain is too small to matter."
    )
    ASKED = "Stopped early, because on_step asked for it."


@dataclass(frozen=True, eq=False)
class Step:
    """One iteration as `on_step` sees it; iteration 0 is the starting mixture of a start.

    Components keep the order of the start, sorted by their first channel there; a fit's last mixture may
    sort them anew.
    """

    start: int
    """Which of the n_init starts, from 0."""
    iteration: int
    mixture: Mixture
    log_likelihood: float
    """Per unit of weight, in nats, of this mixture."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted mixture and how it got there.

    Attributes
    ----------
    mixture
        The last mixture, its components in their stable order.
    stop
        Why the loop ended.
    history
        (steps + 1,), the log-likelihood per unit of weight (nats) of the start and after each iteration.
    start
        Which of the n_init starts this is, from 0.
    """

    mixture: Mixture
    stop: Stop
    history: Floats
    start: int = 0

    @property
    def steps(self) -> int:
        """Number of EM iterations made."""
        return len(self.history) - 1

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood per unit of weight of the mixture, in nats."""
        return float(self.history[-1])

    @property
    def converged(self) -> bool:
        """Whether the tolerance was met."""
        return self.stop is Stop.CONVERGED


Summarise: TypeAlias = Callable[[Mixture], Moments]
OnStep: TypeAlias = Callable[[Step], object]
"""Called with every step; a true answer ends the fit, and the best start so far is its answer."""


def fit(
    sample: WeightedSample | npt.ArrayLike,
    components: int = 4,
    *,
    covariance: CovarianceName = "full",
    init: InitName | Mixture = "kmeans++",
    n_init: int = 1,
    max_iter: int = 200,
    tol: float = 1e-4,
    seed: int = 0,
    covariance_floor: float | None = None,
    threads: int | None = None,
    on_step: OnStep | None = None,
) -> Fit:
    """Fit a Gaussian mixture to a weighted sample by EM.

    Parameters
    ----------
    sample
        A `WeightedSample`, or an (n, d) array whose rows all weigh 1.
    components, covariance, n_init, max_iter, tol, seed, covariance_floor, threads
        As in `Choices`.
    init
        As in `Choices`; or a `Mixture` to start from, which then says the number of components.
    on_step
        Called with a `Step` for the start and after every iteration; a true answer ends the fit, with the
        best of the starts so far for its answer.

    Returns
    -------
    Fit
        The fit of the start with the highest log-likelihood, components sorted by their first channel.

    Raises
    ------
    SampleError, ChoiceError
        The data or a choice is not usable as it is.

    Warns
    -----
    FewerComponentsWarning
        The data have fewer distinct rows than components were asked for, or a component emptied.

    Examples
    --------
    >>> import numpy as np
    >>> generator = np.random.default_rng(0)
    >>> values = np.concatenate([generator.normal(0, 1, (500, 1)), generator.normal(9, 2, (500, 1))])
    >>> result = fit(values, 2)
    >>> result.mixture.means.round().ravel() + 0, result.converged
    (array([0., 9.]), True)
    """
    choices, start = chosen(
        init,
        components=components,
        covariance=covariance,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        seed=seed,
        covariance_floor=covariance_floor,
        threads=threads,
    )
    weighted = sample if isinstance(sample, WeightedSample) else WeightedSample(sample)
    return fit_sample(weighted, choices, start=start, on_step=on_step)


def chosen(init: InitName | Mixture, **choices: Any) -> tuple[Choices, Mixture | None]:
    """Return the choices, and the starting mixture if `init` is one: it then says what it can say."""
    if not isinstance(init, Mixture):
        return Choices(init=init, **choices), None
    said = {"components": init.components, "covariance": init.covariance, "init": GIVEN, "n_init": 1}
    return Choices(**{**choices, **said}), init


def fit_sample(
    sample: WeightedSample, choices: Choices, *, start: Mixture | None = None, on_step: OnStep | None = None
) -> Fit:
    """Fit as `fit` does, the choices given as one value; `start` goes with the init "given"."""
    if (choices.init == GIVEN) != (start is not None):
        raise ChoiceError('The init "given" and a starting mixture go together; got only one of them.')
    if choices.covariance_floor is None:
        floor = sample.variance_floor()
    else:
        floor = np.full(sample.dimension, float(choices.covariance_floor))
    if start is not None and start.dimension != sample.dimension:
        raise ChoiceError(
            f"The starting mixture has {start.dimension} channels, the data {sample.dimension}; "
            "they must agree."
        )
    components = sample.distinct(choices.components) if start is None else start.components
    if components < choices.components:
        warnings.warn(
            f"The data have only {_count(components, 'distinct value')}, so the mixture has "
            f"{_count(components, 'component')} instead of {choices.components}.",
            FewerComponentsWarning,
            stacklevel=3,
        )

    def summarise_here(mixture: Mixture) -> Moments:
        return summarise(sample, mixture, threads=choices.threads)

    best: Fit | None = None
    for number, first in enumerate(_starts(sample, choices, components, floor, start)):
        found = maximise_likelihood(
            first.ordered(), summarise_here, floor, choices.max_iter, choices.tol, on_step, number
        )
        if best is None or found.log_likelihood > best.log_likelihood:
            best = found
        if found.stop is Stop.ASKED:
            break
    assert best is not None  # there is always a start
    lost = components - best.mixture.components
    if lost > 0:
        warnings.warn(
            f"{lost} of {components} components answered for none of the data and were dropped, so the "
            f"mixture has {best.mixture.components}. Ask for fewer components, or another init.",
            FewerComponentsWarning,
            stacklevel=3,
        )
    return Fit(best.mixture.ordered(), best.stop, best.history, best.start)


def _starts(
    sample: WeightedSample, choices: Choices, components: int, floor: Floats, start: Mixture | None
) -> Iterator[Mixture]:
    if start is not None:
        yield start
        return
    for generator in np.random.default_rng(choices.seed).spawn(choices.n_init):
        yield initial_mixture(
            sample, components, choices.covariance, choices.init, floor, generator, threads=choices.threads
        )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def maximise_likelihood(
    start: Mixture,
    summarise: Summarise,
    floor: Floats,
    max_iter: int,
    tol: float,
    on_step: OnStep | None = None,
    number: int = 0,
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
        Which start this is; only passed on to `Step` and `Fit`.
    """
    mixture, moments = start, summarise(start)
    total = moments.zeroth.sum()
    history = [moments.log_likelihood / total]
    stop = Stop.MAX_ITER

    def asked_to_stop() -> bool:
        step = Step(number, len(history) - 1, mixture, history[-1])
        return on_step is not None and bool(on_step(step))

    if asked_to_stop():
        return Fit(mixture, Stop.ASKED, np.array(history), number)
    while len(history) <= max_iter:
        mixture = maximise(moments, mixture.covariance, floor)
        moments = summarise(mixture)
        history.append(moments.log_likelihood / total)
        if asked_to_stop():
            stop = Stop.ASKED
            break
        if history[-1] - history[-2] < tol:
            stop = Stop.CONVERGED
            break
    return Fit(mixture, stop, np.array(history), number)


def maximise(moments: Moments, covariance: CovarianceName, floor: Floats) -> Mixture:
    """Return the M-step's mixture: the one of highest expected log-likelihood given the moments.

    w_k = n_k / n, m_k = mean, S_k = scatter by structure (Bishop 2006, eq. 9.24-9.26), variances at least
    `floor`. A component with less than `LEAST_SHARE` of the weight is dropped.
    """
    alive = np.flatnonzero(moments.zeroth > LEAST_SHARE * moments.zeroth.sum())
    if alive.size < moments.zeroth.size:
        moments = moments.of(alive)
    covariances = STRUCTURES[covariance].estimate(moments, floor)
    return Mixture(moments.weights, moments.means, covariances, covariance)


def summarise(sample: WeightedSample, mixture: Mixture, *, threads: int | None = None) -> Moments:
    """Return the moments of one E-step over a sample, about the mixture's means."""

    def work(start: int, stop: int) -> Moments:
        moments = Moments.zero(mixture.means, dense=mixture.structure.dense)
        log_likelihood = kernels.expect(
            sample.channels, sample.weights, start, stop, mixture.constants, mixture.means, mixture.factors,
            moments.zeroth, moments.first, moments.second,
        )  # fmt: skip
        return replace(moments, log_likelihood=log_likelihood)

    return functools.reduce(operator.add, map_slabs(work, sample.size, threads=threads))
