"""The way back: from what is said of each row of a histogram to the pixels that have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.imaging.histogram.channel_packing import Interleaved
from pixture.imaging.kernels import counting
from pixture.parallel import map_slabs


class Lookup(Protocol):
    """Knows which row each pixel has."""

    def spread(self, of_row: Array, fill: float, out: Array, threads: int | None) -> None:
        """Fill `out` (pixels,) with what `of_row` says of each pixel's row; `fill` where it is masked."""

    def row(self, place: int) -> int:
        """Return the row of one pixel that is not masked."""


@dataclass(frozen=True, eq=False, repr=False)
class ByCode:
    """The pixels say it themselves: their code is the place in a table. Nothing is kept a pixel."""

    patterns: Integers
    """(pixels, channels), as the coding's tables take them."""
    mask: Mask
    coding: Interleaved
    codes: Integers
    """(rows,), the code of each row."""

    def spread(self, of_row: Array, fill: float, out: Array, threads: int | None) -> None:
        """One access to a table a pixel."""
        of_row, masked, to = _bits(of_row, np.array([fill]).astype(of_row.dtype), out)
        # only the codes that occur are ever written or read
        of_code = np.empty(1 << self.coding.total_bits, dtype=of_row.dtype)
        of_code[self.codes] = of_row
        tables = self.coding.tables

        def work(start: int, stop: int) -> None:
            counting.look_up_code(self.patterns, self.mask, tables, of_code, masked, start, stop, to)

        map_slabs(work, out.size, threads=threads)

    def row(self, place: int) -> int:
        """As `Lookup` says; by bisection."""
        parts = zip(self.coding.tables, self.patterns[place], strict=True)
        return int(np.searchsorted(self.codes, sum(int(table[pattern]) for table, pattern in parts)))


@dataclass(frozen=True, eq=False, repr=False)
class ByRow:
    """The row of each pixel is kept, 4 bytes a pixel."""

    rows: Integers
    """(pixels,), uint32; any number past the last row where masked."""

    def spread(self, of_row: Array, fill: float, out: Array, threads: int | None) -> None:
        """One access to the rows' values a pixel."""
        table, to = _bits(np.append(of_row, np.array([fill]).astype(of_row.dtype)), out)

        def work(start: int, stop: int) -> None:
            counting.look_up(self.rows, table, start, stop, to)

        map_slabs(work, out.size, threads=threads)

    def row(self, place: int) -> int:
        """As `Lookup` says."""
        return int(self.rows[place])


@dataclass(frozen=True, eq=False, repr=False)
class ByPixel:
    """The rows are the pixels, or those of them that are not masked."""

    mask: Mask

    def spread(self, of_row: Array, fill: float, out: Array, threads: int | None) -> None:
        """Copy."""
        if self.mask.size == 0:
            out[:] = of_row
            return
        out.fill(fill)
        out[self.mask] = of_row

    def row(self, place: int) -> int:
        """As `Lookup` says; those before it that take part are counted."""
        return int(np.count_nonzero(self.mask[:place])) if self.mask.size else place


def _bits(*arrays: Array) -> tuple[Integers, ...]:
    """Return the arrays' memory as unsigned integers: one compiled kernel moves floats, labels and truths."""
    return tuple(array.view(f"u{array.dtype.itemsize}") for array in arrays)
