"""TIFF, BigTIFF and what is built on them, by tifffile: any depth, any number of channels."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from pixture.arrays import Array, Mask
from pixture.errors import FirstFrameWarning, ReadError, UnclearMaskWarning, UnclearNodataWarning, warn
from pixture.imaging.geo.bands import scaled
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.nodata_values import Nodata, nodata_in
from pixture.imaging.readers import picture
from pixture.imaging.readers.georeferenced import placed
from pixture.imaging.readers.orientation import TAG, upright
from pixture.imaging.readers.subimage import FIRST, Content, Subimage, chosen_scene, refuse_level
from pixture.imaging.readers.tiff import log
from pixture.imaging.readers.tiff.colours import YCBCR, as_seen, refuse_photometric
from pixture.imaging.readers.tiff.geotiff import said_of
from pixture.imaging.readers.tiff.overviews import levels
from pixture.imaging.readers.tiff.pages import Chosen, chosen_page
from pixture.imaging.readers.tiff.segments import JPEG, decoded, refuse_compression
from pixture.imaging.readers.tiff.stack import Stack, stack_in
from pixture.imaging.readers.tiff.tables import NODATA_TAG, refuse_geometry, refuse_unreadable_tags, segments
from pixture.imaging.validity import taking_part


def decode(path: Path, which: Subimage = FIRST) -> Image:
    """Return the first image, or the volume of a stack; what cannot be decoded raises what the decoder does.

    Which pixels count: those that neither the no-data value of GDAL's tag, nor a mask page, nor a mask file
    (.msk) beside it, nor opacity leaves out. Strips or tiles that GDAL left out of the file hold no data, if
    it names a value for that.

    Of a GeoTIFF the place is kept, bands' names are those of the channels, and where GDAL's metadata have a
    scale and an offset for a band, its values are offset + scale x stored.
    """
    with log.silenced(), ExitStack() as still_open:
        file = still_open.enter_context(tifffile.TiffFile(path, _multifile=False))
        chosen_scene(path, which, [""])
        if (stack := stack_in(path, file)) is not None:
            refuse_level(path, which.level, 1)
            return _volume(path, stack)
        full = chosen_page(path, file)
        chosen = full
        if which.level:
            copies = levels(path, file, full, still_open)
            refuse_level(path, which.level, len(copies))
            chosen = copies[which.level]
        page = chosen.page
        _refuse(path, page)
        orientation = full.page.tags.valueof(TAG, 1)
        size = full.page.imagelength, full.page.imagewidth
        mask = _mask(path, chosen)
        if chosen is full and mask is None:
            mask = _mask_beside(path, (page.imagelength, page.imagewidth))
        if int(page.photometric) == YCBCR and int(page.compression) not in JPEG:
            image = _by_libtiff(path, page)
            image = replace(image, **placed(said_of(path, page, 3), orientation, size, image.shape))
            return image if mask is None else image.masked(upright(mask, orientation))
        samples, missing = _samples(path, page)
        seen = as_seen(path, samples, page)
        nodata = _nodata(path, full.page, samples.shape[-1] - seen.alpha)
        channels = (seen.pixels.shape[-1] if seen.pixels.ndim == 3 else 1) - seen.alpha
        said = said_of(path, full.page, channels)
    if chosen.images > 1:
        warn(
            f"{path}: the file holds {chosen.images:,} images; only the first is read.",
            FirstFrameWarning,
        )
    if missing is not None:
        mask = ~missing if mask is None else mask & ~missing
    scaling = said.scales[:channels] if seen.stored is None else ()
    if nodata is not None and (seen.stored is not None or scaling):
        opaque = (
            seen.pixels[..., :channels] if seen.alpha or seen.pixels.ndim == 3 else seen.pixels[..., None]
        )
        valid, _ = taking_part(opaque if seen.stored is None else seen.stored, nodata=nodata)
        mask, nodata = valid if mask is None else mask if valid is None else mask & valid, None
    pixels = seen.pixels
    if scaling:
        ones = (1.0,) * seen.alpha
        pixels = scaled(path, pixels, (*scaling, *ones), (*said.offsets[:channels], *(0.0,) * seen.alpha))
    pixels = upright(pixels, orientation)
    return image_from_array(
        pixels,
        axes="yx" if pixels.ndim == 2 else "yxc",
        alpha=seen.alpha,
        nodata=nodata,
        mask=None if mask is None else upright(mask, orientation),
        channel_names=said.names,
        **placed(said, orientation, size, pixels.shape[:2]),
    )


def contents(path: Path) -> tuple[Content, ...]:
    """Return the image and the sizes of its smaller copies; nothing of a file that holds no copies."""
    with log.silenced(), ExitStack() as still_open:
        file = still_open.enter_context(tifffile.TiffFile(path, _multifile=False))
        if stack_in(path, file) is not None:
            return ()
        found = levels(path, file, chosen_page(path, file), still_open)
        if len(found) == 1:
            return ()
        sizes = tuple((one.page.imagelength, one.page.imagewidth) for one in found)
        page = found[0].page
        axes, shape = (
            ("yx", sizes[0]) if page.samplesperpixel == 1 else ("yxc", (*sizes[0], page.samplesperpixel))
        )
        return (Content("", axes, shape, str(page.dtype), sizes),)


def _volume(path: Path, stack: Stack) -> Image:
    """Return the planes of a stack as one volume."""
    planes = []
    for page in stack.pages:
        _refuse(path, page)
        planes.append(as_seen(path, _samples(path, page)[0], page))
    pixels = np.stack([plane.pixels for plane in planes])
    axes = "zyx" if pixels.ndim == 3 else "zyxc"
    return image_from_array(pixels, axes=axes, spacing=stack.spacing, unit=stack.unit, alpha=planes[0].alpha)


def _refuse(path: Path, page: Any) -> None:
    """Refuse a page that is damaged, or of a kind that is not read."""
    refuse_unreadable_tags(path, page)
    refuse_photometric(path, page)
    refuse_geometry(path, page)


def _samples(path: Path, page: Any) -> tuple[Array, Mask | None]:
    """(rows, columns, samples) of a page's first plane, and where it has no data."""
    held = decoded(path, page)
    plane = held.pixels[:, 0]
    samples = np.moveaxis(plane[..., 0], 0, -1) if len(plane) > 1 else plane[0]
    if samples.dtype.kind == "f":
        not_numbers = np.isnan(samples)
        if not_numbers.any():
            samples[not_numbers] = np.nan  # a signalling one would be complained of at every conversion
    return samples, held.missing


