"""An image with fewer pixels, to look at."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from pixture.imaging.image import Image


def thumbnail(image: Image, most: int) -> Image:
    """Return every n-th of an image's rows and columns, so that no more than `most` pixels are left.

    An image of no more pixels is returned as it is. Pixels are picked, not averaged: each is one that the
    image has, and so is its label.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> thumbnail(image_from_array(np.arange(12).reshape(3, 4)), 4).pixels
    array([[ 0,  2],
           [ 8, 10]])
    """
    if image.size <= most:
        return image
    step = math.isqrt(image.size // most)
    while -(-image.shape[0] // step) * -(-image.shape[1] // step) > most:
        step += 1
    picked = np.ascontiguousarray(image.pixels[::step, ::step])
    mask = None if image.mask is None else np.ascontiguousarray(image.mask[::step, ::step])
    if mask is not None and not mask.any():  # what takes part lies between what was picked
        return image
    spacing = tuple(step * length for length in image.spacing)
    return replace(image, pixels=picked, mask=mask, spacing=spacing)
