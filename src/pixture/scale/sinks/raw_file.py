"""Files of numbers one after the other, between a head and a tail: NumPy's, ENVI's, NIfTI's, MGH's."""

from __future__ import annotations

import gzip
import importlib
import math
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import numpy as np

from pixture import stopping
from pixture.arrays import Array
from pixture.imaging.window import Window
from pixture.imaging.writers.raster import Raster
from pixture.imaging.writers.raw_layout import RawLayout
from pixture.scale.sinks.piece_files import LEVEL, PieceFiles, packed, unpacked
from pixture.scale.sinks.plan import Plan

COPIED = 2**22
"""Bytes that are packed at a time."""


class RawWriter(Protocol):
    """What a writer of such a family offers."""

    def raw_layout(self, raster: Raster) -> RawLayout:
        """Return what stands around the numbers, and how they follow one another; of a hollow raster too."""

    def beside(self, raster: Raster) -> Mapping[str, bytes]:
        """Return the other files of a raster by how their names end."""

    def numbers(self, raster: Raster) -> Array:
        """Return the numbers in the file of a raster, or of a piece, its axes those of the raster."""


@dataclass(frozen=True, eq=False)
class RawFile:
    """A file of numbers, packed as a whole where the family's name ends in .gz or .mgz."""

    plan: Plan

    @property
    def pieces(self) -> PieceFiles:
        """Where pieces are kept."""
        return PieceFiles(self.plan.parts)

    @property
    def _writer(self) -> RawWriter:
        return cast(RawWriter, importlib.import_module(self.plan.family.module))

    def prepare(self) -> None:
        """As `Form` says: nothing is needed."""

    def keep(self, window: Window, values: Array) -> None:
        """As `Form` says."""
        plan = self.plan
        layout = self._writer.raw_layout(plan.hollow)
        raster = Raster(values, plan.hollow.image, plan.holds, plan.nodata, plan.classes, plan.channel_names)
        numbers = self._writer.numbers(raster)
        ordered = numbers.transpose([plan.axes.index(letter) for letter in layout.axes])
        self.pieces.write(window, [packed(ordered.astype(layout.dtype, copy=False))])

    def is_whole(self, window: Window) -> bool:
        """As `Form` says."""
        return self.pieces.is_whole(window)

    def make(self, folder: Path) -> Mapping[str, bytes | Path]:
        """As `Form` says."""
        raster = self.plan.hollow
        layout, path = self._writer.raw_layout(raster), folder / "numbers"
        with path.open("wb", buffering=0) as file:
            file.write(layout.head)
            for window in self.plan.windows:
                stopping.check()
                self._place(file, window, layout)
            file.seek(0, os.SEEK_END)
            file.write(layout.tail)
        suffix = self.plan.family.suffix
        if suffix.endswith(("gz", ".mgz")):
            path = _gzipped(path, folder / "packed")
        return {suffix: path, **self._writer.beside(raster)}

    def _place(self, file: BinaryIO, window: Window, layout: RawLayout) -> None:
        """Write the numbers of a piece where they are in the file, in runs as long as there are."""
        plan = self.plan
        order = [plan.axes.index(letter) for letter in layout.axes]
        whole = [plan.shape[at] for at in order]
        lengths = [plan.values_shape(window)[at] for at in order]
        start = [(*window.start, 0)[at] for at in order]
        nbytes = math.prod(lengths) * layout.dtype.itemsize
        (block,) = self.pieces.blocks(window, 0, 1)
        numbers = memoryview(unpacked(block, nbytes))
        # the axes behind which a piece has all there is are one run
        split = len(whole)
        while split and lengths[split - 1] == whole[split - 1]:
            split -= 1
        split = max(split - 1, 0)
        run = math.prod(lengths[split:]) * layout.dtype.itemsize
        steps = [math.prod(whole[axis + 1 :]) for axis in range(len(whole))]
        base = sum(at * step for at, step in zip(start, steps, strict=True))
        for number, index in enumerate(np.ndindex(*lengths[:split])):
            place = base + sum(at * step for at, step in zip(index, steps, strict=False))
            file.seek(len(layout.head) + place * layout.dtype.itemsize)
            _write_all(file, numbers[number * run : (number + 1) * run])


def _write_all(file: BinaryIO, numbers: memoryview) -> None:
    while numbers:
        numbers = numbers[file.write(numbers) :]


def _gzipped(path: Path, packed_path: Path) -> Path:
    """Return a file packed, a part at a time, with little effort; it holds no name and no time."""
    with (
        path.open("rb") as numbers,
        packed_path.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=LEVEL, fileobj=file, mtime=0) as to,
    ):
        shutil.copyfileobj(numbers, to, COPIED)
    path.unlink()
    return packed_path
