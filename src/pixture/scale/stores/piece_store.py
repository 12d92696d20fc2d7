"""Numbers of pieces on the disk while a run lasts: written piece by piece, and read by any window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pixture.arrays import Integers
from pixture.errors import WriteError
from pixture.files.output_files import explained
from pixture.imaging.window import Window, tiles
from pixture.scale.checkpoints import ASKED
from pixture.scale.sinks.piece_files import PieceFiles, packed, unpacked

SIDE, DEPTH = 256, 16
"""Rows and columns, and planes, of what is packed together: a small window is read from few of these."""


@dataclass(frozen=True)
class PieceStore:
    """Whole numbers of the pixels of an image. It is a `scale.sinks.sink.Sink` of which no file is made.

    It may be sent to other processes, which see the same folder.

    Attributes
    ----------
    folder
        Where pieces are kept; made when the first is written.
    windows
        The pieces, in reading order.
    dtype
        Of the numbers.

    Examples
    --------
    >>> import tempfile
    >>> whole = Window((0, 0), (2, 4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = PieceStore(Path(folder), tuple(tiles(whole, (2, 2))), np.dtype(np.uint8))
    ...     for window in store.windows:
    ...         store.write(window, np.full(window.shape, window.start[1], np.uint8))
    ...     store.read(Window((1, 1), (2, 4)))
    array([[0, 2, 2]], dtype=uint8)
    """

    folder: Path = field(metadata={ASKED: False})
    windows: tuple[Window, ...]
    dtype: np.dtype[Any]

    def __repr__(self) -> str:
        return f"<PieceStore: {len(self.windows):,} pieces of {self.dtype}>"

    @property
    def _files(self) -> PieceFiles:
        return PieceFiles(self.folder)

    def write(self, window: Window, labels: Integers) -> None:
        """As `Sink` says."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            numbers = labels.astype(self.dtype, copy=False)
            blocks = [
                packed(np.ascontiguousarray(numbers[tile.within(window)])) for tile in _tiles_of(window)
            ]
            self._files.write(window, blocks)
        except OSError as error:
            raise explained(self.folder, error) from error

    def read(self, window: Window) -> Integers:
        """Return the numbers of any window.

        Raises
        ------
        WriteError
            What was kept is damaged, or not there.
        """
        found = np.zeros(window.shape, self.dtype)
        for piece in self.pieces_over(window):
            for number, tile in enumerate(_tiles_of(piece)):
                part = tile.common(window)
                if part is not None:
                    found[part.within(window)] = self._tile(piece, number, tile)[part.within(tile)]
        return found

    def pieces_over(self, window: Window) -> Iterator[Window]:
        """Yield the pieces that a window has pixels of, in reading order."""
        sides, end = self.windows[0].shape, self.windows[-1].stop
        first = [at // side * side for at, side in zip(window.start, sides, strict=True)]
        for piece in tiles(Window(tuple(first), window.stop), sides):
            stop = (min(at + side, last) for at, side, last in zip(piece.start, sides, end, strict=True))
            yield Window(piece.start, tuple(stop))

    def _tile(self, piece: Window, number: int, tile: Window) -> Integers:
        try:
            (block,) = self._files.blocks(piece, number, number + 1)
            content = unpacked(block, tile.size * self.dtype.itemsize)
        except (OSError, ValueError, RuntimeError) as error:
            raise WriteError(
                f"A piece that was kept in {self.folder} is not there, or damaged ({error}). Run it anew "
                "(overwrite=True)."
            ) from error
        return np.frombuffer(content, self.dtype).reshape(tile.shape)

    def has(self, window: Window) -> bool:
        """As `Sink` says."""
        return self._files.is_whole(window)

    def kept(self) -> frozenset[Window]:
        """As `Sink` says."""
        return frozenset(window for window in self.windows if self.has(window))

    def finish(self) -> tuple[Path, ...]:
        """Make no file."""
        return ()

    def remove(self) -> None:
        """As `Sink` says."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _tiles_of(piece: Window) -> Iterator[Window]:
    return tiles(piece, (*(DEPTH,) * (len(piece.start) - 2), SIDE, SIDE))
