"""The overlay as a file: the labels' colours over the image, and below it which colour is which label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pixture.arrays import Floats, Integers
from pixture.imaging.display.label_colours import label_colours
from pixture.imaging.encoding.jpeg import jpeg
from pixture.segmentation.regions.contour_map import times_enlarged
from pixture.segmentation.segmentation import Segmentation
from pixture.view.pages.component_rows import percent
from pixture.view.panels.glimpse import flat as flattened

MOST_LISTED = 32
"""Labels that the legend lists."""

NARROWEST = 360
"""Pixels across the legend at least: a narrower picture stands on white."""

SMALLEST, OF_THE_PICTURE = 15, 80
"""Pixels of the legend's letters at least, and how many times as long the picture is."""

INK, PAPER = "#222222", "#ffffff"


def overlay_file(segmentation: Segmentation, *, flat: bool = False) -> bytes:
    """Return a segmentation's overlay with its legend below, as a JPEG file.

    Small images are enlarged by a whole number, as those of regions are. A label's share is that of its
    pixels among all that take part. A volume is shown by some of its planes.
    """
    picture = flattened(segmentation).overlay(flat=flat)
    times = times_enlarged(picture.shape[:2])
    if times > 1:
        picture = np.repeat(np.repeat(picture, times, axis=0), times, axis=1)
    rows, columns = picture.shape[:2]
    width = max(columns, NARROWEST)
    size = max(SMALLEST, max(rows, columns) // OF_THE_PICTURE)
    legend = legend_strip(segmentation.shares, width, size, segmentation.names)
    if width > columns:
        picture = np.pad(picture, ((0, 0), (0, width - columns), (0, 0)), constant_values=255)
    return jpeg(np.concatenate([picture, legend]))


def legend_strip(shares: Floats, width: int, size: int, names: Sequence[str] = ()) -> Integers:
    """Return a legend, (rows, width, 3) uint8: each label's colour, number or name, and share, in lines.

    Parameters
    ----------
    shares
        Of each label, (K,).
    width
        In pixels.
    size
        Of the letters, in pixels.
    names
        Of the classes, where they have any.

    Examples
    --------
    >>> legend_strip(np.array([0.25, 0.75]), 360, 15).shape[1:]
    (360, 3)
    """
    font = ImageFont.load_default(size)
    listed = shares.size if shares.size <= MOST_LISTED else MOST_LISTED - 1
    called = names or [f"{label}:" for label in range(listed)]
    texts = [f"{name}  {percent(share)}" for name, share in zip(called, shares[:listed], strict=False)]
    if listed < shares.size:
        texts.append(f"... {shares.size - listed} more")
    places, height = _places([font.getlength(text) for text in texts], width, size)
    strip = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(strip)
    colours = label_colours(listed)
    for number, ((left, top), text) in enumerate(zip(places, texts, strict=True)):
        if number < listed:
            swatch = (left, top, left + 1.6 * size, top + size)
            draw.rectangle(swatch, fill=tuple(colours[number].tolist()))
        draw.text((left + 2.1 * size, top + size / 2), text, INK, font, anchor="lm")
    return np.asarray(strip)


def _places(lengths: Sequence[float], width: int, size: int) -> tuple[list[tuple[float, float]], int]:
    """Return where each entry begins, in columns as wide as the widest needs, and the height of all."""
    column = 2.1 * size + max(lengths) + 1.4 * size
    across = max(1, int((width - size) // column))
    lines = -(-len(lengths) // across)
    line = 1.7 * size
    places = [
        (0.8 * size + (entry % across) * column, 0.7 * size + (entry // across) * line)
        for entry in range(len(lengths))
    ]
    return places, round(lines * line + 0.7 * size)
