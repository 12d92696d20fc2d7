"""A run that segments an image larger than memory, piece by piece; its labels are kept on the disk."""

from __future__ import annotations

from dataclasses import replace

from pixture.errors import ChoiceError
from pixture.mixture.model.mixture import Mixture
from pixture.options.method import Method
from pixture.parallel import available_threads
from pixture.scale.memory import memory_allowed
from pixture.scale.watched import Watched
from pixture.scale.workers import Threads
from pixture.segmentation.large_images.forecast import forecast
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.segment_source import Targets, paint_source
from pixture.segmentation.large_images.source_fit import fit_source
from pixture.studio.runs.watching import Watching
from pixture.studio.session.document import OpenedImage
from pixture.studio.session.session import RUNNING, Run, Session
from pixture.studio.tiles.large_image import LabelsOnDisk

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


def segment_large(
    watching: Watching, method: Method, opened: OpenedImage, start: Mixture | None
) -> LargeSegmentation:
    """Segment an image larger than memory; its labels are kept for tiles, in the place of those before.

    Raises
    ------
    ChoiceError
        What is asked for needs all pixels at once, or more labels than a byte holds.
    """
    session, large = watching.session, opened.large
    assert large is not None  # who calls has looked
    if method.choices.components > MOST_LABELS:
        raise ChoiceError(f"Of an image larger than memory the studio shows up to {MOST_LABELS} labels.")
    if method.times.per_time:
        raise ChoiceError("Of an image larger than memory one mixture is fitted: leave per_time out.")
    at_once = forecast(
        large.source, method, method.choices.threads or available_threads(), memory_allowed(None)
    ).threads
    passes = SayPasses(session, watching.run)
    workers = Watched(Threads(at_once, passes.part_done), passes)
    fitted = fit_source(
        large.source, method, workers, start=start, on_step=watching.step, on_progress=watching.compared
    )
    labels = LabelsOnDisk(session.folder / f"labels-{opened.number}-{watching.run.number}", large.shape)
    labels.begin()
    try:
        found = paint_source(fitted.without_rows(), workers, Targets(labels), scratch=session.folder)
    except BaseException:
        labels.remove()
        raise
    if session.document.opened is opened:
        session.change(opened=replace(opened, large=replace(large, labels=labels.path)))
    if large.labels is not None:
        large.labels.unlink(missing_ok=True)
    return found
