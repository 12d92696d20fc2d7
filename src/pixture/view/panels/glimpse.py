"""A segmentation of fewer pixels, to look at: what is shown small is not computed large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pixture.arrays import Integers
from pixture.imaging.display.montage import montage
from pixture.imaging.display.thumbnail import thumbnail
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image
from pixture.segmentation.segmentation import Segmentation


def flat(segmentation: Segmentation) -> Segmentation:
    """Return the segmentation of a volume's montage, that of an image as it is.

    >>> import pixture
    >>> volume = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
    >>> flat(pixture.segment(pixture.image_from_array(volume, axes="zyx"), 2)).labels.shape
    (5, 7)
    """
    return fewer_of(segmentation, montage)


def glimpse(segmentation: Segmentation, most: int) -> Segmentation:
    """Return the segmentation itself, or that of a thumbnail of its image, of no more than `most` pixels.

    A pixel keeps its label, its probabilities and its entropy; shares are those of the thumbnail. A volume is
    seen as its montage.

    >>> import pixture
    >>> result = pixture.segment(np.repeat([[1, 2, 8, 9]], 4, axis=0).astype(np.uint8), 2)
    >>> glimpse(result, 4).labels
    array([[0, 1],
           [0, 1]], dtype=uint8)
    """
    return fewer_of(segmentation, lambda image: thumbnail(montage(image), most))


def fewer_of(segmentation: Segmentation, fewer: Callable[[Image], Image]) -> Segmentation:
    """Return the segmentation of an image of fewer pixels, which keep what is known of them."""
    image, smoothing = segmentation.image, segmentation.smoothing
    seen = fewer(image)
    if seen is image:
        return segmentation
    if smoothing is None and segmentation.features is None:
        counted = histogram(seen, threads=segmentation.choices.threads)
        return replace(segmentation, image=seen, histogram=counted)
    places = places_of_fewer(image, fewer)  # what is known of a pixel rests on where it is
    if smoothing is not None:
        smoothing = replace(smoothing, posterior=smoothing.posterior.at(places, seen))
    counted = segmentation.histogram.at(places, seen)
    return replace(segmentation, image=seen, histogram=counted, smoothing=smoothing)


def places_of_fewer(image: Image, fewer: Callable[[Image], Image]) -> Integers:
    """Return where the pixels of an image of fewer pixels are in the whole, (n,), in its order.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> places_of_fewer(image_from_array(np.zeros((3, 4))), lambda image: thumbnail(image, 4))
    array([ 0,  2,  8, 10])
    """
    numbers = np.arange(image.size).reshape(image.shape)
    found = fewer(replace(image, pixels=numbers, axes=image.axes.removesuffix("c"), channel_names=()))
    return found.pixels.ravel()
