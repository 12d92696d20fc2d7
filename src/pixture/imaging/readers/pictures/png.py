"""PNG: the chunks are read here, the pixels are unfiltered by libpng (through imagecodecs).

libpng is given the header and the pixels alone, as a stream that holds what the header says and no more: so
it has nothing to print a warning about, and nothing else in the file costs memory.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np
from PIL.PngImagePlugin import PngImageFile

from pixture.arrays import Array
from pixture.errors import FirstFrameWarning, warn
from pixture.imaging.encoding.png_chunks import SIGNATURE, chunk
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb, refuse_excess
from pixture.imaging.readers.pictures.frames import animation
from pixture.imaging.readers.pictures.orientation import orientation_of, upright
from pixture.imaging.readers.subimage import FIRST, Subimage, refuse_other_places

_GREY, _RGB, _PALETTE, _GREY_OPACITY, _RGB_OPACITY = 0, 2, 3, 4, 6
_DEPTHS = {
    _GREY: (1, 2, 4, 8, 16),
    _RGB: (8, 16),
    _PALETTE: (1, 2, 4, 8),
    _GREY_OPACITY: (8, 16),
    _RGB_OPACITY: (8, 16),
}
_SAMPLES = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_OPACITY: 2, _RGB_OPACITY: 4}
_ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""First row and column, and the steps, of each pass of an interlaced picture."""
_METADATA = 2**20
"""A chunk of metadata that is longer is passed over."""


@dataclass
class _Chunks:
    """What a PNG file holds that the picture needs."""

    width: int
    height: int
    bits: int
    colour: int
    interlaced: bool
    palette: bytes = b""
    transparent: bytes | None = None
    exif: bytes = b""
    xmp: bytes = b""
    frames: int = 0
    compressed: list[bytes] = field(default_factory=list)

    @property
    def bits_per_pixel(self) -> int:
        return _SAMPLES[self.colour] * self.bits


def decode(path: Path, which: Subimage = FIRST) -> Image:
    """Return the picture, all frames of an animation; what cannot be decoded raises what the decoder does.

    Of an animation of 16 bits only the first frame is read.
    """
    with path.open("rb") as file:
        chunks = _read_chunks(path, file)
    if chunks.frames > 1 and chunks.bits <= 8:
        return animation(path, PngImageFile, chunks.frames, which)
    refuse_other_places(path, which)
    pixels, alpha = _coloured(chunks, _unfiltered(chunks))
    if chunks.frames > 1:
        warn(
            f"{path}: the file holds {chunks.frames} frames; only the first is read.",
            FirstFrameWarning,
        )
    turned = upright(pixels, orientation_of(chunks.exif, chunks.xmp))
    return image_from_array(turned, axes="yxc"[: turned.ndim], alpha=alpha)


