"""Many files, one way to find regions: each is read, cut and saved, and none stops the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from pixture.batch.batch_run import BatchRun
from pixture.batch.file_list import BatchFile
from pixture.batch.finding import Finding
from pixture.batch.go_through import go_through
from pixture.batch.large_images.regions_file import find_regions_of_large_file, large_regions_source
from pixture.batch.outcome import Outcome
from pixture.batch.segmentations import refuse_incomplete
from pixture.batch.task import Task
from pixture.files.input_files import Inputs, name_of
from pixture.files.output_files import is_file, make_folder, refuse_places, stem_of
from pixture.imaging.image import Image
from pixture.imaging.writers.families import FAMILIES, PNG, family_of
from pixture.scale.sources.source import Source
from pixture.segmentation.large_images.forecast import Forecast
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.sources.image_source import as_image
from pixture.segmentation.sources.mask_image import OpenedMask, opened, within
from pixture.view.output.large_region_files import large_regions_record
from pixture.view.output.polygon_files import refuse_polygons
from pixture.view.output.save_regions import MOST_16_BITS, region_paths, regions_record, save_regions
from pixture.view.terminal.region_lines import large_regions_line, regions_line


class RegionsWatch(Protocol):
    """Who is told how a file is coming along."""

    def begin(self, path: Path, image: Image) -> None:
        """Note that a file has been read and that its regions are being found."""

    def begin_large(self, path: Path, source: Source, expected: Forecast) -> None:
        """Note that the regions of a large image are being found, and what that will cost."""

    def passing(self, name: str, parts: int) -> None:
        """Note that a pass over its pieces begins, and what it does."""

    def part_done(self) -> None:
        """Note that a piece of the pass is done."""

    def saving(self) -> None:
        """Note that its files are being written."""

    def finished(self, done: int) -> None:
        """Note that so many of the files are done."""


def find_regions_of_files(
    run: BatchRun,
    find: Finding,
    task: Task,
    watch: RegionsWatch,
) -> Iterator[Outcome[Regions]]:
    """Find the regions of each file and save them; yield what became of it.

    Parameters
    ----------
    run
        The files, and where they are worked on.
    find
        Finds the regions of an image, the same way for all.
    task
        What else is done with each.
    watch
        Told of each file.
    """
    make_folder(run.output)  # which refuses an address
    task = replace(task, writing=run.writing(task.writing))
    opening = opened(task.pixels.mask, task.pixels.mask_threshold)
    kept = task.inputs | Inputs.of([file.path for file in run.files])
    if opening is not None:
        kept |= opening.inputs
    return go_through(run, FindEach(find, task, opening, kept), watch)


@dataclass(frozen=True, eq=False)
class FindEach:
    """Finding the regions of a file and saving them: the same for all files, in every process.

    Attributes
    ----------
    find, task
        As in `find_regions_of_files`.
    opening
        The mask, opened once.
    inputs
        All files that are read; none is replaced.
    """

    find: Finding
    task: Task
    opening: OpenedMask | None
    inputs: Inputs

    def __call__(self, file: BatchFile, watch: RegionsWatch, /) -> Outcome[Regions]:
        """Return what became of a file."""
        return _of_file(file.path, self.find, self.task.of(file), self.opening, self.inputs, watch)


def _of_file(
    path: Path,
    find: Finding,
    task: Task,
    opening: OpenedMask | None,
    inputs: Inputs,
    watch: RegionsWatch,
) -> Outcome[Regions]:
    writing = task.writing
    overwrite, skip_existing, stem = writing.overwrite, writing.skip_existing, stem_of(path)
    expected = region_paths(writing, stem)
    lacking = [path for path in expected if not is_file(path)]
    of_many = region_paths(writing, stem, MOST_16_BITS + 1)[0]
    others = [region_paths(writing, stem, family=family)[0] for family in FAMILIES]
    if skip_existing and (not lacking or (lacking == expected[:1] and any(map(is_file, (of_many, *others))))):
        return Outcome(path)
    source = large_regions_source(path, task.reading, task.large)
    if source is not None:
        return _of_large_file(path, source, find, task, inputs, watch)
    refuse_places(expected, overwrite=overwrite, inputs=inputs)
    if not overwrite:
        refuse_incomplete(expected, lacking, skip_existing)
    image = within(as_image(path, task.reading), opening)
    family = family_of(image, writing.format)
    if family is not PNG:
        refuse_places(region_paths(writing, stem, family=family), overwrite=overwrite, inputs=inputs)
    refuse_polygons(image, writing.vector)
    watch.begin(path, image)
    found = find(image)
    watch.saving()
    saved = save_regions(found, writing, stem=stem, inputs=inputs)
    return Outcome(
        path,
        regions_line(name_of(path), found, str(writing.output / f"{stem}.*")),
        tuple(saved),
        record=regions_record(found) if task.with_record else None,
        made=found,
    )


def _of_large_file(
    path: Path, source: Source, find: Finding, task: Task, inputs: Inputs, watch: RegionsWatch
) -> Outcome[Regions]:
    """Find the regions of a file that is larger than the memory it may take, and save them."""
    found, saved = find_regions_of_large_file(path, source, find, task, inputs, watch)
    where = str(task.writing.output / f"{stem_of(path)}.*")
    return Outcome(
        path,
        large_regions_line(name_of(path), found, len(source.description.pieces), where),
        saved,
        record=large_regions_record(found, source.description) if task.with_record else None,
    )
