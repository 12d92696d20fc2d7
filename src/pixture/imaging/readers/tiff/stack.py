"""A TIFF that says that its pages are the planes of one volume, and how large a voxel is: ImageJ's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.orientation import TAG
from pixture.imaging.readers.tiff.colours import YCBCR
from pixture.imaging.readers.tiff.pages import is_mask
from pixture.imaging.readers.tiff.tables import NODATA_TAG

_RESOLUTION_X, _RESOLUTION_Y = 282, 283
_PIXEL = ("", "pixel", "pixels")
"""Units by which nothing is known."""


@dataclass(frozen=True)
class Stack:
    """The pages of a volume in the order of its planes, the size of a voxel, and the unit of that."""

    pages: tuple[Any, ...]
    spacing: tuple[float, float, float]
    unit: str | None


def stack_in(path: Path, file: Any) -> Stack | None:
    """Return the volume that a file says it is; None where it says none.

    It is one where the description that ImageJ and Fiji write speaks of slices, and neither of channels nor
    of points in time, and where each has a page of the first one's kind, without anything that is masked or
    turned.
    """
    try:
        said = file.imagej_metadata if file.is_imagej else None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None  # a description that contradicts itself must not keep from reading the first page
    slices = _count(said, "slices")
    if said is None or slices < 2 or not slices == _count(said, "images") == len(file.pages):
        return None
    if _count(said, "channels") > 1 or _count(said, "frames") > 1:
        return None
    first = file.pages.first
    if first.dtype is None or NODATA_TAG in first.tags or first.tags.valueof(TAG, 1) != 1:
        return None
    samples = first.samplesperpixel * first.dtype.itemsize
    refuse_bomb(path, first.imagewidth, first.imagelength * slices, samples)
    pages = tuple(file.pages)
    if int(first.photometric) == YCBCR or any(
        _kind(page) != _kind(first) or page.is_reduced or is_mask(page) for page in pages
    ):
        return None
    unit = str(said.get("unit", "")).strip()
    depth = _size(said.get("spacing"))
    spacing = (depth, _pixel(first, _RESOLUTION_Y), _pixel(first, _RESOLUTION_X))
    return Stack(pages, spacing, None if unit.lower() in _PIXEL else unit)


def _kind(page: Any) -> tuple[Any, ...]:
    return (*page.shape, page.dtype, page.photometric, page.extrasamples)


def _count(said: Any, name: str) -> int:
    value = None if said is None else said.get(name)
    return value if isinstance(value, int) else 1


def _pixel(page: Any, tag: int) -> float:
    """Return the size of a pixel, from how many there are in a unit of length."""
    found = page.tags.valueof(tag)
    if not isinstance(found, tuple) or len(found) != 2 or not all(found):
        return 1.0
    return _size(found[1] / found[0])


def _size(value: Any) -> float:
    """Return a size as it was written; 1, which says nothing, where it is none."""
    if not isinstance(value, int | float) or not 0 < abs(value) < math.inf:
        return 1.0
    return float(f"{abs(value):.6g}")  # resolutions are fractions, and rounded
