"""What values an option may have: how one is read from text, and how any value is checked.

>>> Whole(1).read("4"), Whole(1).check("n_init", 4)
(4, 4)
>>> Whole(1).check("n_init", 0)
Traceback (most recent call last):
    ...
pixture.errors.ChoiceError: n_init must be a whole number of at least 1; got 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Protocol

from pixture.errors import ChoiceError
from pixture.wording import meant_number, nearest, shown


class Kind(Protocol):
    """The values that an option may have."""

    def read(self, text: str) -> Any:
        """Return the value that a text stands for; a text that stands for none raises ValueError."""

    def check(self, name: str, value: Any) -> Any:
        """Return a value as Python's own type; one that is not allowed raises ChoiceError."""


@dataclass(frozen=True)
class Whole:
    """Whole numbers."""

    least: int
    most: int | None = None
    instead: str = ""
    """What to do instead, said where a text is no whole number."""

    def read(self, text: str) -> int:
        """Return the number; its range is for `check`."""
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a whole number.{self.instead and ' '}{self.instead}") from None

    def check(self, name: str, value: Any) -> int:
        """Return a whole number as Python's own, whatever library it came from."""
        if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < self.least:
            instead = f" {self.instead}" if isinstance(value, str) and self.instead else ""
            raise ChoiceError(
                f"{name} must be a whole number of at least {self.least}; got {shown(value)}."
                f"{meant_number(name, value) or instead}"
            )
        if self.most is not None and int(value) > self.most:
            raise ChoiceError(f"{name} must be at most {self.most:,}; got {int(value):,}.")
        return int(value)


@dataclass(frozen=True)
class Bytes:
    """Sizes of memory: a number of bytes, or a text such as "1GB" or "512 MiB".

    >>> Bytes().read("1.5 GB"), Bytes().read("512MiB")
    (1500000000, 536870912)
    """

    least: int = 1

    def read(self, text: str) -> int:
        """Return how many bytes there are; the range is for `check`."""
        found = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*(?:([kmgt])(i?))?b?\s*", text, re.IGNORECASE)
        if found is None:
            raise ValueError(f"{text!r} is no size of memory; give one such as 1GB, 512MB or 1.5GiB.")
        number, prefix, binary = found.groups()
        power = "kmgt".index(prefix.lower()) + 1 if prefix else 0
        return int(float(number) * (1024 if binary else 1000) ** power)

    def check(self, name: str, value: Any) -> int:
        """Return a number of bytes, whether it was given as such or as a text."""
        if isinstance(value, str):
            try:
                value = self.read(value)
            except ValueError as error:
                raise ChoiceError(f"{name}: {error}") from None
        return Whole(self.least).check(name, value)


@dataclass(frozen=True)
class Number:
    """Finite numbers, of at least `least` or above `above` where it is given."""

    least: float | None = None
    above: float | None = None

    def read(self, text: str) -> float:
        """Return the number; its range is for `check`."""
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a number.") from None

    def check(self, name: str, value: Any) -> float:
        """Return a finite number as Python's own."""
        allowed = (
            not isinstance(value, bool)
            and isinstance(value, Real)
            and math.isfinite(value)
            and (self.least is None or float(value) >= self.least)
            and (self.above is None or float(value) > self.above)
        )
        if not allowed:
            bound = "" if self.least is None else f" of at least {self.least:g}"
            bound = bound if self.above is None else f" above {self.above:g}"
            raise ChoiceError(
                f"{name} must be a finite number{bound}; got {shown(value)}.{meant_number(name, value)}"
            )
        return float(value)


@dataclass(frozen=True)
class Name:
    """One of a few names."""

    names: tuple[str, ...]
    short: Mapping[str, str] = field(default_factory=dict)
    """Other names that are understood, and what each stands for."""
    internal: tuple[str, ...] = ()
    """Names that the library uses itself; they are not offered, and not read from text."""
    also: str = ""
    """What else than a name a function of the library takes, said after the names."""

    def read(self, text: str) -> str:
        """Return the name in full."""
        name = self._full(text)
        if name not in self.names:
            raise ValueError(f"{text!r} is not one of {', '.join(self.names)}.{nearest(text, self.names)}")
        return name

    def _full(self, text: str) -> str:
        """Return the name that is meant, whatever its case."""
        return self.short.get(text.lower(), text.lower())

    def check(self, name: str, value: Any) -> str:
        """Return the name in full."""
        if isinstance(value, str):
            full = self._full(value)
            if full in (*self.names, *self.internal):
                return full
        held = f" Give its mixture: {name}=….mixture." if self.also and hasattr(value, "mixture") else ""
        raise ChoiceError(
            f"{name} must be one of {', '.join(self.names)}{self.also}; got {shown(value)}."
            f"{held or nearest(value, self.names)}"
        )


