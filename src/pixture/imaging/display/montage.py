"""Some planes of a volume beside each other: an image to look at."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.imaging.image import Image

MOST_PLANES = 12
"""Planes that a picture of a volume shows."""

PROPORTION = 4 / 3
"""Width over height that a montage comes close to."""

GAP = 40
"""Planes lie apart by a pixel for so many of their longer side; by one at least."""


def montage(image: Image, most: int = MOST_PLANES) -> Image:
    """Return up to `most` evenly spaced planes of a volume as one image; an image is returned as it is.

    They are shown as people look at them (`Place.upwards`). Of several times, all planes of all are looked
    at, one time after the other. Planes in which no pixel takes part are passed over. Between planes pixels
    are masked, and as dark as the darkest.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> volume = image_from_array(np.arange(24).reshape(4, 2, 3), axes="zyx")
    >>> montage(volume, 1).pixels
    array([[12, 13, 14],
           [15, 16, 17]])
    >>> montage(volume).shape, int(montage(volume).mask.sum())
    ((5, 7), 24)
    """
    if not image.is_stack:
        return image
    of_plane = image.shape[-2:]
    every = image.pixels.reshape(-1, *of_plane, *image.pixels.shape[len(image.shape) :])
    inside = None if image.mask is None else image.mask.reshape(-1, *of_plane)
    if image.place is not None and "y" in image.place.upwards:
        every, inside = every[:, ::-1], None if inside is None else inside[:, ::-1]
    planes = _shown_planes(len(every), inside, most)
    pixels = _tiled(every[planes], _darkest(image))
    there = np.ones((len(planes), *of_plane), bool) if inside is None else inside[planes]
    mask = _tiled(there, np.zeros(1, bool))
    return replace(
        image,
        pixels=pixels,
        axes=image.axes[len(image.shape) - 2 :],
        spacing=image.spacing[-2:],
        mask=None if mask.all() else mask,
        place=None,
    )


def _shown_planes(planes: int, inside: Mask | None, most: int) -> Integers:
    there = np.arange(planes) if inside is None else np.flatnonzero(inside.any(axis=(1, 2)))
    count = min(most, len(there))
    shown: Integers = there[((np.arange(count) + 0.5) * len(there) / count).astype(np.intp)]
    return shown


def _darkest(image: Image) -> Array:
    """Return the least value of each channel where pixels take part, (channels,)."""
    rows = image.rows if image.mask is None else image.rows[image.mask.ravel()]
    darkest: Array = rows.min(axis=0)
    return darkest


def _tiled(planes: Array, fill: Array) -> Array:
    """Return planes (n, rows, columns, …) beside and below each other, what is between them filled."""
    count, height, width = planes.shape[:3]
    columns = min(range(1, count + 1), key=lambda number: _ugliness(number, count, height, width))
    lines = -(-count // columns)
    gap = max(1, max(height, width) // GAP)
    shape = (lines * (height + gap) - gap, columns * (width + gap) - gap, *planes.shape[3:])
    whole = np.empty(shape, planes.dtype)
    whole[:] = fill if planes.ndim == 4 else fill[0]
    for place, plane in enumerate(planes):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        whole[top : top + height, left : left + width] = plane
    return whole


def _ugliness(columns: int, count: int, height: int, width: int) -> float:
    """Return how far from the wanted proportion so many columns are, and how much they leave empty."""
    lines = -(-count // columns)
    return abs(math.log(columns * width / (lines * height) / PROPORTION)) + (lines * columns - count) / count
