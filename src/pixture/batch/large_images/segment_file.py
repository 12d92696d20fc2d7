"""A file that is larger than the memory it may take: what that costs, and doing it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from pixture.batch.large_images.destination import destination_of
from pixture.batch.large_images.resumable_run import LargeRun, Watch, run_large_image
from pixture.batch.large_images.which_files import LargeFiles, LargeMake, refuse_little_memory
from pixture.batch.task import Outputs, Task
from pixture.errors import ChoiceError
from pixture.files.input_files import Inputs
from pixture.files.output_files import make_folder, stem_of
from pixture.options.classes import ObjectChoices
from pixture.options.method import Method
from pixture.options.pixels import Pixels
from pixture.options.writing import Writing
from pixture.parallel import available_threads
from pixture.scale.cluster.connection import workers_of
from pixture.scale.memory import memory_allowed
from pixture.scale.sources.masked import masked
from pixture.scale.sources.opened_source import open_source
from pixture.scale.sources.packed_scan import unpacked_source
from pixture.scale.sources.source import Source
from pixture.segmentation.large_images.forecast import Forecast, forecast
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.source_fit import IN_PIECES, refuse_what_needs_all_pixels
from pixture.view.output.store_labels import is_any_store


class LargeWatch(Watch, Protocol):
    """Who is told how an image is coming along."""

    def begin_large(self, path: Path, source: Source, expected: Forecast) -> None:
        """Note that a large image is being segmented, and what that will cost."""

    def saving(self) -> None:
        """Note that files are being written."""


def within_mask(source: Source, pixels: Pixels) -> Source:
    """Return a source within the mask that is asked for, if one is."""
    if pixels.mask is None:
        return source
    return masked(source, open_source(pixels.mask), pixels.mask_threshold)


def forecast_of(source: Source, plan: Method, large: LargeFiles) -> Forecast:
    """Return what going through a source will cost.

    Raises
    ------
    ChoiceError
        What is asked for needs all pixels at once; or the memory does not do for a piece.
    """
    refuse_what_needs_all_pixels(plan)
    allowed = memory_allowed(large.memory.memory)
    found = forecast(source, plan, plan.choices.threads or available_threads(), allowed)
    refuse_little_memory(found, allowed)
    return found


def segment_large_file(
    path: Path,
    source: Source,
    make: LargeMake,
    large: LargeFiles,
    writing: Writing,
    pixels: Pixels,
    watch: LargeWatch,
    *,
    flat: bool = False,
    objects: ObjectChoices | None = None,
    inputs: Inputs,
) -> tuple[LargeSegmentation, tuple[Path, ...]]:
    """Segment a file piece by piece and save it; return the segmentation and the paths of its files."""
    work = destination_of(writing, resume=large.resume, inputs=inputs).work
    make_folder(work)
    with unpacked_source(source, work) as fast:
        source = within_mask(fast, pixels)
        expected = forecast_of(source, make.plan, large)
        watch.begin_large(path, source, expected)
        allowed = memory_allowed(large.memory.memory)
        with workers_of(large.clustering, expected.threads, allowed, watch.part_done) as workers:
            run = LargeRun(
                source,
                stem_of(path),
                make,
                large.asked,
                replace(writing, vector=None),
                workers,
                large.resume,
                flat,
                inputs | Inputs.of([path]),
                objects,
            )
            return run_large_image(run, watch)


def refuse_of_pieces(task: Task) -> None:
    """Refuse what is not made of an image that is segmented piece by piece.

    Raises
    ------
    ChoiceError
        The sentence says what is not, and what to do.
    """
    named = {
        "report=True": task.outputs is not Outputs.SET,
        "vector": task.writing.vector is not None,
        "a Zarr store to write into": is_any_store(task.writing.output),
    }
    for what, wanted in named.items():
        if wanted:
            raise ChoiceError(
                f"{IN_PIECES}, and {what} needs all of its pixels at once. Give it more memory (memory=) or "
                "a smaller level (level=), work with files of this machine, or leave that out."
            )
