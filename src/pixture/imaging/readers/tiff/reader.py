"""TIFF, BigTIFF and what is built on them, by tifffile: any depth, number of channels, planes and times."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from pixture.arrays import Array, Mask
from pixture.errors import ReadError
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array, part_from_array
from pixture.imaging.physical_space.place import Place
from pixture.imaging.readers.geo.georeferenced import NOTHING, Said, placed
from pixture.imaging.readers.limits import refuse_large_stack
from pixture.imaging.readers.pictures import picture
from pixture.imaging.readers.pictures.orientation import TAG, upright
from pixture.imaging.readers.subimage import FIRST, Content, Subimage
from pixture.imaging.readers.tiff import log
from pixture.imaging.readers.tiff.chosen_scene import chosen_in
from pixture.imaging.readers.tiff.colours import YCBCR
from pixture.imaging.readers.tiff.compression.segments import JPEG
from pixture.imaging.readers.tiff.geotiff import said_of
from pixture.imaging.readers.tiff.pages import kind_of
from pixture.imaging.readers.tiff.part import Part
from pixture.imaging.readers.tiff.planes import (
    Plane,
    mask_beside,
    mask_of,
    planes_of,
    refuse_chroma_beside_others,
    refuse_page,
    scaled_as_said,
)
from pixture.imaging.readers.tiff.scenes.scene import Level, Scene
from pixture.imaging.readers.tiff.scenes.scene import Place as PagePlace
from pixture.imaging.readers.tiff.scenes.scenes import scenes_in
from pixture.imaging.readers.tiff.sizes import Known
from pixture.wording import plural

FAMILY = "OME-TIFF"
_WHOLE = (np.uint8, np.int8, np.uint16, np.int16, np.int32, np.int64)


def decode(path: Path, which: Subimage = FIRST) -> Image:
    """Return an image of the file: all of its times, planes and channels, or those that are asked for.

    What cannot be decoded raises what the decoder does. Which pixels count: those that neither the no-data
    value of GDAL's tag, nor a mask page, nor a mask file (.msk) beside it, nor opacity leaves out. Strips or
    tiles that GDAL left out of the file hold no data, if it names a value for that.

    Of a GeoTIFF the place is kept, bands' names are those of the channels, and where GDAL's metadata have a
    scale and an offset for a band, its values are offset + scale x stored.
    """
    with log.silenced(), ExitStack() as still_open:
        chosen = chosen_in(path, which, still_open)
        image = image_of(path, chosen.scene, which.level)
        chosen.say_what_is_read()
    return image


def contents(path: Path) -> tuple[Content, ...]:
    """Return the images that the file holds, and the levels of their pyramids."""
    with log.silenced(), ExitStack() as still_open:
        file = still_open.enter_context(tifffile.TiffFile(path, _multifile=False))
        return tuple(_content(scene) for scene in scenes_in(path, file, still_open))


def _content(scene: Scene) -> Content:
    lengths = dict(zip(scene.axes, scene.lengths, strict=True))
    page = scene.levels[0].first
    if page.imagedepth > 1:
        lengths["z"] = page.imagedepth
    if page.samplesperpixel > 1:
        lengths["c"] = lengths.get("c", 1) * page.samplesperpixel
    axes = "".join(letter for letter in "tzyxc" if letter in lengths or letter in "yx")
    levels = [
        tuple(
            {"y": level.first.imagelength, "x": level.first.imagewidth}.get(letter, lengths.get(letter, 1))
            for letter in axes
        )
        for level in scene.levels
    ]
    return Content(scene.name, axes, levels[0], str(page.dtype), tuple(levels))


def is_by_libtiff(page: Any) -> bool:
    """Whether it is libtiff that reads a page, whole, and not tifffile."""
    return int(page.photometric) == YCBCR and int(page.compression) not in JPEG


def image_of(path: Path, scene: Scene, number: int, part: Part | None = None) -> Image:
    """Return a level of an image, or a part of it, which may be masked all over.

    Of what is read in parts, the pages are whole and have been looked at (`whole_pages`).
    """
    level = scene.levels[number]
    pages = (
        whole_pages(path, level) if part is None else [place for place in level.pages if place is not None]
    )
    first = pages[0].page
    if part is None:
        refuse_page(path, first)
    deep = first.imagedepth
    size = {"y": first.imagelength, "x": first.imagewidth} | ({"z": deep} if deep > 1 else {})
    lengths = dict(zip(scene.axes, scene.lengths, strict=True))
    if deep > 1 and "z" in lengths:
        raise ReadError(f"{path}: a TIFF of volumes in planes is not read. Save it as OME-TIFF.")
    samples = first.samplesperpixel * lengths.get("c", 1)
    spatial = {letter: length for letter, length in (lengths | size).items() if letter != "c"}
    if part is None:
        refuse_large_stack(
            path, "".join(spatial), tuple(spatial.values()), samples * first.dtype.itemsize, len(scene.levels)
        )
        if is_by_libtiff(first):
            return _by_libtiff(path, level, scene, alone=len(pages) == 1)
    stack = _stacked(path, level, pages, part)
    axes = scene.axes + ("z" if deep > 1 else "")
    down = () if deep == 1 else (deep if part is None else part.region[0][1] - part.region[0][0],)
    pixels = stack.pixels.reshape(*scene.lengths, *down, *stack.pixels.shape[1:])
    mask = None if stack.mask is None else _without_channels(stack.mask, axes, pixels.shape)
    coloured = stack.pixels.ndim == 4
    if "c" in axes and coloured:
        if stack.alpha:
            raise ReadError(f"{path}: a TIFF of several channels of colours with opacity is not read.")
        pixels = _colours_as_channels(pixels, axes)
        axes = axes.replace("c", "")
    letters = f"{axes}yx" + ("c" if coloured else "")
    if scene.is_plain and not axes:
        one = Plane(pixels, stack.alpha, mask, stack.nodata, stack.of_palette)
        return _of_one_page(path, scene, level, one, part)
    pixels = _calibrated(pixels, scene.known, stack.alpha)
    return (image_from_array if part is None else part_from_array)(
        pixels,
        axes=letters,
        spacing=_spacing(scene, level, letters.replace("c", "")),
        unit=scene.known.unit,
        alpha=stack.alpha,
        nodata=stack.nodata,
        mask=mask,
        channel_names=_names(scene.known, letters, pixels.shape),
        place=_place(scene),
    )


def _of_one_page(path: Path, scene: Scene, level: Level, plane: Plane, part: Part | None) -> Image:
    """Return the image that is one page, which may lie on the Earth, and have bands with names and scales."""
    full, page = scene.levels[0].first, level.first
    letters = "yx" if plane.pixels.ndim == 2 else "yxc"
    orientation = full.tags.valueof(TAG, 1)
    if level is scene.levels[0] and not level.masks:
        beside = mask_beside(path, (page.imagelength, page.imagewidth), part)
        if beside is not None:
            beside = upright(beside, orientation)
            plane = replace(plane, mask=beside if plane.mask is None else plane.mask & beside)
    channels = (plane.pixels.shape[-1] if letters.endswith("c") else 1) - plane.alpha
    shape = plane.pixels.shape[:2] if part is None else part.full

    def ask() -> tuple[Said, dict[str, Any]]:
        said = said_of(path, full, channels)
        return said, placed(said, orientation, (full.imagelength, full.imagewidth), shape)

    said, where = ask() if part is None else part.remembered.once("said", ask)
    plane = scaled_as_said(path, plane, said, channels)
    return (image_from_array if part is None else part_from_array)(
        _calibrated(plane.pixels, scene.known, plane.alpha),
        axes=letters,
        alpha=plane.alpha,
        nodata=plane.nodata,
        mask=plane.mask,
        channel_names=said.names,
        **({"spacing": _spacing(scene, level, "yx"), "unit": scene.known.unit} | where),
    )


def whole_pages(path: Path, level: Level) -> list[PagePlace]:
    """Return the pages of a level, parsed whole, all there and all of the first one's kind."""
    lacking = sum(place is None for place in level.pages)
    if lacking:
        raise ReadError(
            f"{path}: {lacking:,} of {plural(len(level.pages), 'plane')} that it speaks of are not in this "
            "file: they are in others, or lost. Save the image as one file."
        )
    pages = list[PagePlace]()
    for place in level.pages:
        assert place is not None
        page = place.page
        if pages and pages[-1].page is page:
            pages.append(place)
            continue
        whole = page if isinstance(page, tifffile.TiffPage) else page.aspage()
        pages.append(PagePlace(whole, place.behind))
    kind = kind_of(pages[0].page)
    for number, place in enumerate(pages, 1):
        if place.page is not pages[0].page and kind_of(place.page) != kind:
            raise ReadError(
                f"{path}: page {number:,} of {len(pages):,} is of another size or kind than the first. "
                "Export it again, or take one of them: slice=1."
            )
    return pages


