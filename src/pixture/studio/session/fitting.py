"""A run that segments the image, and tells the page of every step."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace

import numpy as np

from pixture import stopping
from pixture.arrays import Integers
from pixture.batch.fit_each import classified
from pixture.errors import ChoiceError
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.em.fit_result import Step
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import GIVEN
from pixture.segmentation.component_order import lightness_of_components
from pixture.segmentation.segment import segment_image
from pixture.segmentation.segmentation import Segmentation
from pixture.segmentation.sources.feature_histogram import feature_histogram
from pixture.studio.session.document import Document, Found, OpenedImage
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.result_state import found_state
from pixture.studio.session.session import Run, Session

NO_IMAGE = "There is no image yet; open one first."


def opened_in(session: Session) -> OpenedImage:
    """Return the image of a session.

    Raises
    ------
    ChoiceError
        There is none yet.
    """
    opened = session.document.opened
    if opened is None:
        raise ChoiceError(NO_IMAGE)
    return opened


def found_in(session: Session) -> Found:
    """Return what a session has found.

    Raises
    ------
    ChoiceError
        Nothing yet.
    """
    found = session.document.found
    if found is None:
        raise ChoiceError("Nothing is segmented yet; run it first.")
    return found


def run(session: Session, question: Question) -> Answer:
    """Begin to segment the image, by what is chosen and drawn."""
    opened_in(session)
    begun = session.begin("Segmenting", lambda run: segment_document(session, run))
    return Answer({"run": begun.number})


def cancel(session: Session, question: Question) -> Answer:
    """Cancel what runs."""
    session.cancel()
    return Answer()


def segment_document(session: Session, run: Run) -> str:
    """Segment what a session's document says, and publish it; return what was found, in a sentence."""
    document = session.document
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        segmentation = segmented(document, Watching(session, run))
    said += [str(one.message) for one in caught]
    stopping.check()
    found = Found(segmentation, run.number, run.seconds, tuple(dict.fromkeys(said)))
    state = found_state(session.document, found)
    stopping.check()
    session.change(found=found)
    session.publish(result=state)
    return segmentation.fit.stop.value


def segmented(document: Document, watching: Watching) -> Segmentation:
    """Return the segmentation that a document asks for."""
    assert document.opened is not None  # a run begins with an image
    chosen = document.chosen
    method = chosen.method
    if document.start is not None:
        of_start = {"components": document.start.components, "covariance": document.start.covariance}
        choices = replace(chosen.choices, init=GIVEN, n_init=1, **of_start)
        method = replace(method, choices=choices, auto=False)
    watching.see(document)
    found = segment_image(
        document.opened.image,
        method,
        start=document.start,
        on_step=watching.step,
        on_progress=watching.compared,
    )
    return classified(found, chosen.classes)


class Watching:
    """Tells the page of a run: every step, and pictures as fast as it draws them."""

    def __init__(self, session: Session, run: Run) -> None:
        self.session, self.run = session, run
        self._seen: Histogram | None = None
        self._opened: OpenedImage | None = None
        self._features: Document | None = None
        self._said = 0.0

    def see(self, document: Document) -> None:
        """Note whose pictures are to be shown."""
        self._opened, self._features = document.opened, document

    def compared(self, done: int, fits: int) -> None:
        """Say how many of the fits are done by which numbers of components are compared."""
        stopping.check()
        self.session.say_run(self.run, "running", f"Comparing numbers of components: {done} of {fits} fits")

    def step(self, step: Step) -> bool:
        """Tell of a step; a picture goes with it where one is wanted."""
        stopping.check()
        histogram = self._histogram()
        mixture, order = in_order(step.mixture, histogram, self._opened)
        at = step.iteration
        says = {
            "run": self.run.number,
            "start": step.start,
            "iteration": at,
            "log_likelihood": step.log_likelihood,
            "components": mixture.components,
            "channels": mixture.dimension,
        }
        self.session.tell_step(says, parameters(mixture))
        if self.session.wants_frame and self._opened is not None:
            labels = labels_seen(mixture, histogram)
            height, width = labels.shape
            self.session.tell_frame({**says, "width": width, "height": height}, (labels.tobytes(),))
        now = time.monotonic()
        if now - self._said > 0.1:
            self._said = now
            self.session.say_run(self.run, "running", f"Iteration {at}", iteration=at)
        return False

    def _histogram(self) -> Histogram:
        if self._seen is None:
            assert self._opened is not None and self._features is not None  # `see` comes first
            chosen = self._features.chosen
            self._seen = feature_histogram(self._opened.seen, chosen.features, threads=chosen.choices.threads)
        return self._seen


def in_order(mixture: Mixture, histogram: Histogram, opened: OpenedImage | None) -> tuple[Mixture, Integers]:
    """Return a mixture with its components from the darkest on, and what each was before."""
    if opened is None or (histogram.own is None and opened.image.lightness.size != mixture.dimension):
        order = mixture.order()
    elif histogram.own is None:
        order = mixture.order(opened.image.lightness)
    else:
        lightness = lightness_of_components(histogram, mixture, opened.image.lightness)
        order = np.lexsort((*mixture.means.T[::-1], lightness))
    return mixture.permuted(order), order


def parameters(mixture: Mixture) -> tuple[bytes, bytes, bytes]:
    """Return weights (K,), means (K, d) and covariances (K, d, d) as bytes of float32."""
    return (
        mixture.weights.astype("<f4").tobytes(),
        mixture.means.astype("<f4").tobytes(),
        mixture.matrices().astype("<f4").tobytes(),
    )


def labels_seen(mixture: Mixture, histogram: Histogram) -> Integers:
    """Return the label of each pixel that is looked at, uint8; 255 where it takes no part."""
    rows = posterior.labels(mixture, histogram.sample).astype(np.uint8)
    return histogram.spread(rows, 255)
