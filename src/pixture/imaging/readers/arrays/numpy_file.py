"""NumPy's files: .npy, whose values stay on the disk where they may, and .npz. Nothing is unpickled."""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np

from pixture.arrays import Array
from pixture.errors import ReadError
from pixture.imaging.image import Image
from pixture.imaging.readers.arrays.array_in_file import (
    Held,
    chosen_array,
    contents_of,
    image_of_array,
    on_disk,
    refuse_size,
)
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.subimage import Content, Subimage, chosen_scene

_END = ".npy"
_LOOK_AT = 1000  # arrays of an archive


def decode(path: Path, which: Subimage) -> Image:
    """Return the image in a .npy file, or one of those in a .npz file."""
    if zipfile.is_zipfile(path):
        return image_of_array(path, _of_archive(path, which), which)
    chosen_scene(path, which, [""])
    header = header_of(path)
    refuse_size(path, header.shape, header.dtype.itemsize)
    refuse_short(path, header)
    return image_of_array(path, on_disk(path, header.dtype, header.start, header.shape, header.order), which)


@dataclass(frozen=True)
class Header:
    """What a .npy file says of its values, and the byte at which they begin.

    `order` is "C" where the last axis varies fastest, "F" where the first does.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int
    order: Literal["C", "F"]


def header_of(path: Path) -> Header:
    """Return what a .npy file says of its values.

    Raises
    ------
    ReadError
        They are no numbers.
    """
    with path.open("rb") as file:
        shape, columns_first, dtype = _header(file)
        start = file.tell()
    _refuse_objects(path, dtype)
    return Header(shape, dtype, start, "F" if columns_first else "C")


def refuse_short(path: Path, header: Header) -> None:
    """Refuse a file that ends before its values do.

    Raises
    ------
    DamagedError
        It does.
    """
    end, size = header.start + math.prod(header.shape) * header.dtype.itemsize, path.stat().st_size
    if end > size:
        raise DamagedError(f"it ends at byte {size:,}, but its values go on to byte {end:,}")


def contents(path: Path) -> tuple[Content, ...]:
    """Return the arrays in a .npz file; empty of a .npy file, which holds one."""
    if not zipfile.is_zipfile(path):
        return ()
    with zipfile.ZipFile(path) as archive:
        return contents_of(_held(archive))


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return the shape, whether the first axis varies fastest, and the dtype."""
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version == (3, 0):  # names of fields in UTF-8, which pixels have not
        raise DamagedError("it holds records, which are no pixels")
    shape, columns_first, dtype = readers[version](file)
    return tuple(int(length) for length in shape), columns_first, dtype


def _refuse_objects(path: Path, dtype: np.dtype[Any]) -> None:
    if dtype.hasobject:
        raise ReadError(
            f"{path}: it holds Python objects, not numbers, and objects may run commands when they are read. "
            "Save an array of numbers: numpy.save(path, array.astype(float))."
        )


def _held(archive: zipfile.ZipFile) -> list[Held]:
    """Return what the arrays of an archive are, by their headers."""
    held = []
    members = [info for info in archive.infolist() if info.filename.endswith(_END)]
    for info in members[:_LOOK_AT]:
        with archive.open(info) as member:
            shape, _, dtype = _header(member)
        numbers = dtype.kind in "buif" and dtype.itemsize <= 8
        held.append(Held(info.filename.removesuffix(_END), shape, str(dtype), numbers))
    return held


def _of_archive(path: Path, which: Subimage) -> Array:
    with zipfile.ZipFile(path) as archive:
        chosen = chosen_array(path, which, _held(archive))
        info = archive.getinfo(f"{chosen.name}{_END}")
        size = np.dtype(chosen.dtype).itemsize
        refuse_size(path, chosen.shape, size)
        if math.prod(chosen.shape) * size > info.file_size:
            raise DamagedError(f"its array {chosen.name} holds fewer values than its shape {chosen.shape}")
        with archive.open(info) as member:
            values: Array = np.lib.format.read_array(member, allow_pickle=False)
    return values