def _stacked(path: Path, level: Level, pages: list[PagePlace], part: Part | None) -> Plane:
    """Return all planes as one: their pixels with an axis more, and where they are valid."""
    pixels: Array | None = None
    mask: Mask | None = None
    alpha, nodata, of_palette, at = False, None, False, 0
    for number, place in enumerate(pages):
        for plane in planes_of(path, place, level.masks[number] if level.masks else (), part):
            if pixels is None:
                count = len(pages) * (
                    place.page.imagedepth if part is None else part.region[0][1] - part.region[0][0]
                )
                alpha, nodata, of_palette = plane.alpha, plane.nodata, plane.of_palette
                shape, kind = plane.pixels.shape, plane.pixels.dtype
                pixels = plane.pixels[None] if count == 1 else np.empty((count, *shape), kind)
            if len(pixels) > 1:
                pixels[at] = plane.pixels
            if plane.mask is not None:
                if mask is None:
                    mask = np.ones((len(pixels), *plane.mask.shape), bool)
                mask[at] = plane.mask
            at += 1
    assert pixels is not None
    return Plane(pixels, alpha, mask, nodata, of_palette)


def _without_channels(mask: Mask, axes: str, shape: tuple[int, ...]) -> Mask:
    """Return where all channels are valid, of the image's shape: times, planes, rows, columns."""
    lead = shape[: len(axes)]
    whole: Mask = mask.reshape(*lead, *mask.shape[-2:])
    if "c" in axes:
        whole = np.asarray(whole.all(axis=axes.index("c")))
        axes = axes.replace("c", "")
    return whole.swapaxes(0, 1) if axes == "zt" else whole


