"""One image that is larger than the memory it may take: fitted, labelled and saved piece by piece.

What is done is kept beside the results until all of them have their names: a run that is killed goes on from
there (`resume`), and comes to the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import pixture
from pixture.batch.large_images.destination import Destination, ResultSink, destination_of
from pixture.batch.large_images.objects_of_run import ObjectsInPieces, refuse_auto
from pixture.batch.large_images.result_sinks import result_sinks
from pixture.batch.large_images.unfinished_run import (
    FINISHING,
    identity_of,
    kept_for_later,
    remove,
    result_name,
)
from pixture.batch.large_images.which_files import LargeMake
from pixture.errors import PixtureError
from pixture.files.addresses import Address, place_of
from pixture.files.input_files import Inputs
from pixture.files.journal import Journal
from pixture.files.output_files import make_folder
from pixture.imaging.writers.families import FAMILIES
from pixture.imaging.writers.raster import Holds
from pixture.mixture.em.fit_result import Step
from pixture.options.classes import ObjectChoices
from pixture.options.writing import Writing
from pixture.scale.checkpoints import Checkpointed
from pixture.scale.sample.continuous import SeePiece
from pixture.scale.sample.counting import CountPieces
from pixture.scale.sinks.several_sinks import SeveralSinks
from pixture.scale.sinks.sink import Sink
from pixture.scale.sources.source import Description, Source
from pixture.scale.watched import PassWatch, Watched
from pixture.scale.workers import Workers
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.painting import PaintPiece
from pixture.segmentation.large_images.segment_source import Targets, paint_source
from pixture.view.output.class_csv import CLASSES
from pixture.view.output.large_image_files import large_image_files
from pixture.view.output.large_object_files import large_object_files
from pixture.view.output.object_files import OUTLINES as OBJECT_OUTLINES
from pixture.view.output.object_files import RECORD as OBJECT_RECORD
from pixture.view.output.object_files import TABLE as OBJECT_TABLE
from pixture.view.output.save_segmentation import CONVERGENCE, LABELS, OVERLAY, RECORD

BY_PART = (CountPieces, SeePiece, PaintPiece)
"""Of which work each part's result is kept: that of long passes."""

POSTERIORS = "posteriors"
"""The folder, among what is done so far, of posteriors under a spatial prior."""

OBJECTS = "objects"
"""How the file of objects' numbers is called, after the stem."""


class Watch(PassWatch, Protocol):
    """Who is told how an image is coming along."""

    def compared(self, done: int, fits: int) -> None:
        """Note that so many of the fits are done by which numbers of components are compared."""

    def step(self, step: Step) -> None:
        """Note an EM iteration."""


@dataclass(frozen=True, eq=False)
class LargeRun:
    """What is done with one large image.

    Attributes
    ----------
    source
        The image.
    stem
        What the names of its results begin with.
    make
        Fits a mixture.
    asked
        What is asked for, ready for JSON: a run that goes on is asked for the same.
    writing
        What is written, and where.
    workers
        Who goes through the pieces.
    resume
        Whether to go on with a run that was ended before its time.
    flat
        Whether the overlay shows colours alone.
    inputs
        Files that are read; none is replaced.
    objects
        How objects are found; None where none are asked for.
    """

    source: Source
    stem: str
    make: LargeMake
    asked: dict[str, Any]
    writing: Writing
    workers: Workers
    resume: bool = False
    flat: bool = False
    inputs: Inputs = Inputs()  # noqa: RUF009 - it is immutable
    objects: ObjectChoices | None = None

    @cached_property
    def destination(self) -> Destination:
        """Where the results go."""
        return destination_of(self.writing, resume=self.resume, inputs=self.inputs)

    @property
    def folder(self) -> Path:
        """The folder in which the run keeps what it has done so far."""
        return self.destination.work

    @property
    def checkpoints(self) -> Path:
        """The folder of what is done so far."""
        return self.folder / f".{self.stem}.pixture-run"

    @property
    def journal(self) -> Path:
        """The journal of the run."""
        return self.folder / f".{self.stem}.pixture-run.jsonl"


