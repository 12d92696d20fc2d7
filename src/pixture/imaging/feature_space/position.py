"""Where a pixel is."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array
from pixture.imaging.image import Image

NAMES = ("plane", "row", "column")
"""Of the last axes, as many as there are."""


def position(image: Image) -> Array:
    """Return the place of each pixel along each spatial axis, (axes, *shape) float32.

    In hundredths of the image's longest side, the middle of the first pixel at half a pixel; where pixels
    are longer along one axis than along another, in the same units of length. So an image is about as long as
    lightness is from black to white.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> position(image_from_array(np.zeros((2, 4))))[:, :, 0]
    array([[12.5, 37.5],
           [12.5, 12.5]], dtype=float32)
    """
    spacing = image.spatial_spacing
    lengths = image.shape[-len(spacing) :]
    longest = max(length * size for length, size in zip(lengths, spacing, strict=True))
    along = [
        (100 * size / longest * (np.arange(length) + 0.5)).astype(np.float32)
        for length, size in zip(lengths, spacing, strict=True)
    ]
    places = np.array(np.meshgrid(*along, indexing="ij"))
    if not image.has_times:
        return places
    return np.repeat(places[:, None], image.shape[0], axis=1)  # the same at all times
