"""h5py's datasets, and so those of NetCDF-4: dimension scales -> axes, size of a pixel, names of channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pixture.imaging.libraries.description import Description, Dimensions
from pixture.imaging.libraries.named_arrays import nodata_in
from pixture.imaging.physical_space.coordinates import Coordinate, names_of_channels, pixel_size

_AXIS = {"X": "x", "Y": "y", "Z": "z", "T": "t"}
"""CF's attribute `axis` of a coordinate."""

_NO_COORDINATE = "This is a netCDF dimension but not a netCDF variable"
"""How NetCDF marks a scale that is there for its name alone."""


def dimensions(dataset: Any) -> Dimensions | None:
    """Return the names of a dataset's dimensions: those of their scales, else their labels; None without."""
    names: list[str] = []
    letters: dict[str, str] = {}
    for dimension in dataset.dims:
        scale = _scale(dimension)
        name = dimension.label if scale is None or not scale.name else scale.name.rpartition("/")[2]
        if not name:
            return None
        names.append(name)
        if scale is not None and (letter := _AXIS.get(text(scale.attrs.get("axis")).upper())):
            letters[name] = letter
    return Dimensions(tuple(names), letters)


def description(dataset: Any, axes: Mapping[str, str]) -> Description:
    """Return what a dataset says of itself, by its scales and its attributes.

    Parameters
    ----------
    dataset
        The dataset; its values are not looked at.
    axes
        The name of the dimension that each axis of the image is, by its letter.
    """
    scales = dict(zip((dimensions(dataset) or Dimensions(())).names, map(_scale, dataset.dims), strict=False))
    known: dict[str, Coordinate] = {}
    for letter, name in axes.items():
        scale = scales.get(name)
        if scale is None or scale.ndim != 1 or text(scale.attrs.get("NAME")).startswith(_NO_COORDINATE):
            continue
        values = np.asarray(scale.asstr()[()] if scale.dtype.kind in "OS" else scale[()])
        known[letter] = Coordinate(values, text(scale.attrs.get("units")) or None)
    spacing, unit = pixel_size(known, "".join(axes))
    names: tuple[str, ...] = ()
    if "c" in known:
        names = names_of_channels(known["c"], len(known["c"].values))
    return Description(spacing, unit, names, nodata=nodata(dataset))


def nodata(dataset: Any) -> Any:
    """Return the value that stands for missing data in a dataset, as its attributes say; None without."""
    found = nodata_in(dataset.attrs)
    return found.item() if isinstance(found, np.ndarray) and found.size == 1 else found


def text(attribute: Any) -> str:
    """Return an attribute that is a text; empty where it is none.

    >>> text(b"nm"), text(np.array([b"nm"])), text(None)
    ('nm', 'nm', '')
    """
    if isinstance(attribute, np.ndarray) and attribute.size == 1:
        attribute = attribute.item()
    if isinstance(attribute, bytes):
        return attribute.decode("utf-8", "replace").strip("\0 ")
    return attribute.strip("\0 ") if isinstance(attribute, str) else ""


def _scale(dimension: Any) -> Any:
    """Return the first scale of a dimension; None where it has none."""
    return dimension[0] if len(dimension) else None
