"""Workers of whose passes somebody is told: what a pass does, and how many parts of it are done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from pixture.scale.checkpoints import Remembering
from pixture.scale.sample.continuous import SeePiece, WorkOfPiece
from pixture.scale.sample.counting import CountPieces
from pixture.scale.sample.levels import LevelsOfPiece
from pixture.scale.sample.source_sample import EndsOfPiece
from pixture.scale.workers import Workers

Part = TypeVar("Part")
T = TypeVar("T")

PASSES: dict[type, str] = {
    CountPieces: "counting values",
    EndsOfPiece: "looking for the least and largest values",
    LevelsOfPiece: "looking for distinct values",
    SeePiece: "measuring values",
    WorkOfPiece: "fitting",
}
"""What a pass does, by its work; of other work, which says what it is `doing`, that; all else labels."""

LABELLING = "labelling"


class PassWatch(Protocol):
    """Who is told of passes."""

    def passing(self, name: str, parts: int) -> None:
        """Note that a pass begins, of so many parts."""

    def part_done(self) -> None:
        """Note that a part of the pass is done."""


class Watched:
    """Workers of whose passes somebody is told.

    Parameters
    ----------
    workers
        Who does the work; they tell of each part that is done by themselves.
    watch
        Who is told.
    """

    def __init__(self, workers: Workers, watch: PassWatch) -> None:
        self.workers, self.watch = workers, watch

    def __repr__(self) -> str:
        return f"<Watched: {self.workers!r}>"

    def each(self, work: Callable[[Part], T], parts: Sequence[Part]) -> Iterator[T]:
        """As `Workers` says."""
        self.watch.passing(_name(work), len(parts))
        return self.workers.each(work, parts)

    def summed(self, work: Callable[[Part], T | None], parts: Sequence[Part]) -> T:
        """As `Workers` says."""
        self.watch.passing(_name(work), len(parts))
        return self.workers.summed(work, parts)


def _name(work: object) -> str:
    inner = work.work if isinstance(work, Remembering) else work
    return PASSES.get(type(inner)) or str(getattr(inner, "doing", LABELLING))
