"""JPEG 2000: the boxes are read here, the codestream is decoded by OpenJPEG (through imagecodecs).

Which channels are colour, and which is opacity, the file's channel definitions say (ISO 15444-1, I.5.3.6);
what they do not call opacity is a channel. A bare codestream has none: all its components are channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import imagecodecs
import numpy as np

from pixture.arrays import Array
from pixture.errors import FirstFrameWarning, ReadError, warn
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.geo.georeferenced import NOTHING, placed, said_by_gdal, say_not_kept
from pixture.imaging.readers.limits import refuse_bomb, refuse_excess
from pixture.imaging.readers.pictures.boxes import Box, boxes, contents
from pixture.imaging.readers.pictures.jpeg2000.codestream import (
    Codestream,
    parse_codestream,
    refuse_missing_tiles,
)

_COLOUR, _OPACITY, _PREMULTIPLIED = 0, 1, 2
_WHOLE_IMAGE, _NOTHING = 0, 65535
_COLOUR_SPACES = {12: "CMYK", 13: "e-sRGB in YCC", 14: "CIE Lab", 18: "sYCC", 19: "CIE Jab", 24: "e-sYCC"}
"""Enumerated colour spaces (and YCbCr, 1, 3, 4) whose channels are neither grey nor red, green and blue."""
_YCBCR = (1, 3, 4)
_GEOJP2 = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03")


@dataclass(frozen=True)
class _Palette:
    """Columns of values, and what each channel is made of: (component, None) or (component, column)."""

    columns: tuple[Array, ...]
    mapped: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True)
class _Header:
    """What the boxes say of the channels."""

    definitions: tuple[tuple[int, int, int], ...] = ()
    palette: _Palette | None = None


def decode(path: Path) -> Image:
    """Return the picture; what cannot be decoded raises whatever the decoder raises."""
    with path.open("rb") as file:
        end = path.stat().st_size
        header, where, pictures = _Header(), Box(b"jp2c", 0, end), 1
        has_place = False
        if file.read(4) != b"\xff\x4f\xff\x51":
            header, where, pictures = _read_boxes(path, file, end)
            has_place = _says_where(file, end)
        stream = _read_codestream(path, file, where)
    pixels = np.atleast_3d(imagecodecs.jpeg2k_decode(stream))
    del stream
    if header.palette is not None:
        pixels = _looked_up(pixels, header.palette)
    pixels, alpha = _arranged(path, pixels, header.definitions)
    if pictures > 1:
        warn(
            f"{path}: the file holds {pictures} pictures; only the first is read.",
            FirstFrameWarning,
        )
    said = NOTHING
    if has_place:
        try:
            said = said_by_gdal(path, "JP2OpenJPEG", pixels.shape[-1] - alpha)
        except ImportError:
            say_not_kept(path)
    size = pixels.shape[0], pixels.shape[1]
    about: dict[str, Any] = {"channel_names": said.names, **placed(said, 1, size, size)}
    if pixels.shape[-1] == 1:
        return image_from_array(pixels[..., 0], axes="yx", **about)
    return image_from_array(pixels, axes="yxc", alpha=alpha, **about)


def _says_where(file: BinaryIO, end: int) -> bool:
    """Whether there is a box with a place on the Earth: of GeoJP2, or an association, as GMLJP2 has one."""
    for box in boxes(file, 0, end):
        if box.kind == b"asoc":
            return True
        if box.kind == b"uuid":
            file.seek(box.start)
            if file.read(len(_GEOJP2)) == _GEOJP2:
                return True
    return False


def _read_boxes(path: Path, file: BinaryIO, end: int) -> tuple[_Header, Box, int]:
    header: _Header | None = None
    streams = []
    for box in boxes(file, 0, end):
        if box.kind == b"jp2h" and header is None:
            header = _read_header(path, file, box)
        elif box.kind == b"jp2c":
            streams.append(box)
    if header is None or not streams:
        raise DamagedError("it has no header" if header is None else "it has no pixels")
    return header, streams[0], len(streams)


def _read_header(path: Path, file: BinaryIO, box: Box) -> _Header:
    parts: dict[bytes, bytes] = {}
    for part in boxes(file, box.start, box.end):
        if part.kind in (b"colr", b"pclr", b"cmap", b"cdef") and part.kind not in parts:
            parts[part.kind] = contents(file, part)
    colour = parts.get(b"colr", b"")
    if colour[:1] == b"\x01":
        space = int.from_bytes(colour[3:7])
        if space in _COLOUR_SPACES or space in _YCBCR:
            raise ReadError(
                f"{path}: a JPEG 2000 picture in {_COLOUR_SPACES.get(space, 'YCbCr')} is not read. Convert "
                "it to grey or RGB."
            )
    return _Header(_definitions(parts.get(b"cdef")), _palette(parts.get(b"pclr"), parts.get(b"cmap")))


def _definitions(body: bytes | None) -> tuple[tuple[int, int, int], ...]:
    """(channel, kind, which colour it is or belongs to) of each channel that is defined."""
    if body is None:
        return ()
    words = [int.from_bytes(body[at : at + 2]) for at in range(0, len(body) - 1, 2)]
    if not words or len(words) != 1 + 3 * words[0]:
        raise DamagedError("its channel definitions are incomplete")
    return tuple(zip(words[1::3], words[2::3], words[3::3], strict=True))


def _palette(body: bytes | None, mapping: bytes | None) -> _Palette | None:
    if body is None and mapping is None:
        return None
    if body is None or mapping is None or len(body) < 3 or len(mapping) % 4:
        raise DamagedError("its palette is incomplete")
    entries, columns = int.from_bytes(body[:2]), body[2]
    bits = [(depth & 0x7F) + 1 for depth in body[3 : 3 + columns]]
    signed = [bool(depth & 0x80) for depth in body[3 : 3 + columns]]
    sizes = [(b + 7) // 8 for b in bits]
    table = body[3 + columns :]
    if (
        not (entries and columns)
        or len(bits) < columns
        or max(bits) > 16
        or len(table) != entries * sum(sizes)
    ):
        raise DamagedError("its palette is not as long as it says")
    values = np.zeros((columns, entries), np.int64)
    at = 0
    for entry in range(entries):
        for column, size in enumerate(sizes):
            values[column, entry] = int.from_bytes(table[at : at + size], signed=signed[column])
            at += size
    kind = np.dtype(f"{'i' if any(signed) else 'u'}{1 if max(bits) <= 8 else 2}")
    mapped = []
    for at in range(0, len(mapping), 4):
        component, is_column, column = int.from_bytes(mapping[at : at + 2]), mapping[at + 2], mapping[at + 3]
        if is_column > 1 or (is_column and column >= columns):
            raise DamagedError("its palette is mapped to columns that are not there")
        mapped.append((component, column if is_column else None))
    return _Palette(tuple(values.astype(kind)), tuple(mapped))


def _read_codestream(path: Path, file: BinaryIO, where: Box) -> bytes:
    file.seek(where.start)
    stream = parse_codestream(file.read(min(where.length, 2**16)))
    _refuse_unread(path, stream)
    refuse_bomb(path, stream.width, stream.height, stream.bytes_per_pixel)
    refuse_excess(path, where.length, stream.width * stream.height, stream.bytes_per_pixel)
    file.seek(where.start)
    content = file.read(where.length)
    refuse_missing_tiles(content, stream.tiles)
    return content


def _refuse_unread(path: Path, stream: Codestream) -> None:
    if len(set(stream.depths)) > 1:
        kind = "whose components differ in depth"
    elif max(stream.depths)[0] > 16:
        kind = f"of {max(stream.depths)[0]} bits"
    elif stream.subsampled:
        kind = "whose components differ in size (subsampled colour)"
    else:
        return
    raise ReadError(f"{path}: a JPEG 2000 picture {kind} is not read. Convert it to TIFF.")


def _looked_up(pixels: Array, palette: _Palette) -> Array:
    channels = []
    for component, column in palette.mapped:
        if component >= pixels.shape[-1]:
            raise DamagedError("its palette is mapped to components that are not there")
        indices = pixels[..., component]
        if column is None:
            channels.append(indices)
            continue
        values = palette.columns[column]
        if int(indices.min()) < 0 or int(indices.max()) >= len(values):
            raise DamagedError(f"it uses colours beyond the {len(values)} of its palette")
        channels.append(values[indices])
    return np.stack(channels, axis=-1)


def _arranged(path: Path, pixels: Array, definitions: tuple[tuple[int, int, int], ...]) -> tuple[Array, bool]:
    """Return colours in their order, then other channels, and opacity last, if there is any."""
    channels = pixels.shape[-1]
    kinds = {channel: (kind, of) for channel, kind, of in definitions}
    if len(kinds) != len(definitions) or any(channel >= channels for channel in kinds):
        raise DamagedError("its channel definitions are of channels that are not there, or twice")
    opacity = [channel for channel, (kind, _) in kinds.items() if kind in (_OPACITY, _PREMULTIPLIED)]
    if len(opacity) > 1 or any(kinds[channel] != (_OPACITY, _WHOLE_IMAGE) for channel in opacity):
        raise ReadError(
            f"{path}: a JPEG 2000 picture whose colours are multiplied by their opacity, or have one each, "
            "is not read. Save it as PNG or TIFF."
        )
    if len(opacity) == channels:
        raise DamagedError("it has opacity and nothing else")

    def place(channel: int) -> tuple[int, int]:
        kind, of = kinds.get(channel, (_NOTHING, _NOTHING))
        if channel in opacity:
            return 3, 0
        # a colour's number; what has none stays where it is, after the colours
        return (0, of) if kind == _COLOUR and 0 < of < _NOTHING else (1 if definitions else 0, channel)

    order = sorted(range(channels), key=place)
    if order != list(range(channels)):
        pixels = pixels[..., order]
    return pixels, bool(opacity)
