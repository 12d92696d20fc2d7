"""What a session has made to be taken home, and how long it is kept."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pixture.studio.session.session import Session

MEMORY = "made outputs"
"""Under which name a session keeps what was made."""


@dataclass(frozen=True, eq=False)
class Made:
    """Files that were made.

    Attributes
    ----------
    of
        What they were made of, which is not kept for their sake: another result makes them out of date.
    regions
        How many regions were asked for.
    files
        They.
    """

    of: weakref.ref[Any]
    regions: int | None
    files: tuple[Path, ...]


@dataclass(eq=False)
class Shelf:
    """What a session has made to be taken home, by name; and what was asked for last, by number."""

    made: dict[str, Made] = field(default_factory=dict)
    asked: dict[int, tuple[Path, ...]] = field(default_factory=dict)
    number: int = 0


def shelf_of(session: Session) -> Shelf:
    """Return what a session has made."""
    shelf: Shelf = session.memory.setdefault(MEMORY, Shelf())
    return shelf


def forget_outputs(session: Session) -> None:
    """Remove what was made, but for what was asked for last: it may be on its way to the page."""
    shelf = shelf_of(session)
    asked = {path for files in shelf.asked.values() for path in files}
    for name, made in list(shelf.made.items()):
        if asked.isdisjoint(made.files):
            del shelf.made[name]
            for path in made.files:
                path.unlink(missing_ok=True)
