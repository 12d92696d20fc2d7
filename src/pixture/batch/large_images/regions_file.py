"""The regions of a file that is larger than the memory it may take: what that costs, and finding them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from pixture.batch.finding import Finding
from pixture.batch.large_images.regions_run import RegionsRun, find_regions_in_pieces
from pixture.batch.large_images.which_files import LargeFiles, is_large, refuse_little_memory
from pixture.batch.task import Task
from pixture.errors import ChoiceError
from pixture.files.input_files import Inputs
from pixture.files.output_files import stem_of
from pixture.imaging.downsampling import reduction
from pixture.options.reading import Reading
from pixture.parallel import available_threads
from pixture.scale.cluster.connection import workers_of
from pixture.scale.memory import memory_allowed
from pixture.scale.sources.opened_source import source_of_windows
from pixture.scale.sources.source import Source
from pixture.scale.watched import PassWatch
from pixture.segmentation.large_images.forecast import Forecast
from pixture.segmentation.large_images.regions.large_regions import LargeRegions
from pixture.segmentation.large_images.regions.region_forecast import (
    memory_of_whole_regions,
    region_forecast,
)
from pixture.segmentation.large_images.regions.regions_of_source import refuse_other_axes
from pixture.segmentation.regions.find_regions import MOST_PIXELS


class LargeRegionsWatch(PassWatch, Protocol):
    """Who is told how an image is coming along."""

    def begin_large(self, path: Path, source: Source, expected: Forecast) -> None:
        """Note that the regions of a large image are being found, and what that will cost."""


def large_regions_source(path: Path, reading: Reading, large: LargeFiles) -> Source | None:
    """Return the image in a file as a source if its regions are to be found in pieces; else None.

    They are where they would take more memory than they may, or it is more pixels than are decoded at once.
    A volume is read whole, whatever that takes, unless a limit is given.

    Raises
    ------
    ChoiceError
        It would be found in pieces, and is a volume or a series.
    """
    source = source_of_windows(path, reading)
    if source is None:
        return None
    description = source.description
    if not is_large(description, memory_of_whole_regions(description), large):
        return None
    if len(description.shape) != 2:
        if large.memory.memory is not None:
            refuse_other_axes(description)
        return None
    return source if reduction(description.size, MOST_PIXELS) > 1 else None


def refuse_regions_of_pieces(task: Task, finding: Finding) -> None:
    """Refuse what is not made of an image whose regions are found piece by piece.

    Raises
    ------
    ChoiceError
        The sentence says what is not, and what to do.
    """
    named = {
        "a mask (mask=)": task.pixels.mask is not None,
        "a tree that is there (tree=)": finding.tree is not None,
        "the outline of a polygon (vector=)": task.writing.vector is not None,
    }
    for what, wanted in named.items():
        if wanted:
            raise ChoiceError(
                f"The image is larger than the memory that it may take, and {what} needs all of its pixels "
                "at once. Give it more memory (memory=), read a smaller level (level=), or leave that out."
            )


def region_forecast_of(source: Source, finding: Finding, large: LargeFiles) -> Forecast:
    """Return what finding the regions of a source will cost.

    Raises
    ------
    ChoiceError
        Some of its pixels are masked; or the memory does not do for a piece.
    """
    allowed = memory_allowed(large.memory.memory)
    found = region_forecast(source, finding.threads or available_threads(), allowed)
    refuse_little_memory(found, allowed)
    return found


def find_regions_of_large_file(
    path: Path, source: Source, finding: Finding, task: Task, inputs: Inputs, watch: LargeRegionsWatch
) -> tuple[LargeRegions, tuple[Path, ...]]:
    """Find the regions of a file piece by piece and save them; return them and the paths of their files."""
    large = task.large
    refuse_regions_of_pieces(task, finding)
    expected = region_forecast_of(source, finding, large)
    watch.begin_large(path, source, expected)
    allowed = memory_allowed(large.memory.memory)
    with workers_of(large.clustering, expected.threads, allowed, watch.part_done) as workers:
        run = RegionsRun(
            source,
            stem_of(path),
            finding,
            large.asked,
            task.writing,
            workers,
            large.resume,
            inputs | Inputs.of([path]),
        )
        return find_regions_in_pieces(run, watch)
