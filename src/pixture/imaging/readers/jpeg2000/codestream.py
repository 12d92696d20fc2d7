"""What a JPEG 2000 codestream says of itself in its SIZ marker segment (ISO 15444-1, A.5.1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pixture.imaging.readers.damaged import DamagedError


@dataclass(frozen=True)
class Codestream:
    """Size, and bits and sign of each component.

    Attributes
    ----------
    width, height
        In pixels of the picture.
    depths
        (bits, whether signed) of each component.
    subsampled
        Whether some component has fewer pixels than the picture.
    """

    width: int
    height: int
    depths: tuple[tuple[int, bool], ...]
    subsampled: bool

    @property
    def bytes_per_pixel(self) -> int:
        """Bytes of a pixel, decoded."""
        return sum(1 if bits <= 8 else 2 if bits <= 16 else 4 for bits, _ in self.depths)


def parse_codestream(head: bytes) -> Codestream:
    """Return what the first bytes of a codestream say of it.

    >>> size = struct.pack(">HHIIIIIIIIHBBB", 41, 0, 9, 5, 0, 0, 9, 5, 0, 0, 1, 11, 1, 1)
    >>> parse_codestream(bytes.fromhex("ff4fff51") + size)
    Codestream(width=9, height=5, depths=((12, False),), subsampled=False)
    """
    if head[:4] != b"\xff\x4f\xff\x51" or len(head) < 42:
        raise DamagedError("its pixels do not begin as a codestream does")
    width, height, left, top, *tile, components = struct.unpack(">8IH", head[8:42])
    entries = head[42 : 42 + 3 * components]
    if (
        not components
        or components > 16384
        or len(entries) < 3 * components
        or width <= left
        or height <= top
    ):
        raise DamagedError("its codestream says no size")
    if not (tile[0] and tile[1]):
        raise DamagedError("its tiles have no size")
    depths = tuple(((depth & 0x7F) + 1, depth > 127) for depth in entries[::3])
    across, down = set(entries[1::3]), set(entries[2::3])
    return Codestream(width - left, height - top, depths, across != {1} or down != {1})
