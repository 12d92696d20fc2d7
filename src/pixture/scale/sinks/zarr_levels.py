"""The levels of an OME-Zarr store: which part of a level is a piece's, and which is made in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from pixture import stopping
from pixture.arrays import Array
from pixture.imaging.window import Window, tiles
from pixture.imaging.writers import ome_zarr
from pixture.imaging.writers.raster import Holds
from pixture.scale.sinks.plan import Plan

CHUNK = {"t": 1, "c": 1, "z": 16, "y": 1024, "x": 1024}
"""Sides of chunks at most: fewer and larger than of what fits into memory, as each is a file."""


@dataclass(frozen=True, eq=False)
class ZarrLevels:
    """The arrays of a store.

    A piece is written in all levels whose chunks it has whole; each smaller one is made in the end of the one
    before.
    """

    plan: Plan

    @property
    def axes(self) -> str:
        """A letter an axis of the arrays."""
        return ome_zarr.in_order(self.plan.axes)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of the arrays."""
        return ome_zarr.levels_of(tuple(self.plan.shape[self.plan.axes.index(one)] for one in self.axes))

    @property
    def chunks(self) -> tuple[int, ...]:
        """The shape of chunks."""
        return tuple(
            CHUNK["c"] if letter == "c" else self.plan.side(letter, CHUNK[letter]) for letter in self.axes
        )

    @property
    def in_pieces(self) -> int:
        """How many levels have chunks of which none lies in two pieces."""
        shapes, letters = self.shapes, self.plan.letters
        sides = [
            (side, chunk)
            for side, chunk, length in zip(
                (self.plan.sides[letters.index(one)] for one in self.axes[-2:]),
                self.chunks[-2:],
                shapes[0][-2:],
                strict=True,
            )
            if side < length
        ]
        return next(
            (n for n in range(len(shapes)) if any(side % (chunk << n) for side, chunk in sides)), len(shapes)
        )

    def make(self, store: Any, attributes: dict[str, Any]) -> None:
        """Make the group and its arrays in a store, with nothing in them."""
        group = ome_zarr.new_group(store, self.plan.hollow.image, attributes)
        for number, shape in enumerate(self.shapes):
            ome_zarr.new_level(group, number, self.axes, shape, self.plan.dtype, self.chunks)

    def parts(self, window: Window, values: Array) -> Iterator[tuple[int, Window, Array]]:
        """Yield the number of each level that pieces are written in, where a piece is in it, and what."""
        values = values.transpose([self.plan.axes.index(letter) for letter in self.axes])
        start = [0 if one == "c" else window.start[self.plan.letters.index(one)] for one in self.axes]
        for number in range(self.in_pieces):
            begin = (*start[:-2], *(at >> number for at in start[-2:]))
            end = tuple(at + length for at, length in zip(begin, values.shape, strict=True))
            yield number, Window(begin, end), np.ascontiguousarray(values)
            values = values[..., ::2, ::2]

    def ranges(self, smallest: Any) -> list[tuple[float, float]]:
        """Return the range of each channel, as far as the smallest level has it."""
        if self.plan.holds is not Holds.VALUES or not self.plan.channel_names:
            return []
        values, axis = np.asarray(smallest[...]), self.axes.index("c")
        return [ome_zarr.value_range(np.take(values, at, axis)) for at in range(values.shape[axis])]


def halve(finer: Any, array: Any) -> None:
    """Fill a level with every second pixel, along rows and columns, of the one before."""
    for window in tiles(Window.of(array.shape), array.chunks):
        stopping.check()
        *before, rows, columns = window.slices
        whole = [slice(2 * one.start, 2 * one.stop) for one in (rows, columns)]
        array[window.slices] = np.ascontiguousarray(finer[(*before, *whole)][..., ::2, ::2])


def chunk_keys(array: Any, window: Window) -> Iterator[str]:
    """Yield the keys, within an array, of the chunks that a window has."""
    steps = [
        range(begin // side, -(-end // side))
        for begin, end, side in zip(window.start, window.stop, array.chunks, strict=True)
    ]
    for at in product(*steps):
        yield str(array.metadata.encode_chunk_key(at))


def filled(array: Any) -> Any:
    """Return an array that writes chunks of zeros too: that a piece is there is known by its chunks."""
    return array.with_config({"write_empty_chunks": True})
