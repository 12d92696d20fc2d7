"""An OME-Zarr store whose chunks are written where pieces are labelled: it is renamed, and not copied."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import zarr
from zarr.storage import LocalStore

from pixture.arrays import Array
from pixture.files.temporary_files import sync_folder, written
from pixture.imaging.window import Window
from pixture.imaging.writers import ome_zarr
from pixture.scale.sinks.piece_files import checksum
from pixture.scale.sinks.plan import Plan
from pixture.scale.sinks.zarr_levels import ZarrLevels, chunk_keys, filled, halve

STORE = "store.zarr"


@dataclass(frozen=True, eq=False)
class ZarrStore:
    """A store on this disk.

    What a piece wrote is listed in a file beside the store, with a checksum of each chunk.
    """

    plan: Plan

    @property
    def store(self) -> Path:
        """The folder that becomes the result."""
        return self.plan.parts / STORE

    @property
    def levels(self) -> ZarrLevels:
        """Its arrays."""
        return ZarrLevels(self.plan)

    def prepare(self) -> None:
        """As `Form` says: the arrays are there, and nothing in them."""
        self.levels.make(LocalStore(self.store), {})

    def keep(self, window: Window, values: Array) -> None:
        """As `Form` says."""
        listed: dict[str, str] = {}
        for number, level, part in self.levels.parts(window, values):
            array = self._opened(number)
            array[level.slices] = part
            for key in chunk_keys(array, level):
                name = f"{number}/{key}"
                listed[name] = checksum((self.store / name).read_bytes()).hex()
        _sync(self.store, listed)
        with written(self.plan.parts, json.dumps(listed).encode()) as part_path:
            part_path.replace(self._list(window))
        sync_folder(self.plan.parts)

    def _list(self, window: Window) -> Path:
        return self.plan.parts / f"{window_name(window)}.json"

    def is_whole(self, window: Window) -> bool:
        """As `Form` says."""
        try:
            listed = json.loads(self._list(window).read_text(encoding="utf-8"))
            return all(
                checksum((self.store / one).read_bytes()).hex() == sum_ for one, sum_ in listed.items()
            )
        except FileNotFoundError:
            return False

    def make(self, folder: Path) -> Mapping[str, bytes | Path]:
        """As `Form` says."""
        levels = self.levels
        last, count = levels.in_pieces, len(levels.shapes)
        for number in range(last, count):
            halve(self._opened(number - 1), self._opened(number))
        group = zarr.open_group(LocalStore(self.store), mode="r+")
        group.attrs.put(ome_zarr.attributes(self.plan.hollow, levels.ranges(self._opened(count - 1))))
        for path in sorted(self.store.rglob("*"), reverse=True):
            if path.is_dir():
                sync_folder(path)
            elif not _is_of_pieces(path, self.store, last):
                _sync_file(path)
        sync_folder(self.store)
        return {self.plan.family.suffix: self.store}

    def _opened(self, number: int) -> Any:
        """Return an array, opened once a process; one that was made anew is opened anew."""
        path = self.store / str(number)
        return _array(str(path), os.getpid(), path.stat().st_ino)


@lru_cache(maxsize=64)
def _array(path: str, process: int, made: int) -> Any:
    return filled(zarr.open_array(LocalStore(path), mode="r+"))


def window_name(window: Window) -> str:
    """Return what the file that lists the chunks of a piece is called by."""
    return "-".join(map(str, window.start))


def _is_of_pieces(path: Path, store: Path, levels: int) -> bool:
    """Whether a file is a chunk that was brought to the disk with its piece."""
    inside = path.relative_to(store).parts
    return len(inside) > 1 and int(inside[0]) < levels and not path.name.startswith((".z", "zarr.json"))


def _sync(store: Path, names: Iterable[str]) -> None:
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
