"""ENVI: the values beside a header, bands in any order, read where they lie; what the header says of them.

Wavelengths or band names, the value that stands for missing data, gains and offsets are applied; a list of
bad bands is not: all bands are there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.errors import ReadError
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.physical_space.coordinates import Coordinate, distinct, names_of_channels
from pixture.imaging.readers.arrays.array_in_file import on_disk, refuse_size, scaled
from pixture.imaging.readers.arrays.envi.header import (
    files_of,
    numbers_in,
    read_header,
    values_in,
    whole_number,
)
from pixture.imaging.readers.arrays.envi.map_info import pixel_size, place_of
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.validity.nodata_values import nodata_in

_DTYPES = {1: "u1", 2: "i2", 3: "i4", 4: "f4", 5: "f8", 12: "u2", 13: "u4", 14: "i8", 15: "u8"}
_COMPLEX = (6, 9)
_KINDS = ("envi standard", "envi", "envi classification")
"""What `file type` may be."""
_ORDERS = {"bsq": "cyx", "bil": "ycx", "bip": "yxc"}


def decode(path: Path) -> Image:
    """Return the image that a header describes; either of the two files is given."""
    files = files_of(path)
    header = read_header(files.header)
    values, axes = _values(files.data, header)
    bands = values.shape[axes.index("c")]
    sizes = pixel_size(header)
    if bands == 1:
        values, axes = np.squeeze(values, axes.index("c")), axes.replace("c", "")
    image = image_from_array(
        values,
        axes=axes,
        spacing=sizes[0],
        unit=sizes[1],
        nodata=_nodata(header),
        channel_names=_names(header, bands),
        place=place_of(header),
    )
    gains, offsets = (
        _a_band(header, f"data {name} values", bands, usual) for name, usual in (("gain", 1), ("offset", 0))
    )
    share = numbers_in(header, "reflectance scale factor")[:1] or [1.0]
    if not share[0] > 0:
        raise DamagedError(f"its header says 'reflectance scale factor' is {share[0]}")
    other = files.header if path == files.data else files.data
    return scaled(image, gains / share[0], offsets / share[0]).resting_on([other])


def _values(data: Path, header: Mapping[str, str]) -> tuple[Array, str]:
    """Return the values where they lie on the disk, and their axes."""
    rows, columns, bands = (whole_number(header, name) for name in ("lines", "samples", "bands"))
    kind = " ".join(header.get("file type", _KINDS[0]).lower().split())
    if kind not in _KINDS:
        raise ReadError(
            f"{data}: its header says that it is of the type {header['file type']!r}, not an ENVI image. "
            "Give the file itself without its header, or save it as ENVI Standard."
        )
    dtype = _dtype(data, header)
    order = header.get("interleave", "").lower()
    if order not in _ORDERS:
        raise DamagedError(f"its header says 'interleave' is {order!r}, not bsq, bil or bip")
    if whole_number(header, "file compression", 0):
        raise ReadError(f"{data}: the values are compressed, which is not read. Save the file uncompressed.")
    if any(
        numbers_in(header, name) not in ([], [0.0, 0.0])
        for name in ("major frame offsets", "minor frame offsets")
    ):
        raise ReadError(f"{data}: there are bytes between its lines, which is not read. Save the file anew.")
    lengths = {"y": rows, "x": columns, "c": bands}
    shape = tuple(lengths[letter] for letter in _ORDERS[order])
    refuse_size(data, shape, dtype.itemsize)
    start = whole_number(header, "header offset", 0)
    end, there = start + math.prod(shape) * dtype.itemsize, data.stat().st_size
    if end > there:
        raise DamagedError(
            f"it has {there:,} bytes, and its header tells of {columns:,} x {rows:,} pixels in {bands:,} "
            f"bands, which need {end:,}"
        )
    return on_disk(data, dtype, start, shape), _ORDERS[order]


def _dtype(data: Path, header: Mapping[str, str]) -> np.dtype[Any]:
    number, order = whole_number(header, "data type"), whole_number(header, "byte order", 0)
    if number in _COMPLEX:
        raise ReadError(
            f"{data}: its values are complex numbers. Save their modulus, or their two parts as bands."
        )
    if number not in _DTYPES or order > 1:
        raise DamagedError(f"its header says 'data type' is {number} and 'byte order' {order}")
    return np.dtype(f"{'<>'[order]}{_DTYPES[number]}")


def _nodata(header: Mapping[str, str]) -> Any:
    said = header.get("data ignore value")
    found = None if said is None else nodata_in(said)
    if said is not None and found is None:
        raise DamagedError(f"its header says 'data ignore value' is {said!r}")
    return None if found is None else found[0]


def _names(header: Mapping[str, str], bands: int) -> tuple[str, ...]:
    """Return the wavelengths of the bands with their unit, else their names."""
    lengths, named = numbers_in(header, "wavelength"), values_in(header, "band names")
    if bands > 1 and len(lengths) == bands:
        found = names_of_channels(Coordinate(np.array(lengths), header.get("wavelength units")), bands)
        if found:
            return found
    return distinct(named) if len(named) == bands and bands > 1 else ()


def _a_band(header: Mapping[str, str], name: str, bands: int, usual: float) -> Array:
    """Return a number a band."""
    found = numbers_in(header, name) or [usual] * bands
    if len(found) != bands:
        raise DamagedError(f"its header has {len(found)} {name!r}, and {bands} bands")
    return np.array(found) if bands > 1 else np.array(found[0])
