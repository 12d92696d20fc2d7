"""What regions of an image larger than memory are: their numbers are in a file, what is measured is here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.imaging.image import Image
from pixture.segmentation.large_images.regions.reading_order import InReadingOrder
from pixture.segmentation.regions.boundaries.appearance_mixtures import Mixtures
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.region_table import region_rows
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.regions.superpixels.measures import Places, Values


@dataclass(frozen=True, eq=False)
class Measured:
    """Where each superpixel lies, and what it holds; and its area, where pixels of rows have their own."""

    places: Places
    values: Values
    row_areas: Floats | None = None


@dataclass(frozen=True, eq=False)
class LargeRegions:
    """The regions of an image whose numbers were written piece by piece.

    Attributes
    ----------
    image
        The image, but for its pixels.
    reduced
        The image that the tree was found on.
    tree, members, mixture, choices
        As in `Regions`.
    shared
        What is measured in the superpixels.
    order
        What was learned in reading order.
    names
        Of regions that were named, by number.
    """

    image: Image
    reduced: Image
    tree: MergeTree
    members: Integers
    mixture: Mixtures
    choices: Mapping[str, Any]
    shared: Measured
    order: InReadingOrder
    names: Mapping[int, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<LargeRegions: {self.count:,} of {self.tree.leaves:,} superpixels>"

    @property
    def count(self) -> int:
        """How many regions there are."""
        return len(np.unique(self.members))

    def glimpse(self, threads: int | None = None) -> Regions:
        """Return evenly spaced pixels of the image with their regions: to look at, not to be measured."""
        order = self.order
        return Regions(
            order.image,
            order.superpixels,
            self.tree,
            self.members,
            self.mixture,
            self.choices,
            threads,
            self.names,
        )

    def areas(self, counts: Integers) -> Floats | None:
        """As `Regions.areas`."""
        if self.shared.row_areas is not None:
            return np.asarray(np.bincount(self.members, self.shared.row_areas, len(counts)), np.float64)
        if not self.image.has_units:
            return None
        return np.asarray(counts * math.prod(self.image.spatial_spacing), np.float64)

    def table(self) -> list[dict[str, Any]]:
        """As `Regions.table`."""
        return region_rows(self)
