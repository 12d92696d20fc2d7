"""Where the pixels of an image that take part lie: on which lines, in which box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Mask
from pixture.imaging.window import Window
from pixture.scale.sources.source import Source
from pixture.scale.workers import Workers


@dataclass(frozen=True, eq=False)
class MaskExtent:
    """Where pixels take part.

    Attributes
    ----------
    lines
        (*shape without columns) whether some pixel of a line does.
    columns
        (columns,) whether some pixel of a column does.
    """

    lines: Mask
    columns: Mask

    def __repr__(self) -> str:
        return f"<MaskExtent: {np.count_nonzero(self.lines):,} lines>"

    @property
    def box(self) -> Window:
        """The smallest box that holds them all."""
        axes = range(self.lines.ndim)
        there = [self.lines.any(axis=tuple(set(axes) - {axis})) for axis in axes]
        ends = [np.flatnonzero(along)[[0, -1]].tolist() for along in (*there, self.columns)]
        return Window(tuple(first for first, _ in ends), tuple(last + 1 for _, last in ends))

    def within(self, box: Window) -> MaskExtent:
        """Return what is so within a box."""
        *lines, columns = box.slices
        return MaskExtent(self.lines[tuple(lines)], self.columns[columns])


@dataclass(frozen=True)
class ExtentOfPiece:
    """Finds where pixels of a piece of a source take part."""

    source: Source

    def __call__(self, window: Window) -> tuple[Array, Array]:
        """Return for its lines, and for its columns, whether some do."""
        mask = self.source.read(window).mask
        if mask is None:
            return np.ones(window.shape[:-1], bool), np.ones(window.shape[-1], bool)
        across = tuple(range(mask.ndim - 1))
        return np.asarray(mask.any(axis=-1)), np.asarray(mask.any(axis=across))


def mask_extent(source: Source, workers: Workers) -> MaskExtent:
    """Return where the pixels of a source take part; one pass over it."""
    description = source.description
    lines, columns = np.zeros(description.shape[:-1], bool), np.zeros(description.shape[-1], bool)
    pieces = description.pieces
    for window, (of_lines, of_columns) in zip(
        pieces, workers.each(ExtentOfPiece(source), pieces), strict=True
    ):
        *to, across = window.slices
        lines[tuple(to)] |= of_lines
        columns[across] |= of_columns
    return MaskExtent(lines, columns)
