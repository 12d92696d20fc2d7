"""Rows of a source, or of its area means: what a level of the coarse-to-fine way sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pixture.arrays import Array
from pixture.errors import ChoiceError
from pixture.imaging.downsampling import block_means
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.scale.sources.source import Source
from pixture.scale.workers import Workers

READ = 512
"""Rows of a source that are read at a time, about."""


@dataclass(frozen=True)
class LevelRows:
    """Reads rows of the means of blocks of a source; of blocks of one pixel, the pixels themselves.

    Attributes
    ----------
    source
        The image, of rows and columns.
    side
        Of a block.
    """

    source: Source
    side: int
    doing: ClassVar[str] = "reducing"

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        rows, columns = self.source.description.shape
        return -(-rows // self.side), -(-columns // self.side)

    def __call__(self, rows: tuple[int, int]) -> Array:
        """Return rows of blocks, (rows, columns, channels): from the first to the one before the last."""
        parts = [self._read(start, stop) for start, stop in self._steps(*rows)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _steps(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        step = stop - start if self.side == 1 else max(1, READ // self.side)
        for first in range(start, stop, step):
            yield first, min(stop, first + step)

    def _read(self, start: int, stop: int) -> Array:
        rows, columns = self.source.description.shape
        window = Window((start * self.side, 0), (min(rows, stop * self.side), columns))
        image = self.source.read(window)
        if image.mask is not None:
            raise ChoiceError(
                "Regions of an image larger than memory are found where all of its pixels take part; some of "
                "this one's are masked. Give more memory (memory=), or a part of it without them."
            )
        pixels = np.ascontiguousarray(image.pixels).reshape(*image.shape, -1)
        return pixels if self.side == 1 else block_means(pixels, self.side, threads=1)[0]


def reduced_source(source: Source, factor: int, workers: Workers) -> Image:
    """Return a source reduced, as `downsampling.reduce` reduces an image.

    Raises
    ------
    ChoiceError
        Some of its pixels are masked.
    """
    description = source.description
    level = LevelRows(source, factor)
    step = max(1, READ // factor)
    parts = [(start, min(level.shape[0], start + step)) for start in range(0, level.shape[0], step)]
    means = np.concatenate(list(workers.each(level, parts)))
    some = source.read(Window((0, 0), (1, 1)))
    return Image(
        means if description.axes.endswith("c") else means[..., 0],
        description.axes,
        tuple(factor * length for length in description.spacing),
        origin=description.origin,
        stored_channels=some.stored_channels,
        unit=description.unit,
        channel_names=description.channel_names,
        place=description.place,
    )
