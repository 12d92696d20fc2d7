"""A part of an image, with the rows of its pixels: where the field has to look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.histogram.lookup import ByRow
from pixture.imaging.image import Image

Box = tuple[slice, ...]
"""A slice along each spatial axis."""


def box_of(image: Image) -> Box:
    """Return where the pixels of a volume that take part lie: of a scanned head half may be air."""
    if image.mask is None or not image.is_volume:
        return tuple(slice(0, length) for length in image.shape)
    box = []
    for axis in range(3):
        there = np.flatnonzero(image.mask.any(axis=tuple({0, 1, 2} - {axis})))
        box.append(slice(int(there[0]), int(there[-1]) + 1))
    return tuple(box)


def part_of(
    image: Image, histogram: Histogram, box: Box, threads: int | None = None
) -> tuple[Image, Histogram]:
    """Return the pixels within a box, and the histogram with their rows; its sample stays as it was."""
    rows = histogram.rows(threads=threads)[box]
    if rows.size == image.size:
        return image, histogram
    pixels = np.ascontiguousarray(image.pixels[box])
    mask = None if image.mask is None else np.ascontiguousarray(image.mask[box])
    part = replace(image, pixels=pixels, mask=None if mask is None or mask.all() else mask)
    lookup = ByRow(np.ascontiguousarray(rows).ravel())
    return part, replace(histogram, lookup=lookup, shape=rows.shape)
