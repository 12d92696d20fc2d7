"""Grey that was stored as colour: one channel, of which the image remembers how many there were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixture.imaging.image import Image

COLOUR = 3
"""Channels as which scanners and microscopes store grey."""

BLOCK = 1 << 16
"""Pixels compared together: of a photograph, the first few decide."""


def as_grey(image: Image) -> Image:
    """Return an image whose red, green and blue are equal wherever it takes part with one of them.

    Any other image is returned as it is.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> found = as_grey(image_from_array(np.full((4, 5, 3), 7, np.uint8)))
    >>> found.channels, found.stored_channels
    (1, 3)
    """
    if image.channels != COLOUR:
        return image
    rows = image.rows
    mask = None if image.mask is None else image.mask.ravel()
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        differs = (block[:, 0] != block[:, 1]) | (block[:, 0] != block[:, 2])
        if (differs if mask is None else differs & mask[start : start + BLOCK]).any():
            return image
    return replace(
        image,
        pixels=np.ascontiguousarray(image.pixels[..., 0]),
        axes=image.axes.removesuffix("c"),
        stored_channels=COLOUR,
        channel_names=(),
    )


def with_channels(image: Image, channels: int) -> Image:
    """Return an image with so many channels, if grey stored as colour can have them; else as it is.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> grey = as_grey(image_from_array(np.full((4, 5, 3), 7, np.uint8)))
    >>> with_channels(grey, 3).pixels.shape, with_channels(grey, 1).pixels.shape
    ((4, 5, 3), (4, 5))
    """
    if image.channels == channels:
        return image
    if image.stored_channels == channels:
        pixels = np.repeat(image.pixels[..., None], channels, axis=-1)
        return replace(image, pixels=pixels, axes=f"{image.axes}c", stored_channels=None)
    return as_grey(image) if channels == 1 else image
