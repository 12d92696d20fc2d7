"""A plane of a TIFF as a person sees it: decoded, in its colours, upright, with where it is valid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from pixture.arrays import Array, Mask
from pixture.errors import ImageError, ReadError, UnclearMaskWarning, UnclearNodataWarning, warn
from pixture.imaging.geo.bands import scaled
from pixture.imaging.readers.geo.georeferenced import Said
from pixture.imaging.readers.pictures.orientation import TAG, upright
from pixture.imaging.readers.tiff.colours import as_seen, refuse_photometric
from pixture.imaging.readers.tiff.compression.segments import decoded, refuse_compression
from pixture.imaging.readers.tiff.part import Part, Remembered, loaded
from pixture.imaging.readers.tiff.region_decoding import decoded_part
from pixture.imaging.readers.tiff.scenes.scene import Place
from pixture.imaging.readers.tiff.tables import (
    NODATA_TAG,
    UNCOMPRESSED,
    refuse_geometry,
    refuse_unreadable_tags,
    segments,
)
from pixture.imaging.readers.uncompressed import read_box
from pixture.imaging.validity.nodata_values import Nodata, nodata_in
from pixture.imaging.validity.validity import taking_part


@dataclass(frozen=True)
class Plane:
    """(rows, columns[, channels]) upright, the last channel opacity or not; where it is valid.

    `nodata` is what stands for missing data in these pixels, None where nothing does, or it has been looked
    for already. `of_palette` says whether the pixels are a palette's colours, and not what was stored.
    """

    pixels: Array
    alpha: bool
    mask: Mask | None
    nodata: Nodata | None
    of_palette: bool = False


def refuse_page(path: Path, page: Any, *, in_parts: bool = False) -> None:
    """Refuse a page that is damaged, or of a kind that is not read; in parts, it may be as large as it is."""
    refuse_unreadable_tags(path, page)
    refuse_photometric(path, page)
    refuse_geometry(path, page, in_parts=in_parts)


def planes_of(path: Path, place: Place, masks: tuple[Any, ...], part: Part | None = None) -> Iterator[Plane]:
    """Yield the planes of a page: one, or as many as it is deep; or a part of them.

    A page that is read in parts has been looked at before (`refuse_page`).

    Raises
    ------
    ReadError
        The page is damaged, or of a kind that is not read.
    """
    page = place.page
    if part is None:
        refuse_page(path, page)
    orientation = page.tags.valueof(TAG, 1)
    mask = mask_of(path, page, masks, part)
    for samples, missing in _samples(path, place, part):
        seen = as_seen(path, samples, page)
        nodata = _nodata(path, page, samples.shape[-1] - seen.alpha)
        valid = mask
        if missing is not None:
            valid = ~missing if valid is None else valid & ~missing
        if nodata is not None and seen.stored is not None:
            there = _where_data(seen.stored, nodata)
            valid, nodata = there if valid is None else valid if there is None else valid & there, None
        turned = None if valid is None else upright(valid, orientation)
        yield Plane(upright(seen.pixels, orientation), seen.alpha, turned, nodata, seen.stored is not None)


def _where_data(stored: Array, nodata: Nodata) -> Mask | None:
    try:
        return taking_part(stored, nodata=nodata)[0]
    except ImageError:  # a plane without data is refused where it is the only one
        return np.zeros(stored.shape[:2], bool)


def _samples(path: Path, place: Place, part: Part | None) -> Iterator[tuple[Array, Mask | None]]:
    """Yield (rows, columns, samples) of each plane of a page, and where it has no data."""
    if place.behind:
        yield _behind(path, place, part), None
        return
    if part is None:
        held = decoded(path, place.page)
    else:
        held = decoded_part(part.table(place.page), part.region, part.remembered.segments)
    for depth in range(held.pixels.shape[1]):
        plane = held.pixels[:, depth]
        yield _numbers(np.moveaxis(plane[..., 0], 0, -1) if len(plane) > 1 else plane[0]), held.missing


def _numbers(samples: Array) -> Array:
    if samples.dtype.kind == "f":
        not_numbers = np.isnan(samples)
        if not_numbers.any():
            samples[not_numbers] = np.nan  # a signalling one would be complained of at every conversion
    return samples


def _behind(path: Path, place: Place, part: Part | None) -> Array:
    """Return a plane that no directory tells of: it follows others, uncompressed, all as large as the first.

    ImageJ's way beyond 4 GB, and MetaMorph's.
    """
    page = place.page
    bits = page.bitspersample
    first = segments(path, page)[0] if part is None else part.table(page).segment(0)
    plain = page.compression == UNCOMPRESSED and page.fillorder == 1 and not page.is_subsampled
    if not plain or isinstance(bits, tuple) or bits not in (8, 16, 32, 64) or page.planarconfig != 1:
        raise ReadError(
            f"{path}: its planes follow one directory in a way that is not read. Save it as a TIFF with a "
            "directory a plane."
        )
    kind = page.dtype.newbyteorder(page.parent.byteorder)
    shape = (page.imagelength, page.imagewidth, page.samplesperpixel)
    start, length = first.offset + place.behind * page.nbytes, page.nbytes
    if start + length > path.stat().st_size:
        raise ReadError(
            f"{path}: the file is incomplete: it ends at byte {path.stat().st_size:,}, but plane "
            f"{place.behind + 1:,} goes on to byte {start + length:,}. Copy or export it again."
        )
    if part is not None:
        box = [slice(*ends) for ends in (*part.region[1:], (0, shape[2]))]
        with path.open("rb", buffering=0) as raw:
            return _numbers(read_box(raw, kind, start, shape, box).astype(page.dtype))
    file = page.parent.filehandle
    file.seek(start)
    return _numbers(np.frombuffer(file.read(length), kind).reshape(shape).astype(page.dtype))


def mask_of(path: Path, page: Any, masks: tuple[Any, ...], part: Part | None = None) -> Mask | None:
    """Return where mask pages let pixels through: where none of them is zero (GDAL, TIFF 6.0)."""
    mask: Mask | None = None
    size = page.imagelength, page.imagewidth
    for one in masks:
        if (one.imagelength, one.imagewidth, one.samplesperpixel) != (*size, 1):
            warn(
                f"{path}: it has a mask of {one.imagewidth:,} x {one.imagelength:,} pixels and "
                f"{one.samplesperpixel} samples for an image of {size[1]:,} x {size[0]:,}; it is not used.",
                UnclearMaskWarning,
            )
            continue
        refuse_geometry(path, one, in_parts=part is not None)
        opened = next(_samples(path, Place(one), part))[0][..., 0] != 0
        mask = opened if mask is None else mask & opened
    return mask


def mask_beside(path: Path, size: tuple[int, int], part: Part | None = None) -> Mask | None:
    """Return where GDAL's mask file (.msk) beside an image lets pixels through; None where there is none."""
    beside = Path(f"{path}.msk")
    if not beside.is_file():
        return None
    if part is None:
        part = Part(((0, 1), (0, size[0]), (0, size[1])), size, Remembered())
        page = _page_beside(beside, size, in_parts=False)
    else:
        page = part.remembered.once("mask beside", lambda: _page_beside(beside, size, in_parts=True))
    if page is None:
        return None
    opened: Mask = (next(_samples(beside, Place(page), part))[0] != 0).all(axis=-1)
    return opened


