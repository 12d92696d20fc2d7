"""A source -> regions, as `find_regions` finds them in the whole; numbers are written piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.errors import ChoiceError
from pixture.imaging.downsampling import reduction
from pixture.imaging.feature_space.perceptual_planes import perceptual_planes
from pixture.imaging.window import Window
from pixture.scale.checkpoints import ASKED
from pixture.scale.sinks.sink import Sink
from pixture.scale.sources.source import Description, Source
from pixture.scale.stores.piece_store import PieceStore
from pixture.scale.workers import Workers
from pixture.segmentation.large_images.objects.measuring import ObjectSums, measured, sums_of
from pixture.segmentation.large_images.objects.objects_of_pieces import OpenNumbers, hollow_image
from pixture.segmentation.large_images.objects.seams import flat_places
from pixture.segmentation.large_images.regions.large_regions import LargeRegions, Measured
from pixture.segmentation.large_images.regions.level_rows import reduced_source
from pixture.segmentation.large_images.regions.outlines_in_bands import bring_source_to_full_resolution
from pixture.segmentation.large_images.regions.reading_order import in_reading_order
from pixture.segmentation.objects.object_table import has_row_areas
from pixture.segmentation.objects.objects import smallest_unsigned
from pixture.segmentation.regions.constants import Constants
from pixture.segmentation.regions.find_regions import DEFAULTS, MOST_PIXELS, tree_of
from pixture.segmentation.regions.kernels.merging import add_to_parents
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree, cut, numbered
from pixture.segmentation.regions.region_groups import members_grouped
from pixture.segmentation.regions.superpixels.measures import Places, Values

NO_GROUPS: Mapping[str, tuple[int, ...]] = MappingProxyType({})


def regions_of_source(
    source: Source,
    workers: Workers,
    folder: Path,
    open_numbers: OpenNumbers,
    *,
    regions: int | None = None,
    detail: float | None = None,
    seed: int | None = None,
    groups: Mapping[str, tuple[int, ...]] = NO_GROUPS,
    constants: Constants = DEFAULTS,
) -> LargeRegions:
    """Return the regions of a source, and write their numbers, as `find_regions` does in memory.

    Parameters
    ----------
    source
        The image, of two axes, all of whose pixels take part.
    workers
        Who goes through it: once to reduce it, three times for each level of its outlines, once to measure,
        and once row by row.
    folder
        Where labels are kept meanwhile, 8 bytes a pixel, packed; it is not removed. All workers see it.
    open_numbers
        Called once, when it is known how many regions there are: their numbers have 16 bits, or 32.
    regions, detail, seed, constants
        As in `find_regions`.
    groups
        As in `Regions.grouped`.

    Raises
    ------
    ChoiceError
        The image has planes or times, pixels are masked, or a choice is out of its range.
    """
    description = source.description
    refuse_other_axes(description)
    factor = reduction(description.size, MOST_PIXELS)
    if factor == 1:
        raise ChoiceError(
            f"An image of {description.size:,} pixels is small enough for regions in memory: use "
            "pixture.regions."
        )
    reduced = reduced_source(source, factor, workers)
    superpixels, tree, mixtures = tree_of(
        perceptual_planes(reduced), None, constants, seed=seed, threads=None
    )
    values: Floats = reduced.pixels.reshape(*reduced.shape, -1).astype(np.float32, copy=False)
    labels = bring_source_to_full_resolution(superpixels, values, source, factor, workers, folder)
    shared = _measured(source, labels, tree.leaves, workers)
    tree = _counted_anew(tree, shared.places.pixels)
    by_place = np.argsort(shared.places.first)
    members = np.empty(tree.leaves, np.int32)
    members[by_place] = numbered(cut(tree, regions=regions, detail=detail)[by_place])
    named, names, said = members_grouped(members, groups) if groups else (members, {}, {})
    dtype = np.dtype(smallest_unsigned(int(named.max())))
    sink = open_numbers(dtype)
    if sink is not None:
        for _ in workers.each(WriteRegions(labels, named, sink, dtype), description.pieces):
            pass
    return LargeRegions(
        hollow_image(description),
        reduced,
        tree,
        named,
        mixtures,
        {"regions": regions, "detail": detail, "seed": seed, "height": None} | said,
        shared,
        in_reading_order(source, labels, workers),
        names,
    )


def refuse_other_axes(description: Description) -> None:
    """Refuse an image that has planes or times.

    Raises
    ------
    ChoiceError
        It has.
    """
    if len(description.shape) != 2:
        raise ChoiceError(
            "Regions of an image larger than memory are found in images of two axes; got "
            f"{description.axes}, {description.shape}. Give it more memory (memory=), or take one plane of "
            "one time (--slice, --time)."
        )


@dataclass(frozen=True, eq=False)
class MeasureSuperpixels:
    """Measures the superpixels of a piece."""

    source: Source
    labels: PieceStore
    doing: ClassVar[str] = "measuring regions"

    def __call__(self, window: Window) -> tuple[ObjectSums, Integers]:
        """Return the sums, and the first pixel of each superpixel that the piece has, flat."""
        labels = self.labels.read(window)
        sums = sums_of(labels, window, self.source)
        at = np.arange(labels.size)[::-1]
        first = np.zeros(int(labels.max()), np.int64)
        first[labels.reshape(-1)[at] - 1] = at  # the last of several stays
        inside = np.unravel_index(first[sums.ids], window.shape)
        places = [along + start for along, start in zip(inside, window.start, strict=True)]
        return sums, flat_places(places, self.source.description.shape)


@dataclass(frozen=True, eq=False)
class WriteRegions:
    """Writes the numbers of the regions of a piece."""

    labels: PieceStore
    members: Integers
    sink: Sink = field(metadata={ASKED: False})
    dtype: np.dtype[Any]
    doing: ClassVar[str] = "writing regions"

    def has(self, window: Window) -> bool:
        """Whether the numbers of a piece are there."""
        return self.sink.has(window)

    def __call__(self, window: Window) -> None:
        """Do it."""
        self.sink.write(window, self.members[self.labels.read(window) - 1].astype(self.dtype))


def _measured(source: Source, labels: PieceStore, count: int, workers: Workers) -> Measured:
    firsts = np.full(count, np.iinfo(np.int64).max)

    def sums() -> Iterator[ObjectSums]:
        parts = workers.each(MeasureSuperpixels(source, labels), source.description.pieces)
        for one, first in parts:
            firsts[one.ids] = np.minimum(firsts[one.ids], first)
            yield one

    by_row = has_row_areas(hollow_image(source.description))
    found = measured(sums(), count, (1.0, 1.0), None, by_row=by_row)
    of_pixels = found.pixels[:, None]
    spreads: Floats = np.stack(found.spreads, axis=1)
    return Measured(
        Places(found.pixels, firsts, found.boxes, np.rint(found.centroids * of_pixels).astype(np.int64)),
        Values(np.stack(found.means, axis=1), spreads**2 * of_pixels),
        found.row_areas,
    )


def _counted_anew(tree: MergeTree, of_leaves: Integers) -> MergeTree:
    """Return a tree whose superpixels have other numbers of pixels."""
    pixels = np.zeros((len(tree.parents), 1))
    pixels[: tree.leaves, 0] = of_leaves
    add_to_parents(tree.parents, pixels)
    return MergeTree(tree.parents, tree.heights, pixels[:, 0].astype(np.int64))
