"""A fit and the data it was fitted to: what an animation shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy.typing as npt

from pixture.mixture.em.em import OnStep
from pixture.mixture.em.fit import chosen, fit_sample
from pixture.mixture.em.fit_result import Fit, Step, fit_in_words
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import Choices, CovarianceName, InitName, StyleName
from pixture.wording import plural

if TYPE_CHECKING:
    from pixture.view.animation.animation import Animation


@dataclass(frozen=True, eq=False)
class Recording:
    """A fit, with its steps, and the data it was fitted to.

    Attributes
    ----------
    sample
        The data.
    fit
        The fit; its steps are what an animation shows, one after the other.

    Examples
    --------
    >>> recording = record([[0.0], [1.0], [8.0], [9.0]], 2)
    >>> len(recording.steps) == recording.fit.iterations + 1
    True
    >>> recording.steps[-1].mixture.means.ravel(), recording.steps[-1].components
    (array([0.5, 8.5]), array([0, 1]))
    """

    sample: WeightedSample
    fit: Fit

    @property
    def steps(self) -> tuple[Step, ...]:
        """The fit's steps: the start and every iteration."""
        return self.fit.steps

    def __repr__(self) -> str:
        return f"<Recording: {plural(len(self.steps), 'step')}, {fit_in_words(self.fit)}>"

    @property
    def components(self) -> int:
        """Number of components of the start; some may have been dropped since."""
        return self.steps[0].mixture.components

    def animate(self, *, style: StyleName = "colours") -> Animation:
        """Return the animation of the iterations over the data.

        Parameters
        ----------
        style
            "colours": a point has the colours of the components as they are responsible for it, an ellipse
            that of its component. "classic": red ellipses over grey points, the darker the surer.

        Raises
        ------
        ChoiceError
            There is no such style.
        """
        from pixture.view.animation.animation import (
            animate_points,  # a convenience: the roof, called when asked for
        )

        return animate_points(self, style)


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
    shrinkage: float | str = "auto",
    threads: int | None = None,
    on_step: OnStep | None = None,
) -> Recording:
    """Fit a Gaussian mixture as `fit` does, and keep every step; return the recording.

    The fit is not accelerated, so that each iteration on the way is one over all of the data.

    Parameters
    ----------
    sample, components, covariance, init, n_init, max_iter, tol, seed
        As in `fit`. Of several starts, the way of the best is kept.
    covariance_floor, shrinkage, threads, on_step
        As in `fit`.

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
        shrinkage=shrinkage,
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
    fit = fit_sample(sample, replace(choices, accelerate=False), start=start, on_step=on_step)
    return Recording(sample, fit.ordered(direction))
