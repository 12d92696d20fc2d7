"""The regions of one image that is larger than the memory it may take: found and saved piece by piece.

What is done is kept beside the results until all of them have their names, as in `resumable_run`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import pixture
from pixture.batch.finding import Finding
from pixture.batch.large_images.unfinished_run import (
    FINISHING,
    finished_before,
    identity_of,
    kept_for_later,
    remove,
    result_name,
)
from pixture.files.atomic_writing import write_whole
from pixture.files.input_files import Inputs
from pixture.files.journal import Journal
from pixture.files.output_files import make_folder, refuse_outputs
from pixture.files.temporary_files import sync_folder
from pixture.imaging.writers.raster import Holds
from pixture.options.writing import Writing
from pixture.scale.checkpoints import Checkpointed
from pixture.scale.sinks.opened_sink import open_sink
from pixture.scale.sinks.piece_sink import PieceSink
from pixture.scale.sources.source import Source
from pixture.scale.watched import PassWatch, Watched
from pixture.scale.workers import Workers
from pixture.segmentation.large_images.regions.large_regions import LargeRegions
from pixture.segmentation.large_images.regions.level_rows import LevelRows
from pixture.segmentation.large_images.regions.outlines_in_bands import (
    MeasureMisfits,
    SettleBetween,
    SettleStrips,
)
from pixture.segmentation.large_images.regions.regions_of_source import (
    MeasureSuperpixels,
    WriteRegions,
    regions_of_source,
)
from pixture.view.output.large_region_files import large_region_files
from pixture.view.output.save_regions import OTHERS

BY_PART = (LevelRows, MeasureMisfits, SettleStrips, SettleBetween, MeasureSuperpixels, WriteRegions)
"""Of which work each part's result is kept."""

NUMBERS, WORK = ".regions", "regions"
"""How the file of regions' numbers is called after the stem; what is kept while regions are found."""


@dataclass(frozen=True, eq=False)
class RegionsRun:
    """What is done with one large image.

    Attributes
    ----------
    source
        The image.
    stem
        What the names of its results begin with.
    finding
        How regions are found.
    asked
        What is asked for, ready for JSON: a run that goes on is asked for the same.
    writing
        What is written, and where.
    workers
        Who goes through the pieces.
    resume
        Whether to go on with a run that was ended before its time.
    inputs
        Files that are read; none is replaced.
    """

    source: Source
    stem: str
    finding: Finding
    asked: dict[str, Any]
    writing: Writing
    workers: Workers
    resume: bool = False
    inputs: Inputs = Inputs()  # noqa: RUF009 - it is immutable

    @property
    def folder(self) -> Path:
        """The folder for the results."""
        return self.writing.output

    @property
    def checkpoints(self) -> Path:
        """The folder of what is done so far."""
        return self.folder / f".{self.stem}.regions.pixture-run"

    @property
    def journal(self) -> Path:
        """The journal of the run."""
        return self.folder / f".{self.stem}.regions.pixture-run.jsonl"

    @property
    def others(self) -> list[Path]:
        """The files besides that of numbers, whose sink sees to it; the record's last."""
        return [self.folder / f"{self.stem}{suffix}" for suffix in OTHERS]


def find_regions_in_pieces(run: RegionsRun, watch: PassWatch) -> tuple[LargeRegions, tuple[Path, ...]]:
    """Find the regions of an image piece by piece and save them; return them and the paths of their files.

    Raises
    ------
    PixtureError
        As in `regions_of_source`; or files are there, or cannot be written. What was done is kept where
        another run can go on from it, and the sentence says so.
    """
    make_folder(run.folder)
    header = {**run.asked, "pixture": pixture.__version__, "image": identity_of(run.source.description)}
    with Journal.open(run.journal, header, resume=run.resume, anew=run.writing.overwrite) as journal:
        if not journal.resumed:
            refuse_outputs(run.others, overwrite=run.writing.overwrite, inputs=run.inputs)
            shutil.rmtree(run.checkpoints, ignore_errors=True)
        run.checkpoints.mkdir(exist_ok=True)
        with kept_for_later(run.checkpoints, journal):
            found = _find(run, journal, watch)
        remove(run.checkpoints)
        journal.finish()
    return found


def _find(run: RegionsRun, journal: Journal, watch: PassWatch) -> tuple[LargeRegions, tuple[Path, ...]]:
    workers = Checkpointed(Watched(run.workers, watch), run.checkpoints, BY_PART)
    before = next((entry for entry in journal.entries if FINISHING in entry), None)
    finished = {} if before is None else finished_before(run.folder, run.stem, before[FINISHING])
    sinks: list[PieceSink] = []

    def opened(dtype: np.dtype[Any]) -> PieceSink | None:
        if not finished:
            sinks.append(_numbers(run, dtype, resumed=before is not None))
        return next(iter(sinks), None)

    finding = run.finding
    found = regions_of_source(
        run.source,
        workers,
        run.checkpoints / WORK,
        opened,
        regions=finding.regions,
        detail=finding.detail,
        seed=finding.seed,
        groups=finding.groups,
    )
    if before is None:
        journal.add({FINISHING: {NUMBERS: sinks[0].main.name}})
    if run.writing.overwrite:  # an older record would say that the new numbers are its own
        run.others[-1].unlink(missing_ok=True)
        sync_folder(run.folder)
    paths = [*finished.values(), *(path for sink in sinks for path in sink.finish())]
    made = large_region_files(found, run.source.description, run.others[-2], threads=finding.threads)
    files = {run.folder / f"{run.stem}{suffix}": content for suffix, content in made.items()}
    write_whole(files, overwrite=run.writing.overwrite or journal.resumed, inputs=run.inputs)
    return found, (*paths, *files)


def _numbers(run: RegionsRun, dtype: np.dtype[Any], *, resumed: bool) -> PieceSink:
    """Return where the numbers of regions go."""
    description = run.source.description
    return open_sink(
        run.folder,
        result_name(run.stem, NUMBERS),
        description,
        dtype=dtype,
        holds=Holds.NUMBERS,
        nodata=0,
        format=run.writing.format,
        sides=description.pieces[0].shape,
        overwrite=run.writing.overwrite or resumed,
        resume=run.resume,
        inputs=run.inputs,
    )
