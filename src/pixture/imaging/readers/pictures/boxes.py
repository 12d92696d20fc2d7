"""Boxes, of which JPEG 2000 (ISO 15444-1, annex I) and AVIF (ISO 14496-12) files are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pixture.imaging.readers.damaged import DamagedError


@dataclass(frozen=True)
class Box:
    """A box: its kind, and where in the file its contents are."""

    kind: bytes
    start: int
    end: int

    @property
    def length(self) -> int:
        """Bytes of its contents."""
        return self.end - self.start


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    r"""Yield the boxes between two places of a file.

    >>> import io
    >>> [box] = boxes(io.BytesIO(b"\0\0\0\x0bfreeabc"), 0, 11)
    >>> box.kind, box.length
    (b'free', 3)
    """
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        length, kind, begins = int.from_bytes(head[:4]), head[4:8], start + 8
        if length == 1:
            length, begins = int.from_bytes(head[8:]), start + 16
        elif length == 0:  # to the end
            length = end - start
        if length < begins - start or start + length > end:
            raise DamagedError(f"its part {kind.decode('latin-1')!r} goes beyond its end")
        yield Box(kind, begins, start + length)
        start += length


def contents(file: BinaryIO, box: Box, most: int = 2**20) -> bytes:
    r"""Return what a box holds.

    >>> import io
    >>> contents(io.BytesIO(b"\0\0\0\x0bfreeabc"), Box(b"free", 8, 11))
    b'abc'
    """
    if box.length > most:
        raise DamagedError(f"its part {box.kind.decode('latin-1')!r} has {box.length:,} bytes")
    file.seek(box.start)
    return file.read(box.length)
