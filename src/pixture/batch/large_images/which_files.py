"""Which files of a batch are larger than the memory they may take, and what is done with these."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import PIL.Image

from pixture.errors import ChoiceError
from pixture.files.addresses import Address
from pixture.options.cluster import HERE, Clustering
from pixture.options.memory import HALF_OF_IT, Memory
from pixture.options.method import Method
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.scale.memory import memory_allowed, memory_of_whole
from pixture.scale.sources.opened_source import open_source, source_of_windows
from pixture.scale.sources.packed_scan import packed_source
from pixture.scale.sources.source import Description, Source

if TYPE_CHECKING:
    from pixture.batch.large_images.resumable_run import Watch
    from pixture.scale.workers import Workers
    from pixture.segmentation.large_images.forecast import Forecast
    from pixture.segmentation.large_images.source_fit import SourceFit


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
    all_of_them
        Whether all files are gone through so, whatever their size: their results go to an address.
    """

    memory: Memory = HALF_OF_IT
    clustering: Clustering = HERE
    resume: bool = False
    asked: dict[str, Any] = field(default_factory=dict)
    all_of_them: bool = False

    @property
    def on_cluster(self) -> bool:
        """Whether pieces are gone through by other processes: all files that have windows are, then."""
        return self.clustering.workers is not None or self.clustering.scheduler is not None


class LargeMake(Protocol):
    """Fits a mixture to a source, or takes one that is there, and says how."""

    @property
    def plan(self) -> Method:
        """How images are segmented."""

    def of_source(self, source: Source, workers: Workers, watch: Watch, /) -> SourceFit:
        """Return the mixture of a source's pixels."""


def large_source(path: Path, reading: Reading, plan: Method, large: LargeFiles) -> Source | None:
    """Return the image in a file as a source if it is to be gone through in pieces; else None.

    It is where it would take more memory than it may, is more pixels than are decoded at once, or lies at an
    address; and where its results go to one. Of a packed scan it is to be made a fast one first, by
    `scale.sources.packed_scan.unpacked_source`.
    """
    source = source_of_windows(path, reading)
    if source is None:
        source = packed_source(path, reading)
    if large.all_of_them:
        return open_source(path, reading) if source is None else source
    if source is None:
        return None
    description = source.description
    smooth = not plan.spatial.is_off
    needed = memory_of_whole(description, plan.choices.components, smooth=smooth)
    return source if isinstance(path, Address) or is_large(description, needed, large) else None


def is_large(description: Description, needed: int, large: LargeFiles) -> bool:
    """Whether an image that would take so much memory is to be gone through in pieces."""
    limit = PIL.Image.MAX_IMAGE_PIXELS
    too_many = limit is not None and description.size > 2 * limit
    return large.on_cluster or too_many or needed > memory_allowed(large.memory.memory)


def refuse_little_memory(expected: Forecast, allowed: int) -> None:
    """Refuse to go through an image of which a piece takes more memory than it may.

    Raises
    ------
    ChoiceError
        It does.
    """
    if expected.memory > allowed:
        raise ChoiceError(
            f"A piece of this image takes about {expected.memory / 1e6:,.0f} MB of memory, more than the "
            f"{allowed / 1e6:,.0f} MB that the run may take. Give it more (memory=), or read a smaller level "
            "of it (level=)."
        )


def mask_is_large(pixels: Pixels, large: LargeFiles) -> bool:
    """Whether a mask is too large to be opened whole: only images as large as it take it, piece by piece."""
    if not isinstance(pixels.mask, Path):
        return False
    if isinstance(pixels.mask, Address):
        return True
    source = source_of_windows(pixels.mask, Reading())
    return source is not None and source.description.size > memory_allowed(large.memory.memory) // 4
