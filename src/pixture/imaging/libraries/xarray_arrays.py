"""xarray's arrays: dimensions and coordinates -> axes, size of a pixel, names; and labels back into one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.arrays import Array
from pixture.errors import PixtureError
from pixture.imaging.image import Image
from pixture.imaging.libraries.description import Description, Dimensions
from pixture.imaging.libraries.named_arrays import nodata_in
from pixture.imaging.physical_space.coordinates import (
    Coordinate,
    distinct,
    names_of_channels,
    pixel_size,
)
from pixture.imaging.physical_space.place import Place
from pixture.imaging.physical_space.units import usual_unit

if TYPE_CHECKING:
    import xarray

FAMILY = "xarray"

OF_VALUES = frozenset(
    {
        *("_FillValue", "missing_value", "nodata", "nodatavals", "scale_factor", "add_offset", "_Unsigned"),
        *("scales", "offsets", "valid_min", "valid_max", "valid_range", "actual_range", "units", "dtype"),
        *("long_name", "standard_name", "cell_methods", "flag_values", "flag_meanings", "flag_masks"),
        *("STATISTICS_MINIMUM", "STATISTICS_MAXIMUM", "STATISTICS_MEAN", "STATISTICS_STDDEV"),
    }
)
"""Attributes that speak of an array's values (CF conventions, and what rioxarray takes from GDAL): what is
made of the array has other values, so it has not these."""

_AXIS = {"X": "x", "Y": "y", "Z": "z", "T": "t"}
"""CF's attribute `axis` of a coordinate."""

_STANDARD_NAMES = {
    "latitude": "y",
    "grid_latitude": "y",
    "projection_y_coordinate": "y",
    "longitude": "x",
    "grid_longitude": "x",
    "projection_x_coordinate": "x",
    "time": "t",
    "radiation_wavelength": "c",
    "sensor_band_central_radiation_wavelength": "c",
}

_GRID = "spatial_ref"
"""The coordinate that holds the reference system, where none is named (rioxarray)."""

_WKT_UNIT = re.compile(r'(?:LENGTH|ANGLE)?UNIT\["([^"]+)"')


@dataclass(frozen=True, eq=False)
class Frame:
    """What an array has beside its values.

    Attributes
    ----------
    axes
        The name of the dimension that each axis of the image is, by its letter.
    coordinates
        Variables by name; those of dropped dimensions have none.
    attributes
        Its own.
    encoding
        What of its encoding says how it is placed.
    channel_names
        What its channels are called, as its coordinates say.
    """

    axes: Mapping[str, str]
    coordinates: Mapping[str, xarray.Variable]
    attributes: Mapping[Any, Any]
    encoding: Mapping[Any, Any]
    channel_names: tuple[str, ...] = ()


def dimensions(array: xarray.DataArray) -> Dimensions:
    """Return the names of an array's dimensions, and what their coordinates say they are (CF)."""
    letters: dict[str, str] = {}
    for name in array.dims:
        said = array.coords[name].attrs if name in array.coords else {}
        letter = _AXIS.get(str(said.get("axis", "")).upper()) or _STANDARD_NAMES.get(
            str(said.get("standard_name", ""))
        )
        if letter is not None:
            letters[str(name)] = letter
    return Dimensions(tuple(str(name) for name in array.dims), letters)


def description(array: xarray.DataArray, axes: Mapping[str, str]) -> Description:
    """Return what an array says of itself: its coordinates, attributes and reference system.

    Parameters
    ----------
    array
        The array; its values are not looked at.
    axes
        The name of the dimension that each axis of the image is, by its letter.
    """
    known = {
        letter: Coordinate(array.coords[name].values, array.coords[name].attrs.get("units"))
        for letter, name in axes.items()
        if name in array.coords and array.coords[name].ndim == 1
    }
    spacing, unit = pixel_size(known, "".join(axes), _unit_of_system(array))
    if spacing is None:
        spacing, unit = _size_in_transform(array, axes)
    names: tuple[str, ...] = ()
    if "c" in axes:
        names = _channel_names(array, axes["c"], known.get("c"))
    source = array.encoding.get("source")
    files = (Path(source),) if isinstance(source, str) and Path(source).is_file() else ()
    nodata = nodata_in(array.attrs)
    if nodata is None:
        nodata = getattr(getattr(array, "rio", None), "nodata", None)
    frame = _frame(array, axes, names)
    where = Place(FAMILY, frame, f"along {' and '.join(axes[letter] for letter in axes if letter != 'c')}")
    return Description(spacing, unit, names, where, nodata, files)


