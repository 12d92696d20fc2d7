"""Where the voxels of a medical image lie in the patient: what readers keep for writers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pixture.arrays import Floats
from pixture.imaging.physical_space.place import WorldCoordinates

LEAST_COSINE = 1e-6

PATIENT = ("patient_x", "patient_y", "patient_z")
"""Coordinates in a patient: to the right, to the front (anterior) and up (superior)."""


@dataclass(frozen=True, eq=False)
class NiftiPlace:
    """Where the voxels of a NIfTI, Analyze or MGH file lie.

    Attributes
    ----------
    affine
        (4, 4) from (column, row, plane, 1), counted from 0, to millimetres to the right, to the front and up.
    header
        The file's own, as nibabel has it.
    shape
        Lengths of the file's axes, the columns first, those of length 1 included.
    """

    affine: Floats
    header: Any = field(repr=False)
    shape: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class DicomPlace:
    """Where the voxels of a DICOM series lie.

    Attributes
    ----------
    affine
        As in `NiftiPlace`.
    headers
        All but the pixels of each file, as pydicom has it: of a file for each plane, in their order, or of
        one file that holds all of them.
    frames
        Of one file of several frames: which of them, from 0, each plane is; empty else.
    """

    affine: Floats
    headers: tuple[Any, ...] = field(repr=False)
    frames: tuple[int, ...] = ()


def axis_codes(affine: Floats) -> str:
    """Return the directions in which columns, rows and planes are counted: R or L, A or P, S or I.

    Parameters
    ----------
    affine
        (4, 4), of voxels to millimetres to the right, to the front (anterior) and up (superior).

    Examples
    --------
    >>> axis_codes(np.eye(4)), axis_codes(np.diag([-2.0, -2.0, 3.0, 1.0]))
    ('RAS', 'LPS')
    """
    cosines = np.array(affine[:3, :3], float)
    codes, left = ["?", "?", "?"], [0, 1, 2]
    # the clearest axis first, so that each direction is named once
    for axis in np.argsort(-np.abs(cosines).max(axis=0)):
        along = max(left, key=lambda direction: abs(cosines[direction, axis]))
        if abs(cosines[along, axis]) > LEAST_COSINE:
            codes[axis] = ("RL", "AP", "SI")[along][int(cosines[along, axis] < 0)]
            left.remove(along)
    return "".join(codes)


def upwards(affine: Floats) -> str:
    """Return the axes, of rows ("y") and planes ("z"), that lead to the front or up: see `Place.upwards`.

    A head is looked at with its front, or its top, at the top of the picture.

    >>> upwards(np.eye(4)), upwards(np.diag([-2.0, -2.0, 3.0, 1.0]))
    ('yz', 'z')
    """
    codes = axis_codes(affine)
    return "".join(axis for axis, code in zip("yz", codes[1:], strict=True) if code in "AS")


def patient_coordinates(affine: Floats, axes: str, unit: str | None = "mm") -> WorldCoordinates:
    """Return where voxels are in the patient: to the right, to the front and up (RAS), as NIfTI has it.

    Parameters
    ----------
    affine
        (4, 4), from (column, row, plane, 1).
    axes
        Those of the image, as `Image` has them: of a picture the plane is the first.
    unit
        What the affine is in; None where that is not known.

    Examples
    --------
    >>> patient_coordinates(np.diag([2.0, 3.0, 4.0, 1.0]), "yx").affine.tolist()
    [[0.0, 2.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    columns = [2, 1, 0, 3] if "z" in axes else [1, 0, 3]
    in_words = f"RAS{f', {unit}' if unit else ''}"
    return WorldCoordinates(PATIENT, np.array(affine[:3], np.float64)[:, columns], in_words)


def names_a_space(header: Any) -> bool:
    """Whether a header of nibabel's says where its voxels lie: what it does not say, nibabel makes up."""
    if "sform_code" in header:
        return int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
    return "goodRASFlag" in header and int(header["goodRASFlag"]) > 0


def place_in_words(what: str, affine: Floats, spacing: tuple[float, ...], unit: str | None) -> str:
    """Return what a person is told of a place.

    >>> place_in_words("NIfTI", np.eye(4), (3.0, 1.0, 1.0), "mm")
    'NIfTI, RAS, 1 x 1 x 3 mm'
    """
    sizes = " x ".join(f"{size:.4g}" for size in spacing[::-1])
    return f"{what}, {axis_codes(affine)}, {sizes}{f' {unit}' if unit else ''}"
