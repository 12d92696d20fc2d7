"""Runs through an image larger than memory, piece by piece; its labels are kept on the disk."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pixture.errors import ChoiceError, remarks_taken
from pixture.mixture.extensions.fixed_parameters import Frozen
from pixture.mixture.model.mixture import Mixture
from pixture.options.classes import NO_CLASSES, Classes
from pixture.options.method import Method
from pixture.parallel import available_threads
from pixture.scale.memory import memory_allowed
from pixture.scale.watched import Watched
from pixture.scale.workers import Threads, Workers
from pixture.segmentation.large_images.forecast import forecast
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.segment_source import Targets, paint_source
from pixture.segmentation.large_images.source_fit import SourceFit, fit_source
from pixture.studio.components.edited import labels_after, renumbered, source_as_asked
from pixture.studio.runs.watching import Watching
from pixture.studio.session.document import Found, OpenedImage
from pixture.studio.session.result_state import found_state
from pixture.studio.session.session import RUNNING, Run, Session
from pixture.studio.tiles.bytes_on_disk import BytesOnDisk
from pixture.studio.tiles.large_image import LargeImage

MOST_LABELS = 254
"""Labels of a byte, but for that of masked pixels."""


class SayPasses:
    """Tells the page how far a pass over the image is."""

    def __init__(self, session: Session, run: Run) -> None:
        self._session, self._run = session, run
        self._name, self._parts, self._done = "", 0, 0

    def passing(self, name: str, parts: int) -> None:
        """Note that a pass begins, of so many parts."""
        self._name, self._parts, self._done = name.capitalize(), parts, 0
        self._say()

    def part_done(self) -> None:
        """Note that a part of the pass is done."""
        self._done += 1
        self._say()

    def _say(self) -> None:
        share = self._done / max(self._parts, 1)
        self._session.say_run(
            self._run, RUNNING, f"{self._name}: {share:.0%} of the image", fraction=round(share, 3)
        )


@dataclass(frozen=True, eq=False)
class Beginning:
    """From where a fit begins.

    Attributes
    ----------
    classes
        To which the labels are merged, and how these are called; of the labels of `start`, if there is one.
    start
        Goes with the init "given".
    frozen
        What of it stays.
    """

    classes: Classes = NO_CLASSES
    start: Mixture | None = None
    frozen: Frozen | None = None


def large_in(opened: OpenedImage) -> LargeImage:
    """Return the image that is larger than memory; who calls has looked that it is one."""
    assert opened.large is not None
    return opened.large


def workers_for(session: Session, run: Run, large: LargeImage, method: Method) -> Workers:
    """Return who goes through the pieces of an image, as many at once as memory allows; the page is told."""
    threads = method.choices.threads or available_threads()
    at_once = forecast(large.source, method, threads, memory_allowed(None)).threads
    passes = SayPasses(session, run)
    return Watched(Threads(at_once, passes.part_done), passes)


def method_of(fitted: SourceFit) -> Method:
    """Return the method by which a mixture was fitted."""
    return Method(fitted.choices, spatial=fitted.spatial)


def segment_large(
    watching: Watching, method: Method, opened: OpenedImage, beginning: Beginning
) -> LargeSegmentation:
    """Segment an image larger than memory; its labels are kept for tiles, in the place of those before.

    Raises
    ------
    ChoiceError
        What is asked for needs all pixels at once, or more labels than a byte holds.
    """
    large, start, classes = large_in(opened), beginning.start, beginning.classes
    if method.choices.components > MOST_LABELS:
        raise ChoiceError(f"Of an image larger than memory the studio shows up to {MOST_LABELS} labels.")
    if method.times.per_time:
        raise ChoiceError("Of an image larger than memory one mixture is fitted: leave per_time out.")
    workers = workers_for(watching.session, watching.run, large, method)
    fitted = fit_source(
        large.source,
        method,
        workers,
        start=start,
        frozen=beginning.frozen,
        on_step=watching.step,
        on_progress=watching.compared,
    ).without_rows()
    if start is not None:
        classes = renumbered(classes, labels_after(start, fitted.fit))
    return _labelled(watching.session, watching.run, opened, source_as_asked(fitted, classes), workers)


def label_anew(session: Session, run: Run, classes: Classes) -> str:
    """Label an image larger than memory by the mixture that is there, its components merged to other classes.

    What came of it is published, and returned in a sentence.
    """
    opened = session.document.opened
    assert opened is not None  # who calls has looked
    large = large_in(opened)
    if large.fitted is None:
        raise ChoiceError("Nothing is segmented yet; run it first.")
    plain = replace(large.fitted, groups=(), names=())
    with remarks_taken() as said:
        fitted = source_as_asked(plain, classes)
        workers = workers_for(session, run, large, method_of(fitted))
        segmentation = _labelled(session, run, opened, fitted, workers)
    found = Found(segmentation, run.number, run.seconds, tuple(dict.fromkeys((*opened.remarks, *said))))
    document = session.change(found=found, chosen=replace(session.document.chosen, classes=classes))
    session.publish(result=found_state(document, found), choices=document.chosen.as_dict())
    return f"The image has {fitted.labels} labels."


def _labelled(
    session: Session, run: Run, opened: OpenedImage, fitted: SourceFit, workers: Workers
) -> LargeSegmentation:
    """Label all pixels by a mixture, and keep the labels in the place of those before."""
    large = large_in(opened)
    labels = BytesOnDisk(session.folder / f"labels-{opened.number}-{run.number}", large.shape)
    labels.begin()
    try:
        found = paint_source(fitted, workers, Targets(labels), scratch=session.folder)
    except BaseException:
        labels.remove()
        raise
    before = session.document.opened
    if before is None or before.number != opened.number:  # another image has taken its place
        labels.remove()
        return found
    now = replace(large, labels=labels.path, fitted=fitted, maps={})
    session.change(opened=replace(opened, large=now))
    for path in large.files:
        path.unlink(missing_ok=True)
    return found
