"""Values of options that are names which only a file knows: those of its channels, its scenes."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

from pixture.errors import ChoiceError
from pixture.wording import shown


@dataclass(frozen=True)
class Text:
    """Names that only the file knows; numbers are kept as text."""

    def read(self, text: str) -> str:
        """Return the text without blanks around it."""
        return text.strip()

    def check(self, name: str, value: Any) -> str:
        """Return a text; a whole number as one."""
        if isinstance(value, bool) or not isinstance(value, str | Integral) or not str(value).strip():
            raise ChoiceError(f"{name} must be a name or a number; got {shown(value)}.")
        return str(value).strip()


@dataclass(frozen=True)
class Texts:
    """Several names that only the file knows; as text, with commas between them.

    >>> Texts().read("nir, 3"), Texts().check("channels", [4, 3])
    (['nir', ' 3'], ('4', '3'))
    """

    def read(self, text: str) -> list[str]:
        """Return the names."""
        return text.split(",")

    def check(self, name: str, value: Any) -> tuple[str, ...]:
        """Return the names; one may stand by itself."""
        given = value.split(",") if isinstance(value, str) else [value] if isinstance(value, int) else value
        try:
            found = tuple(Text().check(name, one) for one in given)
        except TypeError:
            raise ChoiceError(f"{name} must be names or numbers; got {shown(value)}.") from None
        if not found:
            raise ChoiceError(f"{name} must be at least one name or number; got none.")
        return found