@dataclass(frozen=True)
class NameList:
    """Several of a few names; as text, with commas between them."""

    name: Name

    def read(self, text: str) -> list[str]:
        """Return the names; whether there are such is for `check`."""
        return text.split(",")

    def check(self, name: str, value: Any) -> tuple[str, ...]:
        """Return the names in full."""
        return tuple(self.name.check(name, one) for one in ([value] if isinstance(value, str) else value))


@dataclass(frozen=True)
class WholeOr:
    """Whole numbers, or a word in place of one."""

    whole: Whole
    word: str

    def read(self, text: str) -> int | str:
        """Return the number, or the word, whatever its case."""
        if text.lower() == self.word:
            return self.word
        try:
            return self.whole.read(text)
        except ValueError:
            raise ValueError(f"{text!r} is neither a whole number nor {self.word}.") from None

    def check(self, name: str, value: Any) -> int | str:
        """Return the number, or the word."""
        return self.word if value == self.word else self.whole.check(name, value)


@dataclass(frozen=True)
class NumberOr:
    """Numbers, or a name in place of one.

    >>> NumberOr(Number(least=0), Name(("off", "auto"))).read("AUTO")
    'auto'
    """

    number: Number
    name: Name

    def read(self, text: str) -> float | str:
        """Return the number, or the name, whatever its case."""
        if text.lower() in self.name.names:
            return text.lower()
        try:
            return self.number.read(text)
        except ValueError:
            raise ValueError(
                f"{text!r} is neither a number nor one of {', '.join(self.name.names)}."
            ) from None

    def check(self, name: str, value: Any) -> float | str:
        """Return the number, or the name."""
        return self.name.check(name, value) if isinstance(value, str) else self.number.check(name, value)


@dataclass(frozen=True)
class WholeList:
    """Several whole numbers; as text, a list with ranges.

    >>> WholeList(Whole(1)).read("1-3,7")
    [1, 2, 3, 7]
    """

    whole: Whole

    def read(self, text: str) -> list[int]:
        """Return the numbers that a list with ranges names; their range is for `check`."""
        found: list[int] = []
        try:
            for part in text.split(","):
                least, dash, most = part.partition("-")
                here = range(int(least), int(most) + 1) if dash else [int(least)]
                if not here:
                    raise ValueError(part)
                found += here
        except ValueError:
            raise ValueError(
                f"{text!r} names no whole numbers; give a range or a list, such as 1-12 or 3,5,7."
            ) from None
        return found

    def check(self, name: str, value: Any) -> tuple[int, ...]:
        """Return the numbers as Python's own."""
        return tuple(self.whole.check(name, one) for one in value)


@dataclass(frozen=True)
class WholeTuple:
    """Whole numbers, each with a meaning of its own; as text, with commas between them.

    >>> WholeTuple(("WIDTH", "HEIGHT")).read("30,20")
    (30, 20)
    """

    names: tuple[str, ...]
    longer: tuple[str, ...] = ()
    """What else the numbers may be, where there may be more of them."""

    def read(self, text: str) -> tuple[int, ...]:
        """Return the numbers; how many there are is for `check`."""
        try:
            return tuple(int(part) for part in text.split(","))
        except ValueError:
            raise ValueError(f"{text!r} is not {self._expected}.") from None

    def check(self, name: str, value: Any) -> tuple[int, ...]:
        """Return the numbers as Python's own."""
        try:
            given = self.read(value) if isinstance(value, str) else tuple(value)
        except (TypeError, ValueError):
            given = ()
        whole = all(isinstance(one, Integral) and not isinstance(one, bool) for one in given)
        if not whole or len(given) not in (len(self.names), len(self.longer) or len(self.names)):
            raise ChoiceError(f"{name} must be {self._expected}; got {shown(value)}.")
        return tuple(int(one) for one in given)

    @property
    def _expected(self) -> str:
        either = f", or {','.join(self.longer)}" if self.longer else ""
        return f"whole numbers {','.join(self.names)}{either}"


@dataclass(frozen=True)
class Flag:
    """True or False; as an option, given or not."""

    def read(self, text: str) -> bool:
        """Refuse: a flag takes no value."""
        raise ValueError(f"A flag takes no value; got {text!r}.")

    def check(self, name: str, value: Any) -> bool:
        """Return True or False as Python's own."""
        if value not in (True, False):
            raise ChoiceError(f"{name} must be True or False; got {shown(value)}.")
        return bool(value)


@dataclass(frozen=True)
class Place:
    """A path; in Python, what else the function takes in its place (an array, an image)."""

    def read(self, text: str) -> Path:
        """Return the path; whether there is something there is for whoever opens it."""
        return Path(text)

    def check(self, name: str, value: Any) -> Any:
        """Return the value as it is: whoever opens it says what is wrong with it."""
        return value


@dataclass(frozen=True)
class Text:
    """Any text."""

    def read(self, text: str) -> str:
        """Return it as it is."""
        return text

    def check(self, name: str, value: Any) -> str:
        """Return it as it is."""
        return str(value)
