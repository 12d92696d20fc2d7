"""Pieces as files: packed blocks under one checksum, each file there as a whole or not at all."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import imagecodecs

from pixture.arrays import Array
from pixture.files.temporary_files import sync_folder, written
from pixture.imaging.window import Window

MAGIC = b"pixture piece 1\n"
CHECKSUM = 16
"""Bytes of a file's BLAKE2b, which are its last."""
_NUMBER = struct.Struct("<Q")

KEPT = "The pieces that were written are kept, and the run can go on from them (resume=True)."

LEVEL = 1
"""libdeflate's effort: labels become no smaller by more, and take longer."""


@dataclass(frozen=True)
class PieceFiles:
    """The pieces in a folder, each a file of blocks.

    A file is `MAGIC`, the number of blocks, the length of each, the blocks, and a checksum of all before it.
    """

    folder: Path

    def path(self, window: Window) -> Path:
        """Return the file of a piece.

        >>> PieceFiles(Path()).path(Window((0, 2048), (1024, 4096))).name
        '0-2048.piece'
        """
        return self.folder / f"{'-'.join(map(str, window.start))}.piece"

    def write(self, window: Window, blocks: Sequence[bytes]) -> None:
        """Keep a piece: on the disk, and under its name, when this returns."""
        content = b"".join(
            [MAGIC, _NUMBER.pack(len(blocks)), *(_NUMBER.pack(len(block)) for block in blocks), *blocks]
        )
        with written(self.folder, content + checksum(content)) as part:
            part.replace(self.path(window))
        sync_folder(self.folder)

    def is_whole(self, window: Window) -> bool:
        """Whether a piece is there as it was written."""
        return self.checksum_of(window) is not None

    def checksum_of(self, window: Window) -> bytes | None:
        """Return the checksum of a piece; None where it does not hold, or the piece is not there."""
        try:
            content = self.path(window).read_bytes()
        except FileNotFoundError:
            return None
        found = content[-CHECKSUM:]
        whole = content.startswith(MAGIC) and found == checksum(content[:-CHECKSUM])
        return found if whole else None

    def blocks(self, window: Window, first: int, last: int) -> list[bytes]:
        """Return the blocks of a piece from one number up to another."""
        with self.path(window).open("rb") as file:
            file.seek(len(MAGIC))
            (count,) = _NUMBER.unpack(file.read(_NUMBER.size))
            lengths = struct.unpack(f"<{count}Q", file.read(_NUMBER.size * count))
            file.seek(sum(lengths[:first]), 1)
            return [file.read(length) for length in lengths[first:last]]


def packed(block: Array) -> bytes:
    """Return the numbers of a block as zlib packs them, in C order."""
    return cast(bytes, imagecodecs.deflate_encode(block.tobytes(), level=LEVEL, raw=False))


def unpacked(block: bytes, nbytes: int) -> bytes:
    """Return the numbers of a packed block, of so many bytes."""
    return cast(bytes, imagecodecs.deflate_decode(block, raw=False, out=nbytes))


def checksum(content: bytes) -> bytes:
    """Return the BLAKE2b of what was written."""
    return hashlib.blake2b(content, digest_size=CHECKSUM).digest()
