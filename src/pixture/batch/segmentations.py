"""Many files, one way to segment: each is segmented and saved, and none stops the others."""

from __future__ import annotations

import os
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

import PIL.Image

from pixture import stopping
from pixture.batch.outcome import Made, Outcome
from pixture.batch.summaries import CLASS_SUMMARY, OBJECT_SUMMARY, Summary
from pixture.batch.task import Outputs, Task
from pixture.errors import OlderReportWarning, PixtureWarning, WriteError
from pixture.files.atomic_writing import write_whole
from pixture.files.input_files import Inputs
from pixture.files.output_files import (
    is_file,
    make_folder,
    refuse_places,
    same_name,
    stem_of,
)
from pixture.imaging.image import Image
from pixture.imaging.writers.families import PNG, family_of
from pixture.mixture.em.fit_result import Step
from pixture.options.pixels import Pixels
from pixture.segmentation.segmentation import Segmentation
from pixture.segmentation.sources.image_source import as_image
from pixture.segmentation.sources.mask_image import OpenedMask, opened, within
from pixture.view.output.polygon_files import refuse_polygons
from pixture.view.output.save_segmentation import CONVERGENCE, REPORT, output_paths, save
from pixture.view.output.store_labels import is_any_store, refuse_store, save_into_store


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

    def summarised(self, what: str, path: Path) -> None:
        """Note that the classes or the objects of all images have been written."""


class Make(Protocol):
    """Makes a segmentation of an image."""

    def __call__(self, image: Image, watch: Watch) -> Segmentation:
        """Return the segmentation; `watch` is told of each iteration."""


def clashes(paths: list[Path], folder: Path | None = None) -> list[str]:
    """Return the stems that several of the paths share: their files would have the same names.

    Where the results go to a folder whose file system takes some letters for the same, whatever their case or
    how their accents are made, such stems are shared too.

    >>> clashes([Path("a/cat.png"), Path("b/cat.jpg"), Path("dog.png")])
    ['cat']
    """
    counts = Counter(map(stem_of, paths))
    shared = [stem for stem, count in counts.items() if count > 1]
    if folder is None:
        return shared
    alike: dict[str, str] = {}
    for stem in counts:
        first = alike.setdefault(unicodedata.normalize("NFKC", stem).casefold(), stem)
        if first != stem and same_name(folder, first, stem):
            shared.append(stem)
    return shared


def segment_files(
    paths: list[Path],
    make: Make,
    task: Task,
    watch: Watch,
) -> Iterator[Outcome[Segmentation]]:
    """Segment each file and save the result; yield what became of it.

    Of several files, `summary.csv` is written last: the classes of every image that was segmented into the
    folder, those of earlier runs included. So images that are skipped are in it, and nothing in it is lost.
    Where objects are found, `summary.objects.csv` has a line an image on them.

    Parameters
    ----------
    paths
        The files; their stems must differ.
    make
        Makes the segmentation of an image, the same way for all; told whom to tell of each iteration.
    task
        What else is done with each.
    watch
        Told of each file and each iteration.

    Raises
    ------
    WriteError
        Another file has the summary's name.
    """
    folder = task.writing.output
    if len(paths) > 1 and is_any_store(folder):
        raise WriteError(f"{folder} is a Zarr store: the labels of one image go into its own store alone.")
    summaries: tuple[Summary, ...] = ()
    if len(paths) > 1 and task.outputs is not Outputs.REPORT:
        summaries = (CLASS_SUMMARY,) if task.find is None else (CLASS_SUMMARY, OBJECT_SUMMARY)
    for summary in summaries:
        summary.refuse(folder, overwrite=task.writing.overwrite, inputs=task.inputs | Inputs.of(paths))

    def work(path: Path, opening: OpenedMask | None, kept: Inputs) -> Outcome[Segmentation]:
        return _segment_file(path, make, task, opening, kept, watch)

    done = each_file(paths, work, folder, task.pixels, task.inputs)
    return _summarised(done, summaries, folder, watch) if summaries else done


def _summarised(
    outcomes: Iterator[Outcome[Segmentation]], summaries: tuple[Summary, ...], folder: Path, watch: Watch
) -> Iterator[Outcome[Segmentation]]:
    """Yield the outcomes; then write the summaries, unless there is nothing to put into them."""
    some = False
    for outcome in outcomes:
        some |= outcome.error is None
        yield outcome
        del outcome  # and with it the image, before the next is read
    if some:
        write_whole({folder / one.name: one.of(folder) for one in summaries}, overwrite=True)
        for one in summaries:
            watch.summarised(one.what, folder / one.name)


def each_file(
    paths: list[Path],
    work: Callable[[Path, OpenedMask | None, Inputs], Outcome[Made]],
    folder: Path,
    pixels: Pixels,
    inputs: Inputs,
) -> Iterator[Outcome[Made]]:
    """Yield what work makes of each file, told of the mask, opened once, and of all files that are read.

    None stops the others: what ends in an error is an outcome too.
    """
    opening = opened(pixels.mask, pixels.mask_threshold)
    kept = inputs | Inputs.of(paths)
    if opening is not None:
        kept |= opening.inputs
    make_folder(folder)
    for path in paths:
        stopping.check()
        # kept in no variable here: an image is freed before the next is read
        yield _outcome(path, partial(work, path, opening, kept))


def _outcome(path: Path, work: Callable[[], Outcome[Made]]) -> Outcome[Made]:
    """Return what work makes of the file, with its warnings, or the error it ends in."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PixtureWarning)
        # Pillow warns from half the size on that it refuses, and we with it
        warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
        try:
            done = work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are still to be done
            done = Outcome(path, error=error)
    return replace(done, warnings=tuple(dict.fromkeys(str(warning.message) for warning in caught)))


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
    refuse_places(expected, overwrite=overwrite, inputs=inputs)
    if not overwrite:
        refuse_incomplete(expected, lacking, skip_existing)
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
        return Outcome(path, segmentation, (report,))
    objects = None if task.find is None else task.find(segmentation)
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
    return Outcome(path, segmentation, tuple(saved), objects=objects)


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
