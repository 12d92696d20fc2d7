"""MGH, FreeSurfer's format, by nibabel: where the voxels lie as in the image's own header, labels from 1."""

from __future__ import annotations

import nibabel
import numpy as np

from pixture.arrays import Array
from pixture.errors import NotKeptWarning, warn
from pixture.imaging.writers.medical.nifti import affine_of, packed
from pixture.imaging.writers.numbers_from_one import freesurfer_table, numbers_from_one
from pixture.imaging.writers.raster import Holds, Raster

TYPES = ("u1", "i2", "i4", "f4")
"""What all of FreeSurfer's programs read."""


def encode(raster: Raster) -> dict[str, bytes]:
    """Return a raster as a packed MGH file, and beside labels a table of their names and colours.

    Labels are label + 1, 0 where the mask leaves voxels out. Channels, or maps of classes, are the frames;
    where there are times too, those of a time are together.
    """
    values = numbers_from_one(raster) if raster.holds is not Holds.VALUES else _held(raster.values)
    axes = raster.axes
    order = [letter for letter in "xyzct" if letter in axes]
    array = values.transpose([axes.index(letter) for letter in order])
    if "z" not in axes:
        array = array[:, :, None]
    if array.ndim == 5:
        array = array.reshape(*array.shape[:3], -1, order="F")
        warn("MGH has one axis of frames: channels and times are along it together.", NotKeptWarning)
    affine, _ = affine_of(raster.image)
    made = {".mgz": packed(nibabel.freesurfer.MGHImage(np.asfortranarray(array), affine))}
    if raster.holds is Holds.LABELS:
        made[".txt"] = freesurfer_table(raster.classes)
    return made


def _held(values: Array) -> Array:
    """Return values in a type that the format has, the same numbers where there is one for them."""
    fitting = next((kind for kind in TYPES if np.can_cast(values.dtype, kind, "safe")), None)
    if fitting is not None:
        return values.astype(fitting)
    kind = "i4" if values.dtype.kind in "ui" and values.min() >= -(2**31) and values.max() < 2**31 else "f4"
    held = values.astype(kind)
    with np.errstate(invalid="ignore"):
        same = (held == values) | (values != values)
    if not same.all():
        warn(f"MGH holds no {values.dtype}: values are rounded to {held.dtype}.", NotKeptWarning)
    return held
