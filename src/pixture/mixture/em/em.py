"""Expectation-Maximization: one step, and the loop.

The loop knows nothing of where the data are: it is given `summarise(mixture) -> Moments` and a starting
mixture. In memory, out of core or on a cluster, a fit is this one loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.choices import CovarianceName
from pixture.mixture.kernels import passes
from pixture.mixture.model.covariance import RELATIVE_ROUNDING, STRUCTURES
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.packed_gaussians import Components, gaussians, same_channels, unpacked
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import MOST_SLABS, map_slabs, slab_rows
from pixture.wording import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST_SHARE = 1e-12
"""A component whose share of the weight falls below this answers for nothing and is dropped."""

MOST_SUMS = 2**23
"""Numbers that the slabs' sums may hold together (64 MB); of many bands there are fewer, larger slabs."""

_ROUNDING = 1e-12


class Stop(Enum):
    """Why a fit ended; the value says it in a sentence, with advice where there is some."""

    CONVERGED = "Converged: the last iteration raised the log-likelihood by less than the tolerance."
    MAX_ITER = (
        "Stopped at the iteration limit while the log-likelihood was still rising; "
        "raise max_iter, or tol if the gain is too small to matter."
    )
    GIVEN = "Not fitted here: the mixture was given, and applied as it is."
    ASKED = "Stopped early, because on_step asked for it."

    def __repr__(self) -> str:
        """Without the sentence, which is the value."""
        return f"<Stop.{self.name}>"


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
    components: Integers
    """(K,), which component of the start each is: one that came to answer for nothing is no longer there."""

    def __repr__(self) -> str:
        start = f" of start {self.start}" if self.start else ""
        return (
            f"<Step: iteration {self.iteration}{start}, {plural(self.mixture.components, 'component')}, "
            f"log-likelihood {self.log_likelihood:.6g}>"
        )


@dataclass(frozen=True, eq=False)
class Draw:
    """A run on a draw of the data, made before the fit itself."""

    rows: int
    """Rows of the draw; all of them where the data have no more than a draw would."""
    history: Floats
    """As a fit's, on the draw."""

    def __repr__(self) -> str:
        return f"<Draw: {plural(self.rows, 'row')}, {plural(len(self.history) - 1, 'iteration')}>"


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
    draws
        The runs on draws of the data that led to the start, in their order; none if it was not accelerated.
    """

    mixture: Mixture
    stop: Stop
    history: Floats
    start: int = 0
    draws: tuple[Draw, ...] = ()

    def __repr__(self) -> str:
        return f"<Fit: {fit_in_words(self)}>"

    @property
    def steps(self) -> int:
        """Number of EM iterations over all of the data, after the runs on draws."""
        return len(self.history) - 1

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood per unit of weight of the mixture, in nats."""
        return float(self.history[-1])

    @property
    def converged(self) -> bool:
        """Whether the tolerance was met."""
        return self.stop is Stop.CONVERGED

    def plot(
        self, ax: Axes | Iterable[Axes] | None = None, *, unit: str = "pixel"
    ) -> Axes | tuple[Axes, ...]:
        """Plot the log-likelihood, its negative and its change, as `view.plots.plot_convergence` says."""
        from pixture.view.plots import plot_convergence  # a convenience: the roof, called when asked for

        return plot_convergence(self, unit=unit) if ax is None else plot_convergence(self, ax, unit=unit)

    def _repr_html_(self) -> str:
        from pixture.view.notebook import fit_html

        return fit_html(self)


def fit_in_words(fit: Fit) -> str:
    """Return what was fitted and how it ended, in a line.

    >>> fit_in_words(Fit(Mixture([1.0], [[0.0]], [1.0], "spherical"), Stop.GIVEN, np.array([-1.5])))
    '1 component (spherical), log-likelihood -1.5, mixture given'
    """
    how = {
        Stop.CONVERGED: "converged",
        Stop.MAX_ITER: "not converged",
        Stop.ASKED: "stopped by on_step",
        Stop.GIVEN: "mixture given",
    }[fit.stop]
    steps = "" if fit.stop is Stop.GIVEN else f"{plural(fit.steps, 'iteration')}, "
    return (
        f"{plural(fit.mixture.components, 'component')} ({fit.mixture.covariance}), "
        f"log-likelihood {fit.log_likelihood:.6g}, {steps}{how}"
    )


Summarise: TypeAlias = Callable[[Mixture], Moments]
OnStep: TypeAlias = Callable[[Step], object]
"""Called with every step; a true answer ends the fit, and the best start so far is its answer."""


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
    components: Integers = np.arange(start.components)
    total = moments.zeroth.sum()
    history = [moments.log_likelihood / total]
    stop = Stop.MAX_ITER

    def asked_to_stop() -> bool:
        step = Step(number, len(history) - 1, mixture, history[-1], components)
        return on_step is not None and bool(on_step(step))

    if asked_to_stop():
        return Fit(mixture, Stop.ASKED, np.array(history), number)
    while len(history) <= max_iter:
        following = maximise(moments, mixture.covariance, floor)
        expected = summarise(following)
        fell = fallen(history[-1], expected.log_likelihood / total)
        if fell and (len(history) > 1 or not _below(mixture, floor)):
            stop = Stop.CONVERGED  # rounding has the last word: what was reached before it is kept
            break
        components = components[answering(moments)]
        mixture, moments = following, expected
        history.append(moments.log_likelihood / total)
        if asked_to_stop():
            stop = Stop.ASKED
            break
        if settled(history, tol):
            stop = Stop.CONVERGED
            break
    return Fit(mixture, stop, np.array(history), number)


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


def maximise(moments: Moments, covariance: CovarianceName, floor: Floats) -> Mixture:
    """Return the M-step's mixture: the one of highest expected log-likelihood given the moments.

    w_k = n_k / n, m_k = mean, S_k = scatter by structure (Bishop 2006, eq. 9.24-9.26), variances at least
    `floor`. A component with less than `LEAST_SHARE` of the weight is dropped.
    """
    alive = answering(moments)
    if alive.size < moments.zeroth.size:
        moments = moments.of(alive)
    covariances = STRUCTURES[covariance].estimate(moments, floor)
    return Mixture(moments.weights, moments.means, covariances, covariance)


def answering(moments: Moments) -> Integers:
    """Return the components that answer for at least `LEAST_SHARE` of the weight, ascending."""
    return np.flatnonzero(moments.zeroth > LEAST_SHARE * moments.zeroth.sum())


def summarise(sample: WeightedSample, mixture: Components, *, threads: int | None = None) -> Moments:
    """Return the moments of one E-step over a sample, about the means rounded to the sample's precision.

    Raises `SampleError` where the sample has other channels than the mixture.
    """
    same_channels(mixture, sample)
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
