"""Arrays whose dimensions have names: xarray's, h5py's and zarr's, and what else has a tuple `dims`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from pixture.imaging.libraries.description import Description, Dimensions


def dimensions_of(array: Any) -> Dimensions | None:
    """Return the names that an array has for its dimensions; None for one that has none.

    >>> dimensions_of(np.zeros((2, 3))) is None
    True
    """
    if is_of("xarray", "DataArray", array):
        from pixture.imaging.libraries import xarray_arrays

        return xarray_arrays.dimensions(array)
    if is_of("zarr", "Array", array):
        from pixture.imaging.libraries import zarr_arrays

        return zarr_arrays.dimensions(array)
    if is_of("h5py", "Dataset", array):
        from pixture.imaging.libraries import h5py_datasets

        return h5py_datasets.dimensions(array)
    dims = getattr(array, "dims", None)
    if not isinstance(dims, tuple) or len(dims) != np.ndim(array):
        return None
    return Dimensions(tuple(str(name) for name in dims))


def description_of(array: Any, axes: Mapping[str, str]) -> Description:
    """Return what an array of named dimensions says of itself.

    Parameters
    ----------
    array
        The array.
    axes
        The name of the dimension that each axis of the image is, by the axis's letter.
    """
    if is_of("xarray", "DataArray", array):
        from pixture.imaging.libraries import xarray_arrays

        return xarray_arrays.description(array, axes)
    if is_of("h5py", "Dataset", array):
        from pixture.imaging.libraries import h5py_datasets

        return h5py_datasets.description(array, axes)
    return Description(nodata=nodata_in(getattr(array, "attrs", None) or {}))


def nodata_in(attributes: Mapping[str, Any]) -> Any:
    """Return the value that attributes say stands for missing data, None if they do not.

    What has been decoded holds NaN in its place, and keeps the value in `encoding`, which is not looked at.

    >>> nodata_in({"_FillValue": -9999, "title": "a scene"})
    -9999
    """
    for name in ("_FillValue", "missing_value", "nodata", "nodatavals"):
        if attributes.get(name) is not None:
            return attributes[name]
    return None


def is_of(library: str, kind: str, source: object) -> bool:
    """Whether something is of a library's class; the library is not imported: whoever holds one has."""
    loaded = getattr(sys.modules.get(library), kind, None)
    return isinstance(loaded, type) and isinstance(source, loaded)
