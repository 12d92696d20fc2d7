"""A segmentation of fewer pixels, to look at: what is shown small is not computed large."""

from __future__ import annotations

from dataclasses import replace

from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.thumbnail import thumbnail
from pixture.segmentation.segmentation import Segmentation


def glimpse(segmentation: Segmentation, most: int) -> Segmentation:
    """Return the segmentation itself, or that of a thumbnail of its image, of no more than `most` pixels.

    A pixel's label, probabilities and entropy follow from its value alone, so those of the pixels that are
    left are the same; shares are those of the thumbnail.

    >>> import numpy as np, pixture
    >>> result = pixture.segment(np.repeat([[1, 2, 8, 9]], 4, axis=0).astype(np.uint8), 2)
    >>> glimpse(result, 4).labels
    array([[0, 1],
           [0, 1]], dtype=uint8)
    """
    fewer = thumbnail(segmentation.image, most)
    if fewer is segmentation.image:
        return segmentation
    return replace(
        segmentation, image=fewer, histogram=histogram(fewer, threads=segmentation.choices.threads)
    )
