"""A part of an image as the field looks at it: pixels, their distinct values, what else is known of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Array
from pixture.imaging.histogram.histogram import Histogram, histogram
from pixture.imaging.histogram.lookup import ByRow
from pixture.imaging.image import Image
from pixture.segmentation.field.contrast import contrast_weights
from pixture.segmentation.field.mean_field import Grid, grid_of
from pixture.segmentation.field.neighbourhood import Neighbourhood

Box = tuple[slice, ...]
"""A slice along each spatial axis."""


@dataclass(frozen=True, eq=False)
class ImagePart:
    """Pixels, their distinct values, and what else is known of them.

    Attributes
    ----------
    image
        The pixels.
    histogram
        Their distinct values; perhaps those of an image that this one is a part of.
    known
        (labels, *shape) float32, as in `Evidence.values`; None where that is nothing.
    threads
        As in `Choices`.
    """

    image: Image
    histogram: Histogram
    known: Array | None = None
    threads: int | None = None

    def __repr__(self) -> str:
        return f"<ImagePart: {self.image.in_words}>"

    def within(self, box: Box) -> ImagePart:
        """Return what lies within a box."""
        rows = self.histogram.rows(threads=self.threads)[box]
        if rows.size == self.image.size:
            return self
        mask = None if self.image.mask is None else np.ascontiguousarray(self.image.mask[box])
        image = replace(
            self.image,
            pixels=np.ascontiguousarray(self.image.pixels[box]),
            mask=None if mask is None or mask.all() else mask,
        )
        lookup = ByRow(np.ascontiguousarray(rows).ravel())
        known = None if self.known is None else self.known[(slice(None), *box)]
        return ImagePart(image, replace(self.histogram, lookup=lookup, shape=rows.shape), known, self.threads)

    def with_pixels(self, image: Image) -> ImagePart:
        """Return the same part with other values, which are counted anew."""
        return replace(self, image=image, histogram=histogram(image, threads=self.threads))

    def grid(self, near: Neighbourhood, across: int) -> Grid:
        """Return the pixels as the field sees them; `across` as in `contrast_weights`."""
        contrast = contrast_weights(self.image, near, across=across, threads=self.threads)
        return grid_of(self.histogram, near, contrast, self.known, threads=self.threads)


def box_of(image: Image) -> Box:
    """Return where the pixels of a volume that take part lie: of a scanned head half may be air."""
    if image.mask is None or image.axes[:3] != "zyx":
        return tuple(slice(0, length) for length in image.shape)
    box = []
    for axis in range(3):
        there = np.flatnonzero(image.mask.any(axis=tuple({0, 1, 2} - {axis})))
        box.append(slice(int(there[0]), int(there[-1]) + 1))
    return tuple(box)
