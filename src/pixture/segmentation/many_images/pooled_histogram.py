"""Several images as one sample: their distinct values, and how often each occurs in all of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pixture.arrays import Array, Integers
from pixture.errors import ImageError
from pixture.imaging.grey_as_colour import with_channels
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.wording import plural

MOST_BITS = 63
"""Bits into which the channels of a value must go for equal values of several images to become one row."""


def pooled(images: Iterable[Image], *, threads: int | None = None) -> WeightedSample:
    """Return the weighted sample of all pixels of several images; one image is held at a time.

    EM on it gives the estimate that EM on every pixel of every image gives.

    Raises
    ------
    ImageError
        The images differ in their channels or their dtype, so that their values do not mean the same.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> images = (image_from_array(np.array([values], np.uint8)) for values in ([7, 7, 9], [9, 8, 7]))
    >>> sample = pooled(images)
    >>> sample.values.ravel(), sample.weights
    (array([7., 8., 9.]), array([3., 1., 2.]))
    """
    values: list[Array] = []
    weights: list[Array] = []
    resolution = 0.0
    depth = ""
    stored: int | None = None  # as how many equal channels all images so far were stored
    for image in images:
        if not values:
            depth, stored = image.depth, image.stored_channels
        elif image.channels == stored:  # the first in colour
            values, stored = [np.repeat(value, stored, axis=1) for value in values], None
        else:
            image = with_channels(image, values[0].shape[1])
            stored = stored if image.stored_channels == stored else None
        before = (depth, values[0].shape[1]) if values else (image.depth, image.channels)
        if (image.depth, image.channels) != before:
            name = "an image" if image.origin is None else str(image.origin.path)
            raise ImageError(
                f"{name} is {image.depth}, {plural(image.channels, 'channel')}, the images before it "
                f"{before[0]}, {plural(before[1], 'channel')}; images that are fitted together must agree."
            )
        sample = histogram(image, threads=threads).sample
        resolution = sample.resolution
        values.append(sample.values)
        weights.append(sample.weights)
        if len(values) > 1 and resolution > 0:
            merged = _merged(np.concatenate(values), np.concatenate(weights))
            values, weights = [merged[0]], [merged[1]]
    if not values:
        raise ImageError(
            "There is no image to fit to: none was given. A pattern that matches no file names none."
        )
    return WeightedSample(np.concatenate(values), np.concatenate(weights), resolution)


def _merged(values: Array, weights: Array) -> tuple[Array, Array]:
    """Return the distinct rows of whole numbers and the weight of each; as they are if too wide to pack."""
    low = values.min(axis=0)
    bits = [int(extent).bit_length() for extent in values.max(axis=0) - low]
    if sum(bits) > MOST_BITS:
        return values, weights
    codes: Integers = np.zeros(len(values), dtype=np.int64)
    for channel, width in zip((values - low).T.astype(np.int64), bits, strict=True):
        codes = (codes << width) | channel
    _, first, row = np.unique(codes, return_index=True, return_inverse=True)
    return values[first], np.bincount(row.ravel(), weights)
