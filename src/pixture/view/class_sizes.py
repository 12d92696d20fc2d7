"""How large classes are, as tables for people say it: an area or a volume, with its unit."""

from __future__ import annotations

from pixture.imaging.image import Image
from pixture.segmentation.classes.class_statistics import ClassStatistics


def size_column(image: Image) -> str | None:
    """Return what the sizes of classes are called, with their unit; None where that of a pixel is not known.

    A volume in mm³ is shown in ml.

    >>> import numpy as np
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> size_column(image_from_array(np.zeros((2, 3, 4), np.uint8), axes="zyx", unit="mm"))
    'ml'
    """
    if not image.has_units:
        return None
    if image.is_volume and image.unit == "mm":
        return "ml"
    what, power = ("volume", "³") if image.is_volume else ("area", "²")
    return f"{image.unit}{power}" if image.unit else what


def size_in_column(found: ClassStatistics) -> str:
    """Return the size of a class, in what `size_column` says; empty where it is not known."""
    known = (size for size in (found.volume_ml, found.volume, found.area) if size is not None)
    size = next(known, None)
    return "" if size is None else f"{size:,.4g}"
