"""The eight ways a camera or scanner may have been held (EXIF and TIFF tag 274)."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np

from pixture.arrays import Array

TAG = 274


def upright(pixels: Array, orientation: object) -> Array:
    """Return pixels (rows, columns, …) as they are to be seen; unknown orientations change nothing.

    >>> upright(np.array([[1, 2, 3]]), 6)
    array([[1],
           [2],
           [3]])
    """
    match orientation:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.swapaxes(0, 1)
        case 6:
            return np.rot90(pixels, -1)
        case 7:
            return pixels[::-1, ::-1].swapaxes(0, 1)
        case 8:
            return np.rot90(pixels)
        case _:
            return pixels


def as_stored(
    rows: tuple[int, int], columns: tuple[int, int], orientation: object, shape: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return which rows and columns of stored pixels `upright` makes a window of.

    Parameters
    ----------
    rows, columns
        Where the window starts and stops in the upright image.
    orientation
        As `upright` takes it.
    shape
        Rows and columns as stored.

    >>> as_stored((0, 2), (0, 1), 6, (10, 20))
    ((9, 10), (0, 2))
    """

    def turned(ends: tuple[int, int], length: int) -> tuple[int, int]:
        return length - ends[1], length - ends[0]

    height, width = shape
    match orientation:
        case 2:
            return rows, turned(columns, width)
        case 3:
            return turned(rows, height), turned(columns, width)
        case 4:
            return turned(rows, height), columns
        case 5:
            return columns, rows
        case 6:
            return turned(columns, height), rows
        case 7:
            return turned(columns, height), turned(rows, width)
        case 8:
            return columns, turned(rows, width)
        case _:
            return rows, columns


def orientation_of(exif: bytes, xmp: bytes = b"") -> int:
    r"""Return the orientation that EXIF data (a TIFF header and its first directory) or XMP name, else 1.

    >>> orientation_of(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0")
    6
    >>> orientation_of(b"", b'<rdf:Description tiff:Orientation="3"/>')
    3
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order: Literal["little", "big"] = "little" if exif.startswith(b"II") else "big"
    if exif[:2] in (b"II", b"MM"):
        at = int.from_bytes(exif[4:8], order)
        for entry in range(at + 2, at + 2 + 12 * int.from_bytes(exif[at : at + 2], order), 12):
            if int.from_bytes(exif[entry : entry + 2], order) == TAG:
                return int.from_bytes(exif[entry + 8 : entry + 10], order)
    named = re.search(rb'tiff:Orientation(?:="|>)([1-8])', xmp)
    return int(named[1]) if named else 1
