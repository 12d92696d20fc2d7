"""The distinct values of an image that is counted piece by piece, and how often each occurs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.errors import PixtureError
from pixture.imaging.histogram.channel_packing import (
    PACKED_BITS,
    TABLE_BITS,
    Interleaved,
    Packed,
    coding_between,
    coding_of,
)
from pixture.imaging.histogram.histogram import most_distinct
from pixture.imaging.kernels import counting
from pixture.imaging.window import Window
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.scale.sources.source import Description, Source
from pixture.scale.workers import Workers

BATCH = 16
"""Pieces that are counted into one table."""

FIRST_CODES = 2**14
"""Distinct codes that a table of them holds at first."""


class TooManyValuesError(PixtureError):
    """There are so many distinct values that counting them saves nothing: each pixel is taken by itself."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Distinct codes, ascending, and how often each occurs; counts of two parts of an image add up.

    Raises
    ------
    TooManyValuesError
        There are more than `most` codes. So a sum ends where it is known to be in vain, before it fills
        the memory.

    Examples
    --------
    >>> one, other = (Counts(np.array(codes, np.uint64), np.array([1, 2]), 3) for codes in ([3, 7], [7, 9]))
    >>> both = one + other
    >>> both.codes.tolist(), both.counts.tolist()
    ([3, 7, 9], [1, 3, 2])
    """

    codes: Integers
    counts: Integers
    most: int

    def __post_init__(self) -> None:
        _check(self.codes.size, self.most)

    def values(self, coding: Interleaved | Packed) -> Floats:
        """Return the values that the codes stand for, (channels, codes)."""
        wide = self.codes.dtype.itemsize == np.dtype(np.int64).itemsize
        # a coding takes signed ones, whose bits are the same
        return coding.values(self.codes.view(np.int64) if wide else self.codes.astype(np.int64))

    def __repr__(self) -> str:
        return f"<Counts: {self.codes.size:,} distinct of {int(self.counts.sum()):,}>"

    def __add__(self, other: Counts) -> Counts:
        found = counting.distinct_in_either(self.codes, other.codes)
        _check(found, self.most)
        codes, counts = np.empty(found, self.codes.dtype), np.empty(found, np.int64)
        counting.add_counts(self.codes, self.counts, other.codes, other.counts, codes, counts)
        return Counts(codes, counts, self.most)


@dataclass(frozen=True)
class CountPieces:
    """Counts the values of some pieces of a source."""

    source: Source
    coding: Interleaved | Packed
    most: int

    def __call__(self, batch: tuple[Window, ...]) -> Counts | None:
        """Return the counts; None where no pixel takes part.

        Raises
        ------
        TooManyValuesError
            There are more than `most`.
        """
        found = (
            self._by_table(batch, self.coding)
            if isinstance(self.coding, Interleaved)
            else self._by_hash(batch, self.coding)
        )
        return found if found.codes.size else None

    def _pixels(self, window: Window) -> tuple[Array, Mask]:
        image = self.source.read(window)
        rows = np.ascontiguousarray(image.rows).view()
        rows.flags.writeable = False  # as a file's pixels are: one compiled kernel serves both
        return rows, np.empty(0, bool) if image.mask is None else image.mask.ravel()

    def _by_table(self, batch: tuple[Window, ...], coding: Interleaved) -> Counts:
        size = max(1 << coding.total_bits, counting.CHUNK)
        counters = np.zeros((1, size), np.uint8)
        full: list[Integers] = []
        for window in batch:
            pixels, mask = self._pixels(window)
            patterns = coding.patterns(pixels)
            # of the pieces before, any counter may be nearly full
            overflow = np.empty(len(pixels) // counting.FULL + min(len(pixels), size) + 1, np.uint32)
            over = counting.count(patterns, mask, coding.tables, 0, len(pixels), counters[0], overflow)
            full.append(overflow[:over].copy())
        codes, counts = np.empty(size, np.int64), np.empty(size, np.uint32)
        found = counting.collect(counters.view(np.int64), counters, 0, size, codes, counts)
        codes, total = codes[:found].copy(), counts[:found].astype(np.int64)
        np.add.at(total, np.searchsorted(codes, np.concatenate(full)), counting.FULL)
        return Counts(codes.astype(np.uint32), total, self.most)  # of 24 bits at most

    def _by_hash(self, batch: tuple[Window, ...], coding: Packed) -> Counts:
        codes: Integers = np.empty(FIRST_CODES, np.int64)
        counts: Integers = np.empty(FIRST_CODES, np.uint32)
        slots = np.full(2 * FIRST_CODES, counting.EMPTY, np.int32)
        found = 0
        for window in batch:
            pixels, mask = self._pixels(window)
            rows = np.empty(len(pixels), np.uint32)
            at = 0
            while True:
                at, found = counting.count_hashed(
                    pixels, mask, coding.low, coding.shift, at, len(pixels), found, slots, codes, counts, rows
                )
                if at == len(pixels):
                    break
                _check(found, self.most)
                length = min(4 * codes.size, self.most + 1)
                codes, counts = _longer(codes, length), _longer(counts, length)
                slots = np.full(2 << (length - 1).bit_length(), counting.EMPTY, np.int32)
                counting.rehash(codes, found, slots)
        unsigned = codes[:found].view(np.uint64)  # kernels take codes as signed
        order = np.argsort(unsigned)
        return Counts(unsigned[order], counts[:found][order].astype(np.int64), self.most)


def _check(found: int, most: int) -> None:
    if found > most:
        raise TooManyValuesError("There are too many distinct values to count.")


def _longer(array: Integers, length: int) -> Integers:
    longer = np.empty(length, array.dtype)
    longer[: array.size] = array
    return longer


def coding_of_all(
    description: Description, ends: tuple[Sequence[int], Sequence[int]] | None = None
) -> Interleaved | Packed | None:
    """Return a coding that holds every value that pixels of an image may have; None where there is none.

    `ends` are the least and the largest value of each channel, where they are known.
    """
    if ends is None:
        limits = np.iinfo(description.dtype)
        if limits.bits * description.channels > PACKED_BITS:
            return None
        ends = [int(limits.min)] * description.channels, [int(limits.max)] * description.channels
    return coding_between(*ends, description.dtype)


def counted(source: Source, coding: Interleaved | Packed, workers: Workers) -> Counts:
    """Return how often each value of a source occurs.

    Raises
    ------
    TooManyValuesError
        There are so many that counting them saves nothing.
    """
    description = source.description
    # of codes in a table there are never too many, as in memory
    most = 1 << TABLE_BITS if isinstance(coding, Interleaved) else most_distinct(description.size)
    windows = description.pieces
    batches = [windows[at : at + BATCH] for at in range(0, len(windows), BATCH)]
    found: Counts = workers.summed(CountPieces(source, coding, most), batches)
    return found


def sample_of(counts: Counts, coding: Interleaved | Packed, dtype: np.dtype[np.generic]) -> WeightedSample:
    """Return the weighted sample of counted integers, as `histogram` of the whole image has it.

    Its rows are in the order of the narrowest coding, which may be another than that in which they were
    counted.
    """
    values = counts.values(coding)
    if dtype.itemsize > 1:
        narrowest = coding_of(values.T.astype(dtype), np.empty(0, bool))
        order = np.argsort(_codes(narrowest, values), kind="stable")
        values, weights = values[:, order], counts.counts[order]
    else:
        weights = counts.counts
    return WeightedSample(values.T, weights, 1.0)


def _codes(coding: Interleaved | Packed | None, values: Floats) -> Integers:
    """Return the codes of values (d, n), uint64."""
    assert coding is not None  # a wider one holds them
    codes = np.zeros(values.shape[1], np.uint64)
    if isinstance(coding, Interleaved):
        for table, channel in zip(coding.tables, values.astype(np.int64), strict=True):
            codes |= table[channel % table.size].astype(np.uint64)
        return codes
    for low, shift, channel in zip(coding.low, coding.shift, values.astype(np.int64), strict=True):
        codes |= (channel - low).astype(np.uint64) << np.uint64(shift)
    return codes
