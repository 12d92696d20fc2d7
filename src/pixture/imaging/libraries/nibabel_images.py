"""nibabel's images -> images: planes, rows and columns, with the size of a voxel, where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pixture.errors import ImageError
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.physical_space.patient_space import (
    NiftiPlace,
    names_a_space,
    patient_coordinates,
    place_in_words,
    upwards,
)
from pixture.imaging.physical_space.place import Place
from pixture.imaging.physical_space.units import usual_unit

_UNKNOWN = "unknown"

FAMILIES = {
    "Nifti1Image": "NIfTI",
    "Nifti1Pair": "NIfTI",
    "Nifti2Image": "NIfTI",
    "Nifti2Pair": "NIfTI",
    "MGHImage": "MGH",
}
"""Of nibabel's classes, those whose headers our writers take back."""


def image_from_nibabel(held: Any) -> Image:
    """Return the image that a nibabel image holds: its values with the header's scaling, planes first.

    The first axis of nibabel's array becomes the columns, the second the rows, the third the planes, the
    fourth times; what has one plane is a picture. Nothing is turned upright: rows go as the file has them.

    Parameters
    ----------
    held
        A `nibabel.spatialimages.SpatialImage`, such as a `Nifti1Image`.

    Raises
    ------
    ImageError
        It has more axes than these, or holds no numbers.
    """
    values = np.asanyarray(held.dataobj)
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    if not 2 <= values.ndim <= 4:
        raise ImageError(
            f"A nibabel image of shape {held.shape} is no volume, nor a series. Take some of it, such "
            "as held.slicer[..., 0], or its array: pixture.image_from_array(held.get_fdata()[..., 0], "
            "axes='xyzc')."
        )
    axes = "xyzt"[: values.ndim]
    sizes = dict(zip(axes, (float(size) for size in held.header.get_zooms()), strict=False))
    if "z" in axes and values.shape[2] == 1:
        values, axes = values[:, :, 0], axes.replace("z", "")
    units = held.header.get_xyzt_units() if hasattr(held.header, "get_xyzt_units") else ("mm",)
    spacing = [sizes[letter] for letter in "tzyx" if letter in axes]
    if "t" in axes and not spacing[0] > 0:
        spacing[0] = 1.0
    known = all(size > 0 for size in spacing)
    unit = usual_unit(units[0]) if known and units[0] != _UNKNOWN else None
    image = image_from_array(
        values,
        axes=axes,
        spacing=spacing if known else None,
        unit=unit,
        place=_place(held, axes, tuple(spacing[-2:] if "z" not in axes else spacing[-3:]), unit),
    )
    files = (one.filename for one in held.file_map.values())
    return image.resting_on(Path(name) for name in files if name is not None and Path(name).is_file())


def _place(held: Any, axes: str, spacing: tuple[float, ...], unit: str | None) -> Place | None:
    """Return where the voxels lie, for the writers of the family; None where it has none."""
    family = FAMILIES.get(type(held).__name__)
    if family is None or held.affine is None:
        return None
    affine = np.asarray(held.affine, np.float64)
    content = NiftiPlace(affine, held.header.copy(), tuple(int(length) for length in held.shape))
    words = place_in_words(family, affine, spacing, unit)
    known = patient_coordinates(affine, axes, unit) if names_a_space(held.header) else None
    return Place(family, content, words, upwards=upwards(affine), coordinates=known)
