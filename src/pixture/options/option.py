"""A field of a frozen dataclass that is an option too: its default, help, values and checks in one place.

>>> from pixture.options.kinds import Whole
>>> @described
... @dataclass(frozen=True)
... class Speed(Options):
...     '''How fast.'''
...
...     steps: int = option(4, "Number of steps.", Whole(1), short="-s", metavar="N")
>>> Speed().steps
4
>>> Speed(steps=0)
Traceback (most recent call last):
    ...
pixture.errors.ChoiceError: steps must be a whole number of at least 1; got 0.
>>> Speed.__doc__.splitlines()[4:6]
['steps', '    Number of steps.']
"""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import Field, dataclass, field, fields, replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pixture.errors import ChoiceError
from pixture.options.kinds import Flag, Kind

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Class = TypeVar("Class", bound="type[DataclassInstance]")
T = TypeVar("T")
_KEY = "option"
_WIDTH = 100


class Group(Enum):
    """What an option is about, in the order in which help shows it."""

    FIND = "What to find"
    FIT = "How to fit"
    READ = "What to read"
    WRITE = "What to write"
    RUN = "How to run"


@dataclass(frozen=True)
class Option:
    """What is known of an option besides its name, its type and its default.

    Parameters
    ----------
    help
        A sentence for the command's help.
    kind
        The values it may have.
    more
        What the documentation says after that sentence.
    short
        Its short name, such as "-k".
    metavar
        What stands for its value in the help.
    shown_default
        Its default in words, where the value itself does not say it.
    group
        What it is about.
    excludes
        Options that cannot be given together with it.
    required
        Whether the command must be given it.
    in_python
        What the library's messages call it, where that is not the field's name.
    """

    help: str
    kind: Kind
    more: str = ""
    short: str = ""
    metavar: str = ""
    shown_default: str = ""
    group: Group = Group.FIT
    excludes: tuple[str, ...] = ()
    required: bool = False
    in_python: str = ""


def option(default: T, help: str, kind: Kind, **more: Any) -> T:
    """Return a field of a dataclass that is an option: `more` is as in `Option`."""
    return field(default=default, metadata={_KEY: Option(help, kind, **more)})


def varied(of: type[DataclassInstance], name: str, default: T, **changed: Any) -> T:
    """Return a field that is another class's option but for its default and what is changed."""
    return field(default=default, metadata={_KEY: replace(option_of(of, name), **changed)})


def option_of(of: type[DataclassInstance], name: str) -> Option:
    """Return the option that a field of a class is."""
    return next(option_in(one) for one in fields(of) if one.name == name)


def option_in(of: Field[Any]) -> Option:
    """Return the option that a field is."""
    found: Option = of.metadata[_KEY]
    return found


class Options:
    """A frozen dataclass whose fields are options: they are checked when a value of it is made."""

    def __post_init__(self) -> None:
        """Keep each value as its kind has it; None as a default says that nothing was chosen."""
        for one in fields(self):  # type: ignore[arg-type]  # every class below is a dataclass
            value, its = getattr(self, one.name), option_in(one)
            if value is not None or one.default is not None:
                object.__setattr__(self, one.name, its.kind.check(one.name, value))
            for other in its.excludes:
                if _chosen(value) and _chosen(getattr(self, other)):
                    said = " and ".join(
                        f"{name}=True" if isinstance(its.kind, Flag) else name for name in (one.name, other)
                    )
                    raise ChoiceError(f"{said} exclude each other; choose one of them.")


def _chosen(value: object) -> bool:
    return value is not None and value is not False


def described(cls: Class) -> Class:
    """Add what its options say to a class's docstring, as its parameters."""
    cls.__doc__ = _described(cls)
    return cls


def _described(cls: type[DataclassInstance]) -> str:
    """Return a class's docstring with its options as parameters."""
    wrapped = partial(textwrap.fill, width=_WIDTH, initial_indent="    ", subsequent_indent="    ")
    parameters = "\n".join(
        f"{one.name}\n{wrapped(f'{option_in(one).help} {option_in(one).more}')}" for one in fields(cls)
    )
    return (
        f"{inspect.cleandoc(cls.__doc__ or '')}\n\nParameters\n----------\n{parameters}\n\n"
        "Raises\n------\nChoiceError\n    A choice is out of its range."
    )
