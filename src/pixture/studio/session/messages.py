"""What the page and its session say to each other.

The page asks, by a name and what goes with it, and is answered. The session tells, unasked, what has changed:
its state, part by part, and what happens while a mixture is fitted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pixture.errors import ChoiceError
from pixture.wording import shown

Json: TypeAlias = Any
"""What JSON can say."""


@dataclass(frozen=True)
class Answer:
    """What the session says to a question.

    Attributes
    ----------
    says
        Ready for JSON.
    buffers
        Numbers and files, as bytes.
    """

    says: Mapping[str, Json] = field(default_factory=dict)
    buffers: tuple[bytes | memoryview, ...] = ()


@dataclass(frozen=True)
class Question:
    """What the page asks.

    Attributes
    ----------
    name
        What is asked: a name in the table of questions.
    says
        What goes with it, as JSON said it: nothing in it has been checked.
    buffers
        Numbers and files, as bytes.
    """

    name: str
    says: Mapping[str, Json]
    buffers: Sequence[bytes | memoryview] = ()

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """Return a whole number that goes with the question.

        Raises
        ------
        ChoiceError
            It is none, or outside `least` to `most`.

        >>> Question("tile", {"row": 3}).whole("row", 0, 2)
        Traceback (most recent call last):
            ...
        pixture.errors.ChoiceError: row must be a whole number from 0 to 2; got 3.
        """
        value = self.says.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ChoiceError(f"{name} must be a whole number from {least} to {most}; got {shown(value)}.")
        return value

    def number(self, name: str, least: float, most: float, default: float | None = None) -> float:
        """Return a number that goes with the question.

        Raises
        ------
        ChoiceError
            It is none, or outside `least` to `most`.
        """
        value = self.says.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ChoiceError(f"{name} must be a number from {least:g} to {most:g}; got {shown(value)}.")
        return float(value)

    def text(self, name: str, default: str | None = None, *, longest: int = 4096) -> str:
        """Return a text that goes with the question.

        Raises
        ------
        ChoiceError
            It is none, or longer than `longest` characters.
        """
        value = self.says.get(name, default)
        if not isinstance(value, str) or len(value) > longest:
            raise ChoiceError(f"{name} must be a text of at most {longest:,} characters; got {shown(value)}.")
        return value


Tell: TypeAlias = Callable[[str, Mapping[str, Json], Sequence[bytes | memoryview]], None]
"""Told, of something that happens, what kind of thing it is, what is said of it, and its buffers."""


def finite(value: Json) -> Json:
    """Return a value with null for each number that JSON lacks: NaN and the infinities.

    >>> finite({"mean": [1.5, float("nan")]})
    {'mean': [1.5, None]}
    """
    if isinstance(value, Mapping):
        return {name: finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def said_of(error: OSError) -> str:
    """Return in a sentence what the system refuses.

    >>> said_of(OSError(28, "No space left on device", "/tmp/a.png"))
    'No space left on device: a.png.'
    """
    place = "" if error.filename is None else f": {Path(str(error.filename)).name}"
    return f"{(error.strerror or str(error) or type(error).__name__).rstrip('.')}{place}."
