"""Floats of few distinct values: the levels of each channel, and pixels as the numbers of their levels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Array
from pixture.imaging.histogram.histogram import most_levels
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.scale.sample.counting import TooManyValuesError
from pixture.scale.sources.source import Description, Source
from pixture.scale.workers import Workers


@dataclass(frozen=True, eq=False)
class Levels:
    """The distinct values of each channel, ascending; levels of two parts of an image add up.

    Examples
    --------
    >>> both = Levels((np.array([0.0, 0.5]),), 9) + Levels((np.array([0.5, 1.0]),), 9)
    >>> both.values
    (array([0. , 0.5, 1. ]),)
    """

    values: tuple[Array, ...]
    most: int
    """How many there may be in a channel."""

    def __repr__(self) -> str:
        return f"<Levels: {', '.join(str(channel.size) for channel in self.values)}>"

    def __add__(self, other: Levels) -> Levels:
        both = tuple(np.union1d(one, another) for one, another in zip(self.values, other.values, strict=True))
        return replace(self, values=both).checked()

    def checked(self) -> Levels:
        """Return the levels, of which there are no more than there may be.

        Raises
        ------
        TooManyValuesError
            There are more.
        """
        if any(channel.size > self.most for channel in self.values):
            raise TooManyValuesError("There are too many distinct values: they are continuous.")
        return self


@dataclass(frozen=True)
class LevelsOfPiece:
    """Finds the levels of a piece of a source."""

    source: Source
    most: int

    def __call__(self, window: Window) -> Levels | None:
        """Return them; None where no pixel takes part."""
        image = self.source.read(window)
        rows = image.rows if image.mask is None else image.rows[image.mask.ravel()]
        if not len(rows):
            return None
        some = Levels(tuple(np.unique(channel) for channel in rows[: 4 * self.most + 1].T), self.most)
        some.checked()  # continuous values are told by the first rows
        return Levels(tuple(np.unique(channel + 0) for channel in rows.T), self.most).checked()


def levels_of(source: Source, workers: Workers) -> Levels:
    """Return the levels of a source of floats.

    Raises
    ------
    TooManyValuesError
        A channel has so many that its values are continuous.
    """
    description = source.description
    return workers.summed(LevelsOfPiece(source, most_levels(description.size)), description.pieces)


@dataclass(frozen=True)
class Numbered:
    """A source of floats with few levels, each pixel's values the numbers of their levels."""

    source: Source
    levels: Levels

    @property
    def description(self) -> Description:
        """As `Source` says."""
        return replace(self.source.description, dtype=np.dtype(np.uint16))

    @property
    def ends(self) -> tuple[list[int], list[int]]:
        """The least and the largest number of each channel."""
        return [0] * len(self.levels.values), [channel.size - 1 for channel in self.levels.values]

    def read(self, window: Window) -> Image:
        """As `Source` says."""
        image = self.source.read(window)
        rows = image.rows
        with np.errstate(invalid="ignore"):  # of what is masked
            numbers = np.stack(
                [
                    np.searchsorted(levels, channel + 0).clip(max=levels.size - 1).astype(np.uint16)
                    for levels, channel in zip(self.levels.values, rows.T, strict=True)
                ],
                axis=-1,
            )
        return replace(image, pixels=numbers.reshape(image.pixels.shape))