def run_large_image(run: LargeRun, watch: Watch) -> tuple[LargeSegmentation, tuple[Path, ...]]:
    """Segment an image piece by piece and save it; return the segmentation and the paths of its files.

    Raises
    ------
    PixtureError
        As in `segment`; or what was asked for needs all pixels at once. What was done is kept where another
        run can go on from it, and the sentence says so.
    """
    if run.objects is not None:
        refuse_auto(run.objects)
    make_folder(run.folder)
    header = {**run.asked, "pixture": pixture.__version__, "image": identity_of(run.source.description)}
    if isinstance(run.writing.output, Address):
        header["output"] = str(run.writing.output)  # what is kept here says not where they go
    with Journal.open(run.journal, header, resume=run.resume, anew=run.writing.overwrite) as journal:
        if not journal.resumed:
            _refuse_results(run, journal)
            shutil.rmtree(run.checkpoints, ignore_errors=True)
        run.checkpoints.mkdir(exist_ok=True)
        with kept_for_later(run.checkpoints, journal):
            found = _segment(run, journal, watch)
        remove(run.checkpoints)
        journal.finish()
    return found


def _refuse_results(run: LargeRun, journal: Journal) -> None:
    """Refuse results that cannot be written; nothing is left of a run that had not begun."""
    try:
        run.destination.refuse(_names(run))
    except PixtureError:
        journal.finish()
        raise


def _segment(run: LargeRun, journal: Journal, watch: Watch) -> tuple[LargeSegmentation, tuple[Path, ...]]:
    workers = Checkpointed(Watched(run.workers, watch), run.checkpoints, BY_PART)
    fitted = run.make.of_source(run.source, workers, watch).without_rows()
    before = next((entry for entry in journal.entries if FINISHING in entry), None)
    finished = {} if before is None else _finished_before(run, before[FINISHING])
    finding = None if run.objects is None else ObjectsInPieces(run.objects, fitted, run.checkpoints)
    wanted = [name for name in (LABELS, *run.writing.maps) if name not in finished]
    sinks = result_sinks(run.destination, run.stem, fitted, wanted, resumed=before is not None)
    targets = Targets(
        _together(sinks.get(LABELS), finding),
        {name: sink for name, sink in sinks.items() if name in run.writing.maps},
    )
    found = paint_source(fitted, workers, targets, scratch=run.checkpoints / POSTERIORS, lasting=True)
    if finding is not None:
        opened = partial(_numbers, run, fitted.known.source.description, resumed=before is not None)
        objects, numbers = finding.find(workers, opened, finished=OBJECTS in finished)
        sinks |= {} if numbers is None else {OBJECTS: numbers}
        found = replace(found, whole=replace(found.facts, objects=objects))
    if before is None:
        named = {name: sink.main.name for name, sink in sinks.items()}
        before = {FINISHING: named, "family": sinks[LABELS].plan.family.name}
        journal.add(before)
    if run.writing.overwrite:  # an older record would say that the new labels are its own
        run.destination.remove_record(f"{run.stem}{RECORD}")
    ended = (place_of(path) for sink in sinks.values() for path in sink.finish())
    paths = [*finished.values(), *ended]
    family = next(one for one in FAMILIES if one.name == before["family"])
    of_objects = {} if found.facts.objects is None else large_object_files(found.facts.objects, found)
    made = of_objects | large_image_files(found, run.stem, family, flat=run.flat)
    named_so = {f"{run.stem}{suffix}": content for suffix, content in made.items()}
    files = run.destination.write(named_so, replaced=journal.resumed)
    return found, (*paths, *files)


def _finished_before(run: LargeRun, named: Mapping[str, str]) -> dict[str, Path]:
    """Return the files that the run before this one finished."""
    found = {
        name: run.destination.finished(result_name(run.stem, name), main) for name, main in named.items()
    }
    return {name: place for name, place in found.items() if place is not None}


def _together(labels: Sink | None, finding: ObjectsInPieces | None) -> Sink | None:
    """Return where labels go: to a file, and to where objects are found in them."""
    if finding is None:
        return labels
    return finding.labels if labels is None else SeveralSinks((labels, finding.labels))


def _numbers(run: LargeRun, description: Description, dtype: np.dtype[Any], *, resumed: bool) -> ResultSink:
    """Return where the numbers of objects go."""
    return run.destination.sink(
        f"{run.stem}.{OBJECTS}",
        description,
        replaced=resumed,
        dtype=dtype,
        holds=Holds.NUMBERS,
        nodata=0,
        sides=description.pieces[0].shape,
    )


def _names(run: LargeRun) -> list[str]:
    """Return the files that the run makes besides those of sinks, which see to theirs."""
    of_objects = () if run.objects is None else (OBJECT_TABLE, OBJECT_OUTLINES, OBJECT_RECORD)
    suffixes = (OVERLAY, CLASSES, CONVERGENCE, *of_objects, RECORD)
    return [f"{run.stem}{suffix}" for suffix in suffixes]
