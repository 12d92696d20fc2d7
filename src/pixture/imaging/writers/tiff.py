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
    colour = is_colour(axes, values.shape[-1], values.dtype)
    order = pages_first(axes, colour=colour)
    values = values.transpose([axes.index("c" if letter == "s" else letter) for letter in order])
    known = values.dtype in OF_IMAGEJ
    content = io.BytesIO()
    tifffile.imwrite(
        content,
        np.ascontiguousarray(values),
        imagej=known,
        compression="zlib",
        photometric="rgb" if colour else "minisblack",
        **_resolution(spacing),
        metadata=_said(order, values.shape, spacing, unit, channel_names) if known else None,
        **({} if known or "c" not in order else {"planarconfig": "separate"}),
    )
    return content.getvalue()


def is_colour(axes: str, channels: int, dtype: np.dtype[Any]) -> bool:
    """Whether the channels of a pixel are together in a page: red, green and blue of 8 bits."""
    return axes.endswith("c") and channels == 3 and dtype == np.uint8


def pages_first(axes: str, *, colour: bool = False) -> str:
    """Return the order of axes in a file: pages, rows, columns, and samples "s" of colour.

    >>> pages_first("zyxc"), pages_first("yxc", colour=True)
    ('zcyx', 'yxs')
    """
    if colour:
        return f"{axes[:-1]}s"
    return f"{axes[:-3]}cyx" if axes.endswith("c") else axes


def imagej_tags(
    axes: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    spacing: tuple[float, ...],
    unit: str | None,
    channel_names: tuple[str, ...],
) -> dict[str, Any]:
    """Return what tifffile is told so that a TIFF that is none of ImageJ's own says what those do.

    ImageJ itself writes no tiles and no BigTIFF; what reads its description does so there too.

    Parameters
    ----------
    axes, shape
        As in the file; see `pages_first`.
    dtype, spacing, unit, channel_names
        As in `tiff`.
    """
    tags = _resolution(spacing)
    if dtype not in OF_IMAGEJ:
        return tags | ({"planarconfig": "separate"} if "c" in axes else {})
    said = _said(axes, shape, spacing, unit, channel_names)
    labels = said.pop("Labels", None)
    tags["description"] = tifffile.tifffile.imagej_description(
        shape, said.pop("axes"), rgb=axes.endswith("s"), **said
    )
    if labels is not None:
        tags["extratags"] = tifffile.tifffile.imagej_metadata_tag({"Labels": labels}, "<")
    return tags


def _resolution(spacing: tuple[float, ...]) -> dict[str, Any]:
    height, width = spacing[-2:]
    return {"resolution": (1 / width, 1 / height), "resolutionunit": "NONE"}


def _said(
    axes: str,
    shape: tuple[int, ...],
    spacing: tuple[float, ...],
    unit: str | None,
    channel_names: tuple[str, ...],
) -> dict[str, Any]:
    said: dict[str, Any] = {"axes": axes.upper(), "unit": _in_ascii(unit or "pixel")}
    if len(spacing) == 3:
        said["spacing"] = spacing[0]
    if "c" in axes and channel_names:
        # a label a page: those of other axes repeat
        pages = int(np.prod(shape[:-2]))
        said["Labels"] = [channel_names[page % len(channel_names)] for page in range(pages)]
    return said


def _in_ascii(unit: str) -> str:
    r"""Return a unit as ImageJ writes it: other letters than ASCII's by their number.

    >>> print(_in_ascii("µm"))
    \u00B5m
    """
    return "".join(letter if letter.isascii() else f"\\u{ord(letter):04X}" for letter in unit)
