"""What all cuts of a tree have in common, computed once for all of them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from pixture.arrays import Integers
from pixture.imaging.image import Image
from pixture.segmentation.regions.contour_map import Strengths, contours
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree, numbered
from pixture.segmentation.regions.superpixels.measures import Places, Values, places, values


class Shared:
    """What follows from an image, its superpixels and their tree, whatever the cut."""

    def __init__(self, image: Image, superpixels: Integers, tree: MergeTree, threads: int | None) -> None:
        self._image, self._superpixels, self._tree, self._threads = image, superpixels, tree, threads

    @cached_property
    def places(self) -> Places:
        """Where each superpixel lies."""
        return places(self._superpixels, self._tree.leaves, threads=self._threads)

    @cached_property
    def values(self) -> Values:
        """What each superpixel holds."""
        return values(self._image, self._superpixels, self.places.pixels, threads=self._threads)

    @cached_property
    def contours(self) -> Strengths:
        """The ultrametric contour map."""
        found = contours(self._superpixels, self._tree, threads=self._threads)
        found.flags.writeable = False
        return found

    def in_reading_order(self, of_leaves: Integers) -> Integers:
        """Return the regions of leaves numbered from 1 in the order of their first pixels."""
        by_place = np.argsort(self.places.first)
        out = np.empty(len(by_place), np.int32)
        out[by_place] = numbered(of_leaves[by_place])
        return out
