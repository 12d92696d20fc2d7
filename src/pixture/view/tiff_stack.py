"""A volume as a TIFF of many pages, as ImageJ and what reads its files open it."""

from __future__ import annotations

import io

import numpy as np
import tifffile

from pixture.arrays import Array

OF_IMAGEJ = (np.uint8, np.uint16, np.float32)
"""What ImageJ's own TIFF holds; other values are in a TIFF that says nothing of axes or sizes."""


def tiff_stack(volume: Array, spacing: tuple[float, ...], unit: str | None = None) -> bytes:
    """Return a volume, (planes, rows, columns) or (planes, rows, columns, channels), as a compressed TIFF.

    A page is a plane, in colour where there are three channels of 8 bits; of other channels each has a page.
    The size of a voxel is in it as ImageJ writes it.

    >>> content = tiff_stack(np.zeros((3, 4, 5), np.uint8), (2.0, 1.0, 1.0))
    >>> with tifffile.TiffFile(io.BytesIO(content)) as file:
    ...     file.asarray().shape, file.imagej_metadata["spacing"]
    ((3, 4, 5), 2.0)
    """
    depth, height, width = spacing
    axes, colour = "ZYX", volume.shape[3:] == (3,) and volume.dtype == np.uint8
    if colour:
        axes = "ZYXS"
    elif volume.ndim == 4:
        volume, axes = np.moveaxis(volume, -1, 1), "ZCYX"
    known = volume.dtype in OF_IMAGEJ
    content = io.BytesIO()
    tifffile.imwrite(
        content,
        np.ascontiguousarray(volume),
        imagej=known,
        compression="zlib",
        photometric="rgb" if colour else "minisblack",
        resolution=(1 / width, 1 / height),
        resolutionunit="NONE",
        metadata={"axes": axes, "spacing": depth, "unit": unit or "pixel"} if known else None,
    )
    return content.getvalue()
