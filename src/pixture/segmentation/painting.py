"""The image with each pixel its component's mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pixture.arrays import Array, Floats
from pixture.parallel import map_slabs

if TYPE_CHECKING:
    from pixture.segmentation.labelled_image import LabelledImage


def values_of_labels(segmentation: LabelledImage) -> tuple[Floats, Floats]:
    """Return the means and the standard deviations of labels in the image's own channels, (K, channels) each.

    Those of its component; where the mixture is one of features, those of its pixels, NaN if it has none.
    """
    if segmentation.features is None:
        matrices = segmentation.mixture.matrices()
        return segmentation.mixture.means, np.sqrt(np.diagonal(matrices, axis1=1, axis2=2))
    moments = segmentation.posterior.moments()
    return moments.means, moments.standard_deviations


def mean_values(segmentation: LabelledImage) -> Array:
    """Return the mean of each label in the image's own dtype, rounded where that is, (K, channels).

    >>> import pixture
    >>> mean_values(pixture.segment(np.array([[10, 13, 200, 204]], np.uint8), 2)).ravel()
    array([ 12, 202], dtype=uint8)
    """
    dtype, means = segmentation.image.pixels.dtype, np.nan_to_num(values_of_labels(segmentation)[0])
    if dtype.kind != "f":
        limits = np.iinfo(dtype)
        means = np.clip(np.round(means), limits.min, limits.max)
    return means.astype(dtype)


def painted(segmentation: LabelledImage) -> Array:
    """Return the image painted with them; see `Segmentation.painted`."""
    image, labels = segmentation.image, segmentation.labels.ravel()
    K, dimension = segmentation.mixture.components, image.channels
    # a masked pixel's label lies past the last colour, which is its
    colours = np.zeros((K + 1, dimension), dtype=image.pixels.dtype)
    colours[:K] = mean_values(segmentation)
    found = np.empty((image.size, dimension), dtype=image.pixels.dtype)

    def work(start: int, stop: int) -> None:
        np.take(colours, labels[start:stop], axis=0, out=found[start:stop], mode="clip")

    map_slabs(work, image.size, threads=segmentation.choices.threads)
    shaped: Array = found.reshape(image.pixels.shape)
    stored = image.stored_channels
    return shaped if stored is None else np.repeat(shaped[..., None], stored, axis=-1)
