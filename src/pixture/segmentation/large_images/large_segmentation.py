"""An image that was segmented piece by piece: sums over all of its pixels, and some of them to look at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats
from pixture.errors import ChoiceError
from pixture.scale.sources.source import Description
from pixture.segmentation.classes.class_statistics import ClassMeasures, ClassStatistics, statistics_of
from pixture.segmentation.large_images.class_sums import UNCERTAIN, ClassSums
from pixture.segmentation.large_images.field.field_view import spatial_spacing
from pixture.segmentation.large_images.objects.large_objects import LargeObjects
from pixture.segmentation.segmentation import Segmentation


@dataclass(frozen=True, eq=False)
class Whole:
    """What is known of all pixels of an image.

    Attributes
    ----------
    description
        The image.
    sums
        Of the pixels of each label.
    masked_pixels
        How many take no part.
    distinct
        How many distinct values were counted; None where each pixel was taken by itself.
    objects
        Those of the foreground; None where none were asked for.
    """

    description: Description
    sums: ClassSums
    masked_pixels: int
    distinct: int | None
    objects: LargeObjects | None = None

    @property
    def has_units(self) -> bool:
        """Whether the size of a pixel is known: as `Image.has_units`."""
        known = spatial_spacing(self.description)
        return self.description.unit is not None or any(size != 1 for size in known)

    @property
    def areas(self) -> Floats | None:
        """(K,) areas or volumes of the labels; None where the size of a pixel is not known."""
        if self.sums.areas.size:
            return self.sums.areas
        if not self.has_units:
            return None
        areas: Floats = self.sums.pixels * math.prod(spatial_spacing(self.description))
        return areas


@dataclass(frozen=True, eq=False, repr=False)
class LargeSegmentation(Segmentation):
    """A segmentation whose labels are in files: `image` and `labels` are evenly spaced pixels, to look at.

    What is counted (`shares`, `classes`) is that of all pixels.

    Attributes
    ----------
    whole
        What is known of all pixels.
    """

    whole: Whole | None = None

    def __repr__(self) -> str:
        return f"<LargeSegmentation: {self.facts.description!r}, {self.mixture.components} components>"

    @property
    def facts(self) -> Whole:
        """What is known of all pixels."""
        assert self.whole is not None  # it has a default, as fields that follow such must
        return self.whole

    @property
    def shares(self) -> Floats:
        """Each label's share of the pixels that take part, (K,)."""
        pixels = self.facts.sums.pixels
        shares: Floats = pixels / pixels.sum()
        return shares

    def uncertain_shares(self, below: float = UNCERTAIN) -> Floats:
        """As `Segmentation.uncertain_shares`, of all pixels.

        Raises
        ------
        ChoiceError
            Those below another probability were not counted.
        """
        if below != UNCERTAIN:
            raise ChoiceError(
                f"Pixels of a large image are counted as they are labelled, those below {UNCERTAIN} as "
                f"uncertain; got {below}. Write a map of probabilities to ask for others."
            )
        sums = self.facts.sums
        return np.divide(sums.uncertain, sums.pixels, out=np.zeros_like(sums.pixels), where=sums.pixels > 0)

    @property
    def classes(self) -> tuple[ClassStatistics, ...]:
        """What the pixels of each label are like, in the order of the labels."""
        sums, description = self.facts.sums, self.facts.description
        there = sums.pixels[:, None] > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            spreads = np.sqrt(sums.scatters / sums.pixels[:, None])
        measures = ClassMeasures(
            sums.pixels,
            self.shares,
            self.uncertain_shares(),
            np.where(there, sums.means, np.nan),
            np.where(there, spreads, np.nan),
            self.facts.areas,
        )
        times = description.shape[0] if "t" in description.axes else 1
        return statistics_of(measures, self.names, "z" in description.axes, description.unit, times)

    @property
    def masked_label(self) -> int | None:
        """As `Segmentation.masked_label`, of all pixels."""
        return int(np.iinfo(self.labels.dtype).max) if self.facts.masked_pixels else None
