"""An OME-Zarr store whose chunks are written where pieces are labelled: it is renamed, and not copied."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.storage import LocalStore

from pixture import stopping
from pixture.arrays import Array
from pixture.files.temporary_files import sync_folder, written
from pixture.imaging.window import Window, tiles
from pixture.imaging.writers import ome_zarr
from pixture.imaging.writers.raster import Holds
from pixture.scale.sinks.plan import Plan

STORE = "store.zarr"

CHUNK = {"t": 1, "c": 1, "z": 16, "y": 1024, "x": 1024}
"""Sides of chunks at most: fewer and larger than of what fits into memory, as each is a file."""


@dataclass(frozen=True, eq=False)
class ZarrStore:
    """A store of several levels.

    A piece is written in all levels whose chunks it has whole; the smaller levels are made in the end of the
    last of these. What it wrote is listed in a file beside the store, with a checksum of each chunk.
    """

    plan: Plan

    @property
    def store(self) -> Path:
        """The folder that becomes the result."""
        return self.plan.parts / STORE

    @property
    def axes(self) -> str:
        """A letter an axis of the arrays."""
        return ome_zarr.in_order(self.plan.axes)

    @property
    def levels(self) -> list[tuple[int, ...]]:
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
        axes = [
            (self._side(letter), chunk)
            for letter, chunk, length in zip(
                self.axes[-2:], self.chunks[-2:], self.levels[0][-2:], strict=True
            )
            if self._side(letter) < length
        ]
        return next(
            (n for n in range(len(self.levels)) if any(side % (chunk << n) for side, chunk in axes)),
            len(self.levels),
        )

    def _side(self, letter: str) -> int:
        return self.plan.sides[self.plan.letters.index(letter)]

    def prepare(self) -> None:
        """As `Form` says: the arrays are there, and nothing in them."""
        raster = self.plan.hollow
        group = ome_zarr.new_group(LocalStore(self.store), raster.image, {})
        for number, shape in enumerate(self.levels):
            ome_zarr.new_level(group, number, self.axes, shape, self.plan.dtype, self.chunks)

    def keep(self, window: Window, values: Array) -> None:
        """As `Form` says."""
        values = values.transpose([self.plan.axes.index(letter) for letter in self.axes])
        start = [0 if one == "c" else window.start[self.plan.letters.index(one)] for one in self.axes]
        listed: dict[str, str] = {}
        for number in range(self.in_pieces):
            level = Window(
                (*start[:-2], *(at >> number for at in start[-2:])),
                (
                    *(at + length for at, length in zip(start[:-2], values.shape[:-2], strict=True)),
                    *(
                        (at >> number) + length
                        for at, length in zip(start[-2:], values.shape[-2:], strict=True)
                    ),
                ),
            )
            array = _opened(str(self.store / str(number)))
            array[level.slices] = np.ascontiguousarray(values)
            listed |= {
                str(path.relative_to(self.store)): _checksum(path.read_bytes())
                for path in self._chunk_files(number, array, level)
            }
            values = values[..., ::2, ::2]
        _sync(self.store, listed)
        with written(self.plan.parts, json.dumps(listed).encode()) as part:
            part.replace(self._list(window))
        sync_folder(self.plan.parts)

    def _list(self, window: Window) -> Path:
        return self.plan.parts / f"{'-'.join(map(str, window.start))}.json"

    def _chunk_files(self, number: int, array: Any, window: Window) -> Iterator[Path]:
        """Yield the files of the chunks of a level that a window has."""
        steps = [
            range(begin // side, -(-end // side))
            for begin, end, side in zip(window.start, window.stop, array.chunks, strict=True)
        ]
        for at in product(*steps):
            yield self.store / str(number) / array.metadata.encode_chunk_key(at)

    def is_whole(self, window: Window) -> bool:
        """As `Form` says."""
        try:
            listed = json.loads(self._list(window).read_text(encoding="utf-8"))
            return all(_checksum((self.store / name).read_bytes()) == found for name, found in listed.items())
        except FileNotFoundError:
            return False

    def make(self, folder: Path) -> Mapping[str, bytes | Path]:
        """As `Form` says."""
        last = self.in_pieces
        for number in range(last, len(self.levels)):
            self._halve(number)
        group = zarr.open_group(LocalStore(self.store), mode="r+")
        raster = self.plan.hollow
        group.attrs.put(ome_zarr.attributes(raster, self._ranges(len(self.levels) - 1)))
        for path in sorted(self.store.rglob("*"), reverse=True):
            if path.is_dir():
                sync_folder(path)
            elif not _is_of_pieces(path, self.store, last):
                _sync_file(path)
        sync_folder(self.store)
        return {self.plan.family.suffix: self.store}

    def _halve(self, number: int) -> None:
        """Make a level of the one before it: every second pixel along rows and columns."""
        finer, array = (_opened(str(self.store / str(one))) for one in (number - 1, number))
        for window in tiles(Window.of(array.shape), array.chunks):
            stopping.check()
            *before, rows, columns = window.slices
            twice = [slice(2 * one.start, 2 * one.stop, 2) for one in (rows, columns)]
            whole = [slice(one.start, one.stop) for one in twice]
            array[window.slices] = np.ascontiguousarray(finer[(*before, *whole)][..., ::2, ::2])

    def _ranges(self, number: int) -> list[tuple[float, float]]:
        """Return the range of each channel, as far as the smallest level has it."""
        if self.plan.holds is not Holds.VALUES or not self.plan.channel_names:
            return []
        values = np.asarray(_opened(str(self.store / str(number)))[...])
        axis = self.axes.index("c")
        return [ome_zarr.value_range(np.take(values, at, axis)) for at in range(values.shape[axis])]


@lru_cache(maxsize=64)
def _array(path: str, process: int, made: int) -> Any:
    # what is all zeros has its chunk too: that a piece is there is known by its chunks
    return zarr.open_array(LocalStore(path), mode="r+").with_config({"write_empty_chunks": True})


def _opened(path: str) -> Any:
    """Return an array, opened once a process; one that was made anew is opened anew."""
    return _array(path, os.getpid(), os.stat(path).st_ino)  # noqa: PTH116 - one call


def _is_of_pieces(path: Path, store: Path, levels: int) -> bool:
    """Whether a file is a chunk that was brought to the disk with its piece."""
    inside = path.relative_to(store).parts
    return len(inside) > 1 and int(inside[0]) < levels and not path.name.startswith((".z", "zarr.json"))


def _checksum(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _sync(store: Path, names: Mapping[str, str]) -> None:
    """Bring chunks to the disk, and the folders that they are named in."""
    folders = set()
    for name in names:
        path = store / name
        _sync_file(path)
        while path != store:
            path = path.parent
            folders.add(path)
    for folder in folders:
        sync_folder(folder)


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
