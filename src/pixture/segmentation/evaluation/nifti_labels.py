"""Labels in NIfTI files, by nibabel: whole numbers, (rows, columns) or (planes, rows, columns).

A NIfTI file's first axis varies fastest; the axes are turned, so that planes come first as in other volumes.
Where the patient lies is not looked at: prediction and truth are compared voxel by voxel.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.errors import ReadError
from pixture.imaging.readers.limits import refuse_bomb

SUFFIXES = (".nii", ".nii.gz")


def read_nifti_labels(path: Path) -> Array:
    """Return what a NIfTI file holds, floats that are whole numbers as integers.

    Raises
    ------
    ReadError
        It cannot be read, or nibabel is not installed.
    """
    try:
        import nibabel
    except ImportError as error:
        raise ReadError(
            f"{path}: the library that reads NIfTI is not installed ({error.name or error}). Install it: "
            "pip install 'pixture[medical]'."
        ) from error
    try:
        found: Any = nibabel.load(path)
        lengths = tuple(int(length) for length in found.shape)
        refuse_bomb(path, lengths[0] if lengths else 0, math.prod(lengths[1:]))
        values = np.asarray(found.dataobj)
    except ReadError:
        raise
    except OSError as error:
        raise ReadError(f"{path}: it cannot be read ({error.strerror or error}).") from error
    except Exception as error:  # nibabel ends damaged files with errors of many kinds
        raise ReadError(
            f"{path}: it is no NIfTI file, or it is damaged ({type(error).__name__}). Export it again."
        ) from error
    while values.ndim > 2 and values.shape[-1] == 1:  # axes of one time, one channel, one plane
        values = values[..., 0]
    values = values.T
    if values.dtype.kind == "f":  # scaled, or stored as floats, as many programs do
        with np.errstate(invalid="ignore"):
            whole = values.astype(np.int64)
        return whole if (whole == values).all() else values
    return values
