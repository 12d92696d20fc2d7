"""Values that hardly repeat: each pixel is a row, and the rows come piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pixture.arrays import Array
from pixture.imaging.grey_as_colour import COLOUR
from pixture.imaging.window import Window
from pixture.mixture.model.sample_in_parts import PartFacts, SampleInParts, kept_rows
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.scale.sources.source import Source
from pixture.scale.workers import Workers

T = TypeVar("T")


@dataclass(frozen=True)
class WorkOfPiece:
    """Does some work for the rows of a piece of a source."""

    source: Source
    work: Callable[[WeightedSample], Any]
    resolution: float

    def __call__(self, window: Window) -> Any:
        """Return what the work makes of the rows; None where no pixel takes part."""
        rows = rows_of(self.source, window)
        return self.work(WeightedSample(rows, resolution=self.resolution)) if len(rows) else None


def rows_of(source: Source, window: Window) -> Array:
    """Return the pixels of a window that take part, (n, channels)."""
    image = source.read(window)
    return image.rows if image.mask is None else image.rows[image.mask.ravel()]


@dataclass(frozen=True)
class RowsOfPieces:
    """The rows of a source, in parts, and who goes through them."""

    source: Source
    workers: Workers
    resolution: float

    def summed(self, work: Callable[[WeightedSample], T]) -> T:
        """As `Parts` says."""
        found: T = self.workers.summed(
            WorkOfPiece(self.source, work, self.resolution), self.source.description.pieces
        )
        return found


@dataclass(frozen=True, eq=False)
class Seen:
    """What is known of some pixels once they have been seen; of two parts of an image it adds up."""

    facts: PartFacts
    grey: bool
    """Whether red, green and blue are equal wherever pixels take part."""

    def __repr__(self) -> str:
        return f"<Seen: {self.facts!r}>"

    def __add__(self, other: Seen) -> Seen:
        return Seen(self.facts + other.facts, self.grey and other.grey)


@dataclass(frozen=True)
class SeePiece:
    """Gathers the facts of a piece of a source."""

    source: Source
    every: int

    def __call__(self, window: Window) -> Seen | None:
        """Return them; None where no pixel takes part."""
        rows = rows_of(self.source, window)
        if not len(rows):
            return None
        grey = rows.shape[1] == COLOUR and bool((rows[:, :1] == rows).all())
        return Seen(PartFacts.of(rows, self.every), grey)


def seen_whole(source: Source, workers: Workers) -> Seen:
    """Return the facts of all pixels of a source that take part."""
    description = source.description
    every = max(1, description.size // kept_rows(description.channels))
    found: Seen = workers.summed(SeePiece(source, every), description.pieces)
    return found


def sample_in_pieces(source: Source, facts: PartFacts, workers: Workers) -> SampleInParts:
    """Return the pixels of a source as a sample in parts, given its facts."""
    resolution = 0.0 if source.description.dtype.kind == "f" else 1.0
    return SampleInParts(RowsOfPieces(source, workers, resolution), facts, resolution)
