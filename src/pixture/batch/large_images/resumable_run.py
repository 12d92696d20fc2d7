"""One image that is larger than the memory it may take: fitted, labelled and saved piece by piece.

What is done is kept beside the results until all of them have their names: a run that is killed goes on from
there (`resume`), and comes to the same bytes.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import pixture
from pixture.batch.large_images.objects_of_run import ObjectsInPieces, refuse_auto
from pixture.batch.large_images.which_files import LargeMake
from pixture.errors import ChoiceError, ImageError, PixtureError, WriteError
from pixture.files.atomic_writing import write_whole
from pixture.files.file_digest import FileState
from pixture.files.input_files import Inputs
from pixture.files.journal import Journal
from pixture.files.output_files import make_folder, refuse_outputs
from pixture.files.temporary_files import sync_folder
from pixture.imaging.display.label_colours import hexadecimal, label_colours
from pixture.imaging.writers.families import FAMILIES
from pixture.imaging.writers.raster import ClassLook, Holds
from pixture.mixture.em.fit_result import Step
from pixture.options.classes import ObjectChoices
from pixture.options.writing import UNCERTAINTY, Writing
from pixture.scale.checkpoints import Checkpointed
from pixture.scale.sample.continuous import SeePiece
from pixture.scale.sample.counting import CountPieces
from pixture.scale.sinks.opened_sink import is_finished, open_sink
from pixture.scale.sinks.piece_sink import PieceSink
from pixture.scale.sinks.several_sinks import SeveralSinks
from pixture.scale.sinks.sink import Sink
from pixture.scale.sources.source import Description, Source
from pixture.scale.watched import PassWatch, Watched
from pixture.scale.workers import Workers
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.painting import PaintPiece
from pixture.segmentation.large_images.segment_source import Targets, paint_source
from pixture.segmentation.large_images.source_fit import SourceFit
from pixture.view.output.class_csv import CLASSES
from pixture.view.output.large_image_files import large_image_files
from pixture.view.output.large_object_files import large_object_files
from pixture.view.output.object_files import OUTLINES as OBJECT_OUTLINES
from pixture.view.output.object_files import RECORD as OBJECT_RECORD
from pixture.view.output.object_files import TABLE as OBJECT_TABLE
from pixture.view.output.save_segmentation import CONVERGENCE, LABELS, OVERLAY, RECORD

BY_PART = (CountPieces, SeePiece, PaintPiece)
"""Of which work each part's result is kept: that of long passes."""

FINISHING = "finishing"

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

    @property
    def folder(self) -> Path:
        """The folder for the results."""
        return self.writing.output

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
    header = {**run.asked, "pixture": pixture.__version__, "image": _identity(run.source.description)}
    with Journal.open(run.journal, header, resume=run.resume, anew=run.writing.overwrite) as journal:
        if not journal.resumed:
            refuse_outputs(_places(run), overwrite=run.writing.overwrite, inputs=run.inputs)
            shutil.rmtree(run.checkpoints, ignore_errors=True)
        run.checkpoints.mkdir(exist_ok=True)
        with _kept_for_later(run, journal):
            found = _segment(run, journal, watch)
        _remove(run.checkpoints)
        journal.finish()
    return found


def _segment(run: LargeRun, journal: Journal, watch: Watch) -> tuple[LargeSegmentation, tuple[Path, ...]]:
    workers = Checkpointed(Watched(run.workers, watch), run.checkpoints, BY_PART)
    fitted = run.make.of_source(run.source, workers, watch).without_rows()
    before = next((entry for entry in journal.entries if FINISHING in entry), None)
    finished = {} if before is None else _finished_before(run.folder, run.stem, before[FINISHING])
    finding = None if run.objects is None else ObjectsInPieces(run.objects, fitted, run.checkpoints)
    sinks = _sinks(run, fitted, finished, resumed=before is not None)
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
        (run.folder / f"{run.stem}{RECORD}").unlink(missing_ok=True)
        sync_folder(run.folder)
    paths = [*finished.values(), *(path for sink in sinks.values() for path in sink.finish())]
    family = next(one for one in FAMILIES if one.name == before["family"])
    of_objects = {} if found.facts.objects is None else large_object_files(found.facts.objects, found)
    files = {
        run.folder / f"{run.stem}{suffix}": content
        for suffix, content in (
            of_objects | large_image_files(found, run.stem, family, flat=run.flat)
        ).items()
    }
    write_whole(files, overwrite=run.writing.overwrite or journal.resumed, inputs=run.inputs)
    return found, (*paths, *files)


