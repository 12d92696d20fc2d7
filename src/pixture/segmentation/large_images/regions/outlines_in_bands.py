"""Outlines of superpixels brought to the full resolution of a source, a band of rows at a time.

It is what `regions.full_resolution` does, in the same order of the same strips: so every label is the same.
A level is gone through three times: to learn how far values lie from their means; strip by strip; and where
strips meet.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np

from pixture.arrays import Array, Integers, Reals
from pixture.imaging.kernels.downsampling import enlarge
from pixture.imaging.window import Window, tiles
from pixture.scale.sources.source import Source
from pixture.scale.stores.piece_store import PieceStore
from pixture.scale.workers import Workers
from pixture.segmentation.large_images.regions.level_rows import LevelRows
from pixture.segmentation.regions import full_resolution as whole
from pixture.segmentation.regions.kernels.full_resolution import boundary_blocks, misfits, settle

BAND = 2**23
"""Blocks of a band, about: it is of whole strips."""

NO_MASK = np.empty((0, 0), np.bool_)


@dataclass(frozen=True, eq=False)
class Level:
    """A level of the way from coarse to fine.

    Attributes
    ----------
    rows
        What the image is like there.
    cells, means, scale
        The superpixels of the reduced image, and what they are like: as in `full_resolution`.
    factor, before
        The sides of a cell, and of a block of the level before.
    labels
        Those of the level before; None where they are the cells themselves.
    """

    rows: LevelRows
    cells: Integers
    means: Reals
    scale: Reals
    factor: int
    before: int
    labels: PieceStore | None

    @property
    def bands(self) -> tuple[Window, ...]:
        """The bands of rows, in order."""
        rows, columns = self.rows.shape
        strips = max(1, BAND // (whole.STRIP * columns))
        return tuple(tiles(Window.of((rows, columns)), (strips * whole.STRIP, columns)))

    def enlarged(self, start: int, stop: int) -> Integers:
        """Return the labels of some rows, before any is refined."""
        shape, side = self.rows.shape, self.rows.side
        image = self.rows.source.description.shape
        coarse = tuple(-(-length // self.before) for length in image)
        down, across = (
            whole.positions(length, less, side, self.before)
            for length, less in zip(shape, coarse, strict=True)
        )
        down = down[start:stop]
        first, last = int(down[0]), int(down[-1]) + 1
        if self.labels is None:
            labels: Integers = np.ascontiguousarray(self.cells[first:last])
        else:
            labels = self.labels.read(Window((first, 0), (last, coarse[1])))
        out = np.empty((stop - start, shape[1]), np.int32)
        enlarge(labels, down - first, across, 0, stop - start, out)
        return out


@dataclass(frozen=True, eq=False)
class _Rows:
    """Some rows of a level, `first` the first of them: labels, and all that kernels ask for."""

    first: int
    labels: Integers
    known: tuple[Integers, Array, Array, Integers, Integers, Integers, Reals]
    down: Reals
    right: Reals

    @classmethod
    def of(cls, level: Level, labels: Integers, start: int, stop: int) -> _Rows:
        rows, columns = level.rows.shape
        side, factor, cells = level.rows.side, level.factor, level.cells
        known = (
            labels,
            level.rows((start, stop)),
            NO_MASK,
            cells,
            whole.positions(rows, cells.shape[0], side, factor)[start:stop],
            whole.positions(columns, cells.shape[1], side, factor),
            level.means,
        )
        down, right = whole.shares(rows, side, factor)[start:stop], whole.shares(columns, side, factor)
        return cls(start, labels, known, down, right)

    def boundary(self, start: int, stop: int) -> Integers:
        """Return the places of blocks at boundaries in some rows, counted from the first here."""
        return boundary_blocks(self.labels, start - self.first, stop - self.first)

    def settle(self, places: Integers, start: int, stop: int, weighed: Reals) -> None:
        """Let blocks in some rows take the label that fits them best, in place."""
        settle(
            places,
            start - self.first,
            stop - self.first,
            whole.ROUNDS,
            whole.LENGTH,
            whole.MOST,
            whole.NEARNESS,
            self.down,
            self.right,
            *self.known,
            weighed,
        )


def _strips(band: Window) -> list[tuple[int, int]]:
    start, stop = band.start[0], band.stop[0]
    return [(at, min(stop, at + whole.STRIP)) for at in range(start, stop, whole.STRIP)]


@dataclass(frozen=True, eq=False)
class MeasureMisfits:
    """Learns how far values at boundaries in a band lie from the means of their labels."""

    level: Level
    doing: ClassVar[str] = "measuring outlines"

    def __call__(self, band: Window) -> Reals:
        """Return some of the squared distances."""
        level = self.level
        around = band.grown((1, 0), level.rows.shape)
        labels = level.enlarged(around.start[0], around.stop[0])
        rows = _Rows.of(level, labels, around.start[0], around.stop[0])
        return np.concatenate(
            [misfits(rows.boundary(*strip), whole.EVERY, *rows.known, level.scale) for strip in _strips(band)]
        )


@dataclass(frozen=True, eq=False)
class SettleStrips:
    """Refines the outlines within the strips of a band, and keeps its labels."""

    level: Level
    weighed: Reals | None
    to: PieceStore
    doing: ClassVar[str] = "refining outlines"

    def has(self, band: Window) -> bool:
        """Whether the labels of a band are there."""
        return self.to.has(band)

    def __call__(self, band: Window) -> None:
        """Do it; where nothing is known of values, labels are kept as they are."""
        level = self.level
        around = band.grown((1, 0), level.rows.shape)
        labels = level.enlarged(around.start[0], around.stop[0])
        if self.weighed is not None:
            rows = _Rows.of(level, labels, around.start[0], around.stop[0])
            for start, stop in _strips(band):
                # strips leave the row between them as it is
                top = start + (start > 0)
                places = rows.boundary(start, stop)
                here = places[np.searchsorted(places, (top - rows.first) << 32) :]
                rows.settle(here, top, stop, self.weighed)
        self.to.write(band, labels[band.within(around)])


@dataclass(frozen=True, eq=False)
class SettleBetween:
    """Refines the outlines where strips meet, and keeps the labels of a band."""

    level: Level
    weighed: Reals
    found: PieceStore
    to: PieceStore
    doing: ClassVar[str] = "refining outlines"

    def has(self, band: Window) -> bool:
        """Whether the labels of a band are there."""
        return self.to.has(band)

    def __call__(self, band: Window) -> None:
        """Do it."""
        level, height = self.level, self.level.rows.shape[0]
        around = band.grown((whole.SEAM + 1, 0), level.rows.shape)
        start, stop = around.start[0], around.stop[0]
        labels = self.found.read(around).copy()
        rows = _Rows.of(level, labels, start, stop)
        for at in range(band.start[0], min(height, band.stop[0] + 1), whole.STRIP):
            if at > 0:
                top, bottom = at - whole.SEAM, min(height, at + whole.SEAM)
                rows.settle(rows.boundary(top, bottom), top, bottom, self.weighed)
        self.to.write(band, labels[band.within(around)])


def bring_source_to_full_resolution(
    superpixels: Integers, values: Reals, source: Source, factor: int, workers: Workers, folder: Path
) -> PieceStore:
    """Return where the superpixels of a reduced source are kept at full resolution, by bands of rows.

    Parameters
    ----------
    superpixels
        As in `bring_to_full_resolution`; nothing is masked.
    values
        The area means that they were found on, (rows, columns, channels) float32.
    source
        The image.
    factor
        By how much it was reduced; above 1.
    workers
        Who goes through the bands, three times a level.
    folder
        Where labels are kept meanwhile, and in the end. Levels of an earlier run that are whole are taken up.
    """
    cells = np.ascontiguousarray(superpixels, dtype=np.int32)
    means, scale = whole.likeness(cells, values, None)
    levels: list[Level] = []
    for before, side in pairwise([factor, *whole.sides_of(factor)]):
        level = Level(LevelRows(source, side), cells, means, scale, factor, before, None)
        coarser = _store_of(levels[-1], folder) if levels else None
        levels.append(replace(level, labels=coarser))
    done = [_is_whole(_store_of(level, folder)) for level in levels]
    for level in levels[len(done) - done[::-1].index(True) if any(done) else 0 :]:
        _refine(level, workers, folder)
        if level.labels is not None:
            level.labels.remove()
    return _store_of(levels[-1], folder)


def _store_of(level: Level, folder: Path) -> PieceStore:
    """Return where the labels of a level are kept once they are refined."""
    return PieceStore(folder / f"level-{level.rows.side}" / "whole", level.bands, np.dtype(np.int32))


def _is_whole(store: PieceStore) -> bool:
    return all(store.has(window) for window in store.windows)


def _refine(level: Level, workers: Workers, folder: Path) -> None:
    """Refine the labels of a level, and keep them."""
    bands: Sequence[Window] = level.bands
    done = _store_of(level, folder)
    strips = replace(done, folder=done.folder.with_name("strips"))
    off = np.concatenate(list(workers.each(MeasureMisfits(level), bands)))
    weighed = whole.weighed_by(off, level.scale) if off.size else None
    for _ in workers.each(SettleStrips(level, weighed, strips), bands):
        pass
    if weighed is None:  # nothing to settle between them
        strips.folder.rename(done.folder)
        return
    for _ in workers.each(SettleBetween(level, weighed, strips, done), bands):
        pass
    shutil.rmtree(strips.folder)
