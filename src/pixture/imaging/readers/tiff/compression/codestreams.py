"""How large the image is that a codestream holds, by its own header; nothing is decoded.

A file may claim 16 x 16 pixels and hold a codestream of 22,000 x 22,000, which its decoder would unpack.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.pictures.jpeg2000.codestream import parse_codestream, refuse_missing_tiles


@dataclass(frozen=True)
class Extent:
    """What a codestream decodes to: columns, rows, and channels (0 where the header does not say)."""

    width: int
    height: int
    channels: int = 0


class CodestreamError(ValueError):
    """A codestream does not say how large it is, or not in a way that is known here."""


_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
_SCAN, _END = 0xDA, 0xD9


def jpeg(data: bytes) -> tuple[Extent, int]:
    r"""Return the extent and the kind of frame (the number of its SOF marker, ISO 10918-1, table B.1).

    >>> start, frame = b"\xff\xd8", b"\xff\xc0\0\x0b\x08\0\x10\0\x20\1\1\x11\0"
    >>> jpeg(start + frame)
    (Extent(width=32, height=16, channels=1), 0)
    """
    if data[:2] != b"\xff\xd8":
        raise CodestreamError("it does not begin as a JPEG does")
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            at += 1  # decoders skip what stands between markers
            continue
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _WITHOUT_LENGTH or marker == 0:
            at += 2
        elif marker in (_SCAN, _END):
            break
        elif marker in _FRAMES and at + 10 <= len(data):
            height, width, channels = struct.unpack_from(">HHB", data, at + 5)
            return Extent(width, height, channels), marker - 0xC0
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    raise CodestreamError("its JPEG has no frame header")


def jpeg2000(data: bytes) -> Extent:
    """Return the extent of a codestream whose tiles are all there, in a JP2 file or bare."""
    at = 0
    if data[4:8] == b"jP  ":
        at = _box(data, b"jp2c")
    try:
        stream = parse_codestream(data[at : at + 2**16])
        refuse_missing_tiles(data[at:], stream.tiles)
    except DamagedError as error:
        raise CodestreamError(str(error)) from None
    return Extent(stream.width, stream.height, len(stream.depths))


def _box(data: bytes, kind: bytes) -> int:
    """Where the content of the first box of a kind begins (ISO 15444-1, I.4)."""
    at = 0
    while at + 8 <= len(data):
        length, header = int.from_bytes(data[at : at + 4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if data[at + 4 : at + 8] == kind:
            return at + header
        if length < header:  # 0 means: to the end of the file
            break
        at += length
    raise CodestreamError("its boxes hold no codestream")


def webp(data: bytes) -> Extent:
    """Return the extent of a WebP file, which its canvas and its image must agree on."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise CodestreamError("it does not begin as a WebP does")
    said: list[Extent] = []
    at = 12
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        head = data[at + 8 : at + 18]
        if kind == b"VP8X" and len(head) == 10:
            said.append(
                Extent(1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little"))
            )
        elif kind == b"VP8 " and head[3:6] == b"\x9d\x01\x2a" and len(head) == 10:
            width, height = struct.unpack_from("<HH", head, 6)
            said.append(Extent(width & 0x3FFF, height & 0x3FFF))
        elif kind == b"VP8L" and head[:1] == b"\x2f" and len(head) >= 5:
            bits = int.from_bytes(head[1:5], "little")
            said.append(Extent(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
        elif kind == b"ANMF":
            raise CodestreamError("its WebP is an animation")
        at += 8 + length + length % 2
    if not said or any(extent != said[0] for extent in said):
        raise CodestreamError("its WebP does not say one size")
    return said[0]


def png(data: bytes) -> Extent:
    """Return the extent by the IHDR chunk."""
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or len(data) < 29:
        raise CodestreamError("it does not begin as a PNG does")
    width, height, _, colour = struct.unpack_from(">IIBB", data, 16)
    return Extent(width, height, {0: 1, 2: 3, 4: 2, 6: 4}.get(colour, 0))


def jpegxl(data: bytes) -> Extent:
    """Return the extent by the SizeHeader (ISO 18181-1, D.2), in a container or bare."""
    if data[4:8] == b"JXL ":
        try:
            start = _box(data, b"jxlc")
        except CodestreamError:
            start = _box(data, b"jxlp") + 4
        data = data[start : start + 16]
    if data[:2] != b"\xff\x0a":
        raise CodestreamError("it does not begin as a JPEG XL does")
    bits = int.from_bytes(data[2:16], "little")

    def take(count: int) -> int:
        nonlocal bits
        value, bits = bits & ((1 << count) - 1), bits >> count
        return value

    def length() -> int:
        return 8 * (1 + take(5)) if small else 1 + take((9, 13, 18, 30)[take(2)])

    small = take(1)
    height = length()
    ratio = take(3)
    if ratio == 0:
        return Extent(length(), height)
    over, under = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
    return Extent(height * over // under, height)


def jpegxr(data: bytes) -> Extent:
    """Return the extent by the container's directory, whose codestream must be whole (ITU-T T.832, A.7)."""
    if data[:3] != b"II\xbc" or len(data) < 8:
        raise CodestreamError("it does not begin as a JPEG XR does")
    at = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[at : at + 2], "little")
    tags: dict[int, int] = {}
    for entry in range(at + 2, min(at + 2 + 12 * count, len(data) - 11), 12):
        tag, kind, _, value = struct.unpack_from("<HHII", data, entry)
        tags[tag] = value & (0xFFFF if kind == 3 else 0xFF if kind == 1 else 0xFFFFFFFF)
    width, height = tags.get(0xBC80, 0), tags.get(0xBC81, 0)
    for offset, size in ((0xBCC0, 0xBCC1), (0xBCC2, 0xBCC3)):
        if tags.get(offset, 0) + tags.get(size, 0) > len(data):
            raise CodestreamError("its JPEG XR ends too early")
    image = tags.get(0xBCC0, 0)
    if data[image : image + 8] != b"WMPHOTO\0" or len(data) < image + 20:
        raise CodestreamError("its JPEG XR has no image header")
    short = data[image + 10] >> 7  # SHORT_HEADER_FLAG
    inner = struct.unpack_from(">HH" if short else ">II", data, image + 12)
    if (inner[0] + 1, inner[1] + 1) != (width, height):
        raise CodestreamError("its JPEG XR does not say one size")
    return Extent(width, height)


def lerc(data: bytes) -> tuple[Extent, bool]:
    """Return the extent of a Lerc2 blob, or several after one another; and whether all pixels are valid."""
    at, channels, valid, first = 0, 0, True, (0, 0)
    while data[at : at + 6] == b"Lerc2 ":
        (version,) = struct.unpack_from("<i", data, at + 6)
        field = at + (14 if version >= 3 else 10)
        count = 6 if version >= 4 else 5
        if len(data) < field + 4 * count:
            break
        height, width, *rest = struct.unpack_from(f"<{count}i", data, field)
        depth = rest[0] if version >= 4 else 1
        valid_pixels, _, size = rest[-3:]
        if channels and (width, height) != first:
            raise CodestreamError("its LERC does not say one size")
        first = width, height
        channels += depth
        valid &= valid_pixels == width * height
        if size <= 0 or at + size > len(data):
            raise CodestreamError("its LERC ends too early")
        at += size
    if not channels:
        raise CodestreamError("it does not begin as a LERC does")
    return Extent(*first, channels), valid