def _finished_before(folder: Path, stem: str, named: Mapping[str, str]) -> dict[str, Path]:
    """Return the files that the run before this one finished."""
    return {
        name: folder / main for name, main in named.items() if is_finished(folder, result_name(stem, name))
    }


def result_name(stem: str, name: str) -> str:
    """Return what the name of a file of labels, or of a map, begins with.

    >>> result_name("cat", ".labels"), result_name("cat", "uncertainty")
    ('cat.labels', 'cat.uncertainty')
    """
    return f"{stem}{name}" if name.startswith(".") else f"{stem}.{name}"


def _together(labels: Sink | None, finding: ObjectsInPieces | None) -> Sink | None:
    """Return where labels go: to a file, and to where objects are found in them."""
    if finding is None:
        return labels
    return finding.labels if labels is None else SeveralSinks((labels, finding.labels))


def _numbers(run: LargeRun, description: Description, dtype: np.dtype[Any], *, resumed: bool) -> PieceSink:
    """Return where the numbers of objects go."""
    return open_sink(
        run.folder,
        f"{run.stem}.{OBJECTS}",
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


def _sinks(
    run: LargeRun, fitted: SourceFit, finished: Mapping[str, Path], *, resumed: bool
) -> dict[str, PieceSink]:
    """Return where labels go, and where each map does, but for those that are finished."""
    description, masked = fitted.known.source.description, fitted.masked_label
    names = fitted.names or ("",) * fitted.labels
    looks = tuple(
        ClassLook(name, hexadecimal(colour))
        for name, colour in zip(names, label_colours(fitted.labels), strict=True)
    )
    opened = partial(
        open_sink,
        run.folder,
        description=description,
        format=run.writing.format,
        sides=description.pieces[0].shape,
        overwrite=run.writing.overwrite or resumed,
        resume=run.resume,
        inputs=run.inputs,
    )
    sinks: dict[str, PieceSink] = {}
    if LABELS not in finished:
        sinks[LABELS] = opened(
            result_name(run.stem, LABELS),
            dtype=np.dtype(fitted.dtype),
            holds=Holds.LABELS,
            classes=looks,
            nodata=masked,
        )
    called = fitted.names or tuple(f"label {label}" for label in range(fitted.labels))
    for name in run.writing.maps:
        if name not in finished:
            sinks[name] = opened(
                result_name(run.stem, name),
                dtype=np.dtype(np.float32),
                holds=Holds.VALUES,
                nodata=None if masked is None else float("nan"),
                channel_names=() if name == UNCERTAINTY else called,
            )
    return sinks


def _places(run: LargeRun) -> list[Path]:
    """Return the files that the run makes besides those of sinks, which see to theirs."""
    of_objects = () if run.objects is None else (OBJECT_TABLE, OBJECT_OUTLINES, OBJECT_RECORD)
    suffixes = (OVERLAY, CLASSES, CONVERGENCE, *of_objects, RECORD)
    return [run.folder / f"{run.stem}{suffix}" for suffix in suffixes]


def _identity(description: Description) -> dict[str, Any]:
    """Return what an image is known by, ready for JSON."""
    origin = description.origin
    state = None if origin is None else origin.content
    known: dict[str, Any] = {"shape": list(description.shape), "dtype": str(description.dtype)}
    if isinstance(state, FileState):
        known |= {"bytes": state.size, "modified_ns": state.modified}
    return known | {"sha256": state if isinstance(state, str) else None}


@contextlib.contextmanager
def _kept_for_later(run: LargeRun, journal: Journal) -> Iterator[None]:
    """Say that a run can go on where it failed; leave nothing of one that had not begun."""
    try:
        yield
    except PixtureError as error:
        if not any(run.checkpoints.iterdir()) or isinstance(error, ChoiceError | ImageError):
            _remove(run.checkpoints)
            journal.finish()
            raise
        if isinstance(error, WriteError) and "resume=True" in str(error):
            raise
        kept = "What was done is kept, and the run can go on from it (resume=True)."
        raise type(error)(f"{error} {kept}") from error


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
