"""Where a TIFF says its pixels are: the tables of strips or tiles, held against the geometry.

What a decoder does not find it fills with zeros and says nothing; so the tables must be whole before
anything is decoded.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, prod
from pathlib import Path
from typing import Any

from pixture.errors import ReadError
from pixture.imaging.readers.limits import refuse_bomb

NODATA_TAG = 42113  # GDAL_NODATA
UNCOMPRESSED = 1
_OFFSETS, _COUNTS = (324, 273, 513), (325, 279, 514)
_PIXELS_ARE = (254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 292, 293, 317, 320)
_PIXELS_ARE_TOO = (322, 323, 324, 325, 332, 338, 339, 347, 512, 513, 514, 529, 530, 532, 32997, 32998)
_NEEDED = frozenset((*_PIXELS_ARE, *_PIXELS_ARE_TOO, NODATA_TAG))
_SMALL_TILE = 64 << 20  # bytes; a tile may be as much larger than its image

Shape = tuple[int, int, int, int]


@dataclass(frozen=True)
class Segment:
    """A strip or tile: its number, its bytes in the file, its shape and where it begins in the image.

    `shape` is (depth, rows, columns, samples), `place` (plane, depth, row, column). A segment of no bytes is
    one that GDAL left out since it holds no data.
    """

    index: int
    offset: int
    length: int
    shape: Shape
    place: Shape

    @property
    def is_left_out(self) -> bool:
        """Whether the file has no bytes for it."""
        return self.length == 0


def refuse_unreadable_tags(path: Path, page: Any) -> None:
    """Refuse a page of which a tag that says what its pixels are cannot be read; others do not matter.

    tifffile leaves such tags out, and takes what holds where they are not given.
    """
    tiff, file = page.parent.tiff, page.parent.filehandle
    file.seek(page.offset)
    (number,) = struct.unpack(tiff.tagnoformat, file.read(tiff.tagnosize))
    entries = file.read(number * tiff.tagsize)
    for at in range(0, len(entries), tiff.tagsize):
        tag = int.from_bytes(entries[at : at + 2], "little" if tiff.byteorder == "<" else "big")
        if tag in _NEEDED and tag not in page.tags:
            raise ReadError(
                f"{path}: the file is damaged: its tag {tag}, which says what the pixels are or where, "
                "cannot be read. Copy or export it again."
            )


def refuse_geometry(path: Path, page: Any) -> None:
    """Refuse a page without pixels, of impossible strips or tiles, or larger than is safe."""
    height, width, depth = page.imagelength, page.imagewidth, page.imagedepth
    samples = page.samplesperpixel
    told = (height, width, depth, samples, page.rowsperstrip, page.tilewidth, page.tilelength, page.tiledepth)
    if not all(isinstance(number, int) for number in told):
        raise ReadError(
            f"{path}: the file is damaged: it has several numbers where it says how large its page is. "
            "Export it again."
        )
    if not (height and width and depth and samples):
        raise ReadError(
            f"{path}: the page is empty: it has {height:,} rows and {width:,} columns of {samples} samples. "
            "Export it again."
        )
    if page.dtype is None or page.dtype.kind == "c":
        raise ReadError(
            f"{path}: samples of {page.bitspersample} bits in the TIFF sample format "
            f"{getattr(page.sampleformat, 'name', page.sampleformat)} are not read. Convert it to integers "
            "of 8, 16 or 32 bits, or to floats."
        )
    per_pixel = samples * page.dtype.itemsize
    refuse_bomb(path, width, height * depth, per_pixel)
    if not page.is_tiled:
        if page.rowsperstrip < 1:
            raise ReadError(f"{path}: the file is damaged: its strips have no rows. Export it again.")
        return
    tile = (page.tiledepth, page.tilelength, page.tilewidth)
    if min(tile) < 1:
        raise ReadError(
            f"{path}: the file is damaged: its tiles are {page.tilewidth} x {page.tilelength}. "
            "Export it again."
        )
    refuse_bomb(path, page.tilewidth, page.tilelength * page.tiledepth, per_pixel)
    if prod(tile) * per_pixel > _SMALL_TILE + height * width * depth * per_pixel:
        raise ReadError(
            f"{path}: its tiles are {page.tilewidth:,} x {page.tilelength:,} pixels, the image only "
            f"{width:,} x {height:,}: the file is damaged, or made to exhaust memory. Export it again."
        )


def segments(path: Path, page: Any) -> list[Segment]:
    """Return the strips or tiles of a page in the order of its tables, all of them where they should be.

    Raises
    ------
    ReadError
        There are not as many offsets and byte counts as strips or tiles; they lie outside the file or over
        one another; an uncompressed one is too short for its pixels; or one has no bytes, and the file
        names no value for that.
    """
    kind, size = ("tile" if page.is_tiled else "strip"), path.stat().st_size
    found = list(_held_against_geometry(path, page, kind))
    for segment in found:
        if segment.offset + segment.length > size:
            raise ReadError(
                f"{path}: the file is incomplete: it ends at byte {size:,}, but its pixels go on to byte "
                f"{segment.offset + segment.length:,}. Copy or export it again."
            )
        if segment.is_left_out and segment.offset == 0 and NODATA_TAG in page.tags:
            continue
        if segment.is_left_out and segment.offset == 0:
            raise ReadError(
                f"{path}: the file has no pixels for {kind} {segment.index + 1:,} of {len(found):,} and "
                "names no value for missing data. If GDAL left it out (SPARSE_OK), say what it stands for: "
                "gdal_translate -a_nodata 0, or write it out with -co SPARSE_OK=FALSE."
            )
        if segment.is_left_out or segment.offset < 8:
            raise ReadError(
                f"{path}: the file is damaged: {kind} {segment.index + 1:,} of {len(found):,} has "
                f"{segment.length:,} bytes at {segment.offset:,}. Copy or export it again."
            )
        if page.compression == UNCOMPRESSED and segment.length < (needed := _bytes_needed(page, segment)):
            raise ReadError(
                f"{path}: the file is incomplete: {kind} {segment.index + 1:,} of {len(found):,} has "
                f"{segment.length:,} bytes, but its pixels take {needed:,}. Copy or export it again."
            )
    _refuse_overlap(path, page, found, kind)
    return found


def _held_against_geometry(path: Path, page: Any, kind: str) -> Iterator[Segment]:
    expected = prod(page.chunked)
    offsets, lengths = _table(page, _OFFSETS), _table(page, _COUNTS)
    if page.jpegheader is not None:  # one JPEG of Hamamatsu's, which tifffile takes apart by its restarts
        offsets, lengths = page.dataoffsets, page.databytecounts
    if not lengths and len(offsets) == expected == 1 and page.compression == UNCOMPRESSED:
        lengths = page.databytecounts  # old files leave it out where there is nothing to say
    # Zeiss's LSM lists the strips of its thumbnails too
    enough = len(offsets) >= expected if page.is_lsm else len(offsets) == expected
    if not enough or len(lengths) != len(offsets):
        raise ReadError(
            f"{path}: the file is damaged: {expected:,} {kind}{'s' if expected > 1 else ''} make the image, "
            f"but it lists {len(offsets):,} offset{'s' * (len(offsets) != 1)} and {len(lengths):,} byte "
            f"count{'s' * (len(lengths) != 1)}. Copy or export it again."
        )
    samples = page.samplesperpixel if page.planarconfig == 1 else 1
    rows, columns = (
        (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
    )
    deep = page.tiledepth if page.is_tiled else 1
    down, across = ceil(page.imagelength / rows), ceil(page.imagewidth / columns)
    below = ceil(page.imagedepth / deep)
    for index in range(expected):
        rest, column = divmod(index, across)
        rest, row = divmod(rest, down)
        plane, level = divmod(rest, below)
        high = rows if page.is_tiled else min(rows, page.imagelength - row * rows)
        yield Segment(
            index,
            int(offsets[index]),
            int(lengths[index]),
            (deep, high, columns, samples),
            (plane, level * deep, row * rows, column * columns),
        )


def _table(page: Any, tags: tuple[int, ...]) -> Sequence[int]:
    """The first of these tags that the page has, as it stands in the file (tifffile cuts it to fit)."""
    for tag in tags:
        value = page.tags.valueof(tag)
        if value is not None:
            return value if isinstance(value, tuple) else (value,)
    return ()


def _bytes_needed(page: Any, segment: Segment) -> int:
    """Bytes of the rows of an uncompressed segment that belong to the image; each begins at a whole byte."""
    deep, high, columns, samples = segment.shape
    high = min(high, page.imagelength - segment.place[2])
    deep = min(deep, page.imagedepth - segment.place[1])
    if page.is_subsampled:
        across, down = page.tags.valueof(530, (2, 2))[:2]
        if min(across, down) < 1:
            return 0  # refused where it is decoded
        return int(deep * ceil(high / down) * ceil(columns / across) * (across * down + 2))
    bits = page.bitspersample
    a_pixel: int = sum(bits) if isinstance(bits, tuple) else bits * samples
    return int(deep * high * ceil(columns * a_pixel / 8))


def _refuse_overlap(path: Path, page: Any, found: Sequence[Segment], kind: str) -> None:
    """Refuse bytes that are said to be pixels of two places; but equal compressed tiles may be kept once."""
    ranges = sorted((segment.offset, segment.length) for segment in found if not segment.is_left_out)
    for one, next_one in itertools.pairwise(ranges):
        kept_once = one == next_one and page.is_tiled and page.compression != UNCOMPRESSED
        if one[0] + one[1] > next_one[0] and not kept_once and not page.is_lsm:
            raise ReadError(
                f"{path}: the file is damaged: its {kind}s lie over one another, bytes {one[0]:,} to "
                f"{one[0] + one[1]:,} and from {next_one[0]:,}. Copy or export it again."
            )
