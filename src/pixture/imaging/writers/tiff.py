"""TIFF: a picture, a volume or a series of them, as ImageJ and what reads its files open it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import tifffile

from pixture.arrays import Array
from pixture.imaging.writers.raster import Raster

OF_IMAGEJ = (np.uint8, np.uint16, np.float32)
"""What ImageJ's own TIFF holds; other values are in a TIFF that says nothing of axes or sizes."""


def encode(raster: Raster) -> dict[str, bytes]:
    """Return a raster as a TIFF file."""
    image = raster.image
    return {".tif": tiff(raster.values, raster.axes, image.spatial_spacing, image.unit, raster.channel_names)}


def tiff(
    values: Array,
    axes: str,
    spacing: tuple[float, ...],
    unit: str | None = None,
    channel_names: tuple[str, ...] = (),
) -> bytes:
    """Return values as a compressed TIFF.

    A page is a plane, in colour where there are three channels of 8 bits; of other channels each has a page.
    The size of a pixel is in it as ImageJ writes it, and so are channels' names.

    Parameters
    ----------
    values
        Of the axes below.
    axes
        As `Image` has them: "yx" to "tzyxc".
    spacing
        Size of a pixel along the spatial axes.
    unit
        What that is in.
    channel_names
        A name a channel.

    Examples
    --------
    >>> content = tiff(np.zeros((3, 4, 5), np.uint8), "zyx", (2.0, 1.0, 1.0))
    >>> with tifffile.TiffFile(io.BytesIO(content)) as file:
    ...     file.asarray().shape, file.imagej_metadata["spacing"]
    ((3, 4, 5), 2.0)
    """
    colour = axes.endswith("c") and values.shape[-1] == 3 and values.dtype == np.uint8
    if colour:
        axes = f"{axes[:-1]}s"
    elif axes.endswith("c"):
        values, axes = np.moveaxis(values, -1, -3), f"{axes[:-3]}cyx"
    height, width = spacing[-2:]
    known = values.dtype in OF_IMAGEJ
    said: dict[str, Any] = {"axes": axes.upper(), "unit": _in_ascii(unit or "pixel")}
    if len(spacing) == 3:
        said["spacing"] = spacing[0]
    if "c" in axes and channel_names:
        # a label a page: those of other axes repeat
        pages = int(np.prod(values.shape[:-2]))
        said["Labels"] = [channel_names[page % len(channel_names)] for page in range(pages)]
    content = io.BytesIO()
    tifffile.imwrite(
        content,
        np.ascontiguousarray(values),
        imagej=known,
        compression="zlib",
        photometric="rgb" if colour else "minisblack",
        resolution=(1 / width, 1 / height),
        resolutionunit="NONE",
        metadata=said if known else None,
        **({} if known or "c" not in axes else {"planarconfig": "separate"}),
    )
    return content.getvalue()


def _in_ascii(unit: str) -> str:
    r"""Return a unit as ImageJ writes it: other letters than ASCII's by their number.

    >>> print(_in_ascii("µm"))
    \u00B5m
    """
    return "".join(letter if letter.isascii() else f"\\u{ord(letter):04X}" for letter in unit)
