"""OME-Zarr: labels as a store with their colours and names, where the image was, in levels of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import zarr
from zarr.storage import MemoryStore

from pixture.arrays import Array
from pixture.errors import NotKeptWarning, warn
from pixture.imaging.image import Image
from pixture.imaging.writers.raster import Holds, Raster

OLD, NEW = "0.4", "0.5"
"""Versions that are written: of Zarr 2 and of Zarr 3."""

SMALLEST = 256
"""Pixels along the longer side of the smallest level."""
_CHUNK = {"t": 1, "c": 1, "z": 16, "y": 256, "x": 256}
_NAMES = {"m": "meter", "cm": "centimeter", "mm": "millimeter", "µm": "micrometer", "nm": "nanometer",
          "pm": "picometer", "km": "kilometer", "Å": "angstrom", "inch": "inch", "ft": "foot"}  # fmt: skip
_ORDER = "tczyx"


@dataclass(frozen=True)
class _Said:
    """What the image's own store said: the version of OME-Zarr, its name, where its first pixel lies."""

    version: str
    title: str
    translation: dict[str, float]


def encode(raster: Raster) -> dict[str, dict[str, bytes]]:
    """Return a raster as the files of an OME-Zarr store, by their paths within it.

    Its version is that of the image's store, or 0.5. Levels take every second pixel along rows and columns:
    so a label stays one.
    """
    values, axes = _arranged(raster)
    levels = [values]
    while max(levels[-1].shape[-2:]) > SMALLEST:
        levels.append(levels[-1][..., ::2, ::2])
    held: dict[str, Any] = {}
    chunks = tuple(min(_CHUNK[letter], n) for letter, n in zip(axes, values.shape, strict=True))
    group = new_group(MemoryStore(held), raster.image, attributes(raster, _ranges(raster)))
    for number, level in enumerate(levels):
        made = new_level(group, number, axes, level.shape, level.dtype, chunks)
        made[...] = np.ascontiguousarray(level)
    return {".zarr": {name: content.to_bytes() for name, content in held.items()}}


def in_order(axes: str) -> str:
    """Return axes in the order of the specification: times, channels, then space.

    >>> in_order("tzyxc")
    'tczyx'
    """
    return "".join(sorted(axes, key=_ORDER.index))


