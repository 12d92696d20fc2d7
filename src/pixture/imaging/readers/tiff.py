"""TIFF, BigTIFF and what is built on them, by tifffile: any depth, any number of channels."""

from __future__ import annotations

import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from pixture.arrays import Array, Mask
from pixture.errors import FirstFrameWarning, ReadError, UnclearNodataWarning
from pixture.imaging.image import Image, image_from_array
from pixture.imaging.readers import picture
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.orientation import TAG, upright

_NODATA_TAG = 42113  # GDAL_NODATA
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _MASK, _CMYK, _YCBCR = 0, 1, 2, 3, 4, 5, 6
_SAMPLES = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _MASK: 1, _CMYK: 4, _YCBCR: 3}
_PREMULTIPLIED, _OPACITY = 1, 2
_LOOK_AT = 16  # pages
_JPEG_COMPRESSIONS = (6, 7, 33007, 34892)


def decode(path: Path) -> Image:
    """Return the first image; what cannot be decoded raises whatever the decoder raises."""
    with tifffile.TiffFile(path) as file:
        page, pages = _first_image(file)
        photometric = int(page.photometric)
        if photometric == _YCBCR and int(page.compression) not in _JPEG_COMPRESSIONS:
            return picture.decode(path)  # libtiff resamples the chroma; tifffile gives it as stored
        if photometric not in _SAMPLES:
            raise ReadError(
                f"{path}: a TIFF whose pixels are {page.photometric.name} is not read. "
                "Convert it to grey or RGB."
            )
        per_pixel = page.samplesperpixel * page.bitspersample / 8
        refuse_bomb(path, page.imagewidth, page.imagelength, per_pixel)
        _refuse_missing_data(path, page)
        pixels = page.asarray()
        if page.axes.startswith("S"):
            pixels = np.moveaxis(pixels, 0, -1)
        if pixels.ndim not in (2, 3) or page.axes.strip("S") != "YX":
            raise ReadError(
                f"{path}: the first page has the axes {page.axes}; expected an image of rows and columns."
            )
        pixels, alpha = _as_seen(pixels, page, photometric)
        orientation = page.tags[TAG].value if TAG in page.tags else 1
        nodata = str(page.tags[_NODATA_TAG].value) if _NODATA_TAG in page.tags else None
    if pages > 1:
        warnings.warn(
            f"{path}: the file holds {pages} images; only the first is read.", FirstFrameWarning, stacklevel=3
        )
    pixels = upright(pixels, orientation)
    image = image_from_array(pixels, axes="yx" if pixels.ndim == 2 else "yxc", alpha=alpha)
    return image if nodata is None else image.masked(_holds_data(path, image, nodata))


def _first_image(file: Any) -> tuple[Any, int]:
    """Return the first page that is no thumbnail and no mask, and how many such there are.

    Raw formats keep a thumbnail on the first page and the picture in a page below it.
    """
    total, first = len(file.pages), file.pages.first
    # parsing all of a stack of thousands would take longer than reading its first page
    images = [page for page in islice(file.pages, _LOOK_AT) if not (page.is_reduced or page.is_mask)]
    if images:
        return images[0], len(images) if total <= _LOOK_AT else total
    below = [page for page in first.pages or () if not (page.is_reduced or page.is_mask)]
    return (below[0], len(below)) if below else (first, total)


def _holds_data(path: Path, image: Image, nodata: str) -> Mask:
    """Return where some channel differs from the value that stands for missing (GDAL's data set mask)."""
    try:
        values = [float(word) for word in nodata.strip("\0 ").replace(",", " ").split()]
    except ValueError:
        values = []
    if len(values) not in (1, image.channels):
        warnings.warn(
            f"{path}: its no-data value {nodata!r} cannot be understood; no pixel is masked for it.",
            UnclearNodataWarning,
            stacklevel=4,
        )
        return np.ones(image.shape, dtype=bool)
    missing = np.array(values)
    if image.pixels.dtype == np.float32:  # the tag's decimals are of the rounded number
        largest = np.finfo(np.float32).max
        missing = missing.clip(-largest, largest).astype(np.float32)
    holds: Mask = (image.rows != missing).any(axis=1).reshape(image.shape)
    return holds


def _refuse_missing_data(path: Path, page: Any) -> None:
    """Refuse a page whose strips or tiles lie outside the file: they would be filled with zeros."""
    end = path.stat().st_size
    for offset, length in zip(page.dataoffsets, page.databytecounts, strict=False):
        if offset + length > end:
            raise ReadError(
                f"{path}: the file is incomplete: it ends at byte {end:,}, but its pixels go on to byte "
                f"{offset + length:,}. Copy or export it again."
            )


def _as_seen(pixels: Array, page: Any, photometric: int) -> tuple[Array, bool]:
    """Return grey, RGB or plain channels, and whether the last one is opacity."""
    extra = [int(kind) for kind in page.extrasamples]
    base = _SAMPLES[photometric]
    # only the first extra sample can be opacity; what else there is are channels of their own
    has_opacity = bool(extra) and extra[0] in (_PREMULTIPLIED, _OPACITY)
    opacity = pixels[..., base] if has_opacity else None
    if opacity is not None:
        pixels = np.delete(pixels, base, axis=-1)
        if extra[0] == _PREMULTIPLIED:
            pixels = _divided(pixels, opacity)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if photometric == _WHITE_IS_ZERO and pixels.dtype.kind in "bu":
        largest = 1 if pixels.dtype.kind == "b" else (1 << int(page.bitspersample)) - 1
        pixels = (largest - pixels).astype(np.uint8 if pixels.dtype.kind == "b" else pixels.dtype)
    elif photometric == _PALETTE:
        pixels = _coloured(pixels, page.colormap)
    elif photometric == _CMYK and pixels.shape[-1] == 4 and pixels.dtype.kind == "u":
        largest = np.iinfo(pixels.dtype).max
        light = largest - pixels.astype(np.uint64)
        pixels = ((light[..., :3] * light[..., 3:] + largest // 2) // largest).astype(pixels.dtype)
    if int(page.bitspersample) == 1 and photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _MASK):
        pixels = pixels.astype(np.uint8) * 255  # black and white, as from every other format
    if opacity is None:
        return pixels, False
    return np.concatenate([np.atleast_3d(pixels), opacity[..., None]], axis=-1), True


def _divided(pixels: Array, opacity: Array) -> Array:
    """Undo the multiplication by opacity."""
    if pixels.dtype.kind != "u":
        return np.divide(pixels, opacity[..., None], out=np.zeros_like(pixels), where=opacity[..., None] > 0)
    largest = np.iinfo(pixels.dtype).max
    by = np.maximum(opacity, 1).astype(np.uint64)[..., None]
    divided: Array = np.minimum((pixels.astype(np.uint64) * largest + by // 2) // by, largest)
    return divided.astype(pixels.dtype)


def _coloured(pixels: Array, palette: Array) -> Array:
    """Look colours up; a palette whose 16-bit entries are 8-bit ones spread out becomes 8 bits."""
    colours = np.asarray(palette, dtype=np.uint16).T
    if not (colours % 257).any():
        colours = (colours // 257).astype(np.uint8)
    elif not (colours % 256).any():
        colours = (colours // 256).astype(np.uint8)
    return colours[pixels]
