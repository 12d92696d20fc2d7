"""What a JPEG 2000 codestream says of itself: its size (ISO 15444-1, A.5.1) and its tiles (A.4.2)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pixture.imaging.readers.damaged import DamagedError

_TILE_PART, _END = 0x90, 0xD9


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
    tiles
        Into how many tiles the picture is divided.
    """

    width: int
    height: int
    depths: tuple[tuple[int, bool], ...]
    subsampled: bool
    tiles: int

    @property
    def bytes_per_pixel(self) -> int:
        """Bytes of a pixel, decoded."""
        return sum(1 if bits <= 8 else 2 if bits <= 16 else 4 for bits, _ in self.depths)


def parse_codestream(head: bytes) -> Codestream:
    """Return what the first bytes of a codestream say of it.

    >>> size = struct.pack(">HHIIIIIIIIHBBB", 41, 0, 9, 5, 0, 0, 9, 5, 0, 0, 1, 11, 1, 1)
    >>> parse_codestream(bytes.fromhex("ff4fff51") + size)
    Codestream(width=9, height=5, depths=((12, False),), subsampled=False, tiles=1)
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
    tiles = -(-(width - tile[2]) // tile[0]) * -(-(height - tile[3]) // tile[1])
    depths = tuple(((depth & 0x7F) + 1, depth > 127) for depth in entries[::3])
    across, down = set(entries[1::3]), set(entries[2::3])
    return Codestream(width - left, height - top, depths, across != {1} or down != {1}, tiles)


def refuse_missing_tiles(stream: bytes, tiles: int) -> None:
    """Refuse a codestream that does not hold each of its tiles: the decoder makes room for all, and fills it.

    >>> start, tile = bytes.fromhex("ff4f ff52 0002"), bytes.fromhex("ff90 000a 0000 0000000e 0001 ff93")
    >>> refuse_missing_tiles(start + tile, 1)
    >>> refuse_missing_tiles(start + tile, 2)
    Traceback (most recent call last):
        ...
    pixture.imaging.readers.damaged.DamagedError: it holds 1 of its 2 tiles
    """
    at, found = 2, set()
    while at + 12 <= len(stream) and stream[at] == 0xFF and stream[at + 1] != _END:
        if stream[at + 1] != _TILE_PART:  # a segment of the main header
            at += 2 + int.from_bytes(stream[at + 2 : at + 4])
            continue
        found.add(int.from_bytes(stream[at + 4 : at + 6]))
        length = int.from_bytes(stream[at + 6 : at + 10])
        if not length:  # to the end
            break
        at += max(length, 12)
    present = len(found & set(range(min(tiles, 2**16))))
    if present < tiles:
        raise DamagedError(f"it holds {present:,} of its {tiles:,} tiles")