def as_data_array(
    values: Array,
    image: Image,
    name: str,
    *,
    channels: tuple[str, Mapping[str, Any]] | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> xarray.DataArray:
    """Return values a pixel as an array of xarray's, with the coordinates that the image came with.

    Parameters
    ----------
    values
        Of the image's shape, or with channels last.
    image
        The image that they are of. One that came otherwise has the dimensions y and x, perhaps z and t, and
        coordinates where the size of a pixel is known: those of the pixels' centres, the first at 0.
    name
        What the array is called.
    channels
        The name of the last dimension of what has channels, and its coordinates by name.
    attributes
        What it has besides the attributes that came with the image.

    Raises
    ------
    PixtureError
        xarray is not installed.
    """
    try:
        import xarray
    except ImportError as error:
        raise PixtureError(
            f"The library that holds arrays with coordinates is not installed ({error.name or error}). "
            "Install it: pip install 'pixture[xarray]'."
        ) from error
    frame = image.place.content if image.place is not None and image.place.family == FAMILY else None
    letters = image.axes.removesuffix("c")
    if isinstance(frame, Frame):
        dims = tuple(frame.axes[letter] for letter in letters)
        coordinates: dict[str, Any] = {
            known: one for known, one in frame.coordinates.items() if set(one.dims) <= set(dims)
        }
        attrs = {known: said for known, said in frame.attributes.items() if known not in OF_VALUES}
        encoding = frame.encoding
    else:
        dims, attrs, encoding = tuple(letters), {}, {}
        coordinates = _coordinates_of(image) if image.has_units else {}
    if channels is not None:
        dims, coordinates = (*dims, channels[0]), {**coordinates, **channels[1]}
    made = xarray.DataArray(values, coordinates, dims, name, {**attrs, **(attributes or {})})
    made.encoding.update(encoding)
    return made


def channel_coordinate(image: Image, names: Sequence[str], count: int) -> tuple[str, Mapping[str, Any]]:
    """Return the dimension of channels, and its coordinates: those that the image came with, else names."""
    frame = image.place.content if image.place is not None and image.place.family == FAMILY else None
    dim = frame.axes.get("c", "band") if isinstance(frame, Frame) else "band"
    if isinstance(frame, Frame):
        came = {
            name: one for name, one in frame.coordinates.items() if one.dims == (dim,) and one.size == count
        }
        if came and image.channel_names == frame.channel_names:
            return dim, came
    return dim, {dim: (dim, np.array(names))} if len(names) == count else {}


def _coordinates_of(image: Image) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for letter, length, size in zip(image.axes, image.shape, image.spacing, strict=False):
        said = {"units": image.unit} if image.unit is not None and letter != "t" else {}
        known[letter] = (letter, np.arange(length) * size, said)
    return known


def _frame(array: xarray.DataArray, axes: Mapping[str, str], names: tuple[str, ...]) -> Frame:
    """Return what is kept of an array: the one place of a dimension that was dropped stays as a scalar."""
    dropped = {name: 0 for name in array.dims if str(name) not in axes.values()}
    coordinates = {}
    for name, one in array.coords.items():
        variable = one.variable.isel({dim: 0 for dim in one.dims if dim in dropped})
        coordinates[str(name)] = variable.to_base_variable() if variable.ndim == 0 else variable
    encoding = {key: array.encoding[key] for key in ("grid_mapping",) if key in array.encoding}
    return Frame(dict(axes), coordinates, dict(array.attrs), encoding, names)


def _grid_mapping(array: xarray.DataArray) -> Mapping[Any, Any]:
    """Return the attributes of the coordinate that holds the reference system; empty where there is none."""
    name = array.encoding.get("grid_mapping", array.attrs.get("grid_mapping", _GRID))
    return array.coords[name].attrs if name in array.coords else {}


def _unit_of_system(array: xarray.DataArray) -> str | None:
    """Return the unit of the axes of the reference system, as its WKT says it; None where there is none."""
    said = _grid_mapping(array)
    units = _WKT_UNIT.findall(str(said.get("crs_wkt", said.get("spatial_ref", ""))))
    return usual_unit(units[-1]) if units else None


def _size_in_transform(
    array: xarray.DataArray, axes: Mapping[str, str]
) -> tuple[tuple[float, ...] | None, str | None]:
    """Return the size of a pixel as GDAL's transform says it, where there are no coordinates."""
    said = str(_grid_mapping(array).get("GeoTransform", "")).split()
    if len(said) != 6 or set(axes) - {"c"} != {"y", "x"}:
        return None, None
    try:
        _, a, b, _, d, e = (float(number) for number in said)
    except ValueError:
        return None, None
    width, height = float(np.hypot(a, d)), float(np.hypot(b, e))
    return ((height, width), _unit_of_system(array)) if min(width, height) > 0 else (None, None)


def _channel_names(array: xarray.DataArray, dim: str, own: Coordinate | None) -> tuple[str, ...]:
    """Return the names of channels: their coordinate's, else rioxarray's descriptions, else another's."""
    count = array.sizes[dim]
    if own is not None and (names := names_of_channels(own, count)):
        return names
    described = array.attrs.get("long_name")
    if isinstance(described, tuple | list) and len(described) == count and (names := distinct(described)):
        return names
    others = {str(name): one for name, one in array.coords.items() if one.dims == (dim,) and name != dim}
    words = [one for one in others.values() if one.dtype.kind in "OUT"]
    lengths = [one for name, one in others.items() if "wavelength" in name.lower()]
    for one in (*words, *lengths):
        if names := names_of_channels(Coordinate(one.values, one.attrs.get("units")), count):
            return names
    return ()
