"""What the pixels of each label are like, added up piece by piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.imaging.image import Image
from pixture.imaging.physical_space.pixel_areas import label_areas
from pixture.segmentation.posterior.pixel_posterior import PixelPosterior

UNCERTAIN = 0.9
"""As in `Segmentation.uncertain_shares`."""


@dataclass(frozen=True, eq=False)
class ClassSums:
    """Sums over the pixels of each label; those of two parts of an image add up.

    Attributes
    ----------
    pixels, uncertain
        (K,) how many there are, and how many of them might well have another label.
    means, scatters
        (K, channels) their means, and Σ (x - mean)²; 0 of a label without pixels.
    areas
        (K,) where pixels of each row have an area of their own; else empty.
    """

    pixels: Floats
    uncertain: Floats
    means: Floats
    scatters: Floats
    areas: Floats

    def __repr__(self) -> str:
        return f"<ClassSums: {self.pixels.size} labels of {self.pixels.sum():,.0f} pixels>"

    @classmethod
    def of(cls, posterior: PixelPosterior, image: Image, labels: Integers) -> ClassSums:
        """Return those of an image; `labels` are the posterior's, of its shape, higher where masked."""
        moments = posterior.moments()
        pixels = moments.pixels
        by_row = image.place is not None and image.place.row_areas is not None
        areas = label_areas(image, labels, pixels.size) if by_row else None
        return cls(
            pixels,
            posterior.uncertain_pixels(UNCERTAIN),
            np.nan_to_num(moments.means),
            np.nan_to_num(moments.standard_deviations) ** 2 * pixels[:, None],
            np.zeros(0) if areas is None else areas,
        )

    def __add__(self, other: ClassSums) -> ClassSums:
        pixels = self.pixels + other.pixels
        share = np.divide(other.pixels, pixels, out=np.zeros_like(pixels), where=pixels > 0)[:, None]
        apart = other.means - self.means
        return ClassSums(
            pixels,
            self.uncertain + other.uncertain,
            self.means + apart * share,
            # Chan, Golub and LeVeque 1979
            self.scatters + other.scatters + apart**2 * (self.pixels[:, None] * share),
            self.areas + other.areas,
        )
