"""The letters of an array's axes, where a file does not say which they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pixture.errors import ChoiceError
from pixture.wording import shown

LETTERS = "tzyxc"


@dataclass(frozen=True)
class Axes:
    """A letter an axis, in the order of the array.

    >>> Axes().check("axes", "CYX")
    'cyx'
    """

    def read(self, text: str) -> str:
        """Return the letters; which they are is for `check`."""
        return text.strip()

    def check(self, name: str, value: Any) -> str:
        """Return the letters, small."""
        letters = value.lower() if isinstance(value, str) else ""
        known = {"y", "x"} <= set(letters) <= set(LETTERS) and len(set(letters)) == len(letters)
        if not known:
            raise ChoiceError(
                f"{name} must be a letter an axis: y (rows), x (columns) and perhaps z (planes), t (times) "
                f"and c (channels), each once, such as zyx or cyx; got {shown(value)}."
            )
        return letters
