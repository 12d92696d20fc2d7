"""How large what is labelled is: pixels added up, each as large as the image's spacing or its place says."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.imaging.image import Image

_BLOCK = 1 << 20
"""Pixels added up together."""

HECTARE, SQUARE_KILOMETRE = 1e4, 1e6
_LARGE = 10
"""From so many of a unit on, areas of a whole image are said in it."""


@dataclass(frozen=True)
class AreaUnit:
    """In what a person is told areas, and what those in files are divided by for it."""

    name: str
    size: float = 1.0


def label_areas(image: Image, labels: Integers, count: int, pixels: Integers | None = None) -> Floats | None:
    """Return the area (of a volume, the volume) of labels 0 ... count - 1, (count,); None if not known.

    Of a raster of the Earth it is in m². Where pixels of each row have an area of their own, as in degrees,
    these are added up row by row.

    Parameters
    ----------
    image
        Whose spacing and place say how large a pixel is.
    labels
        Of the image's shape; higher ones are not counted.
    count
        How many there are.
    pixels
        (count,) how many pixels each has, where that is known.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> from pixture.imaging.physical_space.place import Place
    >>> globe = Place("GeoTIFF", None, row_areas=np.array([1.0, 3.0]), area_unit="m²")
    >>> image = image_from_array(np.zeros((2, 3), np.uint8), place=globe)
    >>> label_areas(image, np.array([[0, 0, 1], [0, 1, 1]]), 2)
    array([5., 7.])
    """
    of_rows = None if image.place is None else image.place.row_areas
    if of_rows is None and not image.has_units:
        return None
    if of_rows is None:
        counts = _counts(labels, count) if pixels is None else pixels
        return np.asarray(counts * math.prod(image.spatial_spacing), dtype=np.float64)
    rows, columns = image.shape[-2:]
    lines = labels.reshape(-1, columns)
    of_lines = np.tile(of_rows, len(lines) // rows)
    found = np.zeros(count)
    step = max(1, _BLOCK // columns)
    for start in range(0, len(lines), step):
        block = lines[start : start + step]
        weights = np.repeat(of_lines[start : start + step], columns)
        found += np.bincount(block.ravel(), weights, count)[:count]
    return found


def _counts(labels: Integers, count: int) -> Integers:
    found: Integers = np.bincount(labels.ravel(), minlength=count)[:count]
    return found


def area_unit(image: Image) -> AreaUnit | None:
    """Return what areas or volumes of parts of an image are told in; None where they are not known.

    A volume in mm³ is told in ml; a large area in m² in ha or km².

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> area_unit(image_from_array(np.zeros((2, 3, 4), np.uint8), axes="zyx", unit="mm"))
    AreaUnit(name='ml', size=1000.0)
    >>> area_unit(image_from_array(np.zeros((800, 900), np.uint8), spacing=(10, 10), unit="m"))
    AreaUnit(name='km²', size=1000000.0)
    """
    of_rows = None if image.place is None else image.place.row_areas
    if of_rows is None and not image.has_units:
        return None
    if image.is_volume and of_rows is None:
        if image.unit == "mm":
            return AreaUnit("ml", 1000.0)
        return AreaUnit(f"{image.unit}³" if image.unit else "volume")
    unit = f"{image.unit}²" if image.unit else None
    if of_rows is not None and image.place is not None:
        unit = image.place.area_unit
    if unit != "m²":
        return AreaUnit(unit or "area")
    rows, columns = image.shape[-2:]
    whole = columns * (
        float(of_rows.sum()) if of_rows is not None else rows * math.prod(image.spatial_spacing)
    )
    if whole >= _LARGE * SQUARE_KILOMETRE:
        return AreaUnit("km²", SQUARE_KILOMETRE)
    return AreaUnit("ha", HECTARE) if whole >= _LARGE * HECTARE else AreaUnit("m²")
