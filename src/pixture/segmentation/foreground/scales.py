"""Lengths along each axis: what constants count in pixels of a plane, in voxels of whatever size."""

from __future__ import annotations

from pixture.imaging.image import Image

MOST_RATIO = 1000.0
"""Sides of a voxel that differ by more are taken to differ by so much."""

Scales = tuple[float, ...]
"""How many pixels along each axis are as long as one in a plane; 0 along an axis that has but one plane."""


def scales_of(image: Image) -> Scales:
    """Return how many pixels along each axis are as long as the shorter side of one within its planes.

    In an image of rows and columns lengths are in its pixels, whatever these are; a volume of one plane of
    square pixels is such an image.

    >>> import numpy as np
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> volume = np.zeros((9, 20, 20), np.uint8)
    >>> scales_of(image_from_array(volume, axes="zyx", spacing=(2.0, 0.5, 0.5)))
    (0.25, 1.0, 1.0)
    """
    if not image.is_volume:
        return (1.0, 1.0)
    sizes = image.spatial_spacing
    pixel = min(sizes[1:])
    scales = tuple(min(max(pixel / size, 1 / MOST_RATIO), MOST_RATIO) for size in sizes)
    return scales if image.shape[-3] > 1 else (0.0, *scales[1:])


def sigmas(length: float, scales: Scales, shape: tuple[int, ...]) -> tuple[float, ...]:
    """Return a Gaussian's standard deviation along each axis, in its pixels.

    Where voxels are very thin, one as wide as the whole volume serves as well as a wider one.

    >>> sigmas(8, (0.25, 1.0, 1.0), (9, 20, 20))
    (2.0, 8.0, 8.0)
    """
    return tuple(
        min(length * scale, max(length, float(extent))) for scale, extent in zip(scales, shape, strict=True)
    )


def window(length: float, scales: Scales, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sides of a box that reaches so far to either side of a pixel, in pixels.

    >>> window(3, (0.25, 1.0, 1.0), (9, 20, 20))
    (3, 7, 7)
    """
    return tuple(
        2 * round(min(length * scale, max(length, extent))) + 1
        for scale, extent in zip(scales, shape, strict=True)
    )