def _chunk_heads(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield each chunk's name and length; the next begins where this one ends, read or not."""
    at = len(SIGNATURE)
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            raise DamagedError("it ends before its last chunk")
        length, name = struct.unpack(">I4s", head)
        yield name, length
        if name == b"IEND":
            return
        at += 12 + length


def _body(file: BinaryIO, name: bytes, length: int) -> bytes:
    body = file.read(length)
    checksum = file.read(4)
    if len(body) < length or len(checksum) < 4:
        raise DamagedError(f"it ends within a chunk {name.decode('latin-1')!r}")
    if zlib.crc32(name + body) != int.from_bytes(checksum):
        raise DamagedError(f"the checksum of a chunk {name.decode('latin-1')!r} is wrong")
    return body


def _read_chunks(path: Path, file: BinaryIO) -> _Chunks:
    heads = _chunk_heads(file)
    name, length = next(heads)
    if name != b"IHDR" or length != 13:
        raise DamagedError("it does not begin with a header")
    chunks = _header(path, _body(file, name, length))
    pixels, held, before = chunks.width * chunks.height, 0, name
    for name, length in heads:
        match name:
            case b"IHDR":
                raise DamagedError("it has two headers")
            case b"IDAT":
                if held and before != b"IDAT":
                    raise DamagedError("its pixels are in two places")
                held += length + 12
                refuse_excess(path, held, pixels, chunks.bits_per_pixel / 8)
                chunks.compressed.append(_body(file, name, length))
            case b"PLTE" if length <= 768 and length % 3 == 0 and not (chunks.palette or held):
                chunks.palette = _body(file, name, length)
            case b"PLTE":
                raise DamagedError("its palette is not where, or as long as, a palette is")
            case b"tRNS" if not held and length <= 256:
                chunks.transparent = _body(file, name, length)
            case b"fcTL":
                chunks.frames += 1 if chunks.frames or not held else 2  # pixels before it are a picture too
            case b"eXIf" if length <= _METADATA:
                chunks.exif = file.read(length)
            case b"iTXt" if length <= _METADATA:
                text = file.read(length)
                if text.startswith(b"XML:com.adobe.xmp\0\0"):
                    chunks.xmp = text
            case _ if not name[0] & 0x20 and name != b"IEND":
                raise DamagedError(f"it needs a chunk {name.decode('latin-1')!r} to be understood")
        before = name
    if not held:
        raise DamagedError("it has no pixels")
    if chunks.colour == _PALETTE and not chunks.palette:
        raise DamagedError("it has no palette")
    return chunks


def _header(path: Path, body: bytes) -> _Chunks:
    width, height, bits, colour, compression, filtering, interlaced = struct.unpack(">IIBBBBB", body)
    if not (width and height) or compression or filtering or interlaced > 1:
        raise DamagedError("its header is not one of a PNG")
    if bits not in _DEPTHS.get(colour, ()):
        raise DamagedError(f"there is no PNG of colour type {colour} with {bits} bits")
    refuse_bomb(path, width, height, _SAMPLES[colour] * bits / 8)
    return _Chunks(width, height, bits, colour, interlaced == 1)


def _unfiltered(chunks: _Chunks) -> Array:
    """Return the samples; a palette's indices and grey of 1, 2 and 4 bits are spread over 8 bits."""
    parts = [
        (
            np.s_[top::down, left::across],
            -(-(chunks.height - top) // down),
            -(-(chunks.width - left) // across),
        )
        for top, left, down, across in (_ADAM7 if chunks.interlaced else ((0, 0, 1, 1),))
    ]
    parts = [part for part in parts if part[1] > 0 and part[2] > 0]
    lengths = [height * (1 + -(-width * chunks.bits_per_pixel // 8)) for _, height, width in parts]
    compressed = b"".join(chunks.compressed)
    chunks.compressed.clear()
    filtered = memoryview(_inflated(compressed, sum(lengths)))
    del compressed
    colour = _GREY if chunks.colour == _PALETTE else chunks.colour
    whole: Array | None = None
    for (place, height, width), length in zip(parts, lengths, strict=True):
        header = struct.pack(">IIBBBBB", width, height, chunks.bits, colour, 0, 0, 0)
        pixels: Array = imagecodecs.png_decode(_stored(header, filtered[:length]))
        filtered = filtered[length:]
        if not chunks.interlaced:
            return pixels
        if whole is None:
            whole = np.empty((chunks.height, chunks.width, *pixels.shape[2:]), pixels.dtype)
        whole[place] = pixels
    assert whole is not None  # a picture has at least one pixel, which is in the first pass
    return whole


def _inflated(compressed: bytes, length: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        filtered = stream.decompress(compressed, length)
        if not stream.eof:  # its checksum may not have been looked at yet
            stream.decompress(stream.unconsumed_tail, 64)
    except zlib.error as error:
        raise DamagedError(str(error)) from None
    if len(filtered) < length:
        raise DamagedError(f"it holds {len(filtered):,} of the {length:,} bytes of its pixels")
    return filtered


def _stored(header: bytes, filtered: memoryview) -> bytes:
    """Return a PNG of a header and of filtered rows, uncompressed."""
    return b"".join(
        [
            SIGNATURE,
            *chunk(b"IHDR", header),
            *chunk(b"IDAT", zlib.compress(filtered, 0)),
            *chunk(b"IEND", b""),
        ]
    )


def _coloured(chunks: _Chunks, pixels: Array) -> tuple[Array, bool]:
    """Return grey or RGB, and whether opacity follows as the last channel."""
    spread = 255 // (2**chunks.bits - 1) if chunks.bits < 8 else 1
    if chunks.colour == _PALETTE:
        return _looked_up(chunks, pixels // spread)
    if chunks.colour in (_GREY_OPACITY, _RGB_OPACITY):
        return pixels, True
    if chunks.transparent is None:
        return pixels, False
    samples = _SAMPLES[chunks.colour]
    if len(chunks.transparent) != 2 * samples:
        raise DamagedError("its transparent colour is not as long as a colour is")
    # only the bits that a sample has count
    through = [value & (2**chunks.bits - 1) for value in struct.unpack(f">{samples}H", chunks.transparent)]
    channels = np.atleast_3d(pixels)
    opacity = (channels != np.array(through) * spread).any(axis=-1, keepdims=True)
    return np.concatenate([channels, opacity.astype(pixels.dtype)], axis=-1), True


def _looked_up(chunks: _Chunks, indices: Array) -> tuple[Array, bool]:
    colours = np.frombuffer(chunks.palette, np.uint8).reshape(-1, 3)
    largest = int(indices.max())
    if largest >= len(colours):
        raise DamagedError(f"it uses colour {largest} of a palette of {len(colours)}")
    if chunks.transparent is None:
        return colours[indices], False
    opacity = np.full((len(colours), 1), 255, np.uint8)
    given = np.frombuffer(chunks.transparent, np.uint8)[: len(colours)]
    opacity[: len(given), 0] = given
    return np.concatenate([colours, opacity], axis=-1)[indices], True
