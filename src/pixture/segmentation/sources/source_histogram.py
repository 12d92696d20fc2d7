"""What a person gives as an image -> the weighted sample of its distinct values."""

from __future__ import annotations

from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.histogram.histogram import histogram as of_image
from pixture.segmentation.sources.image_source import Source
from pixture.segmentation.sources.mask_image import opened_within


def histogram(
    image: Source,
    *,
    mask: Source | None = None,
    mask_threshold: float | None = None,
    threads: int | None = None,
) -> Histogram:
    """Return the weighted sample of an image's distinct values, and the way back to its pixels.

    Integers whose channels pack into 64 bits are counted, and so are floats with few distinct values in
    every channel (8-bit values stored as floats). Continuous floats, wider images, and those whose values
    hardly repeat, give a row a pixel of weight 1.

    Parameters
    ----------
    image, mask, mask_threshold, threads
        As in `segment`; masked pixels are left out.

    Raises
    ------
    ReadError, ImageError, ChoiceError
        As in `segment`.

    Examples
    --------
    >>> import numpy as np
    >>> found = histogram(np.array([[7, 7], [9, 7]], np.uint8))
    >>> found.sample.values.ravel(), found.sample.weights
    (array([7., 9.]), array([3., 1.]))
    """
    return of_image(opened_within(image, mask, mask_threshold), threads=threads)
