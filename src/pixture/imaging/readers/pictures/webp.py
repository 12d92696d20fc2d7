"""WebP: the RIFF chunks are read here, one frame is decoded by libwebp (through imagecodecs)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np
from PIL.WebPImagePlugin import WebPImageFile

from pixture.arrays import Array
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb, refuse_excess
from pixture.imaging.readers.pictures.boxes import Box, contents
from pixture.imaging.readers.pictures.frames import animation
from pixture.imaging.readers.pictures.orientation import orientation_of, upright
from pixture.imaging.readers.subimage import FIRST, Subimage, refuse_other_places

_HAS_OPACITY = 0x10
_PICTURES = (b"VP8 ", b"VP8L", b"ALPH")


@dataclass
class _Still:
    """The bitstreams of one picture, and where on the canvas it stands."""

    chunks: list[Box] = field(default_factory=list)
    left: int = 0
    top: int = 0


@dataclass
class _Found:
    """What the file holds."""

    canvas: tuple[int, int] | None = None
    opacity: bool = False
    still: _Still = field(default_factory=_Still)
    frames: int = 0
    exif: bytes = b""
    xmp: bytes = b""


def decode(path: Path, which: Subimage = FIRST) -> Image:
    """Return the picture, all frames of an animation; what cannot be decoded raises what the decoder does."""
    with path.open("rb") as file:
        found = _read_chunks(file, path.stat().st_size)
        if found.frames > 1:
            return animation(path, WebPImageFile, found.frames, which)
        refuse_other_places(path, which)
        streams = [chunk for chunk in found.still.chunks if chunk.kind != b"ALPH"]
        if len(streams) != 1:
            raise DamagedError("it has no pixels" if not streams else "it has two pictures where one is due")
        width, height, opaque = _size_of(file, streams[0])
        canvas = found.canvas or (width, height)
        for size in (canvas, (width, height)):
            refuse_bomb(path, *size)
        held = sum(chunk.length for chunk in found.still.chunks)
        refuse_excess(path, held, width * height, 4)
        opacity = found.opacity if found.canvas else not opaque
        stream = _riff(file, found.still.chunks, width, height, opacity)
    pixels: Array = imagecodecs.webp_decode(stream, hasalpha=opacity)
    if pixels.shape[:2] != (height, width):
        raise DamagedError("its picture has another size than its header")
    pixels, opacity = _on_canvas(pixels, found.still, canvas, opacity)
    turned = upright(pixels, orientation_of(found.exif, found.xmp))
    return image_from_array(turned, axes="yxc"[: turned.ndim], alpha=opacity)


def _riff_chunks(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    while start + 8 <= end:
        file.seek(start)
        kind, length = struct.unpack("<4sI", file.read(8))
        if start + 8 + length > end:
            raise DamagedError(f"its part {kind.decode('latin-1')!r} goes beyond its end")
        yield Box(kind, start + 8, start + 8 + length)
        start += 8 + length + length % 2


def _read_chunks(file: BinaryIO, size: int) -> _Found:
    file.seek(4)
    end = 8 + int.from_bytes(file.read(4), "little")
    if end > size:
        raise DamagedError(f"it ends at byte {size:,}, but its pixels go on to byte {end:,}")
    found = _Found()
    for chunk in _riff_chunks(file, 12, end):
        match chunk.kind:
            case b"VP8X":
                head = contents(file, chunk)
                if len(head) < 10 or found.canvas:
                    raise DamagedError("its header is not one of a WebP")
                found.opacity = bool(head[0] & _HAS_OPACITY)
                found.canvas = (_uint24(head, 4) + 1, _uint24(head, 7) + 1)
            case kind if kind in _PICTURES and not found.frames:
                found.still.chunks.append(chunk)
            case b"ANMF":
                found.frames += 1
                if found.frames == 1:
                    head = contents(file, Box(b"ANMF", chunk.start, min(chunk.start + 16, chunk.end)))
                    parts = [
                        c for c in _riff_chunks(file, chunk.start + 16, chunk.end) if c.kind in _PICTURES
                    ]
                    found.still = _Still(parts, 2 * _uint24(head, 0), 2 * _uint24(head, 3))
            case b"EXIF" if chunk.length <= 2**20:
                found.exif = contents(file, chunk)
            case b"XMP " if chunk.length <= 2**20:
                found.xmp = contents(file, chunk)
    return found


def _uint24(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


def _size_of(file: BinaryIO, stream: Box) -> tuple[int, int, bool]:
    """Width, height, and whether a bitstream says that it has no opacity."""
    file.seek(stream.start)
    head = file.read(10)
    if len(head) < 10 or stream.length < 10:
        raise DamagedError("it ends before its pixels")
    if stream.kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, not bits >> 28 & 1
    width, height = struct.unpack("<HH", head[6:10])
    return width & 0x3FFF, height & 0x3FFF, True


def _riff(file: BinaryIO, chunks: list[Box], width: int, height: int, opacity: bool) -> bytes:
    """Return a file of one picture alone."""
    flags = _HAS_OPACITY if opacity else 0
    size = struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    parts = [b"WEBP", b"VP8X", struct.pack("<I", 10), size]
    for chunk in sorted(chunks, key=lambda chunk: chunk.kind != b"ALPH"):
        parts += [chunk.kind, struct.pack("<I", chunk.length), contents(file, chunk, chunk.length)]
        parts.append(b"\0" * (chunk.length % 2))
    body = b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _on_canvas(pixels: Array, still: _Still, canvas: tuple[int, int], opacity: bool) -> tuple[Array, bool]:
    """Return the picture where it stands on the canvas, whose rest is transparent."""
    width, height = canvas
    if pixels.shape[:2] == (height, width) and not (still.left or still.top):
        return pixels, opacity
    rows, columns = pixels.shape[:2]
    if still.top + rows > height or still.left + columns > width:
        raise DamagedError("its first frame leaves the canvas")
    whole = np.zeros((height, width, 4), pixels.dtype)
    inside = whole[still.top : still.top + rows, still.left : still.left + columns]
    inside[..., :3], inside[..., 3] = pixels[..., :3], pixels[..., 3] if opacity else 255
    return whole, True
