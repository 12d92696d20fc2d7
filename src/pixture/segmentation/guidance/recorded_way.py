"""The way of a fit in which more than values is known: its mixtures, kept as they come."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from pixture.arrays import Integers
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.em.em import OnStep, summarise
from pixture.mixture.em.fit_result import Fit, Step, Stop, Summarise, keep
from pixture.mixture.model.mixture import Mixture


@dataclass(eq=False)
class RecordedWay:
    """The steps of a fit, and whether who is told of them asked to stop.

    The log-likelihood of a step is that of its mixture over all values, without what else is known; so it may
    fall.
    """

    histogram: Histogram
    threads: int | None
    on_step: OnStep | None
    steps: list[Step] = field(default_factory=list)
    asked: bool = False

    def __repr__(self) -> str:
        return f"<RecordedWay: {len(self.steps)} steps>"

    @property
    def summarise(self) -> Summarise:
        """The E-step over all values."""
        return partial(summarise, self.histogram.sample, threads=self.threads)

    def take(self, mixture: Mixture, components: Integers, number: int) -> bool:
        """Keep a mixture as the next step; return whether to stop."""
        if not self.steps or mixture is not self.steps[-1].mixture:
            likelihood = self.summarise(mixture).log_likelihood / self.histogram.sample.total_weight
            keep(self.steps, Step(0, number, mixture, likelihood, components))
            self.asked = self.asked or (self.on_step is not None and bool(self.on_step(self.steps[-1])))
        return self.asked

    def fit(self, mixture: Mixture, stop: Stop) -> Fit:
        """Return the fit that the steps are the way of."""
        return Fit(mixture, Stop.ASKED if self.asked else stop, tuple(self.steps), self.summarise)