def _page_beside(beside: Path, size: tuple[int, int], *, in_parts: bool) -> Any | None:
    """Return the page of a mask file; None where it is of another size than the image."""
    with tifffile.TiffFile(beside, _multifile=False) as file:
        page = file.pages.first
        refuse_page(beside, page, in_parts=in_parts)
        refuse_compression(beside, page)
        if (page.imagelength, page.imagewidth) != size:
            warn(
                f"{beside}: the mask is {page.imagewidth:,} x {page.imagelength:,} pixels for an image of "
                f"{size[1]:,} x {size[0]:,}; it is not used.",
                UnclearMaskWarning,
            )
            return None
        return loaded(page)


def scaled_as_said(path: Path, plane: Plane, said: Said, channels: int) -> Plane:
    """Return a plane whose channels are offset + scale x stored, as GDAL's metadata say.

    What stands for missing data is compared with what is stored.
    """
    scales = said.scales[:channels]
    if not scales or plane.of_palette:
        return plane
    mask = plane.mask
    if plane.nodata is not None:
        stored = plane.pixels[..., :channels] if plane.pixels.ndim == 3 else plane.pixels[..., None]
        there = _where_data(stored, plane.nodata)
        mask = there if mask is None else mask if there is None else mask & there
    ones, zeros = (1.0,) * plane.alpha, (0.0,) * plane.alpha
    pixels = scaled(path, plane.pixels, (*scales, *ones), (*said.offsets[:channels], *zeros))
    return replace(plane, pixels=pixels, mask=mask, nodata=None)


def refuse_chroma_beside_others(path: Path, page: Any, alone: bool) -> None:
    """Refuse a page whose chroma is coarser than its luma, which libtiff reads, unless it is the only image.

    tifffile gives such pixels as they are stored.
    """
    refuse_compression(path, page)
    segments(path, page)
    if page.index != 0 or page.imagedepth > 1 or not alone:
        raise ReadError(
            f"{path}: a TIFF whose pixels are YCBCR is read where they are its first page alone. "
            "Convert it to RGB."
        )


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
