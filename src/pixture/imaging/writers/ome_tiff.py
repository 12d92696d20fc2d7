"""OME-TIFF: values with their axes, the size of a pixel, its unit and names, as microscopes' programs do."""

from __future__ import annotations

import hashlib
import io
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import tifffile

import pixture
from pixture.arrays import Array
from pixture.errors import NotKeptWarning, warn
from pixture.imaging.physical_space.units import METRES
from pixture.imaging.readers.microscopy.ome_xml import OmeImage
from pixture.imaging.writers.raster import Holds, Raster

_HELD = ("int8", "int16", "int32", "uint8", "uint16", "uint32", "float32", "float64")


def encode(raster: Raster) -> dict[str, bytes]:
    """Return a raster as an OME-TIFF file.

    The image's name, its date, where the stage stood, the size of a pixel, how far times are apart and the
    names of channels are in it; of labels, each class's name and colour as annotations.
    """
    values, axes = _arranged(raster)
    content = io.BytesIO()
    tifffile.imwrite(
        content,
        values,
        ome=True,
        bigtiff=values.nbytes > 2**31,
        compression="zlib",
        photometric="minisblack",
        metadata=metadata(raster, axes, values.shape, hashlib.sha256(values.tobytes()).hexdigest()),
    )
    return {".ome.tif": content.getvalue()}


def metadata(raster: Raster, axes: str, shape: tuple[int, ...], digest: str) -> dict[str, Any]:
    """Return what tifffile is told of a raster, its axes and shape as in the file, a digest of its values."""
    return {
        "axes": axes.upper(),
        "UUID": str(uuid5(NAMESPACE_OID, digest)),
        "Creator": f"pixture {pixture.__version__}",
        **_told(raster, axes, shape),
    }


def held_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return a dtype that OME-TIFF has, for values of another.

    >>> held_dtype(np.dtype(np.int64)), held_dtype(np.dtype(np.uint8))
    (dtype('int32'), dtype('uint8'))
    """
    if dtype.name in _HELD:
        return dtype
    return np.dtype(np.int32 if dtype.kind in "ui" else np.float64)


def _arranged(raster: Raster) -> tuple[Array, str]:
    """Return values in a dtype that OME-TIFF has, channels before rows, and the letters of their axes."""
    values, axes = raster.values, raster.axes
    if axes.endswith("c"):
        values, axes = np.moveaxis(values, -1, -3), f"{axes[:-3]}cyx"
    return np.ascontiguousarray(values, held_dtype(values.dtype)), axes


def _told(raster: Raster, axes: str, shape: tuple[int, ...]) -> dict[str, Any]:
    image, ome = raster.image, _of_image(raster)
    told: dict[str, Any] = {"Name": " ".join(filter(None, [ome.name, raster.holds.name.lower()]))}
    if ome.date:
        told["AcquisitionDate"] = ome.date
    if image.has_units:
        unit = image.unit or "pixel"
        if unit not in (*METRES, "pixel"):
            warn(f"OME-TIFF has no unit {unit!r}: sizes of pixels are in it without one.", NotKeptWarning)
            unit = "reference frame"
        letters = image.axes.removesuffix("c").removeprefix("t")
        for letter, size in zip(letters, image.spatial_spacing, strict=True):
            told[f"PhysicalSize{letter.upper()}"] = size
            told[f"PhysicalSize{letter.upper()}Unit"] = {"inch": "in"}.get(unit, unit)
    if image.has_times and image.spacing[0] != 1:
        told |= {"TimeIncrement": image.spacing[0], "TimeIncrementUnit": "s"}
    if raster.channel_names and "c" in axes:
        told["Channel"] = {"Name": list(raster.channel_names)}
    planes = int(np.prod(shape[:-2]))
    if ome.position:
        told["Plane"] = {
            key: [value] * planes
            for letter, (at, unit) in ome.position.items()
            for key, value in ((f"Position{letter.upper()}", at), (f"Position{letter.upper()}Unit", unit))
        }
    if raster.holds is Holds.LABELS and raster.classes:
        told["MapAnnotation"] = {
            f"label {label}": " ".join(filter(None, [look.name, look.colour]))
            for label, look in enumerate(raster.classes)
        }
    return told


def _of_image(raster: Raster) -> OmeImage:
    """Return what OME-XML said of the image; nothing where it came without."""
    content = None if raster.image.place is None else raster.image.place.content
    return content if isinstance(content, OmeImage) else OmeImage()