def levels_of(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the shapes of the levels of values of a shape: rows and columns are halved until few are left.

    >>> levels_of((3, 1000, 700))
    [(3, 1000, 700), (3, 500, 350), (3, 250, 175)]
    """
    found = [shape]
    while max(found[-1][-2:]) > SMALLEST:
        *before, rows, columns = found[-1]
        found.append((*before, -(-rows // 2), -(-columns // 2)))
    return found


def new_group(store: Any, image: Image, said: dict[str, Any]) -> Any:
    """Return a new group with these attributes, of the version of Zarr that the image's store has."""
    return zarr.open_group(store, mode="w", zarr_format=3 if _is_new(image) else 2, attributes=said)


def new_level(
    group: Any, number: int, axes: str, shape: tuple[int, ...], dtype: np.dtype[Any], chunks: tuple[int, ...]
) -> Any:
    """Return a new array for a level, in which nothing is yet."""
    new = group.metadata.zarr_format == 3
    return group.create_array(
        str(number),
        shape=shape,
        dtype=dtype,
        chunks=tuple(min(side, n) for side, n in zip(chunks, shape, strict=True)),
        fill_value=0,
        **(
            {"dimension_names": list(axes)}
            if new
            else {"chunk_key_encoding": {"name": "v2", "separator": "/"}}
        ),
        config={"write_empty_chunks": True},
    )


def attributes(raster: Raster, ranges: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Return what a store says of a raster; the values are not looked at, but the ranges of its channels."""
    said, new = _said(raster.image), _is_new(raster.image)
    axes = in_order(raster.axes)
    shape = tuple(raster.values.shape[raster.axes.index(letter)] for letter in axes)
    ome = _ome(raster, axes, len(levels_of(shape)), said, new, ranges)
    return {"ome": {"version": NEW, **ome}} if new else ome


def _is_new(image: Image) -> bool:
    return _said(image).version != OLD


def _ranges(raster: Raster) -> list[tuple[float, float]]:
    """Return the least and the greatest value of each channel."""
    if raster.holds is not Holds.VALUES or not raster.channel_names:
        return []
    return [value_range(raster.values[..., number]) for number in range(len(raster.channel_names))]


def value_range(values: Array) -> tuple[float, float]:
    """Return the least and the greatest of values; 0 and 1 where there are none."""
    if not values.size:
        return 0.0, 1.0
    return float(np.nanmin(values)), float(np.nanmax(values))


def _said(image: Image) -> _Said:
    content = None if image.place is None else image.place.content
    version, title = getattr(content, "version", NEW), getattr(content, "title", "")
    moved = getattr(content, "translation", {})
    return _Said(OLD if str(version) in ("0.1", "0.2", "0.3", OLD) else NEW, str(title), dict(moved))


def _arranged(raster: Raster) -> tuple[Array, str]:
    """Return values with their axes in the order of the specification."""
    order = in_order(raster.axes)
    return raster.values.transpose([raster.axes.index(letter) for letter in order]), order


def _ome(
    raster: Raster, axes: str, levels: int, said: _Said, new: bool, ranges: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    image = raster.image
    letters = image.axes.removesuffix("c")
    sizes = dict(zip(letters, image.spacing or (1.0,) * len(letters), strict=True))
    unit = _NAMES.get(image.unit or "")
    if image.unit is not None and unit is None:
        warn(f"OME-Zarr has no unit {image.unit!r}: sizes of pixels are in it without one.", NotKeptWarning)
    multiscale = {
        "name": " ".join(filter(None, [said.title, raster.holds.name.lower()])),
        "axes": [_axis(letter, unit, bool(sizes.get("t", 1) != 1)) for letter in axes],
        "datasets": [
            {"path": str(number), "coordinateTransformations": _transformations(axes, sizes, said, number)}
            for number in range(levels)
        ],
        "type": "nearest",
        **({} if new else {"version": OLD}),
    }
    ome: dict[str, Any] = {"multiscales": [multiscale]}
    if raster.holds is not Holds.VALUES:
        ome["image-label"] = _image_label(raster, new)
    elif raster.channel_names:
        ome["omero"] = {
            "channels": [_channel(*one) for one in zip(raster.channel_names, ranges, strict=True)]
        }
    return ome


def _axis(letter: str, unit: str | None, timed: bool) -> dict[str, str]:
    if letter == "c":
        return {"name": "c", "type": "channel"}
    if letter == "t":
        return {"name": "t", "type": "time", **({"unit": "second"} if timed else {})}
    return {"name": letter, "type": "space", **({} if unit is None else {"unit": unit})}


def _transformations(axes: str, sizes: dict[str, float], said: _Said, number: int) -> list[dict[str, Any]]:
    """Return the scale of a level, and where its first pixel lies: at the centre of the whole's first one."""
    times = {letter: 2**number if letter in "yx" else 1 for letter in axes}
    found: list[dict[str, Any]] = [
        {"type": "scale", "scale": [sizes.get(letter, 1.0) * times[letter] for letter in axes]}
    ]
    if any(said.translation.values()):
        found.append(
            {"type": "translation", "translation": [said.translation.get(letter, 0.0) for letter in axes]}
        )
    return found


def _image_label(raster: Raster, new: bool) -> dict[str, Any]:
    """Return the colours and the names of labels."""
    label: dict[str, Any] = {} if new else {"version": OLD}
    if raster.classes:
        label["colors"] = [
            {"label-value": number, "rgba": [*bytes.fromhex(look.colour.removeprefix("#")), 255]}
            for number, look in enumerate(raster.classes)
        ]
        label["properties"] = [
            {"label-value": number, "class": look.name or f"label {number}"}
            for number, look in enumerate(raster.classes)
        ]
        if raster.nodata is not None:
            label["properties"].append({"label-value": int(raster.nodata), "class": "masked"})
    return label


def _channel(name: str, seen: tuple[float, float]) -> dict[str, Any]:
    """Return how a channel of values is called, and in which range it is shown."""
    least, most = seen
    return {
        "label": name,
        "color": "FFFFFF",
        "active": True,
        "window": {"min": least, "start": least, "max": most, "end": most},
    }
