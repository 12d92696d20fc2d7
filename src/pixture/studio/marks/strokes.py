"""What is drawn by hand on an image: strokes of classes, and a box; as the page says it, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pixture.errors import ChoiceError
from pixture.wording import shown

MOST_CLASSES = 64
"""Classes that strokes can mark, as in `segmentation.guidance.scribbles`."""

MOST_STROKES, MOST_POINTS = 20_000, 200_000
"""Strokes on an image, and points of all of them."""

FARTHEST = 2.0**31
"""How far from the corner of an image a point may be, in pixels."""


@dataclass(frozen=True)
class Stroke:
    """A stroke of a round brush.

    Attributes
    ----------
    mark
        The class, from 1; 0 takes away what was drawn before.
    width
        Of the brush, in pixels.
    points
        x, y of each point, in pixels from the upper left corner of the image: the first pixel is from 0 to 1.
    plane
        Which plane it is on.
    """

    mark: int
    width: float
    points: tuple[tuple[float, float], ...]
    plane: int = 0


@dataclass(frozen=True)
class Drawn:
    """What is drawn.

    Attributes
    ----------
    strokes
        In their order: later ones lie over earlier ones.
    box
        Top, left, bottom, right of a box that holds an object, the last two past its last pixels.
    names
        What the classes are called, from class 1 on, "" where one has no name.
    certainty
        The probability that a stroke is right, as `Guidance` has it.
    """

    strokes: tuple[Stroke, ...] = ()
    box: tuple[int, int, int, int] | None = None
    names: tuple[str, ...] = ()
    certainty: float = 1.0


NOTHING_DRAWN = Drawn()
"""An image as it is."""


def drawn_of(says: Mapping[str, Any]) -> Drawn:
    """Return what is drawn, as JSON says it; nothing of that has been checked.

    Raises
    ------
    ChoiceError
        It says something else.

    >>> drawn_of({"strokes": [{"mark": 1, "width": 3, "points": [[2.5, 4]]}], "box": None}).strokes
    (Stroke(mark=1, width=3.0, points=((2.5, 4.0),), plane=0),)
    """
    strokes, box, names = says.get("strokes", []), says.get("box"), says.get("names", [])
    if not isinstance(strokes, list) or len(strokes) > MOST_STROKES:
        raise ChoiceError(f"strokes must be a list of at most {MOST_STROKES:,}; got {shown(strokes)}.")
    made = tuple(_stroke(one) for one in strokes)
    if sum(len(one.points) for one in made) > MOST_POINTS:
        raise ChoiceError(
            f"All strokes have at most {MOST_POINTS:,} points together; take some of them away."
        )
    corners = None
    if box is not None:
        corners = tuple(_whole("A corner of the box", one, 0, 2**31) for one in _list("box", box, 4))
    called = tuple(_name(one) for one in _list("names", names, None))
    certainty = _number("certainty", says.get("certainty", 1.0), 0, 1)
    if certainty <= 0:
        raise ChoiceError(f"certainty must be above 0 and at most 1; got {certainty:g}.")
    return Drawn(made, corners, called, certainty)  # type: ignore[arg-type]  # there are four


def says_of(drawn: Drawn) -> dict[str, Any]:
    """Return what is drawn as `drawn_of` reads it, ready for JSON."""
    return {
        "strokes": [
            {
                "mark": one.mark,
                "width": one.width,
                "points": [list(point) for point in one.points],
                "plane": one.plane,
            }
            for one in drawn.strokes
        ],
        "box": None if drawn.box is None else list(drawn.box),
        "names": list(drawn.names),
        "certainty": drawn.certainty,
    }


def _stroke(given: Any) -> Stroke:
    if not isinstance(given, dict):
        raise ChoiceError(f"A stroke has a mark, a width and points; got {shown(given)}.")
    points = _list("The points of a stroke", given.get("points"), None)
    if not points:
        raise ChoiceError("A stroke has a point at least; got none.")
    return Stroke(
        _whole("The mark of a stroke", given.get("mark"), 0, MOST_CLASSES),
        _number("The width of a stroke", given.get("width"), 0, 1e5),
        tuple(_point(one) for one in points),
        _whole("The plane of a stroke", given.get("plane", 0), 0, 2**31),
    )


def _point(given: Any) -> tuple[float, float]:
    x, y = _list("A point", given, 2)
    return _number("A point's x", x, -FARTHEST, FARTHEST), _number("A point's y", y, -FARTHEST, FARTHEST)


def _list(what: str, given: Any, length: int | None) -> list[Any]:
    if not isinstance(given, list) or (length is not None and len(given) != length):
        raise ChoiceError(f"{what} must be a list{f' of {length}' if length else ''}; got {shown(given)}.")
    return given


def _whole(what: str, given: Any, least: int, most: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise ChoiceError(f"{what} must be a whole number from {least} to {most:,}; got {shown(given)}.")
    return given


def _number(what: str, given: Any, least: float, most: float) -> float:
    is_one = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_one or not math.isfinite(given) or not least <= given <= most:
        raise ChoiceError(f"{what} must be a number from {least:g} to {most:g}; got {shown(given)}.")
    return float(given)


def _name(given: Any) -> str:
    if not isinstance(given, str) or len(given) > 80:
        raise ChoiceError(f"The name of a class is a text of at most 80 characters; got {shown(given)}.")
    return given.strip()
