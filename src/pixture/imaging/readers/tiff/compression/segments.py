"""The pixels of a TIFF page: each strip or tile decoded, whole, and as large as the page says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile

from pixture.arrays import Array, Mask
from pixture.errors import ReadError
from pixture.imaging.readers.tiff.compression import ccitt, codestreams
from pixture.imaging.readers.tiff.compression.jpeg import ends_too_early
from pixture.imaging.readers.tiff.kept_segments import Values
from pixture.imaging.readers.tiff.tables import Region, Segment, segments
from pixture.parallel import MOST_SLABS, map_slabs

JPEG = frozenset((6, 7, 33007, 34892))
_CCITT = frozenset((2, 3, 4))
_JPEG2000, _WEBP, _JPEG_XR = (33003, 33004, 33005, 34712), (50001, 34927), (34934, 22610)
_JPEG_XL, _PNG, _LERC = (50002, 52546), 34933, 34887
_IMAGE_CODECS = {
    **dict.fromkeys(_JPEG2000, codestreams.jpeg2000),
    **dict.fromkeys(_WEBP, codestreams.webp),
    **dict.fromkeys(_JPEG_XR, codestreams.jpegxr),
    **dict.fromkeys(_JPEG_XL, codestreams.jpegxl),
    _PNG: codestreams.png,
}
# LZW, Deflate, PackBits, LZMA and Zstandard are never given more room than their segment's pixels take
_BYTE_CODECS = frozenset((1, 5, 8, 32946, 50013, 32773, 34925, 34926, 50000))
_OLD_JPEG = 6
Box = tuple[slice, slice, slice]
_MCU = 16  # pixels; what a JPEG's rows may be rounded up to
_INVERTED_BITS = 2  # FillOrder


def refuse_compression(path: Path, page: Any) -> None:
    """Refuse a compression or a predictor that is not decoded here."""
    compression = int(page.compression)
    known = {*JPEG, *_CCITT, *_IMAGE_CODECS, *_BYTE_CODECS, _LERC}
    if compression in known and compression in tifffile.TIFF.DECOMPRESSORS:
        if (
            compression in _BYTE_CODECS
            and page.predictor != 1
            and page.predictor not in tifffile.TIFF.UNPREDICTORS
        ):
            raise ReadError(
                f"{path}: a TIFF with the predictor {int(page.predictor)} is not read. Save it with another "
                "one, or with none."
            )
        return
    try:
        name = f"{tifffile.COMPRESSION(compression).name} (number {compression})"
    except ValueError:
        name = f"number {compression}"
    if compression in known:
        raise ReadError(
            f"{path}: a TIFF compressed as {name} can be read, but its decoder is missing in the imagecodecs "
            "that is installed. Install a complete one: pip install --upgrade imagecodecs."
        )
    raise ReadError(
        f"{path}: a TIFF compressed as {name} is not read: there is no decoder for it here. Save it "
        "uncompressed, or with Deflate, LZW or Zstandard."
    )


@dataclass(frozen=True)
class Decoded:
    """(planes, depth, rows, columns, samples); and (rows, columns), True where there are no data, or None."""

    pixels: Array
    missing: Mask | None


def decoded(path: Path, page: Any) -> Decoded:
    """Return what the strips or tiles of a page hold, as stored but for what JPEG does to colours.

    Raises
    ------
    ReadError
        The tables are not whole, or a strip or tile is damaged, cut short, or of another size than it should.
    """
    refuse_compression(path, page)
    found = segments(path, page)
    whole = (0, page.imagedepth), (0, page.imagelength), (0, page.imagewidth)
    held = room(page, whole, found)
    # made here, and only used by the threads: making it is not thread-safe, and may log
    decoder, lock, file = page.decode, threading.Lock(), page.parent.filehandle

    def read(segment: Segment) -> bytes:
        with lock:
            file.seek(segment.offset)
            data: bytes = file.read(segment.length)
        return data

    def decode(start: int, stop: int) -> None:
        for segment in found[start:stop]:
            if segment.is_left_out:
                leave_out(whole, segment, held)
            else:
                put(whole, segment, decoded_segment(path, page, segment, read, decoder), held)

    map_slabs(decode, len(found), size=max(1, -(-len(found) // MOST_SLABS)))
    return held


def room(page: Any, region: Region, found: list[Segment]) -> Decoded:
    """Return room for a region of a page."""
    planes, *_, samples = page.shaped
    deep, rows, columns = (stop - start for start, stop in region)
    may_miss = int(page.compression) == _LERC or any(segment.is_left_out for segment in found)
    return Decoded(
        np.zeros((planes, deep, rows, columns, samples), page.dtype),
        np.zeros((rows, columns), bool) if may_miss else None,
    )


def overlap(region: Region, segment: Segment) -> tuple[Box, Box]:
    """Return where a segment lies in a region, and the region in it: along depth, rows and columns."""
    inside: list[slice] = []
    own: list[slice] = []
    for (start, stop), side, at in zip(region, segment.shape[:3], segment.place[1:], strict=True):
        first, last = max(start, at), min(stop, at + side)
        inside.append(slice(first - start, last - start))
        own.append(slice(first - at, last - at))
    return (inside[0], inside[1], inside[2]), (own[0], own[1], own[2])


def leave_out(region: Region, segment: Segment, held: Decoded) -> None:
    """Note of a segment that the file has no bytes for that there are no data."""
    inside, _ = overlap(region, segment)
    assert held.missing is not None
    held.missing[inside[1:]] = True


def decoded_segment(
    path: Path,
    page: Any,
    segment: Segment,
    read: Callable[[Segment], bytes],
    decoder: Callable[..., Any],
) -> Values:
    """Return what a segment holds, and where that is valid, if not all of it is."""
    data = read(segment)
    try:
        valid = _refuse_other_size(page, segment, data)
        return _part(page, decoder, segment, data), valid
    except (MemoryError, NotImplementedError, ReadError):
        raise
    except Exception as error:
        kind = "tile" if page.is_tiled else "strip"
        _, high, wide, _ = segment.shape
        _, _, row, column = segment.place
        lying = (
            f"rows {row + 1:,} to {min(row + high, page.imagelength):,}, "
            f"columns {column + 1:,} to {min(column + wide, page.imagewidth):,}"
        )
        raise ReadError(
            f"{path}: the file is damaged: {kind} {segment.index + 1:,} of {prod(page.chunked):,} cannot be "
            f"decoded ({_first_line(error)}; it holds {lying}). Copy or export it again."
        ) from error


def put(region: Region, segment: Segment, values: Values, held: Decoded) -> None:
    """Put what of a segment lies in a region there."""
    inside, own = overlap(region, segment)
    part, valid = values
    held.pixels[segment.place[0]][inside] = part[own]
    if valid is not None and held.missing is not None:
        held.missing[inside[1:]] |= ~valid[own[1:]]


def _part(page: Any, decoder: Callable[..., Any], segment: Segment, data: bytes) -> Array:
    """Return the pixels of a segment; refuse what a decoder makes of data that end too early."""
    compression = int(page.compression)
    tables = {"jpegtables": page.jpegtables, "jpegheader": page.jpegheader} if compression in JPEG else {}

    def decode(content: bytes) -> Array:
        part: Array = decoder(content, segment.index, **tables)[0]
        return part

    part = decode(data)
    if part.dtype != page.dtype and compression not in _CCITT:
        raise codestreams.CodestreamError(f"it holds {part.dtype}, the file says {page.dtype}")
    if compression in JPEG and page.jpegheader is None and ends_too_early(data, decode, part):
        raise codestreams.CodestreamError("its JPEG ends too early")
    if compression in _CCITT:
        inverted = page.fillorder == _INVERTED_BITS

        def turned(code: bytes) -> bytes:
            return bytes(imagecodecs.bitorder_decode(code)) if inverted else code

        if ccitt.is_damaged(
            turned(data), lambda bits: decode(turned(bits)), part, runs_only=compression != 4
        ):
            raise codestreams.CodestreamError("its fax code ends too early, or has words that there are not")
    return part


def _refuse_other_size(page: Any, segment: Segment, data: bytes) -> Mask | None:
    """Refuse a codestream that would decode to another size than its segment has, before it is decoded.

    Returns (rows, columns), True where a pixel has a value, for a codec that leaves some out; else None.
    """
    compression = int(page.compression)
    valid: Mask | None = None
    if compression in JPEG:
        if page.jpegheader is not None:
            return None  # one header for all tiles, which says their size
        extent, _ = codestreams.jpeg(data)
    elif compression == _LERC:
        extent, whole = codestreams.lerc(data)
        if not whole and _fits(page, segment, extent):
            _, held = imagecodecs.lerc_decode(data, masks=True)
            valid = np.all(np.asarray(held, bool).reshape(-1, extent.height, extent.width), axis=0)
    elif compression in _IMAGE_CODECS:
        extent = _IMAGE_CODECS[compression](data)
    else:
        return None
    if not _fits(page, segment, extent):
        channels = f" of {extent.channels} channels" if extent.channels else ""
        raise codestreams.CodestreamError(
            f"it holds {extent.width:,} x {extent.height:,} pixels{channels}, the file says "
            f"{segment.shape[2]:,} x {segment.shape[1]:,} of {segment.shape[3]}"
        )
    return valid


def _fits(page: Any, segment: Segment, extent: codestreams.Extent) -> bool:
    _, rows, columns, samples = segment.shape
    if extent.channels not in (0, samples):
        return False
    if not page.is_tiled:
        most = -(-page.rowsperstrip // _MCU) * _MCU
        return extent.width == columns and rows <= extent.height <= most
    high = min(rows, page.imagelength - segment.place[2])
    wide = min(columns, page.imagewidth - segment.place[3])
    return (extent.width, extent.height) in ((columns, rows), (columns, high), (wide, high))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
