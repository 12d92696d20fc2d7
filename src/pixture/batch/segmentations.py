"""Many files, one way to segment: each is segmented and saved, and none stops the others."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pixture.batch.batch_run import BatchRun
from pixture.batch.file_list import BatchFile
from pixture.batch.go_through import go_through
from pixture.batch.large_images.which_files import LargeMake, large_source, mask_is_large
from pixture.batch.outcome import Outcome
from pixture.batch.summaries import AllImages, Summary, summaries_of
from pixture.batch.task import Outputs, Task
from pixture.errors import OlderReportWarning, WriteError
from pixture.files.addresses import Address
from pixture.files.atomic_writing import write_whole
from pixture.files.input_files import Inputs, name_of
from pixture.files.output_files import is_file, refuse_places, stem_of
from pixture.imaging.image import Image
from pixture.imaging.writers.families import PNG, family_of
from pixture.mixture.em.fit_result import Step
from pixture.scale.sources.source import Source
from pixture.segmentation.classes.derived import found_objects
from pixture.segmentation.objects.objects import Objects
from pixture.segmentation.segmentation import Segmentation
from pixture.segmentation.sources.image_source import as_image
from pixture.segmentation.sources.mask_image import OpenedMask, opened, within
from pixture.view.output.polygon_files import refuse_polygons
from pixture.view.output.save_segmentation import CONVERGENCE, REPORT, output_paths, record, save
from pixture.view.output.store_labels import is_any_store, refuse_store, save_into_store
from pixture.view.terminal.result_lines import result_line

if TYPE_CHECKING:
    from pixture.segmentation.large_images.forecast import Forecast


class Watch(Protocol):
    """Who is told how a file is coming along."""

    def begin(self, path: Path, image: Image) -> None:
        """Note that a file has been read and is being segmented."""

    def compared(self, done: int, fits: int) -> None:
        """Note that so many of the fits are done by which numbers of components are compared."""

    def step(self, step: Step) -> None:
        """Note an EM iteration."""

    def frame(self, drawn: int, frames: int) -> None:
        """Note that so many of the frames of a report's animation are drawn."""

    def saving(self) -> None:
        """Note that the fit is done and its files are being written."""

    def finished(self, done: int) -> None:
        """Note that so many of the files are done."""

    def summarised(self, what: str, path: Path) -> None:
        """Note that the classes or the objects of all images have been written."""

    def begin_large(self, path: Path, source: Source, expected: Forecast) -> None:
        """Note that a large image is being segmented, and what that will cost."""

    def passing(self, name: str, parts: int) -> None:
        """Note that a pass over its pieces begins, and what it does."""

    def part_done(self) -> None:
        """Note that a piece of the pass is done."""


class Make(LargeMake, Protocol):
    """Makes a segmentation of an image; a value that goes to other processes."""

    def __call__(self, image: Image, watch: Watch, /) -> Segmentation:
        """Return the segmentation; `watch` is told of each iteration."""


