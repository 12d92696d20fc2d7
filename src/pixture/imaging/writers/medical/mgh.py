"""MGH, FreeSurfer's format, by nibabel: where the voxels lie as in the image's own header, labels from 1."""

from __future__ import annotations

import io

import nibabel
import numpy as np

from pixture.arrays import Array
from pixture.errors import NotKeptWarning, warn
from pixture.imaging.writers.medical.nifti import affine_of, packed
from pixture.imaging.writers.numbers_from_one import freesurfer_table, numbers_from_one, stored_type
from pixture.imaging.writers.raster import Holds, Raster
from pixture.imaging.writers.raw_layout import RawLayout

TYPES = ("u1", "i2", "i4", "f4")
"""What all of FreeSurfer's programs read."""


def encode(raster: Raster) -> dict[str, bytes]:
    """Return a raster as a packed MGH file, and beside labels a table of their names and colours.

    Labels are label + 1, 0 where the mask leaves voxels out. Channels, or maps of classes, are the frames;
    where there are times too, those of a time are together.
    """
    affine, _ = affine_of(raster.image)
    array = np.asfortranarray(_in_file_order(numbers(raster), raster))
    if raster.axes.endswith("c") and raster.image.has_times:
        warn("MGH has one axis of frames: channels and times are along it together.", NotKeptWarning)
    return {".mgz": packed(nibabel.freesurfer.MGHImage(array, affine)), **beside(raster)}


def numbers(raster: Raster) -> Array:
    """Return the numbers in the file: of labels and objects from 1 on, of values these in a type it has."""
    return _held(raster.values) if raster.holds is Holds.VALUES else numbers_from_one(raster)


def beside(raster: Raster) -> dict[str, bytes]:
    """Return the table of names and colours of labels."""
    return {".txt": freesurfer_table(raster.classes)} if raster.holds is Holds.LABELS else {}


def raw_layout(raster: Raster) -> RawLayout:
    """Return what a file begins and ends with, unpacked, and the order of its numbers.

    Values are not looked at: those of a type that the format has not are float32.
    """
    dtype = stored_type(raster)
    dtype = np.dtype(next((kind for kind in TYPES if np.can_cast(dtype, kind, "safe")), "f4"))
    array = _in_file_order(np.broadcast_to(np.zeros((), dtype), raster.values.shape), raster)
    image = nibabel.freesurfer.MGHImage(array, affine_of(raster.image)[0])
    image.update_header()
    head, block = io.BytesIO(), image.header.binaryblock
    image.header.writehdr_to(head)
    tail = block[len(head.getvalue()) :]
    axes = "".join(letter for letter in "tczyx" if letter in raster.axes)
    return RawLayout(
        head.getvalue().ljust(image.header.get_data_offset(), b"\0"), axes, dtype.newbyteorder(">"), tail
    )


def _in_file_order(values: Array, raster: Raster) -> Array:
    """Return values with the columns first and the frames last, as the file has them."""
    order = [letter for letter in "xyzct" if letter in raster.axes]
    array = values.transpose([raster.axes.index(letter) for letter in order])
    if "z" not in raster.axes:
        array = array[:, :, None]
    return array.reshape(*array.shape[:3], -1, order="F") if array.ndim == 5 else array


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
