"""The objects of a segmentation: found, measured, told as a table of numbers, and where each of them lies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture import stopping
from pixture.arrays import Array
from pixture.errors import ChoiceError
from pixture.imaging.image import Image
from pixture.options.classes import ObjectChoices
from pixture.segmentation.classes.derived import found_objects
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.marks.guided import refuse_large
from pixture.studio.runs.fitting import found_in, opened_in
from pixture.studio.session.document import Found
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Run, Session
from pixture.wording import plural

if TYPE_CHECKING:
    from pixture.segmentation.objects.objects import Objects

ROWS = 5_000
"""Rows of the table that are told at once."""

MOST_SHOWN = 512
"""Rows and columns of the shape of an object that is shown, at most."""

MEMORY, LAYER = "measured", "objects"
"""Under which names a session keeps what it has measured, and what the image's layer shows of it."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Objects, what they were found in, and how."""

    objects: Objects
    segmentation: Segmentation
    asked: ObjectChoices
    number: int


def measure(session: Session, question: Question) -> Answer:
    """Find and measure the objects of a foreground: {"foreground", "min_size", "split"}, None by default."""
    found_in(session)
    refuse_large(
        opened_in(session),
        "measures no objects in it",
        "The command pixture segment does: --foreground WHICH.",
    )
    asked = ObjectChoices(
        foreground=question.says.get("foreground") or "auto",
        min_size=question.says.get("min_size"),
        split=question.says.get("split") or "touching",
    )
    begun = session.begin("Measuring", lambda run: _measure(session, asked, run))
    return Answer({"run": begun.number})


def _measure(session: Session, asked: ObjectChoices, run: Run) -> str:
    found = found_in(session)
    segmentation = found.segmentation
    objects = found_objects(segmentation, asked)
    stopping.check()
    made = Measured(objects, segmentation, asked, run.number)
    state = _state(made, found)
    stopping.check()
    session.memory[MEMORY] = made
    session.memory[LAYER] = (run.number, objects.labels)
    # what objects are sought in is a choice as others are: the command's files have them too
    session.edit(lambda document: replace(document, chosen=replace(document.chosen, objects=asked)))
    session.publish(objects=state)
    return f"{plural(objects.count, 'object')}, {100 * objects.share:.3g} % of the image."


def measured_in(session: Session) -> Measured:
    """Return what a session has measured in its segmentation.

    Raises
    ------
    ChoiceError
        Nothing yet; or the image was segmented anew since.
    """
    made: Measured | None = session.memory.get(MEMORY)
    found = session.document.found
    if made is None or found is None or made.segmentation.image is not found.segmentation.image:
        raise ChoiceError("Nothing is measured yet; measure it first.")
    return made


def table(session: Session, question: Question) -> Answer:
    """Give rows of the table of objects: a buffer of float64, one column after the other."""
    made = measured_in(session)
    first = question.whole("first", 0, max(0, made.objects.count), 0)
    stop = min(first + ROWS, made.objects.count)
    columns = [
        np.asarray(column[first:stop], np.float64).tobytes() for column in _numbers(made.objects).values()
    ]
    return Answer(
        {"number": made.number, "first": first, "rows": stop - first, "of": made.objects.count},
        (b"".join(columns),),
    )


def object_shape(session: Session, question: Question) -> Answer:
    """Give where an object lies: its box, and a buffer of 1 where it is and 0 where not, of every n-th pixel.

    Of a volume it is one plane: the one asked for, or the middle one of the object.
    """
    objects = measured_in(session).objects
    if objects.count == 0:
        raise ChoiceError("There are no objects: the foreground has none that is large enough.")
    number = question.whole("object", 1, objects.count)
    columns = objects.columns
    top, left, bottom, right = (int(columns[name][number - 1]) for name in ("top", "left", "bottom", "right"))
    labels = _planes(objects)
    plane = question.whole("plane", -1, len(labels) - 1, -1)
    if plane < 0:
        plane = _plane_of(objects, number)
    step = -(-max(bottom - top, right - left) // MOST_SHOWN)
    inside = labels[plane, top:bottom:step, left:right:step] == number
    return Answer(
        {
            "object": number,
            "box": [top, left, bottom, right],
            "plane": plane,
            "step": step,
            "width": inside.shape[1],
            "height": inside.shape[0],
        },
        (np.ascontiguousarray(inside, np.uint8).tobytes(),),
    )


def _planes(objects: Objects) -> Array:
    return objects.labels.reshape(-1, *objects.shape[-2:])


def _plane_of(objects: Objects, number: int) -> int:
    """Return the plane, counted through all times, in which the middle of an object is."""
    columns = objects.columns
    within = round(float(columns["plane"][number - 1])) if "plane" in columns else 0
    time = int(columns["time"][number - 1]) - 1 if "time" in columns else 0
    of_time = objects.shape[-3] if objects.ndim - objects.has_times == 3 else 1
    return time * of_time + within


def _numbers(objects: Objects) -> dict[str, Array]:
    """Return the columns of the table that are numbers."""
    return {name: column for name, column in objects.columns.items() if column.dtype.kind in "iuf"}


def _state(made: Measured, found: Found) -> dict[str, Any]:
    objects = made.objects
    image = made.segmentation.image
    return {
        "number": made.number,
        "version": made.number,
        "count": objects.count,
        "pixels": objects.pixels,
        "share": objects.share,
        "dropped": objects.dropped,
        "of": found.run,
        "foreground": made.asked.which,
        "min_size": made.asked.min_size,
        "split": made.asked.split,
        "columns": [{"name": name, "unit": unit_of(name, image)} for name in _numbers(objects)],
        "class_names": {str(number): name for number, name in objects.class_names.items()},
        "planes": _planes(objects).shape[0],
    }


def unit_of(column: str, image: Image) -> str:
    """Return what the numbers of a column of the table are in, "" where that is nothing or not known."""
    pixels = {"row", "column", "plane", "top", "left", "bottom", "right", "front", "back"}
    if column in pixels or column == "pixels":
        return "pixels"
    unit = image.unit or ""
    of_lengths = unit if image.has_units else "pixels"
    square = {"area": 2, "volume": 3}
    if column in square:
        return f"{unit}{'²' if square[column] == 2 else '³'}" if unit else ""
    if column == "volume_ml":
        return "ml"
    if column in {"x", "y", "z"}:
        return unit
    return of_lengths if column in {"equivalent_diameter", "perimeter"} else ""
