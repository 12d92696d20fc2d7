"""A fit with every mixture on the way to it, as a film needs it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pixture.choices import Choices, CovarianceName, InitName
from pixture.mixture.em.em import Fit, OnStep, Step, fit_in_words
from pixture.mixture.em.fit import chosen, fit_sample
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.wording import plural

if TYPE_CHECKING:
    from pixture.view.animation.animation import Animation


@dataclass(frozen=True, eq=False)
class Recording:
    """A fit, the data it was fitted to, and each of its steps.

    Attributes
    ----------
    sample
        The data.
    fit
        The fit, with no runs on draws: the first step is its start, the last is its mixture.
    steps
        The start and every iteration. A component has the same number in all of them, that of the fit's
        mixture (`Step.components`); those that were dropped on the way come after it.

    Examples
    --------
    >>> recording = record([[0.0], [1.0], [8.0], [9.0]], 2)
    >>> len(recording.steps) == recording.fit.steps + 1
    True
    >>> recording.steps[-1].mixture.means.ravel(), recording.steps[-1].components
    (array([0.5, 8.5]), array([0, 1]))
    """

    sample: WeightedSample
    fit: Fit
    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        return f"<Recording: {plural(len(self.steps), 'step')}, {fit_in_words(self.fit)}>"

    @property
    def components(self) -> int:
        """Number of components of the start; some may have been dropped since."""
        return self.steps[0].mixture.components

    def animate(self) -> Animation:
        """Return the animation of the iterations over the data."""
        from pixture.view.animation.animation import (
            animate_points,  # a convenience: the roof, called when asked for
        )

        return animate_points(self)


def record(
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
) -> Recording:
    """Fit a Gaussian mixture as `fit` does, and keep every step; return the recording.

    The fit is not accelerated, so that each iteration on the way is one over all of the data. Kept are K d²
    numbers a step.

    Parameters
    ----------
    sample, components, covariance, init, n_init, max_iter, tol, seed, covariance_floor, threads, on_step
        As in `fit`. Of several starts, the steps of the best are kept.

    Raises
    ------
    SampleError, ChoiceError
        The data or a choice is not usable as it is.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.random.default_rng(0).normal(0, 1, (300, 2))
    >>> animation = record(values, 3, init="random").animate()
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
    return record_sample(weighted, choices, start=start, on_step=on_step)


def record_sample(
    sample: WeightedSample,
    choices: Choices,
    *,
    direction: npt.ArrayLike | None = None,
    start: Mixture | None = None,
    on_step: OnStep | None = None,
) -> Recording:
    """Record as `record` does, the choices given as one value, components sorted along `direction`."""
    starts: dict[int, list[Step]] = {}

    def keep(step: Step) -> object:
        starts.setdefault(step.start, []).append(step)
        return on_step is not None and on_step(step)

    fit = fit_sample(sample, replace(choices, accelerate=False), start=start, on_step=keep)
    steps = starts[fit.start]
    last = steps[-1]
    order = last.mixture.order(direction)
    # the number that each component of the start has in the end; the dropped ones come last
    surviving = last.components[order]
    dropped = np.setdiff1d(steps[0].components, surviving)
    number = np.argsort(np.concatenate([surviving, dropped]))

    def renumbered(step: Step) -> Step:
        numbers = number[step.components]
        sorted_by = np.argsort(numbers)
        return replace(step, mixture=step.mixture.permuted(sorted_by), components=numbers[sorted_by])

    fit = replace(fit, mixture=last.mixture.permuted(order))
    return Recording(sample, fit, tuple(renumbered(step) for step in steps))
