"""ENVI: values band after band, a header beside them; labels are a classification with names and colours."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from pixture.arrays import Array
from pixture.errors import NotKeptWarning, warn
from pixture.imaging.writers.raster import Holds, Raster
from pixture.imaging.writers.raw_layout import RawLayout

FAMILY = "ENVI"

_NUMBERS = {"u1": 1, "i2": 2, "i4": 3, "f4": 4, "f8": 5, "u2": 12, "u4": 13, "i8": 14, "u8": 15}
"""ENVI's number of each dtype."""


def encode(raster: Raster) -> dict[str, bytes]:
    """Return a raster as the values (.img) and the header (.hdr) of an ENVI file.

    Bands follow one another, the least byte first; int8 becomes int16, float16 float32. Where the image came
    in an ENVI file with `map info`, it is in the header again.
    """
    layout = raw_layout(raster)
    values = raster.values if raster.values.ndim == 3 else raster.values[..., None]
    content = np.ascontiguousarray(np.moveaxis(values, -1, 0)).astype(layout.dtype, copy=False)
    return {".img": content.tobytes(), **beside(raster)}


def raw_layout(raster: Raster) -> RawLayout:
    """Return the type of the numbers and their order: band after band."""
    dtype = raster.values.dtype
    held = np.dtype({"i1": "i2", "f2": "f4", "b1": "u1"}.get(dtype.str[1:], dtype.str))
    return RawLayout(b"", "cyx" if raster.axes.endswith("c") else "yx", held.newbyteorder("<"))


def numbers(raster: Raster) -> Array:
    """Return the numbers in the file: the values."""
    return raster.values


def beside(raster: Raster) -> dict[str, bytes]:
    """Return the header of a raster.

    Warns
    -----
    NotKeptWarning
        The place is another family's.
    """
    place = raster.image.place
    if place is not None and place.family not in (FAMILY, "xarray"):
        warn(
            f"Where the image lies ({place.in_words or place.family}) cannot be kept in ENVI files.",
            NotKeptWarning,
        )
    rows, columns, bands = (*raster.values.shape, 1)[:3]
    entries = {
        "description": "{Written by pixture}",
        "samples": columns,
        "lines": rows,
        "bands": bands,
        "header offset": 0,
        "file type": "ENVI Classification" if raster.classes else "ENVI Standard",
        "data type": _NUMBERS[raw_layout(raster).dtype.str[1:]],
        "interleave": "bsq",
        "byte order": 0,
        **_classes(raster),
        **_place(raster),
    }
    if raster.nodata is not None:
        entries["data ignore value"] = raster.nodata
    if len(raster.channel_names) == bands:
        entries["band names"] = _braces(raster.channel_names)
    return {".hdr": ("ENVI\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())).encode()}


def _classes(raster: Raster) -> Mapping[str, object]:
    """Return what the header says of classes: how many, their colours and their names."""
    if raster.holds is not Holds.LABELS or not raster.classes:
        return {}
    colours = [int(one.colour[at : at + 2], 16) for one in raster.classes for at in (1, 3, 5)]
    names = [one.name or f"class {label}" for label, one in enumerate(raster.classes)]
    return {
        "classes": len(raster.classes),
        "class lookup": "{" + ", ".join(map(str, colours)) + "}",
        "class names": _braces(names),
    }


def _place(raster: Raster) -> Mapping[str, object]:
    """Return what the header says of where the pixels lie, or else of how large they are."""
    image = raster.image
    if image.place is not None and image.place.family == FAMILY and isinstance(image.place.content, Mapping):
        return image.place.content
    if not image.has_units:
        return {}
    height, width = image.spatial_spacing
    unit = "" if image.unit is None else f", units={image.unit}"
    return {"pixel size": f"{{{width!r}, {height!r}{unit}}}"}


def _braces(names: object) -> str:
    """Return names in braces, without what would end one of them."""
    assert isinstance(names, list | tuple)
    return "{" + ", ".join(re.sub(r"[{},=\s]+", " ", str(name)).strip() for name in names) + "}"
