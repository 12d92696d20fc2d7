"""Regions as a picture to look at: their numbers, or the names and colours of groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import distance_transform_edt, maximum_position

from pixture.arrays import Floats, Integers
from pixture.imaging.display.display import boundaries, overlay
from pixture.imaging.display.label_colours import label_colours
from pixture.imaging.encoding.jpeg import jpeg
from pixture.segmentation.regions.contour_map import times_enlarged
from pixture.segmentation.regions.flat_regions import flat_regions
from pixture.segmentation.regions.regions import Regions
from pixture.view.output.overlay_file import NARROWEST, OF_THE_PICTURE, SMALLEST, legend_strip

MOST_ACROSS = 640
"""Pixels of the longer side, from about which the places of numbers are found."""

OF_THE_OUTLINES = 45
"""How many times as long as a number is high the picture is."""


def region_picture(regions: Regions, table: list[dict[str, Any]] | None = None) -> bytes:
    """Return regions as a JPEG file: outlined, with their numbers; where some have names, these in colours.

    Small images are enlarged by a whole number. What has no name is grey then, and a legend is below. A
    volume is shown by some of its planes. `table` is the regions', where these are but some of the pixels.
    """
    return jpeg(_coloured(regions, table) if regions.names else _numbered(flat_regions(regions)))


def _coloured(whole: Regions, table: list[dict[str, Any]] | None) -> Integers:
    regions = flat_regions(whole)
    image, names = regions.image, regions.names
    colour_of = np.full(int(regions.ids[-1]) + 1, len(names), np.int64)
    colour_of[list(names)] = np.arange(len(names))
    labels = colour_of[regions.labels]
    named = replace(image, mask=labels < len(names))
    picture = overlay(named, np.minimum(labels, len(names) - 1), label_colours(len(names)))
    picture[boundaries(regions.labels)] = 255
    if table is None:
        counts = np.bincount(whole.labels.ravel(), minlength=len(colour_of))
        shares = counts[list(names)] / np.count_nonzero(whole.labels)
    else:
        share_of = {row["region"]: row["share"] for row in table}
        shares = np.array([share_of[region] for region in names])
    return _with_legend(_enlarged(picture), shares, tuple(names.values()))


def _with_legend(picture: Integers, shares: Floats, names: tuple[str, ...]) -> Integers:
    rows, columns = picture.shape[:2]
    width, size = max(columns, NARROWEST), max(SMALLEST, max(rows, columns) // OF_THE_PICTURE)
    picture = np.pad(picture, ((0, 0), (0, width - columns), (0, 0)), constant_values=255)
    return np.concatenate([picture, legend_strip(shares, width, size, names)])


def _enlarged(picture: Integers) -> Integers:
    times = times_enlarged(picture.shape[:2])
    return np.repeat(np.repeat(picture, times, axis=0), times, axis=1)


def _numbered(regions: Regions) -> Integers:
    """Return the outlines, and the number of each region where it is widest, if there is room for it."""
    outlined = regions.outlined()
    picture = Image.fromarray(outlined)
    draw = ImageDraw.Draw(picture)
    size = max(SMALLEST, max(outlined.shape) // OF_THE_OUTLINES)
    font = ImageFont.load_default(size)
    scale = outlined.shape[0] / regions.image.shape[0]
    for region, (row, column, radius) in _widest(regions.labels).items():
        if radius * scale > 0.6 * size:
            place = ((column + 0.5) * scale, (row + 0.5) * scale)
            draw.text(
                place,
                f"{region}",
                "white",
                font,
                anchor="mm",
                stroke_width=max(2, size // 8),
                stroke_fill="black",
            )
    return np.asarray(picture)


def _widest(labels: Integers) -> dict[int, tuple[float, float, float]]:
    """Return of each region a pixel furthest from its outline, its row and column, and how far that is."""
    apart = max(1, max(labels.shape) // MOST_ACROSS)
    seen = np.pad(labels[::apart, ::apart], 1)
    edge = boundaries(seen)
    edge[1:, :] |= edge[:-1, :]
    edge[:, 1:] |= edge[:, :-1]
    far = distance_transform_edt(~edge & (seen > 0))
    regions = np.unique(seen[seen > 0])
    places = maximum_position(far, seen, regions)
    return {
        int(region): (apart * (row - 1), apart * (column - 1), float(apart * far[row, column]))
        for region, (row, column) in zip(regions, places, strict=True)
    }
