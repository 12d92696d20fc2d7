"""Who watches a run: the page is told of every step, and shown pictures as fast as it draws them."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

import numpy as np

from pixture import stopping
from pixture.arrays import Integers
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.em.fit_result import Step
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.segmentation.component_order import lightness_of_components
from pixture.segmentation.sources.feature_histogram import feature_histogram
from pixture.studio.choices.chosen import Chosen
from pixture.studio.runs.seen import MASKED, as_bytes
from pixture.studio.session.document import OpenedImage
from pixture.studio.session.session import RUNNING, Run, Session

LEAST_PAUSE = 0.1
"""Seconds between two sentences on how a run is doing."""


class Watching:
    """Tells the page of a run: every step, and pictures as fast as it draws them."""

    def __init__(self, session: Session, run: Run, opened: OpenedImage, chosen: Chosen) -> None:
        self.session, self.run, self._opened, self._chosen = session, run, opened, chosen
        self._said = 0.0

    @cached_property
    def _seen(self) -> Histogram:
        """The values of the pixels that are looked at."""
        return feature_histogram(
            self._opened.seen, self._chosen.features, threads=self._chosen.choices.threads
        )

    def compared(self, done: int, fits: int) -> None:
        """Say how many of the fits are done by which numbers of components are compared."""
        stopping.check()
        self._say(f"Comparing numbers of components: {done} of {fits} fits")

    def step(self, step: Step) -> bool:
        """Tell of a step; a picture goes with it where one is wanted. It never asks the fit to end."""
        stopping.check()
        mixture = in_order(step.mixture, self._seen, self._opened)
        says = self._tell(step, mixture)
        if self.session.wants_frame:
            labels = labels_seen(mixture, self._seen)
            height, width = labels.shape
            self.session.tell_frame({**says, "width": width, "height": height}, (labels.tobytes(),))
        return False

    def _tell(self, step: Step, mixture: Mixture) -> dict[str, Any]:
        """Tell of a step, by its mixture in the order in which it is shown; return what was said."""
        says = {
            "run": self.run.number,
            "start": step.start,
            "iteration": step.iteration,
            "log_likelihood": step.log_likelihood,
            "components": mixture.components,
            "channels": mixture.dimension,
        }
        self.session.tell_step(says, parameters(mixture))
        if time.monotonic() - self._said > LEAST_PAUSE:
            self._say(f"Iteration {step.iteration}")
        return says

    def class_step(self, step: Step) -> bool:
        """Tell of a step of a segmentation by marks, whose components keep the order of their classes.

        No picture goes with it: what a pixel's value says is not what the marks say.
        """
        stopping.check()
        self._tell(step, step.mixture)
        return False

    def preview(self, labels: Integers | None) -> None:
        """Show labels of every n-th pixel, if there are some, before those of all pixels are found."""
        stopping.check()
        if labels is not None:
            height, width = labels.shape
            says = {"run": self.run.number, "start": 0, "iteration": 0, "width": width, "height": height}
            self.session.tell_frame({**says, "preview": True}, (labels.tobytes(),))

    @property
    def memory(self) -> dict[str, Any]:
        """What the session keeps beside its document."""
        return self.session.memory

    def _say(self, sentence: str) -> None:
        self._said = time.monotonic()
        self.session.say_run(self.run, RUNNING, sentence)


def in_order(mixture: Mixture, histogram: Histogram, opened: OpenedImage) -> Mixture:
    """Return a mixture with its components from the darkest on, as those of a finished fit are."""
    lightness = lightness_of_components(histogram, mixture, opened.image.lightness)
    return mixture.permuted(np.lexsort((*mixture.means.T[::-1], lightness)))


def parameters(mixture: Mixture) -> tuple[bytes, bytes, bytes]:
    """Return weights (K,), means (K, d) and covariances (K, d, d) as bytes of float32."""
    return (
        mixture.weights.astype("<f4").tobytes(),
        mixture.means.astype("<f4").tobytes(),
        mixture.matrices().astype("<f4").tobytes(),
    )


def labels_seen(mixture: Mixture, histogram: Histogram) -> Integers:
    """Return the label of each pixel that is looked at, uint8; 255 where it takes no part."""
    rows = as_bytes(posterior.labels(mixture, histogram.sample), masked=False)
    return histogram.spread(rows, MASKED)
