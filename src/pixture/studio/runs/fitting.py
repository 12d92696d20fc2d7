"""A run that segments the image, and tells the page of every step."""

from __future__ import annotations

from dataclasses import replace

from pixture import stopping
from pixture.errors import ChoiceError, remarks_taken
from pixture.segmentation.segment import segment_image
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.components.edited import (
    after_run,
    as_asked,
    from_start,
    frozen_in,
    labels_after,
    landed,
    renumbered,
)
from pixture.studio.marks.guided import called, guidance_of, marks_in, preview, says_enough
from pixture.studio.runs.large_run import Beginning, segment_large
from pixture.studio.runs.watching import Watching
from pixture.studio.session.document import Document, Found, OpenedImage
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.result_state import found_state
from pixture.studio.session.session import Run, Session


def opened_in(session: Session) -> OpenedImage:
    """Return the image of a session.

    Raises
    ------
    ChoiceError
        There is none yet.
    """
    opened = session.document.opened
    if opened is None:
        raise ChoiceError("There is no image yet; open one first.")
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


def segment_document(session: Session, run: Run, edited: Document | None = None) -> str:
    """Segment what a session's document says, and publish it; return what was found, in a sentence.

    `edited` takes the place of the document, whose start and choices are then its own.
    """
    begun, opened = session.document, opened_in(session)
    document = edited or begun
    with remarks_taken() as said:
        segmentation = segmented(document, opened, Watching(session, run, opened, document.chosen))
    if opened.large is None:  # of one in pieces the labels before are gone: it is too late to be given up
        stopping.check()
    found = Found(segmentation, run.number, run.seconds, tuple(dict.fromkeys((*opened.remarks, *said))))
    after = replace(after_run(document, segmentation), found=found)
    state = found_state(replace(after, opened=session.document.opened), found)
    if opened.large is None:
        stopping.check()
    session.edit(lambda now: landed(now, begun, after))
    session.publish(result=state)
    if segmentation.selection is not None:
        session.publish(selection=segmentation.selection.as_dict())
    return segmentation.fit.stop.value


def segmented(document: Document, opened: OpenedImage, watching: Watching) -> Segmentation:
    """Return the segmentation that a document asks for of its image."""
    method, start, drawn, frozen = document.chosen.method, document.start, document.drawn, None
    classes = document.chosen.classes
    there = marks_in(watching.memory, drawn, opened)
    if says_enough(drawn, there):
        method = replace(method, guidance=guidance_of(drawn, there))
        watching.preview(preview(drawn, opened, method))
        found = segment_image(opened.image, method, on_step=watching.class_step)
        return as_asked(found, called(classes, drawn, there))
    if start is not None:
        method, frozen = from_start(method, start), frozen_in(document)
    if opened.large is not None:
        return segment_large(watching, method, opened, Beginning(classes, start, frozen))
    found = segment_image(
        opened.image,
        method,
        start=start,
        frozen=frozen,
        on_step=watching.step,
        on_progress=watching.compared,
    )
    if start is not None:
        classes = renumbered(classes, labels_after(start, found.fit))
    return as_asked(found, classes)