def _colours_as_channels(pixels: Array, axes: str) -> Array:
    """Return the colours of every channel as channels, the last axis."""
    moved = np.moveaxis(pixels, axes.index("c"), -2)
    return moved.reshape(*moved.shape[:-2], prod(moved.shape[-2:]))


def _calibrated(pixels: Array, known: Known, alpha: bool) -> Array:
    """Return c0 + c1 x what is stored: integers where both are whole, else float64."""
    if known.calibration is None or alpha:
        return pixels
    c0, c1 = known.calibration
    if pixels.dtype.kind in "ui" and pixels.dtype.itemsize < 4 and c0 == int(c0) and c1 == 1:
        reach = np.iinfo(pixels.dtype)
        least, most = reach.min + int(c0), reach.max + int(c0)
        fits = [kind for kind in _WHOLE if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max]
        return (pixels.astype(np.int64) + int(c0)).astype(fits[0])
    return pixels.astype(np.float64) * c1 + c0


def _spacing(scene: Scene, level: Level, axes: str) -> tuple[float, ...]:
    """Return the size of a pixel along axes; that of smaller levels by how much smaller they are."""
    full, page = scene.levels[0].first, level.first
    times = {"y": full.imagelength / page.imagelength, "x": full.imagewidth / page.imagewidth}
    found = {axis: size * times.get(axis, 1) for axis, size in scene.known.sizes.items()}
    if scene.known.unit is None and level is not scene.levels[0]:
        found = {axis: times[axis] for axis in "yx"} | found
    order = [letter for letter in "tzyx" if letter in axes]
    return tuple(float(f"{found.get(letter, 1.0):.9g}") for letter in order)


def _names(known: Known, letters: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the names of channels where there is one for each."""
    count = shape[letters.index("c")] if "c" in letters else 1
    return known.channels if len(known.channels) == count else ()


def _place(scene: Scene) -> Place | None:
    """Return what OME-XML says of where the pixels are, for its own writer; None where there is none."""
    if scene.ome is None:
        return None
    return Place(FAMILY, scene.ome, f"OME-TIFF{f', image {scene.ome.name}' if scene.ome.name else ''}")


def _by_libtiff(path: Path, level: Level, scene: Scene, alone: bool) -> Image:
    """Return a page whose chroma is stored more coarsely than its luma: tifffile gives it as stored."""
    page = level.first
    refuse_chroma_beside_others(path, page, alone)
    image = picture.decode(path)
    orientation = page.tags.valueof(TAG, 1)
    said = said_of(path, page, 3) if scene.is_plain else NOTHING
    image = replace(image, **placed(said, orientation, (page.imagelength, page.imagewidth), image.shape))
    mask = mask_of(path, page, level.masks[0] if level.masks else ())
    if mask is None and scene.is_plain:
        mask = mask_beside(path, (page.imagelength, page.imagewidth))
    return image if mask is None else image.masked(upright(mask, orientation))
