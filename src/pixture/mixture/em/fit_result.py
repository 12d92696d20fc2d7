"""What a fit is: the mixture, why it ended, and every mixture on the way to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from pixture.arrays import Floats, Integers
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.wording import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NUMBERS = 2**23
"""Numbers that the steps of a fit may hold together (64 MB): of many bands fewer steps are kept."""

Summarise: TypeAlias = Callable[[Mixture], Moments]
"""The E-step: a mixture's moments over the data, wherever they are."""


class Stop(Enum):
    """Why a fit ended; the value says it in a sentence, with advice where there is some."""

    CONVERGED = "Converged: the last iteration raised the log-likelihood by less than the tolerance."
    MAX_ITER = (
        "Stopped at the iteration limit while the log-likelihood was still rising; "
        "raise max_iter, or tol if the gain is too small to matter."
    )
    GIVEN = "Not fitted here: the mixture was given, and applied as it is."
    ASKED = "Stopped early, because on_step asked for it."
    SETTLED = "Settled: the last iteration moved less than one in ten thousand of the labels."
    MOVING = "Stopped at the iteration limit while labels were still moving, if few."

    def __repr__(self) -> str:
        """Without the sentence, which is the value."""
        return f"<Stop.{self.name}>"


@dataclass(frozen=True, eq=False)
class Step:
    """One mixture on the way of a fit: its start, or what an iteration led to."""

    start: int
    """Which of the n_init starts, from 0."""
    iteration: int
    """Iterations that led here, those on subsamples included; 0 is where the start's way begins."""
    mixture: Mixture
    log_likelihood: float
    """Per unit of weight, in nats, of this mixture: over all of the data, or over the subsample."""
    components: Integers
    """(K,), which component of the first step each is: one that came to answer for nothing is gone."""
    subsample: int | None = None
    """Rows of the subsample that the mixture is fitted to; None where it is all of the data."""
    extrapolated: bool = False
    """Whether the step was extrapolated from those before it, rather than taken by EM."""

    def __repr__(self) -> str:
        how = "" if self.subsample is None else f" on a subsample of {plural(self.subsample, 'row')}"
        how += ", extrapolated" if self.extrapolated else ""
        return (
            f"<Step: iteration {self.iteration}{how}, {plural(self.mixture.components, 'component')}, "
            f"log-likelihood {self.log_likelihood:.6g}>"
        )


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted mixture and its way: every mixture from the start to the end.

    Attributes
    ----------
    mixture
        The last mixture, its components in their stable order.
    stop
        Why the loop ended.
    steps
        The way to it, from the start of the first subsample, or of the fit where there is none, to the last
        mixture. A component has the same number in all of them, that of `mixture`; those that were dropped
        on the way come after it. Of very many parameters, or rows, evenly spaced steps are kept:
        `Step.iteration` says which.
    summarise
        The E-step over all of the data.
    shrunk_by
        Rows of each component that the correlations that all share are worth to its covariance; 0 where
        covariances are not shrunk (`Choices.shrinkage`).

    Examples
    --------
    >>> import pixture
    >>> fit = pixture.fit([[0.0], [1.0], [8.0], [9.0]], 2)
    >>> fit.steps[-1].mixture is fit.mixture, fit.steps[-1].iteration == fit.iterations
    (True, True)
    """

    mixture: Mixture
    stop: Stop
    steps: tuple[Step, ...]
    summarise: Summarise
    shrunk_by: float = 0.0

    @property
    def start(self) -> int:
        """Which of the n_init starts this is, from 0."""
        return self.steps[-1].start

    @property
    def iterations(self) -> int:
        """Number of EM iterations, those on subsamples included."""
        return self.steps[-1].iteration

    @property
    def iterations_on_subsamples(self) -> int:
        """Number of EM iterations on subsamples, before those over all of the data."""
        over_all = (step.iteration for step in self.steps if step.subsample is None)
        return next(over_all, self.iterations)

    @property
    def iterations_in_words(self) -> str:
        """How many iterations there were, and how many of them on subsamples."""
        before = self.iterations_on_subsamples
        return plural(self.iterations, "iteration") + (f" ({before:,} on subsamples)" if before else "")

    @cached_property
    def history(self) -> Floats:
        """Log-likelihood of all of the data under each step's mixture, (steps,), nats per unit of weight.

        Of steps on subsamples it is computed when it is first asked for, an E-step each.
        """
        found = np.array([step.log_likelihood for step in self.steps])
        for at, step in enumerate(self.steps):
            if step.subsample is not None:
                moments = self.summarise(step.mixture)
                found[at] = moments.log_likelihood / moments.zeroth.sum()
        found.flags.writeable = False
        return found

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood per unit of weight of the mixture, in nats."""
        return self.steps[-1].log_likelihood

    @property
    def converged(self) -> bool:
        """Whether the tolerance was met, or the labels settled."""
        return self.stop in (Stop.CONVERGED, Stop.SETTLED)

    def ordered(self, direction: npt.ArrayLike | None = None) -> Fit:
        """Return the same fit with the components of its mixture in `Mixture.order`, and so in all steps."""
        steps = renumbered(self.steps, self.mixture.order(direction))
        return replace(self, mixture=steps[-1].mixture, steps=steps)

    def plot(
        self, ax: Axes | Iterable[Axes] | None = None, *, unit: str = "pixel"
    ) -> Axes | tuple[Axes, ...] | Figure:
        """Plot the log-likelihood, its negative and its change, as `view.plots.plot_convergence` says."""
        from pixture.view.plots import plot_convergence  # a convenience: the roof, called when asked for

        return plot_convergence(self, unit=unit) if ax is None else plot_convergence(self, ax, unit=unit)

    def __repr__(self) -> str:
        return f"<Fit: {fit_in_words(self)}>"

    def _repr_html_(self) -> str:
        from pixture.view.notebook import fit_html

        return fit_html(self)


