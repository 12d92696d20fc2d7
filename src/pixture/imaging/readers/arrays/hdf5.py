"""HDF5 and NetCDF-4, by h5py: a dataset by its path; dimension scales say axes, sizes and names."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pixture.arrays import Array
from pixture.errors import ReadError
from pixture.imaging.image import Image
from pixture.imaging.libraries.description import Dimensions
from pixture.imaging.libraries.h5py_datasets import description, dimensions, text
from pixture.imaging.readers.arrays.array_in_file import (
    Held,
    chosen_array,
    contents_of,
    image_of_array,
    refuse_size,
    scaled,
)
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.subimage import Content, Subimage

_LOOK_AT = 1000  # datasets


def decode(path: Path, which: Subimage) -> Image:
    """Return the image that one of the datasets is."""
    with h5py.File(path, "r") as file:
        dataset = file[chosen_in(path, file, which).name]
        values = unsigned(dataset, stored_values(path, dataset))
        image = image_of_array(
            path, values, which, dims=dimensions(dataset), describe=partial(description, dataset)
        )
        return scaled(image, *scaling_of(dataset))


def contents(path: Path) -> tuple[Content, ...]:
    """Return the datasets that may be images."""
    with h5py.File(path, "r") as file:
        return contents_of(datasets_in(file))


def datasets_in(file: Any) -> list[Held]:
    """Return what the datasets of a file or a group are; scales of dimensions are none of them.

    Links to other files are not followed.
    """
    held: list[Held] = []

    def visit(_: str, found: Any) -> bool | None:
        if isinstance(found, h5py.Dataset) and not found.is_scale and found.shape is not None:
            held.append(_as_held(found))
        return True if len(held) >= _LOOK_AT else None

    file.visititems(visit)
    return held


def stored_values(path: Path, dataset: Any) -> Array:
    """Return a dataset's values as they are stored.

    Raises
    ------
    ReadError
        They are larger than is safe, or in other files.
    DamagedError
        A chunk is larger than the whole.
    """
    refuse_elsewhere(path, dataset)
    refuse_size(path, dataset.shape, dataset.dtype.itemsize)
    return np.asarray(dataset[()])


def refuse_elsewhere(path: Path, dataset: Any) -> None:
    """Refuse a dataset whose values are in other files, or whose chunks are larger than the whole.

    The errors are those of `stored_values`.
    """
    if dataset.external or dataset.is_virtual:
        raise ReadError(
            f"{path}: the values of {dataset.name} are in other files, which are not opened. Copy them into "
            "one file, such as with h5repack."
        )
    if dataset.chunks is not None and math.prod(dataset.chunks) > 2 * math.prod(dataset.shape) + 2**20:
        raise DamagedError("its chunks are larger than its array")


def scaling_of(dataset: Any) -> tuple[float, float]:
    """Return the scale and the offset by which a dataset's values are to be scaled."""
    return _number(dataset, "scale_factor", 1), _number(dataset, "add_offset", 0)


def chosen_in(path: Path, file: Any, which: Subimage) -> Held:
    """Return the dataset that is asked for by its path, or that of its group, else the only one."""
    if which.scene is not None:
        found = file.get(which.scene) if _is_within(file, which.scene) else None
        if isinstance(found, h5py.Dataset) and found.shape is not None:
            return chosen_array(path, Subimage(found.name), [_as_held(found)])
        if isinstance(found, h5py.Group):
            return chosen_array(path, Subimage(), datasets_in(found))
    return chosen_array(path, which, datasets_in(file))


def _is_within(file: Any, place: str) -> bool:
    """Whether a path leads to something in this file, by no link to another."""
    at = file
    for part in (part for part in place.split("/") if part):
        if not isinstance(at, h5py.Group) or isinstance(at.get(part, getlink=True), h5py.ExternalLink):
            return False
        at = at.get(part)
        if at is None or at.file.filename != file.filename:
            return False
    return True


def _as_held(dataset: Any) -> Held:
    dims: Dimensions | None = dimensions(dataset)
    named = "" if dims is None else ", ".join(dims.names)
    numbers = dataset.dtype.kind in "buif" and dataset.dtype.itemsize <= 8
    return Held(dataset.name, dataset.shape, _dtype_in_words(dataset.dtype), numbers, named)


def _dtype_in_words(dtype: np.dtype[Any]) -> str:
    return {"O": "text or objects", "V": "records"}.get(dtype.kind, str(dtype))


def unsigned(dataset: Any, values: Array) -> Array:
    """Return values as unsigned, where NetCDF says that the signed type is only how they are kept."""
    if values.dtype.kind == "i" and text(dataset.attrs.get("_Unsigned")).lower() == "true":
        return values.view(values.dtype.str.replace("i", "u"))
    return values


def _number(dataset: Any, name: str, usual: float) -> float:
    """Return an attribute that is one number."""
    found = np.asarray(dataset.attrs.get(name, usual))
    if found.size != 1 or found.dtype.kind not in "iuf":
        raise DamagedError(f"its {name} is {found}")
    return float(found.item())
