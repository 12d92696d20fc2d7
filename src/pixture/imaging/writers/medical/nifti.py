"""NIfTI, by nibabel: where the voxels lie as the image's own header says it, labels counted from 1."""

from __future__ import annotations

import gzip
import io
from typing import Any

import nibabel
import numpy as np

from pixture.arrays import Array, Floats
from pixture.imaging.image import Image
from pixture.imaging.physical_space.patient_space import DicomPlace, NiftiPlace
from pixture.imaging.writers.numbers_from_one import itk_snap_table, numbers_from_one, stored_type
from pixture.imaging.writers.raster import Holds, Raster
from pixture.imaging.writers.raw_layout import RawLayout

LABEL, VECTOR = 1002, 1007
"""NIfTI's codes of what values mean: numbers of labels; several numbers a voxel."""

SCANNER, ALIGNED = 1, 2
"""Codes of spaces: the scanner's, and another scan's or an unknown one."""

UNITS = {"m": "meter", "mm": "mm", "µm": "micron"}

LONGEST = 32767
"""The longest axis that NIfTI-1 holds."""

COMMENT = 6
COLOURS = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])


def encode(raster: Raster) -> dict[str, bytes]:
    """Return a raster as a packed NIfTI file, and beside labels a table of their names and colours.

    Labels are label + 1, 0 where the mask leaves voxels out: programs that read such files take 0 for what
    is none of the classes. Maps of classes are the fourth axis, or the fifth where there are times; colours
    are RGB24, channels the fifth axis, as the standard has them.
    """
    values = numbers(raster)
    array = in_file_order(values, raster)
    header = _header_of(raster, array)
    kind = nibabel.Nifti2Image if isinstance(header, nibabel.Nifti2Header) else nibabel.Nifti1Image
    made = {".nii.gz": packed(kind(array, None, header, dtype=array.dtype))}
    return {**made, **beside(raster)}


def numbers(raster: Raster) -> Array:
    """Return the numbers in the file: of labels and objects from 1 on, of values these."""
    return raster.values if raster.holds is Holds.VALUES else numbers_from_one(raster)


def beside(raster: Raster) -> dict[str, bytes]:
    """Return the table of names and colours of labels."""
    return {".txt": itk_snap_table(raster.classes)} if raster.holds is Holds.LABELS else {}


def raw_layout(raster: Raster) -> RawLayout:
    """Return what a file begins with, unpacked, and the order of its numbers; values are not looked at."""
    dtype = stored_type(raster)
    colour = raster.axes.endswith("c") and raster.values.shape[-1] == 3 and dtype == np.uint8
    if colour:
        shape, axes = raster.values.shape[:-1], "tzyxc"
        array = in_file_order(np.broadcast_to(np.zeros((), COLOURS), shape), raster)
    else:
        axes = "ctzyx"
        array = in_file_order(np.broadcast_to(np.zeros((), dtype), raster.values.shape), raster)
    header = _header_of(raster, array)
    two = isinstance(header, nibabel.Nifti2Header)
    image = (nibabel.Nifti2Image if two else nibabel.Nifti1Image)(array, None, header, dtype=array.dtype)
    image.update_header()
    image.header.set_slope_inter(1.0, 0.0)
    head = io.BytesIO()
    image.header.write_to(head)
    in_it = "".join(letter for letter in axes if letter in raster.axes)
    return RawLayout(head.getvalue(), in_it, dtype.newbyteorder("<"))


def _header_of(raster: Raster, array: Array) -> Any:
    """Return the header of a raster, of which an array has the shape and the type in the file."""
    vector = "c" in raster.axes and raster.image.axes.endswith("c") and array.dtype != COLOURS
    intent = LABEL if raster.holds is not Holds.VALUES else VECTOR if vector else 0
    header = _header(raster.image, array.shape)
    header.set_data_dtype(array.dtype)
    header.set_data_shape(array.shape)
    header["intent_code"], header["intent_name"] = intent, raster.holds.name.lower()
    header["intent_p1"] = header["intent_p2"] = header["intent_p3"] = 0
    header["cal_min"] = header["cal_max"] = 0
    header["descrip"], header["aux_file"] = "pixture", ""
    if raster.channel_names:
        said = f"channels: {', '.join(raster.channel_names)}"
        header.extensions.append(nibabel.nifti1.Nifti1Extension(COMMENT, said.encode()))
    return header


def packed(image: Any) -> bytes:
    """Return an image of nibabel's as a file, packed; it holds no time, so that it is the same every time."""
    return gzip.compress(image.to_bytes(), compresslevel=6, mtime=0)


def in_file_order(values: Array, raster: Raster) -> Array:
    """Return values with the columns first, as the file has them; colours are one value of three numbers."""
    axes = raster.axes
    if axes.endswith("c") and values.dtype == np.uint8 and values.shape[-1] == 3:
        values = np.ascontiguousarray(values).view(COLOURS)[..., 0]
    if values.dtype == COLOURS:
        axes = axes.removesuffix("c")
    order = [letter for letter in "xyztc" if letter in axes]
    array = values.transpose([axes.index(letter) for letter in order])
    content = None if raster.image.place is None else raster.image.place.content
    flat = isinstance(content, NiftiPlace) and len(content.shape) == 2
    if "z" not in axes and not (flat and axes == "yx"):
        array = array[:, :, None]
    if "c" in axes and raster.image.axes.endswith("c") and "t" not in axes:
        array = array[:, :, :, None]
    return array


def affine_of(image: Image) -> tuple[Floats, int]:
    """Return from (column, row, plane) to millimetres, as far as it is known, and which space these are of.

    Of an image without a place, the size of a voxel alone is known.
    """
    content = None if image.place is None else image.place.content
    if isinstance(content, NiftiPlace | DicomPlace):
        return content.affine, SCANNER
    sizes = image.spatial_spacing[::-1]
    return np.diag([*sizes, *(1.0,) * (4 - len(sizes))]), ALIGNED


def _header(image: Image, shape: tuple[int, ...]) -> Any:
    """Return a header that says where the voxels lie: the image's own where it has one."""
    content = None if image.place is None else image.place.content
    own = content.header if isinstance(content, NiftiPlace) else None
    if isinstance(own, nibabel.Nifti1Header):  # of NIfTI-2 too, and of pairs
        two = isinstance(own, nibabel.Nifti2Header)
        kind = nibabel.Nifti2Header if two else nibabel.Nifti1Header
        header = kind(own.as_byteswapped("<").binaryblock, endianness="<", check=False)
        header["magic"] = kind.single_magic
        header["vox_offset"] = 0  # where the numbers begin follows from what is written before them
        return header
    header = (nibabel.Nifti2Header if max(shape) > LONGEST else nibabel.Nifti1Header)()
    header.set_data_shape(shape)
    affine, space = affine_of(image)
    times = (image.spacing[0],) if image.has_times and image.spacing else ()
    zooms = (*np.linalg.norm(affine[:3, :3], axis=0), *times, 1.0, 1.0)
    header.set_zooms(zooms[: len(shape)])
    header.set_sform(affine, space)
    straight = affine[:3, :3].T @ affine[:3, :3]
    if np.allclose(straight, np.diag(np.diag(straight)), atol=1e-4 * straight.max()):
        header.set_qform(affine, space)  # a quaternion cannot say what is sheared
    header.set_xyzt_units(UNITS.get(image.unit or ""), "sec" if times else None)
    return header
