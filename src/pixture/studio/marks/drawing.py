"""What is drawn on the image comes in; the image is segmented by it as soon as it says enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pixture.options.spatial import MEAN_FIELD
from pixture.studio.marks.guided import Marked, guidance_of, marks_in, refuse_large, says_enough
from pixture.studio.marks.strokes import Drawn, drawn_of, says_of
from pixture.studio.runs.fitting import opened_in, segment_document
from pixture.studio.session.document import Document, OpenedImage
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Session


def draw(session: Session, question: Question) -> Answer:
    """Take all that is drawn, in place of what was; with two classes or a box the image is segmented by it.

    Where it says enough no longer, the image is segmented without it, if it was segmented with it.
    """
    opened = opened_in(session)
    refuse_large(opened, "takes no marks in it", "Open a smaller level, or a part, of it to mark it.")
    drawn = drawn_of(question.says)
    before = session.document
    there = marks_in(session.memory, drawn, opened)
    guided, was_guided = says_enough(drawn, there), before.drawn != drawn and _was_guided(session, opened)
    guidance_of(drawn, there)  # refuses what cannot be
    session.change(drawn=drawn)
    if guided:  # a mixture to start from, and marks, exclude each other
        session.change(start=None, locked=frozenset())
        _answer_soon(session)
    session.publish(drawn=drawn_state(drawn, there))
    if not guided and not was_guided:
        return Answer({"guides": False})
    begun = session.begin(
        "Segmenting by your marks" if guided else "Segmenting", lambda run: segment_document(session, run)
    )
    return Answer({"guides": guided, "run": begun.number})


def _answer_soon(session: Session) -> None:
    """Choose how labels are found, where nothing is chosen (else by a cut).

    A cut takes tens of seconds and cannot be given up, while a person goes on drawing; it can be chosen.
    """

    def soon(document: Document) -> Document:
        if document.chosen.spatial.inference is not None:
            return document
        return replace(document, chosen=document.chosen.changed("inference", MEAN_FIELD))

    session.edit(soon)


def drawn(session: Session, question: Question) -> Answer:
    """Say what is drawn, as `draw` takes it."""
    return Answer(says_of(session.document.drawn))


def drawn_state(drawn: Drawn, there: Marked) -> dict[str, Any]:
    """Return what is told of what is drawn; the strokes are asked for (`drawn`)."""
    return {
        "strokes": len(drawn.strokes),
        "marked": list(there.numbers),
        "box": None if drawn.box is None else list(drawn.box),
        "guides": says_enough(drawn, there),
        "names": list(drawn.names),
        "certainty": drawn.certainty,
    }


def _was_guided(session: Session, opened: OpenedImage) -> bool:
    before = session.document
    return before.found is not None and says_enough(
        before.drawn, marks_in(session.memory, before.drawn, opened)
    )
