"""Objects of several times: those of each, numbered on from one time to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array
from pixture.errors import ImageError
from pixture.imaging.image import Image
from pixture.segmentation.objects.objects import Objects, smallest_unsigned


class Find(Protocol):
    """Finds the objects of one time."""

    def __call__(self, foreground: Array, image: Image, *, probabilities: Array | None) -> Objects:
        """Return them."""


def objects_of_times(
    find: Find, foreground: Array, image: Image, probabilities: npt.ArrayLike | None
) -> Objects:
    """Return the objects of each time, numbered one time after the other; no object spans two.

    Parameters
    ----------
    find
        Finds the objects of one time.
    foreground, probabilities
        Of the image's shape.
    image
        One with times.
    """
    likely = None if probabilities is None else np.asarray(probabilities)
    if likely is not None and likely.shape != image.shape:
        raise ImageError(
            f"Probabilities are of the image's shape, {image.shape}; got {likely.shape}. Bring them to the "
            "same size first."
        )
    found = [
        find(foreground[time], image.at("t", time), probabilities=None if likely is None else likely[time])
        for time in range(image.shape[0])
    ]
    before = np.cumsum([0, *(one.count for one in found)])
    dtype = smallest_unsigned(int(before[-1]))
    labels = np.stack(
        [
            np.where(one.labels > 0, one.labels.astype(np.int64) + start, 0).astype(dtype)
            for one, start in zip(found, before[:-1], strict=True)
        ]
    )
    classes = [one.classes for one in found if one.classes is not None]
    return replace(
        found[0],
        labels=labels,
        image=image,
        classes=np.concatenate(classes) if classes else None,
        dropped=sum(one.dropped for one in found),
        has_times=True,
    )