def _mask(path: Path, chosen: Chosen) -> Mask | None:
    """Return where the mask pages let pixels through: where none of them is zero (GDAL, TIFF 6.0)."""
    mask: Mask | None = None
    size = chosen.page.imagelength, chosen.page.imagewidth
    for page in chosen.masks:
        if (page.imagelength, page.imagewidth, page.samplesperpixel) != (*size, 1):
            warn(
                f"{path}: it has a mask of {page.imagewidth:,} x {page.imagelength:,} pixels and "
                f"{page.samplesperpixel} samples for an image of {size[1]:,} x {size[0]:,}; it is not used.",
                UnclearMaskWarning,
            )
            continue
        refuse_geometry(path, page)
        opened = _samples(path, page)[0][..., 0] != 0
        mask = opened if mask is None else mask & opened
    return mask


def _mask_beside(path: Path, size: tuple[int, int]) -> Mask | None:
    """Return where GDAL's mask file beside an image lets pixels through; None where there is none."""
    beside = Path(f"{path}.msk")
    if not beside.is_file():
        return None
    with tifffile.TiffFile(beside, _multifile=False) as file:
        page = chosen_page(beside, file).page
        _refuse(beside, page)
        if (page.imagelength, page.imagewidth) != size:
            warn(
                f"{beside}: the mask is {page.imagewidth:,} x {page.imagelength:,} pixels for an image of "
                f"{size[1]:,} x {size[0]:,}; it is not used.",
                UnclearMaskWarning,
            )
            return None
        opened: Mask = (_samples(beside, page)[0] != 0).all(axis=-1)
    return opened


def _nodata(path: Path, page: Any, channels: int) -> Nodata | None:
    """Return the value, or one a channel, that GDAL's tag says stands for missing data."""
    if NODATA_TAG not in page.tags:
        return None
    text = str(page.tags[NODATA_TAG].value)
    values = nodata_in(text)
    if values is None or len(values) not in (1, channels):
        warn(
            f"{path}: its no-data value {text!r} cannot be understood; no pixel is masked for it.",
            UnclearNodataWarning,
        )
        return None
    return values


def _by_libtiff(path: Path, page: Any) -> Image:
    """Return a page whose chroma is stored more coarsely than its luma: tifffile gives it as stored."""
    refuse_compression(path, page)
    segments(path, page)
    if page.index != 0 or page.imagedepth > 1:
        raise ReadError(
            f"{path}: a TIFF whose pixels are YCBCR is read where they are its first page alone. "
            "Convert it to RGB."
        )
    return picture.decode(path)