def segment_files(
    run: BatchRun,
    make: Make,
    task: Task,
    watch: Watch,
) -> Iterator[Outcome[Segmentation]]:
    """Segment each file and save the result; yield what became of it.

    Of several files, summaries are written last: `summary.csv` has the classes of every image that was
    segmented into the folders, those of earlier runs included. So images that are skipped are in it, and
    nothing in it is lost. Where objects are found, `summary.objects.csv` has a line an image on them.
    `summary.jsonl`, if it is asked for, has a line a file of this run: its record, or its error.

    Parameters
    ----------
    run
        The files, and where they are worked on.
    make
        Makes the segmentation of an image, the same way for all; told whom to tell of each iteration.
    task
        What else is done with each.
    watch
        Told of each file and, where they are worked on in this process, of each iteration.

    Raises
    ------
    WriteError
        Another file has the summary's name.
    """
    task = replace(task, writing=run.writing(task.writing))
    paths = [file.path for file in run.files]
    several = len(paths) > 1
    if several and is_any_store(task.writing.output):
        raise WriteError(
            f"{task.writing.output} is a Zarr store: the labels of one image go into its own store alone."
        )
    if several and isinstance(task.writing.output, Address):
        raise WriteError(
            f"{task.writing.output} is an address, where the results of one image go at a time; got "
            f"{len(paths):,} images. Give one, or a folder of this machine."
        )
    kept = task.inputs | Inputs.of(paths)
    summaries = summaries_of(task) if several and task.outputs is not Outputs.REPORT else ()
    for summary in summaries:
        summary.refuse(run.output, overwrite=task.writing.overwrite, inputs=kept)
    opening = (
        None
        if mask_is_large(task.pixels, task.large)
        else opened(task.pixels.mask, task.pixels.mask_threshold)
    )
    if opening is not None:
        kept |= opening.inputs
    done = go_through(run, SegmentEach(make, task, opening, kept), watch)
    return _summarised(done, summaries, run, watch) if summaries else done


def _summarised(
    outcomes: Iterator[Outcome[Segmentation]], summaries: tuple[Summary, ...], run: BatchRun, watch: Watch
) -> Iterator[Outcome[Segmentation]]:
    """Yield the outcomes; then write the summaries, unless there is nothing to put into them."""
    all_images = AllImages(run.output, run.files, {})
    some = False
    for number, outcome in enumerate(outcomes):
        some |= outcome.error is None
        all_images.note(number, outcome)
        yield outcome
        del outcome  # and with it the image, before the next is read
    if some:
        write_whole({run.output / one.name: one.of(all_images) for one in summaries}, overwrite=True)
        for one in summaries:
            watch.summarised(one.what, run.output / one.name)


@dataclass(frozen=True, eq=False)
class SegmentEach:
    """Segmenting a file and saving what was found: the same for all files, in every process.

    Attributes
    ----------
    make, task
        As in `segment_files`.
    opening
        The mask, opened once.
    inputs
        All files that are read; none is replaced.
    """

    make: Make
    task: Task
    opening: OpenedMask | None
    inputs: Inputs

    def __call__(self, file: BatchFile, watch: Watch, /) -> Outcome[Segmentation]:
        """Return what became of a file."""
        return _segment_file(file.path, self.make, self.task.of(file), self.opening, self.inputs, watch)


def _segment_file(
    path: Path,
    make: Make,
    task: Task,
    opening: OpenedMask | None,
    inputs: Inputs,
    watch: Watch,
) -> Outcome[Segmentation]:
    store = task.writing.output if is_any_store(task.writing.output) else None
    if store is not None:  # the labels go into it, all else beside it
        task = replace(task, writing=replace(task.writing, output=store.parent))
    writing, outputs, expected = task.writing, task.outputs, task.expected(path)
    folder, overwrite, skip_existing = writing.output, writing.overwrite, writing.skip_existing
    report, curve = (folder / f"{stem_of(path)}{suffix}" for suffix in (REPORT, CONVERGENCE))
    lacking = [path for path in expected if not is_file(path)]
    if skip_existing and task.is_done(path):
        return Outcome(path)
    source = large_source(path, task.reading, make.plan, task.large)
    if source is not None:
        return _segment_large(path, source, make, task, inputs, watch)
    refuse_places(expected, overwrite=overwrite, inputs=inputs)
    if not overwrite:
        refuse_incomplete(expected, lacking, skip_existing)
    if opening is None:  # a mask that is too large for images of this size is told so
        opening = opened(task.pixels.mask, task.pixels.mask_threshold)
    image = within(as_image(path, task.reading), opening)
    family = family_of(image, writing.format)
    if store is not None:
        refuse_store(store, image, overwrite=overwrite)
    if family is not PNG:
        refuse_places(task.expected(path, family), overwrite=overwrite, inputs=inputs)
    refuse_polygons(image, writing.vector)
    watch.begin(path, image)
    segmentation = make(image, watch)
    page: bytes | None = None
    if report in expected:
        from pixture.view.report import report_html  # its parts are loaded where there is one

        page = report_html(segmentation, watch)
    elif os.path.lexists(report):
        _warn_of_older(report, "report=True makes it anew")
    if curve not in expected and outputs is not Outputs.REPORT and os.path.lexists(curve):
        _warn_of_older(curve, "nothing is fitted here that it could show, so remove it")
    watch.saving()
    if outputs is Outputs.REPORT:
        assert page is not None  # the report alone is expected
        record_there = output_paths(writing, stem_of(path))[-1]
        if os.path.lexists(record_there):
            _warn_of_older(record_there, "`pixture segment --report` makes its set and the report anew")
        write_whole({report: page}, overwrite=overwrite, inputs=inputs)
        return _told(path, segmentation, (report,), task)
    objects = None if task.objects is None else found_objects(segmentation, task.objects)
    saved = save(
        segmentation,
        writing,
        stem=stem_of(path),
        flat=task.flat,
        report=page,
        objects=objects,
        inputs=inputs,
    )
    if store is not None:
        saved += save_into_store(segmentation, store, objects, overwrite=overwrite)
    return _told(path, segmentation, tuple(saved), task, objects)


