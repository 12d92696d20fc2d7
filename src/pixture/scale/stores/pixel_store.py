"""Numbers of every pixel that are kept on the disk between two passes, piece by piece.

Files are read and written as such, and not mapped: what is mapped counts as memory.
"""

from __future__ import annotations

import math
import os
import secrets
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np

from pixture.arrays import Array
from pixture.errors import ReadError, WriteError
from pixture.files.output_files import explained
from pixture.imaging.window import Window
from pixture.scale.checkpoints import ASKED
from pixture.wording import plural

BYTES = 4
"""Of a number: they are float32."""

CHECKSUM = 4
"""Bytes of a file's CRC-32, which are its last."""

_CHUNK = 2**20


@dataclass(frozen=True)
class PixelStore:
    """Several float32 numbers of every pixel of an image, a file a piece.

    A file holds, number by number, those of the pixels of its piece; and once more those of its first and of
    its last columns, `rim` of each, so that the pieces beside it need not read all of its lines for them. Its
    last bytes are a checksum: files are not brought to the disk one by one, and a power cut may take some.
    Several processes may read, and write other pieces, at once.

    Attributes
    ----------
    folder
        Where files are; it is there.
    sides
        The shape of the pieces; those at the image's ends are smaller.
    shape
        Of the image.
    rim
        How many columns are kept twice.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = PixelStore(Path(folder), (2, 4), (2, 7), 1)
    ...     store.write(Window((0, 0), (2, 4)), np.ones((1, 2, 4), np.float32))
    ...     store.write(Window((0, 4), (2, 7)), np.zeros((1, 2, 3), np.float32))
    ...     store.read(Window((0, 3), (1, 5)), [0])
    array([[[1., 0.]]], dtype=float32)
    """

    folder: Path = field(metadata={ASKED: False})
    sides: tuple[int, ...]
    shape: tuple[int, ...]
    rim: int

    def write(self, window: Window, numbers: Array | None, count: int = 0) -> None:
        """Keep those of a piece, (n, *its shape).

        None are `count` zeros a pixel, for which no room is taken. Written again, they replace what was
        there; whoever reads meanwhile finds what was there before.

        Raises
        ------
        WriteError
            The disk is full, or the folder is gone.
        """
        path = self._path(window.start)
        part = path.with_suffix(f".{secrets.token_hex(4)}")
        try:
            with part.open("wb") as file:
                if numbers is None:
                    size = BYTES * count * self._numbers(window)
                    file.truncate(size)
                    file.seek(size)
                    found = _checksum_of_zeros(size)
                else:
                    found = 0
                    for of in (numbers, *self._rims(numbers)):
                        for plane in of:
                            content = np.ascontiguousarray(plane, np.float32).data
                            found = zlib.crc32(content, found)
                            file.write(content)
                file.write(found.to_bytes(CHECKSUM, "little"))
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise explained(self.folder, error) from error

    def is_whole(self, window: Window) -> bool:
        """Whether a piece is there as it was written."""
        found = 0
        try:
            with self._path(window.start).open("rb") as file:
                left = size = os.fstat(file.fileno()).st_size - CHECKSUM
                while left > 0 and (content := file.read(min(left, _CHUNK))):
                    found = zlib.crc32(content, found)
                    left -= len(content)
                return bool(size > 0 and left == 0 and file.read() == found.to_bytes(CHECKSUM, "little"))
        except OSError:
            return False

    def _rims(self, numbers: Array) -> tuple[Array, Array]:
        return numbers[..., : self.rim], numbers[..., max(0, numbers.shape[-1] - self.rim) :]

    def _numbers(self, window: Window) -> int:
        """Return how many numbers a file has of each that is kept of a pixel."""
        return window.size + 2 * min(self.rim, window.shape[-1]) * math.prod(window.shape[:-1])

    def read(self, window: Window, numbers: Sequence[int]) -> Array:
        """Return some of the numbers of a window, (n, *its shape) float32.

        Raises
        ------
        ReadError
            They were not written, or not all of them.
        """
        out = np.empty((len(numbers), *window.shape), np.float32)
        ranges = [
            range(start // side * side, stop, side)
            for start, stop, side in zip(window.start, window.stop, self.sides, strict=True)
        ]
        for start in product(*ranges):
            stop = tuple(
                min(at + side, end) for at, side, end in zip(start, self.sides, self.shape, strict=True)
            )
            piece = Window(start, stop)
            inside = piece.common(window)
            assert inside is not None  # the pieces are those that it touches
            self._read_piece(piece, inside, numbers, out[(slice(None), *inside.within(window))])
        return out

    def _read_piece(self, piece: Window, inside: Window, numbers: Sequence[int], out: Array) -> None:
        path = self._path(piece.start)
        width, rim = piece.shape[-1], min(self.rim, piece.shape[-1])
        *before, rows, columns = inside.within(piece)
        lines = math.prod(piece.shape[:-1])
        try:
            with path.open("rb", buffering=0) as file:
                stored = path.stat().st_size // (BYTES * self._numbers(piece))
                # of what is read: where it begins, which is its first column, how many it has
                first, begin, length = 0, 0, width
                if columns.stop <= rim:
                    first, length = stored * lines * width, rim
                elif columns.start >= width - rim:
                    first, begin, length = stored * lines * (width + rim), width - rim, rim
                taken = slice(columns.start - begin, columns.stop - begin)
                height = piece.shape[-2]
                for at, number in enumerate(numbers):
                    for place in product(*(range(part.start, part.stop) for part in before)):
                        plane = int(np.ravel_multi_index(place, piece.shape[:-2])) if before else 0
                        line = number * lines + plane * height + rows.start
                        file.seek(BYTES * (first + line * length))
                        wanted = (rows.stop - rows.start) * length
                        found = np.fromfile(file, np.float32, wanted)
                        if found.size < wanted:
                            raise ValueError("it ends early")
                        to = tuple(one - part.start for one, part in zip(place, before, strict=True))
                        out[(at, *to)] = found.reshape(-1, length)[:, taken]
        except (OSError, ValueError) as error:
            raise ReadError(
                f"What was kept of a piece in {self.folder} is missing or damaged ({error}): something else "
                "removed it while it was needed. Run it again."
            ) from error

    def _path(self, start: Sequence[int]) -> Path:
        return self.folder / "-".join(map(str, start))


def _checksum_of_zeros(size: int) -> int:
    zeros, found = bytes(_CHUNK), 0
    for start in range(0, size, _CHUNK):
        found = zlib.crc32(zeros[: size - start], found)
    return found


def refuse_too_little_room(folder: Path, needed: int) -> None:
    """Refuse a folder whose disk has less room than is needed, before the work.

    Raises
    ------
    WriteError
        The sentence says how much there is.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise explained(folder, error) from error
    if free < needed:
        megabytes = plural(math.ceil(needed / 1e6), "megabyte")
        raise WriteError(
            f"Smoothing keeps about {megabytes} beside the output while it runs, and {folder} has room for "
            f"{free // 10**6:,}. Free some space, choose another folder (scratch=), or smooth='light', which "
            "keeps nothing."
        )
