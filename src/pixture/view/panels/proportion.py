"""The proportion of a picture of an image: its own, unless it would be a line."""

from __future__ import annotations

from pixture.imaging.image import Image

FLATTEST = 4.0
"""Pictures whose sides' ratio is larger are drawn with this ratio: pixels are then not square."""


def picture_ratio(image: Image) -> float:
    """Return the height of a picture over its width, as it is drawn.

    >>> import numpy as np
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> picture_ratio(image_from_array(np.zeros((2, 100), np.uint8)))
    0.25
    """
    rows, columns = image.shape
    return min(max(rows / columns, 1 / FLATTEST), FLATTEST)


def pixel_aspect(image: Image) -> float:
    """Return the height of a pixel over its width, as `Axes.set_aspect` takes it: 1 but for lines."""
    rows, columns = image.shape
    return picture_ratio(image) * columns / rows
