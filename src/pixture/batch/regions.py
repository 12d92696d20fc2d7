"""Many files, one way to find regions: each is read, cut and saved, and none stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from pixture.batch.outcome import Outcome
from pixture.batch.segmentations import each_file, refuse_incomplete
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS, is_file, refuse_places, stem_of
from pixture.imaging.image import Image
from pixture.imaging.writers.families import FAMILIES, PNG, family_of
from pixture.options.pixels import Pixels
from pixture.options.reading import NO_CHOICE, Reading
from pixture.options.writing import Writing
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.sources.image_source import as_image
from pixture.segmentation.sources.mask_image import OpenedMask, within
from pixture.view.output.polygon_files import refuse_polygons
from pixture.view.output.save_regions import MOST_16_BITS, region_paths, save_regions


class RegionsWatch(Protocol):
    """Who is told how a file is coming along."""

    def begin(self, path: Path, image: Image) -> None:
        """Note that a file has been read and that its regions are being found."""

    def saving(self) -> None:
        """Note that its files are being written."""


def find_regions_of_files(
    paths: list[Path],
    find: Callable[[Image], Regions],
    pixels: Pixels,
    writing: Writing,
    *,
    reading: Reading = NO_CHOICE,
    inputs: Inputs = NO_INPUTS,
    watch: RegionsWatch,
) -> Iterator[Outcome[Regions]]:
    """Find the regions of each file and save them; yield what became of it.

    Parameters
    ----------
    paths
        The files; their stems must differ.
    find
        Finds the regions of an image, the same way for all.
    pixels, writing, reading, inputs
        As in `batch.segment_files`.
    watch
        Told of each file.
    """

    def work(path: Path, opening: OpenedMask | None, kept: Inputs) -> Outcome[Regions]:
        return _of_file(path, find, writing, reading, opening, kept, watch)

    return each_file(paths, work, writing.output, pixels, inputs)


def _of_file(
    path: Path,
    find: Callable[[Image], Regions],
    writing: Writing,
    reading: Reading,
    opening: OpenedMask | None,
    inputs: Inputs,
    watch: RegionsWatch,
) -> Outcome[Regions]:
    overwrite, skip_existing, stem = writing.overwrite, writing.skip_existing, stem_of(path)
    expected = region_paths(writing, stem)
    lacking = [path for path in expected if not is_file(path)]
    of_many = region_paths(writing, stem, MOST_16_BITS + 1)[0]
    others = [region_paths(writing, stem, family=family)[0] for family in FAMILIES]
    if skip_existing and (not lacking or (lacking == expected[:1] and any(map(is_file, (of_many, *others))))):
        return Outcome(path)
    refuse_places(expected, overwrite=overwrite, inputs=inputs)
    if not overwrite:
        refuse_incomplete(expected, lacking, skip_existing)
    image = within(as_image(path, reading), opening)
    family = family_of(image, writing.format)
    if family is not PNG:
        refuse_places(region_paths(writing, stem, family=family), overwrite=overwrite, inputs=inputs)
    refuse_polygons(image, writing.vector)
    watch.begin(path, image)
    found = find(image)
    watch.saving()
    saved = save_regions(found, writing, stem=stem, inputs=inputs)
    return Outcome(path, found, tuple(saved))
