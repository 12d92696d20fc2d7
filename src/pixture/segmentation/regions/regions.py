"""What regions are: which superpixels are together, cut from a tree that holds every other cut too."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.errors import ChoiceError, TreeError
from pixture.imaging.image import Image
from pixture.imaging.physical_space.pixel_areas import label_areas
from pixture.options.writing import Writing
from pixture.parallel import map_slabs
from pixture.segmentation.regions.boundaries.appearance_mixtures import NO_MIXTURES, Mixtures
from pixture.segmentation.regions.contour_map import Strengths, outlined, times_enlarged
from pixture.segmentation.regions.cut_cache import Shared
from pixture.segmentation.regions.flat_regions import flat_regions
from pixture.segmentation.regions.kernels.meetings import NEVER
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree, common_node, cut, meeting_nodes
from pixture.segmentation.regions.region_groups import grouped, superpixels_of
from pixture.segmentation.regions.region_table import region_rows
from pixture.wording import listed, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Regions:
    """An image's regions, one cut of a tree of merges, and what follows from them, computed when asked for.

    `pixture.regions` finds them, and `regions_of` makes them of superpixels and a tree that are at hand.

    Attributes
    ----------
    image
        The image, or the volume, as read, with its mask.
    superpixels
        (rows, columns) or (planes, rows, columns) int32: 1 … n, and 0 where the image is masked. Not to be
        changed.
    tree
        The merges; leaf i is the superpixel labelled i + 1.
    members
        (n,) int32: the region that each superpixel is in, a number from 1 on.
    mixture
        The mixtures of colour and of texture that the boundaries were found with.
    choices
        What was asked for, by name, ready for JSON.
    threads
        Threads to compute on; None takes every processor available. No answer depends on it.
    names
        Of regions that `grouped` has named, by number, in the order in which they were named.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> image = image_from_array(np.array([[1, 1, 3, 9], [1, 1, 3, 9]], np.uint8))
    >>> tree = MergeTree([3, 3, 4, 4, 4], [0, 0, 0, 0.5, 2], [4, 2, 2, 6, 8])
    >>> from pixture.segmentation.regions.regions_of_tree import regions_of
    >>> found = regions_of(image, np.array([[1, 1, 2, 3], [1, 1, 2, 3]], np.int32), tree)
    >>> found
    <Regions: 2 of 3 superpixels, 4 x 2>
    >>> found.labels[0], found.cut(regions=3).labels[0], found.strength(1, 2)
    (array([1, 1, 1, 2], dtype=int32), array([1, 1, 2, 3], dtype=int32), 2.0)
    """

    image: Image
    superpixels: Integers
    tree: MergeTree
    members: Integers
    mixture: Mixtures = NO_MIXTURES
    choices: Mapping[str, Any] = field(default_factory=dict)
    threads: int | None = None
    names: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.superpixels.shape != self.image.shape or self.superpixels.dtype != np.int32:
            raise TreeError(
                "Superpixels are int32, a label for each pixel of the image, whose shape is "
                f"{self.image.shape}; got {self.superpixels.dtype}, shape {self.superpixels.shape}."
            )
        if self.members.shape != (self.tree.leaves,):
            raise TreeError(
                f"members must be {self.tree.leaves:,} numbers, a region for each superpixel; got shape "
                f"{self.members.shape}."
            )

    def __repr__(self) -> str:
        extent = " x ".join(str(length) for length in self.image.shape[::-1])
        return f"<Regions: {self.count:,} of {plural(self.tree.leaves, 'superpixel')}, {extent}>"

    @cached_property
    def ids(self) -> Integers:
        """The regions' numbers, ascending: 1 … N after a cut; merging and splitting may leave gaps."""
        return np.unique(self.members)

    def _repr_html_(self) -> str:
        from pixture.view.regions_slider import regions_html  # the roof, when a notebook asks for it

        return regions_html(self)

    @property
    def count(self) -> int:
        """How many regions there are, N."""
        return len(self.ids)

    @cached_property
    def labels(self) -> Integers:
        """The region of each pixel, int32 of the image's shape: its number, and 0 where the image is masked.

        After a cut they are 1 … N in the order of each region's first pixel, row by row, plane by plane.
        """
        table = np.concatenate([[0], self.members]).astype(np.int32)
        out = np.empty(self.superpixels.shape, np.int32)
        flat, to = self.superpixels.ravel(), out.reshape(-1)

        def work(start: int, stop: int) -> None:
            np.take(table, flat[start:stop], out=to[start:stop], mode="clip")

        map_slabs(work, len(flat), threads=self.threads)
        out.flags.writeable = False
        return out

    def cut(
        self, *, regions: int | None = None, height: float | None = None, detail: float | None = None
    ) -> Regions:
        """Return another cut of the same tree, in milliseconds; merges and splits made by hand are left.

        Parameters
        ----------
        regions
            How many regions there are.
        height
            Boundaries stronger than this are kept.
        detail
            From 0, as few regions as can be, to 1, every superpixel; .5 is the automatic cut, and so is no
            choice at all. It is the cut at height (1 - detail)/detail.

        Raises
        ------
        ChoiceError
            More than one choice is given, or one is out of its range.

        Notes
        -----
        Cuts are nested: of any two, each region of the one is within a region of the other.
        """
        found = cut(self.tree, regions=regions, height=height, detail=detail)
        choices = {**self.choices, "regions": regions, "height": height, "detail": detail}
        for name in ("by_hand", "groups"):
            choices.pop(name, None)
        return self._with(self.shared.in_reading_order(found), choices)

    def boundaries(self) -> Strengths:
        """Return how strong the boundary is at each pixel: the ultrametric contour map, float32.

        It is the same for every cut: the boundaries above a height are the outlines of the regions of the cut
        at that height. 0 is no boundary; see `contours.contours`.
        """
        return self.shared.contours

    def strength(self, a: int, b: int) -> float:
        """Return the height at which two regions become one; infinity where they never do.

        Raises
        ------
        ChoiceError
            There is no such region.
        """
        both = np.concatenate([self._superpixels_of(a), self._superpixels_of(b)])
        if a == b:
            return 0.0
        node = common_node(self.tree, both)
        return np.inf if node == NEVER else float(self.tree.heights[node])

    def merge(self, *regions: int) -> Regions:
        """Return the regions with some of them made one, which has the smallest of their numbers.

        The others' numbers stay. Regions need not touch.

        Raises
        ------
        ChoiceError
            There is no such region, or fewer than two are named.
        """
        if len(set(regions)) < 2:
            raise ChoiceError(f"It takes two regions or more to merge; got {listed(regions)}.")
        together = np.concatenate([self._superpixels_of(region) for region in regions])
        members = self.members.copy()
        members[together] = min(regions)
        return self._by_hand(members)

    def grouped(self, groups: Mapping[str, int | Iterable[int]]) -> Regions:
        """Return the regions with some of them named: those of one name become one, as `merge` makes it.

        `groups` are the numbers of regions by name, such as `{"sky": 1, "trees": [4, 5]}`; the others stay
        as they are. The names are in the table, and in the picture that `save` writes.

        Raises
        ------
        ChoiceError
            There is no such region, or one is named twice.
        """
        return grouped(self, groups)

    def split(self, region: int) -> Regions:
        """Return the regions with one of them split in the two whose merge in the tree was its last.

        The part that comes first in reading order keeps the number, the other takes the least that is free.
        So a split undoes a merge of two regions that a cut has made.

        Raises
        ------
        ChoiceError
            There is no such region, or it is a single superpixel.
        """
        leaves = self._superpixels_of(region)
        if len(leaves) == 1:
            raise ChoiceError(f"Region {region} is one superpixel, the least there is: it cannot be split.")
        first = leaves[self.shared.places.first[leaves].argmin()]
        other = leaves[meeting_nodes(self.tree, first, leaves) == common_node(self.tree, leaves)]
        members = self.members.copy()
        members[other] = np.setdiff1d(np.arange(1, self.count + 2), self.ids)[0]
        return self._by_hand(members)

    def table(self) -> list[dict[str, Any]]:
        """Return a row a region, ready for JSON, as `region_rows.region_rows` says."""
        return region_rows(self)

    def areas(self, counts: Integers) -> Floats | None:
        """Return the areas of regions 0 … n - 1, which have so many pixels each; None where not known."""
        return label_areas(self.image, self.labels, len(counts), counts)

    def outlined(self) -> Integers:
        """Return the image, a small one enlarged, with the regions' outlines one pixel wide, uint8.

        Of a volume some planes, beside each other.
        """
        seen = flat_regions(self)
        return outlined(seen.image, seen.labels, times_enlarged(seen.image.shape), threads=self.threads)

    def plot(self, ax: Axes | Iterable[Axes] | None = None) -> Axes | tuple[Axes, ...] | Figure:
        """Plot outlines, regions and boundaries, as `view.region_plots.plot_regions` says."""
        from pixture.view.region_plots import plot_regions  # a convenience: the roof, called when asked for

        return plot_regions(self) if ax is None else plot_regions(self, ax)

    def save(
        self,
        folder: str | os.PathLike[str] = ".",
        *,
        stem: str | None = None,
        overwrite: bool = False,
        format: str | None = None,
        vector: str | None = None,
    ) -> list[Path]:
        """Write labels, outlines, boundaries, table, tree and record; return their paths.

        The labels of a map or of a scan are in the format that it came in, where it lies in place; else they
        are PNG, of a volume TIFF. Pictures of a volume show some of its planes.

        Parameters
        ----------
        folder
            Made if it is not there. The name of a file, such as "out.png", is refused.
        stem
            First part of the files' names; None takes that of the image's file, or "image".
        overwrite
            Whether files that are there already may be replaced.
        format, vector
            As in `Writing`.

        Raises
        ------
        ChoiceError
            There is no such format.
        WriteError
            A file is named in place of a folder; the files are there, or cannot be written, or one is a file
            that the regions were made from. What was there is untouched.
        """
        from pixture.view.output.save_regions import save_regions  # the roof, as above

        writing = Writing(Path(folder), overwrite, format, vector=vector)
        return save_regions(self, writing, stem=stem)

    @cached_property
    def shared(self) -> Shared:
        """What all cuts of the tree have in common, computed once for all of them."""
        return Shared(self.image, self.superpixels, self.tree, self.threads)

    def _superpixels_of(self, region: int) -> Integers:
        """Return the leaves that a region is made of."""
        return superpixels_of(self.members, region)

    def _by_hand(self, members: Integers) -> Regions:
        return self._with(members, {**self.choices, "by_hand": True}, self.names)

    def known_as(
        self, names: Mapping[int, str], choices: Mapping[str, Any], members: Integers | None = None
    ) -> Regions:
        """Return the regions with names, those of numbers that there are; `grouped` makes them."""
        return self._with(self.members if members is None else members, choices, names)

    def _with(
        self, members: Integers, choices: Mapping[str, Any], names: Mapping[int, str] | None = None
    ) -> Regions:
        there = {number: name for number, name in (names or {}).items() if (members == number).any()}
        made = replace(self, members=members, choices=choices, names=there)
        made.__dict__["shared"] = self.shared
        return made
