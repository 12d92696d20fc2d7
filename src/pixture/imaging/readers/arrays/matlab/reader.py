"""MATLAB's files: an array has its axes in MATLAB's order: rows, columns, and what comes next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pixture.imaging.image import Image
from pixture.imaging.readers.arrays.array_in_file import (
    Held,
    chosen_array,
    contents_of,
    image_of_array,
    refuse_size,
)
from pixture.imaging.readers.arrays.matlab.elements import CLASSES, NUMBERS, Variable, values_of, variables_in
from pixture.imaging.readers.subimage import Content, Subimage

_NUMBERS = frozenset({"logical", *(CLASSES[kind] for kind in NUMBERS)})


def decode(path: Path, which: Subimage) -> Image:
    """Return the image that one of the arrays is."""
    if is_hdf5(path):
        return _decode_hdf5(path, which)
    variables = variables_in(path)
    held = [_as_held(variable) for variable in variables]
    variable = variables[held.index(chosen_array(path, which, held))]
    assert variable.dtype is not None  # it is an array of numbers
    refuse_size(path, variable.shape, variable.dtype.itemsize)
    return image_of_array(path, values_of(path, variable), which)


def contents(path: Path) -> tuple[Content, ...]:
    """Return the arrays that may be images."""
    if not is_hdf5(path):
        return contents_of([_as_held(variable) for variable in variables_in(path)])
    import h5py

    with h5py.File(path, "r") as file:
        return contents_of(held_in_hdf5(file))


def is_hdf5(path: Path) -> bool:
    """Whether a file of MATLAB's is one of version 7.3, which is HDF5."""
    with path.open("rb") as file:
        return b"7.3" in file.read(12)


def _as_held(variable: Variable) -> Held:
    kind = f"{'complex ' if variable.is_complex else ''}{CLASSES.get(variable.kind, 'unknown')}"
    return Held(variable.name, variable.shape, kind, kind in _NUMBERS)


def _decode_hdf5(path: Path, which: Subimage) -> Image:
    import h5py

    from pixture.imaging.readers.arrays.hdf5 import stored_values

    with h5py.File(path, "r") as file:
        chosen = chosen_array(path, which, held_in_hdf5(file))
        values = stored_values(path, file[chosen.name])
    # HDF5 has the last axis vary fastest, MATLAB the first
    return image_of_array(path, values.T, which)


def held_in_hdf5(file: Any) -> list[Held]:
    """Return what the variables of a file are; MATLAB's own, which begin with #, are none of them."""
    import h5py

    held = []
    for name in file:
        found = file.get(name) if isinstance(file.get(name, getlink=True), h5py.HardLink) else None
        if name.startswith("#") or not isinstance(found, h5py.Dataset) or found.shape is None:
            continue
        said = found.attrs.get("MATLAB_class", b"")
        kind = said.decode() if isinstance(said, bytes) else str(said)
        numbers = found.dtype.kind in "buif" and kind in _NUMBERS and "MATLAB_empty" not in found.attrs
        held.append(Held(name, found.shape[::-1], kind or str(found.dtype), numbers))
    return held