def fit_in_words(fit: Fit) -> str:
    """Return what was fitted and how it ended, in a line.

    >>> import pixture
    >>> fit_in_words(pixture.fit([[0.0], [1.0], [8.0], [9.0]], 2, accelerate=False))
    '2 components (full), log-likelihood -1.41894, 1 iteration, converged'
    """
    how = {
        Stop.CONVERGED: "converged",
        Stop.MAX_ITER: "not converged",
        Stop.ASKED: "stopped by on_step",
        Stop.GIVEN: "mixture given",
        Stop.SETTLED: "settled",
        Stop.MOVING: "not settled",
    }[fit.stop]
    iterations = "" if fit.stop is Stop.GIVEN else f"{fit.iterations_in_words}, "
    return (
        f"{plural(fit.mixture.components, 'component')} ({fit.mixture.covariance}), "
        f"log-likelihood {fit.log_likelihood:.6g}, {iterations}{how}"
    )


def renumbered(steps: Sequence[Step], order: Integers) -> tuple[Step, ...]:
    """Return steps whose last mixture has its components in an order, and every other the same numbers.

    Parameters
    ----------
    steps
        Each with the number of its components in the first of them.
    order
        (K,), the components of the last step as they shall stand. Those dropped before it come after them.
    """
    surviving = steps[-1].components[order]
    everyone = np.unique(np.concatenate([step.components for step in steps]))
    dropped = np.setdiff1d(everyone, surviving)
    number = np.empty(int(everyone.max()) + 1, dtype=np.intp)
    number[np.concatenate([surviving, dropped])] = np.arange(everyone.size)

    def numbered(step: Step) -> Step:
        numbers = number[step.components]
        place = np.argsort(numbers)
        return replace(step, mixture=step.mixture.permuted(place), components=numbers[place])

    return tuple(numbered(step) for step in steps)


def thinned(steps: Sequence[Step], most: int) -> tuple[Step, ...]:
    """Return at most so many steps (but the first and the last at least), evenly spaced.

    >>> one = Mixture([1.0], [[0.0]], [1.0], "spherical")
    >>> ten = [Step(0, iteration, one, 0.0, np.arange(1)) for iteration in range(10)]
    >>> [step.iteration for step in thinned(ten, 4)]
    [0, 3, 6, 9]
    """
    if len(steps) <= most:
        return tuple(steps)
    kept = np.unique(np.linspace(0, len(steps) - 1, max(2, most)).round().astype(int))
    return tuple(steps[at] for at in kept.tolist())


def keep(steps: list[Step], step: Step) -> None:
    """Add a step to the others; where they would hold too many numbers, every other one is left out first."""
    mixture = step.mixture
    numbers = mixture.weights.size + mixture.means.size + mixture.covariances.size
    if len(steps) >= max(8, MOST_NUMBERS // numbers):
        del steps[1:-1:2]
    steps.append(step)
