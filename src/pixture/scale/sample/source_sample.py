"""A source -> the weighted sample of its pixels: their distinct values, counted, or the pixels in parts.

The same rows with the same weights, in the same order, as those of the image in memory.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Array, Floats
from pixture.imaging.common_scale import on_one_scale
from pixture.imaging.grey_as_colour import COLOUR
from pixture.imaging.histogram.channel_packing import PACKED_BITS
from pixture.imaging.image import lightness
from pixture.imaging.window import Window
from pixture.mixture.model.sample_in_parts import MOST_KEPT, SampleInParts
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.scale.sample.continuous import rows_of, sample_in_pieces, seen_whole
from pixture.scale.sample.counting import TooManyValuesError, coding_of_all, counted, sample_of
from pixture.scale.sample.levels import Numbered, levels_of
from pixture.scale.sources.grey import Grey
from pixture.scale.sources.source import Source
from pixture.scale.workers import Workers


@dataclass(frozen=True, eq=False)
class SourceSample:
    """The sample of a source.

    Attributes
    ----------
    source
        The source; where it holds grey stored as colour, as one of grey.
    rows
        How many there are: distinct values, or pixels that take part.
    pixels
        How many pixels take part.
    is_counted
        Whether the rows are distinct values with their counts.
    is_float64
        Whether sums over them are taken in float64.
    held
        The distinct values with their counts, or all of the pixels, in parts; None where they are not held
        any more.
    """

    source: Source
    rows: int
    pixels: int
    is_counted: bool
    is_float64: bool
    held: WeightedSample | SampleInParts | None = None

    @classmethod
    def of(cls, source: Source, sample: WeightedSample | SampleInParts) -> SourceSample:
        """Return it, given the sample."""
        counted = isinstance(sample, WeightedSample)
        return cls(source, sample.size, round(sample.total_weight), counted, sample.is_float64, sample)

    def __repr__(self) -> str:
        return f"<SourceSample: {self.held!r}>"

    @property
    def sample(self) -> WeightedSample | SampleInParts:
        """The distinct values with their counts, or all of the pixels, in parts."""
        assert self.held is not None  # it is not asked for after it was let go of
        return self.held

    @property
    def some(self) -> WeightedSample:
        """Rows that stand for all of them: a million at most."""
        if isinstance(self.sample, SampleInParts):
            return self.sample.kept
        return self.sample.thinned(MOST_KEPT)

    def without_rows(self) -> SourceSample:
        """Return what is known of it, which holds no rows."""
        return replace(self, held=None)

    @property
    def direction(self) -> Floats:
        """(channels,) the direction in which components are sorted: as `Image.lightness`."""
        description = self.source.description
        some = self.sample if isinstance(self.sample, WeightedSample) else self.sample.kept
        rows = some.values.astype(description.dtype)
        colour = description.channels == COLOUR and on_one_scale(rows, None)
        return lightness(description.channels) if colour else np.eye(description.channels)[0]


def source_sample(source: Source, workers: Workers) -> SourceSample:
    """Return the sample of a source: integers that repeat, and floats of few levels, are counted.

    One pass counts. Where values hardly repeat, which the first pieces tell, another one gathers what is
    known of all of them.

    Raises
    ------
    SampleError
        No pixel takes part, or the values are such that no mixture can be fitted to them.
    """
    found: SourceSample | None = None
    with suppress(TooManyValuesError):
        found = _counted(source, workers)
    if found is not None:
        return _without_equal_channels(found)
    seen = seen_whole(source, workers)
    if seen.grey:
        source = Grey(source)
        seen = seen_whole(source, workers)
    return SourceSample.of(source, sample_in_pieces(source, seen.facts, workers))


def _counted(source: Source, workers: Workers) -> SourceSample | None:
    """Return the distinct values of a source; None where no code holds them."""
    description = source.description
    if description.dtype.kind == "f":
        numbered = Numbered(source, levels_of(source, workers))
        coding = coding_of_all(numbered.description, numbered.ends)
        if coding is None:
            return None
        counts = counted(numbered, coding, workers)
        values = counts.values(coding)
        for channel, levels in zip(values, numbered.levels.values, strict=True):
            channel[:] = levels[channel.astype(np.intp)]
        return SourceSample.of(source, WeightedSample(values.T, counts.counts, 0.0))
    coding = coding_of_all(description)
    if coding is None and description.channels <= PACKED_BITS:
        coding = coding_of_all(description, _ends(source, workers))
    if coding is None:
        return None
    return SourceSample.of(source, sample_of(counted(source, coding, workers), coding, description.dtype))


def _without_equal_channels(found: SourceSample) -> SourceSample:
    """Return the sample of grey stored as colour as that of one of its channels."""
    sample = found.sample
    if not isinstance(sample, WeightedSample) or sample.dimension != COLOUR:
        return found
    if not (sample.channels[:1] == sample.channels).all():
        return found
    order = np.argsort(sample.channels[0], kind="stable")
    one = WeightedSample(sample.values[order, :1], sample.weights[order], sample.resolution)
    return SourceSample.of(Grey(found.source), one)


@dataclass(frozen=True, eq=False)
class Ends:
    """The least and the largest value of each channel; of two parts of an image they add up."""

    low: Array
    high: Array

    def __add__(self, other: Ends) -> Ends:
        return Ends(np.minimum(self.low, other.low), np.maximum(self.high, other.high))


@dataclass(frozen=True)
class EndsOfPiece:
    """Finds the ends of a piece of a source."""

    source: Source

    def __call__(self, window: Window) -> Ends | None:
        """Return them; None where no pixel takes part."""
        rows = rows_of(self.source, window)
        return Ends(rows.min(axis=0), rows.max(axis=0)) if len(rows) else None


def _ends(source: Source, workers: Workers) -> tuple[list[int], list[int]]:
    found: Ends = workers.summed(EndsOfPiece(source), source.description.pieces)
    return found.low.tolist(), found.high.tolist()
