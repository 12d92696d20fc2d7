"""Windows of MATLAB's files of version 7.3, which are HDF5; older ones are read whole."""

from __future__ import annotations

from pathlib import Path

from pixture.imaging.readers.arrays.array_in_file import chosen_array
from pixture.imaging.readers.arrays.matlab.reader import held_in_hdf5, is_hdf5
from pixture.imaging.readers.subimage import Subimage
from pixture.scale.sources.file_source import Windows


def windows_of(path: Path, which: Subimage) -> Windows | None:
    """Return the variable that an image is; None of a file before version 7.3."""
    if not is_hdf5(path):
        return None
    import h5py

    from pixture.scale.sources.hdf5 import matlab_windows

    with h5py.File(path, "r") as file:
        name = chosen_array(path, which, held_in_hdf5(file)).name
    return matlab_windows(path, which, name)
