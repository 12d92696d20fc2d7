"""Where a TIFF says its pixels are: the tables of strips or tiles, held against the geometry.

What a decoder does not find it fills with zeros and says nothing; so the tables must be whole before
anything is decoded.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, prod
from pathlib import Path
from typing import Any

import numpy as np

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

Region = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""Where a part of a page starts and stops along its depth, rows and columns, as they are stored."""


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


def refuse_geometry(path: Path, page: Any, *, in_parts: bool = False) -> None:
    """Refuse a page without pixels, of impossible strips or tiles, or larger than is safe.

    One that is read in parts may be as large as it is.
    """
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
    if not in_parts:
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


@dataclass(frozen=True, eq=False)
class Table:
    """Where the strips or tiles of a page are, in a file of so many bytes.

    Attributes
    ----------
    path
        The file, for messages.
    page
        As tifffile has it.
    offsets, lengths
        Of each, in bytes.
    size
        Of the file.
    """

    path: Path
    page: Any
    offsets: Sequence[int]
    lengths: Sequence[int]
    size: int

    @property
    def kind(self) -> str:
        """What they are."""
        return "tile" if self.page.is_tiled else "strip"

    @property
    def sides(self) -> tuple[int, int, int]:
        """Depth, rows and columns of each; fewer of the last."""
        page = self.page
        if page.is_tiled:
            return page.tiledepth, page.tilelength, page.tilewidth
        return 1, min(page.rowsperstrip, page.imagelength), page.imagewidth

    @property
    def across(self) -> tuple[int, int, int]:
        """How many there are along depth, rows and columns of one plane."""
        lengths = self.page.imagedepth, self.page.imagelength, self.page.imagewidth
        below, down, wide = (ceil(n / side) for n, side in zip(lengths, self.sides, strict=True))
        return below, down, wide

    def segment(self, index: int) -> Segment:
        """Return one of them, that is where it should be.

        Raises
        ------
        ReadError
            It lies outside the file, is too short for its pixels, or has no bytes, and the file names no
            value for that.
        """
        page, (deep, rows, columns) = self.page, self.sides
        below, down, wide = self.across
        rest, column = divmod(index, wide)
        rest, row = divmod(rest, down)
        plane, level = divmod(rest, below)
        high = rows if page.is_tiled else min(rows, page.imagelength - row * rows)
        samples = page.samplesperpixel if page.planarconfig == 1 else 1
        found = Segment(
            index,
            int(self.offsets[index]),
            int(self.lengths[index]),
            (deep, high, columns, samples),
            (plane, level * deep, row * rows, column * columns),
        )
        self._refuse_misplaced(found)
        return found

    def within(self, region: Region) -> Iterator[Segment]:
        """Yield those that a region touches, of all planes."""
        below, down, wide = self.across
        touched = [
            range(start // side, ceil(stop / side))
            for (start, stop), side in zip(region, self.sides, strict=True)
        ]
        for plane in range(len(self.offsets) // (below * down * wide)):
            for level, row, column in itertools.product(*touched):
                yield self.segment(((plane * below + level) * down + row) * wide + column)

    def _refuse_misplaced(self, segment: Segment) -> None:
        path, page, of = self.path, self.page, f"{self.kind} {segment.index + 1:,} of {self.count:,}"
        if segment.offset + segment.length > self.size:
            raise ReadError(
                f"{path}: the file is incomplete: it ends at byte {self.size:,}, but its pixels go on to "
                f"byte {segment.offset + segment.length:,}. Copy or export it again."
            )
        if segment.is_left_out and segment.offset == 0 and NODATA_TAG in page.tags:
            return
        if segment.is_left_out and segment.offset == 0:
            raise ReadError(
                f"{path}: the file has no pixels for {of} and names no value for missing data. If GDAL left "
                "it out (SPARSE_OK), say what it stands for: gdal_translate -a_nodata 0, or write it out "
                "with -co SPARSE_OK=FALSE."
            )
        if segment.is_left_out or segment.offset < 8:
            raise ReadError(
                f"{path}: the file is damaged: {of} has {segment.length:,} bytes at {segment.offset:,}. Copy "
                "or export it again."
            )
        if page.compression == UNCOMPRESSED and segment.length < (needed := _bytes_needed(page, segment)):
            raise ReadError(
                f"{path}: the file is incomplete: {of} has {segment.length:,} bytes, but its pixels take "
                f"{needed:,}. Copy or export it again."
            )

    @property
    def count(self) -> int:
        """How many there are."""
        below, down, wide = self.across
        return below * down * wide * (1 if self.page.planarconfig == 1 else self.page.samplesperpixel)


def table_of(path: Path, page: Any) -> Table:
    """Return where the strips or tiles of a page are.

    Raises
    ------
    ReadError
        There are not as many offsets and byte counts as strips or tiles, or these lie over one another.
    """
    expected = prod(page.chunked)
    offsets, lengths = _table(page, _OFFSETS), _table(page, _COUNTS)
    if page.jpegheader is not None:  # one JPEG of Hamamatsu's, which tifffile takes apart by its restarts
        offsets, lengths = page.dataoffsets, page.databytecounts
    if not lengths and len(offsets) == expected == 1 and page.compression == UNCOMPRESSED:
        lengths = page.databytecounts  # old files leave it out where there is nothing to say
    held_in = Path(page.parent.filehandle.path)  # smaller copies may be in another file
    table = Table(path, page, offsets, lengths, held_in.stat().st_size)
    # Zeiss's LSM lists the strips of its thumbnails too
    enough = len(offsets) >= expected if page.is_lsm else len(offsets) == expected
    if not enough or len(lengths) != len(offsets):
        raise ReadError(
            f"{path}: the file is damaged: {expected:,} {table.kind}{'s' if expected > 1 else ''} make the "
            f"image, but it lists {len(offsets):,} offset{'s' * (len(offsets) != 1)} and {len(lengths):,} "
            f"byte count{'s' * (len(lengths) != 1)}. Copy or export it again."
        )
    return replace(table, offsets=offsets[:expected], lengths=lengths[:expected])


def segments(path: Path, page: Any) -> list[Segment]:
    """Return the strips or tiles of a page in the order of its tables, all of them where they should be.

    Raises
    ------
    ReadError
        There are not as many offsets and byte counts as strips or tiles; they lie outside the file or over
        one another; an uncompressed one is too short for its pixels; or one has no bytes, and the file
        names no value for that.
    """
    table = table_of(path, page)
    found = [table.segment(index) for index in range(len(table.offsets))]
    refuse_overlap(table)
    return found


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


def refuse_overlap(table: Table) -> None:
    """Refuse bytes that are said to be pixels of two places; but equal compressed tiles may be kept once."""
    page = table.page
    if page.is_lsm:
        return
    starts, lengths = np.asarray(table.offsets, np.uint64), np.asarray(table.lengths, np.uint64)
    held = lengths > 0
    starts, lengths = starts[held], lengths[held]
    order = np.lexsort((lengths, starts))
    starts, lengths = starts[order], lengths[order]
    over = starts[:-1] + lengths[:-1] > starts[1:]
    if page.is_tiled and page.compression != UNCOMPRESSED:
        over &= (starts[:-1] != starts[1:]) | (lengths[:-1] != lengths[1:])
    if over.any():
        first = int(np.argmax(over))
        start, stop, next_one = (
            int(n) for n in (starts[first], starts[first] + lengths[first], starts[first + 1])
        )
        raise ReadError(
            f"{table.path}: the file is damaged: its {table.kind}s lie over one another, bytes {start:,} to "
            f"{stop:,} and from {next_one:,}. Copy or export it again."
        )
