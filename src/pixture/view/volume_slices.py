"""A volume in three slices that cross each other, each with a slider: a part of a page."""

from __future__ import annotations

import base64
import hashlib
import io

import numpy as np
import PIL.Image
from markupsafe import Markup

from pixture.arrays import Array, Integers
from pixture.imaging.display.display import as_picture
from pixture.imaging.image import Image
from pixture.segmentation.segmentation import Segmentation
from pixture.view.pages.page import page
from pixture.view.panels.glimpse import fewer_of

MOST_SLICES = 24
"""Slices along each axis."""

SIDE = 300
"""Pixels of the longest side of a slice at most."""

LONGEST = 16_000
"""Pixels of a film of slices one below the other: WebP has no more than 16,383."""

QUALITY = 60

ACROSS = (("z", "planes"), ("y", "rows"), ("x", "columns"))
"""The axes along which there are slices, and what these are."""


def slices_html(segmentation: Segmentation) -> Markup:
    """Return slices across the planes, the rows and the columns of a volume, with its labels or without.

    Slices are spread evenly over where pixels take part; of several times, those of the middle one are shown.
    The size of a voxel is respected: what is a ball is shown round. What people look at with its top at the
    top is shown so (`Place.upwards`).

    >>> import pixture
    >>> volume = pixture.image_from_array(np.arange(60, dtype=np.uint8).reshape(3, 4, 5), axes="zyx")
    >>> slices_html(pixture.segment(volume, 2)).count("<input")
    4
    """
    seen = segmentation
    if segmentation.image.has_times:
        middle = segmentation.image.shape[0] // 2
        seen = fewer_of(segmentation, lambda image: image.at("t", middle))
    image = seen.image
    plain, painted = as_picture(image), seen.overlay()
    there = np.ones(image.shape, bool) if image.mask is None else image.mask
    sizes = np.array(image.shape) * image.spatial_spacing
    scale = SIDE / sizes.max()
    views = []
    for axis, (letter, name) in enumerate(ACROSS):
        places = _places(there, axis)
        height, width = (
            max(1, round(float(size * scale))) for place, size in enumerate(sizes) if place != axis
        )
        places = places[: max(1, LONGEST // height)]
        size, down = (width, height), _down(image, axis)
        views.append(
            {
                "letter": letter,
                "name": name,
                "numbers": [int(place) + 1 for place in places],
                "of": image.shape[axis],
                "width": width,
                "height": height,
                "plain": _film(plain, places, axis, size, down),
                "labels": _film(painted, places, axis, size, down),
            }
        )
    key = hashlib.sha256(seen.labels.tobytes()).hexdigest()[:16]
    return page("slices.html", views=views, key=key)


def _places(there: Array, axis: int) -> Integers:
    """Return which slices are shown: evenly spread over those in which pixels take part."""
    others = tuple(other for other in range(3) if other != axis)
    inside = np.flatnonzero(there.any(axis=others))
    count = min(MOST_SLICES, len(inside))
    shown: Integers = inside[((np.arange(count) + 0.5) * len(inside) / count).astype(np.intp)]
    return shown


def _down(image: Image, axis: int) -> int:
    """Return 1 where the first line of slices across an axis is their highest, -1 where it is the lowest."""
    first = "zyx"[1 if axis == 0 else 0]
    return -1 if image.place is not None and first in image.place.upwards else 1


def _film(pictures: Integers, places: Integers, axis: int, size: tuple[int, int], down: int) -> str:
    """Return slices one below the other, as the address of a WebP picture."""
    each = (np.ascontiguousarray(pictures.take(place, axis=axis)[::down]) for place in places)
    slices = [np.asarray(PIL.Image.fromarray(one).resize(size)) for one in each]
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.concatenate(slices)).save(buffer, "WEBP", quality=QUALITY, method=4)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
