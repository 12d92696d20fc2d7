"""What is chosen in the studio as a command line, and as Python: only what differs from the defaults."""

from __future__ import annotations

import shlex
from dataclasses import Field
from typing import Any

from pixture.options.fitting import AUTO
from pixture.options.kinds import Flag
from pixture.options.option import option_in
from pixture.studio.choices.chosen import Chosen, options_by_part
from pixture.studio.marks.guided import box_of
from pixture.studio.marks.strokes import Drawn
from pixture.studio.session.document import Document
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Session

IMAGE = "image.png"
"""What stands for an image before one is opened."""


def equivalent(session: Session, question: Question) -> Answer:
    """Answer the command line and the Python that do the same, and what they leave out."""
    document = session.document
    return Answer({
        "command": command_line(document),
        "python": python(document),
        "left_out": left_out(document),
    })  # fmt: skip


def command_line(document: Document) -> str:
    """Return the command that segments a document's image by what is chosen.

    >>> command_line(Document(chosen=Chosen().changed("components", 3).changed("smooth", "off")))
    'pixture segment image.png -k 3 --smooth off'
    """
    name = _name(document)
    # what begins with a dash is taken for an option
    words = ["pixture", "segment", f"./{name}" if name.startswith("-") else name]
    if document.chosen.auto:
        words += ["-k", AUTO]
    for one, value in _changed(document.chosen):
        words += _as_words(one, value)
    if document.drawn.box is not None:
        words += ["--box", ",".join(map(str, _box(document)))]
        if document.drawn.certainty != Drawn().certainty:
            words += ["--certainty", str(document.drawn.certainty)]
    return shlex.join(words)


def python(document: Document) -> str:
    """Return Python that segments a document's image by what is chosen; `result` is the segmentation.

    >>> print(python(Document(chosen=Chosen().changed_by({"components": 3, "merge": "0+1"}))))
    import pixture
    <BLANKLINE>
    result = pixture.segment('image.png', components=3)
    result = result.merged('0+1')
    """
    chosen = document.chosen
    later = {"merge", "names", "foreground", "objects", "min_size", "split"}
    given = {one.name: value for one, value in _changed(chosen) if one.name not in later}
    if chosen.auto:
        given = {"components": AUTO, **given}
    if document.drawn.box is not None:
        given["box"] = _box(document)
        if document.drawn.certainty != Drawn().certainty:
            given["certainty"] = document.drawn.certainty
    said = "".join(f", {name}={value!r}" for name, value in given.items())
    lines = ["import pixture", "", f"result = pixture.segment({_name(document)!r}{said})"]
    for method, names in (("merged", chosen.classes.groups), ("named", chosen.classes.named)):
        if names:
            lines.append(f"result = result.{method}({', '.join(map(repr, names))})")
    if chosen.objects.wanted:
        how = {one.name: value for one, value in _changed(chosen) if one.name in ("min_size", "split")}
        more = "".join(f", {name}={value!r}" for name, value in how.items())
        lines.append(f"objects = result.objects({chosen.objects.which!r}{more})")
    return "\n".join(lines)


def left_out(document: Document) -> list[str]:
    """Return what neither the command nor the Python says, a sentence each."""
    said = []
    if document.drawn.strokes:
        said.append(
            "The strokes that were drawn: take the marks home, and give them as --scribbles FILE "
            f"(in Python: scribbles=…){_as_certain(document)}."
        )
    if document.start is not None:
        edited = "The mixture that the fit starts from, since components were edited"
        locked = " and locked" if document.locked else ""
        said.append(f"{edited}{locked}: take the model home, and label images by it with pixture apply.")
    return said


def _changed(chosen: Chosen) -> list[tuple[Field[Any], Any]]:
    """Return the options that have another value than by default, and these."""
    values = ((one, getattr(getattr(chosen, part), one.name)) for part, one in options_by_part())
    return [
        (one, value)
        for one, value in values
        if value != one.default and not (one.name == "components" and chosen.auto)
    ]


def _as_words(one: Field[Any], value: Any) -> list[str]:
    about, long = option_in(one), one.name.replace("_", "-")
    if isinstance(about.kind, Flag):
        return [f"--{long}" if value else f"--no-{long}"]
    return [about.short or f"--{long}", str(value)]


def _box(document: Document) -> tuple[int, ...]:
    """Return the box that is drawn, as a segmentation of the image takes it."""
    drawn, opened = document.drawn.box, document.opened
    assert drawn is not None  # who calls has looked
    return drawn if opened is None else box_of(drawn, opened.image.shape)


def _as_certain(document: Document) -> str:
    """Return what is said of strokes besides, where they are not all right; a box has that beside it."""
    certainty = document.drawn.certainty
    if document.drawn.box is not None or certainty == Drawn().certainty:
        return ""
    return f", with --certainty {certainty:g}"


def _name(document: Document) -> str:
    return IMAGE if document.opened is None else document.opened.name
