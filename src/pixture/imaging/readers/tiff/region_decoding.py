"""A region of a TIFF's page: the strips or tiles that it touches, and no others, decoded by one thread."""

from __future__ import annotations

from collections import deque
from functools import partial
from math import prod
from typing import Any, BinaryIO

from pixture.imaging.readers.tiff.compression.segments import (
    Decoded,
    decoded_segment,
    leave_out,
    overlap,
    put,
    room,
)
from pixture.imaging.readers.tiff.kept_segments import KeptSegments, Values
from pixture.imaging.readers.tiff.tables import UNCOMPRESSED, Region, Segment, Table
from pixture.imaging.readers.uncompressed import RawFile, read_box


def decoded_part(table: Table, region: Region, kept: KeptSegments) -> Decoded:
    """Return a region of what `decoded` returns, decoded by this thread from the strips or tiles it touches.

    What lies uncompressed is read without what lies beside it. The file is opened for it alone, and the page
    must have been looked at before: nothing of it is read from the file that tifffile had open.

    Parameters
    ----------
    table
        Of the page.
    region
        Of it.
    kept
        Strips and tiles of which only a part lies in a region, for those beside it.

    Raises
    ------
    ReadError
        As in `decoded`.
    """
    path, page = table.path, table.page
    found = list(table.within(region))
    held = room(page, region, found)
    compressed = []
    with path.open("rb", buffering=0) as file:

        def read(segment: Segment) -> bytes:
            file.seek(segment.offset)
            return file.read(segment.length)

        for segment in found:
            if segment.is_left_out:
                leave_out(region, segment, held)
            elif is_plain(page):
                _copy(file, page, region, segment, held)
            else:
                compressed.append(segment)
        waiting = _in_turn(compressed, region)
        put_off = 0
        while waiting:
            segment = waiting.popleft()
            wanted, pixels = _pixels_in(page, region, segment)
            decode = partial(decoded_segment, path, page, segment, read, page.decode)
            if wanted == pixels:
                values: Values | None = decode()
            else:
                key = (table.path, page.offset, segment.index)
                values = kept.values(key, wanted, pixels, decode, wait=put_off > len(waiting))
            if values is None:  # another thread is about it
                put_off += 1
                waiting.append(segment)
                continue
            put_off = 0
            put(region, segment, values, held)
    return held


def _in_turn(found: list[Segment], region: Region) -> deque[Segment]:
    """Return segments as a window takes them: its neighbours begin with others, so threads share the work."""
    start, stop = region[2]
    turned = deque(found)
    turned.rotate(-len(found) * (start // max(1, stop - start)) * 5 // 8)
    return turned


def is_plain(page: Any) -> bool:
    """Whether the samples of a page lie in the file as they are, so that each has its byte."""
    bits = page.bitspersample
    return (
        page.compression == UNCOMPRESSED
        and page.predictor == 1
        and page.fillorder == 1
        and not page.is_subsampled
        and bits in (8, 16, 32, 64)
        and page.dtype.itemsize * 8 == bits
    )


def _pixels_in(page: Any, region: Region, segment: Segment) -> tuple[int, int]:
    """Return how many pixels of a segment lie in a region, and how many in the image."""
    inside, _ = overlap(region, segment)
    lengths = page.imagedepth, page.imagelength, page.imagewidth
    whole = (
        min(side, length - at)
        for side, length, at in zip(segment.shape[:3], lengths, segment.place[1:], strict=True)
    )
    return prod(at.stop - at.start for at in inside), prod(whole)


def _copy(file: BinaryIO | RawFile, page: Any, region: Region, segment: Segment, held: Decoded) -> None:
    inside, own = overlap(region, segment)
    kind = page.dtype.newbyteorder(page.parent.byteorder)
    box = (*own, slice(0, segment.shape[3]))
    held.pixels[segment.place[0]][inside] = read_box(file, kind, segment.offset, segment.shape, box)
