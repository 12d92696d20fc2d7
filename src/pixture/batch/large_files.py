"""Which files of a batch are larger than the memory they may take, and what is done with these."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import PIL.Image

from pixture.batch.large_image import LargeRun, MakeOfSource, Watch, run_large_image
from pixture.errors import ChoiceError
from pixture.files.input_files import Inputs
from pixture.files.output_files import stem_of
from pixture.options.cluster import HERE, Clustering
from pixture.options.memory import HALF_OF_IT, Memory
from pixture.options.method import Method
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.options.writing import Writing
from pixture.parallel import available_threads
from pixture.scale.cluster.connection import workers_of
from pixture.scale.masked import masked
from pixture.scale.memory import memory_allowed, memory_of_whole
from pixture.scale.opened_source import open_source, source_of_windows
from pixture.scale.source import Source
from pixture.segmentation.large_images.forecast import Forecast, forecast, threads_within
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.source_fit import refuse_what_needs_all_pixels


@dataclass(frozen=True, eq=False)
class LargeFiles:
    """How files are gone through that are larger than the memory they may take.

    Attributes
    ----------
    memory
        What they may take.
    clustering
        Who goes through their pieces.
    resume
        Whether to go on with a run that was ended before its time.
    asked
        What is asked for, ready for JSON.
    """

    memory: Memory = HALF_OF_IT
    clustering: Clustering = HERE
    resume: bool = False
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def on_cluster(self) -> bool:
        """Whether pieces are gone through by other processes: all files that have windows are, then."""
        return self.clustering.workers is not None or self.clustering.scheduler is not None


class LargeMake(MakeOfSource, Protocol):
    """Fits a mixture to a source, and says how."""

    @property
    def plan(self) -> Method:
        """How images are segmented."""


class LargeWatch(Watch, Protocol):
    """Who is told how an image is coming along."""

    def begin_large(self, path: Path, source: Source, expected: Forecast) -> None:
        """Note that a large image is being segmented, and what that will cost."""

    def saving(self) -> None:
        """Note that files are being written."""


def large_source(path: Path, reading: Reading, plan: Method, large: LargeFiles) -> Source | None:
    """Return the image in a file as a source if it is to be gone through in pieces; else None.

    It is where it would take more memory than it may, or is more pixels than are decoded at once.
    """
    source = source_of_windows(path, reading)
    if source is None:
        return None
    description = source.description
    limit = PIL.Image.MAX_IMAGE_PIXELS
    smooth = not plan.spatial.is_off
    needed = memory_of_whole(description, plan.choices.components, smooth=smooth)
    too_many = limit is not None and description.size > 2 * limit
    if large.on_cluster or too_many or needed > memory_allowed(large.memory.memory):
        return source
    return None


def mask_is_large(pixels: Pixels, large: LargeFiles) -> bool:
    """Whether a mask is too large to be opened whole: only images as large as it take it, piece by piece."""
    if not isinstance(pixels.mask, Path):
        return False
    source = source_of_windows(pixels.mask, Reading())
    return source is not None and source.description.size > memory_allowed(large.memory.memory) // 4


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
    threads = plan.choices.threads or available_threads()
    smooth = not plan.spatial.is_off
    found = forecast(
        source, plan, threads_within(source, plan.choices.components, allowed, threads, smooth=smooth)
    )
    if found.memory > allowed:
        raise ChoiceError(
            f"A piece of this image takes about {found.memory / 1e6:,.0f} MB of memory, more than the "
            f"{allowed / 1e6:,.0f} MB that the run may take. Give it more (memory=), or read a smaller level "
            "of it (level=)."
        )
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
    inputs: Inputs,
) -> tuple[LargeSegmentation, tuple[Path, ...]]:
    """Segment a file piece by piece and save it; return the segmentation and the paths of its files."""
    source = within_mask(source, pixels)
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
        )
        return run_large_image(run, watch)