def _segment_large(
    path: Path, source: Source, make: Make, task: Task, inputs: Inputs, watch: Watch
) -> Outcome[Segmentation]:
    """Segment a file that is larger than the memory it may take, and save it."""
    from pixture.batch.large_images.segment_file import (  # of large images
        refuse_of_pieces,
        segment_large_file,
    )
    from pixture.view.output.large_image_files import large_image_record
    from pixture.view.terminal.result_lines import large_result_line

    refuse_of_pieces(task)
    found, saved = segment_large_file(
        path,
        source,
        make,
        task.large,
        task.writing,
        task.pixels,
        watch,
        flat=task.flat,
        objects=task.objects,
        inputs=inputs,
    )
    where = task.writing.output / f"{stem_of(path)}.*"
    return Outcome(
        path,
        large_result_line(name_of(path), found, str(where)),
        saved,
        record=large_image_record(found, PNG) if task.with_record else None,
        counts={} if found.facts.objects is None else {"objects": found.facts.objects.count},
        made=found,
    )


def _told(
    path: Path,
    made: Segmentation,
    outputs: tuple[Path, ...],
    task: Task,
    objects: Objects | None = None,
) -> Outcome[Segmentation]:
    where = outputs[0].parent / f"{stem_of(path)}.*" if len(outputs) > 1 else outputs[0]
    return Outcome(
        path,
        result_line(name_of(path), made, str(where), objects),
        outputs,
        record=record(made) if task.with_record else None,
        counts={} if objects is None else {"objects": objects.count},
        made=made,
    )


def _warn_of_older(there: Path, remedy: str) -> None:
    warnings.warn(
        f"{there.name} is there from another run, and may say other than what is written now; {remedy}.",
        OlderReportWarning,
        stacklevel=2,
    )


def refuse_incomplete(expected: list[Path], lacking: list[Path], skip_existing: bool) -> None:
    """Refuse before the work is done what would be refused after it."""
    there = [path for path in expected if os.path.lexists(path)]
    if there and skip_existing:
        what = ""
        if expected[-1] in lacking:
            what = ", which would say that its set is complete,"
        elif lacking[-1].name.endswith(REPORT):
            what = ", the report that is asked for,"
        here = next((path for path in there if path not in lacking), there[0])
        raise WriteError(
            f"{here} is there, but {lacking[-1].name}{what} is not. Give overwrite=True to write the set "
            "anew."
        )
    if there:
        raise WriteError(
            f"{there[0]} is there already. Give overwrite=True to replace it, skip_existing=True to "
            "leave it, or choose another folder."
        )
