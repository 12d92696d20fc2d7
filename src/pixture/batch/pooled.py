"""One mixture for all files: their values are counted where they are read, and the counts added here.

Of a file that is larger than the memory it may take, the values of its pieces are counted, and added up: they
are those of the whole, to the last bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pixture import stopping
from pixture.batch.batch_run import BatchRun
from pixture.batch.file_list import BatchFile
from pixture.batch.large_images.segment_file import forecast_of, within_mask
from pixture.batch.large_images.which_files import LargeFiles, large_source
from pixture.errors import ImageError, ResumeError
from pixture.files.addresses import Address
from pixture.files.fingerprint import sha256_of
from pixture.files.input_files import absolute
from pixture.files.output_files import make_folder, refuse_outputs
from pixture.imaging.image import Image, depth_of
from pixture.mixture.em.fit_result import Step
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.options.pixels import Pixels
from pixture.options.reading import Reading
from pixture.scale.cluster.connection import workers_of
from pixture.scale.memory import memory_allowed
from pixture.scale.sample.source_sample import source_sample
from pixture.scale.sources.grey import Grey
from pixture.scale.sources.packed_scan import unpacked_source
from pixture.scale.sources.source import Source
from pixture.segmentation.many_images.fit_images import fit_counted
from pixture.segmentation.many_images.image_model import ImageModel
from pixture.segmentation.many_images.pooled_histogram import Counted
from pixture.segmentation.sources.image_source import as_image
from pixture.segmentation.sources.mask_image import OpenedMask, opened, within
from pixture.wording import plural

MODEL = "pooled.pixture"
"""Name of the model, in the folder for the results."""

AHEAD = 2
"""How many files a worker may be ahead of the first that is not yet counted: what they are waits here."""


class CountingWatch(Protocol):
    """Who is told how the counting and the fit are coming along."""

    def counting(self, done: int) -> None:
        """Note that so many files are counted."""

    def fitting(self) -> None:
        """Note that the mixture is being fitted."""

    def step(self, step: Step) -> None:
        """Note an EM iteration."""

    def note(self, sentence: str) -> None:
        """Note what is worth a sentence."""


@dataclass(frozen=True, eq=False)
class CountEach:
    """Reading a file and counting its values.

    Attributes
    ----------
    reading
        Which part of each file.
    pixels
        The mask, the same for all.
    opening
        It, opened once; None where there is none, or it is too large for that.
    plan
        How images are segmented, by which it is told which of them are too large to be read whole.
    large
        How those are gone through.
    """

    reading: Reading
    pixels: Pixels
    opening: OpenedMask | None
    plan: Method
    large: LargeFiles

    def __call__(self, file: BatchFile) -> Counted:
        """Return what was counted."""
        source = large_source(file.path, self.reading, self.plan, self.large)
        if source is not None:
            make_folder(file.folder)
            with unpacked_source(source, file.folder) as fast:
                source = within_mask(fast, self.pixels)
                threads = forecast_of(source, self.plan, self.large).threads
                return counted_in_pieces(source, self.large, threads)
        opening = self.opening
        if opening is None:  # one that is too large for an image of this size says so
            opening = opened(self.pixels.mask, self.pixels.mask_threshold)
        image: Image = within(as_image(file.path, self.reading), opening)
        return Counted.of(image, threads=self.plan.choices.threads)


def counted_in_pieces(source: Source, large: LargeFiles, threads: int | None) -> Counted:
    """Return what `Counted.of` the whole image returns, of which a few pieces are held at a time.

    Raises
    ------
    ImageError
        Its values hardly repeat, so that all pixels would have to be held.
    """
    with workers_of(large.clustering, threads, memory_allowed(large.memory.memory)) as workers:
        known = source_sample(source, workers)
    sample, description = known.sample, known.source.description
    if not isinstance(sample, WeightedSample):
        name = "The image" if description.origin is None else f"{description.origin.path}: the image"
        raise ImageError(
            f"{name} is larger than the memory it may take, and its values hardly repeat, so that all of its "
            "pixels would be held where images are pooled. Give more memory (memory=), or fit to a smaller "
            "level of it (level=)."
        )
    stored = source.description.channels if isinstance(known.source, Grey) else None
    origin = description.origin
    read = () if origin is None else (origin.place,)
    return Counted(sample, depth_of(description.dtype), str(description.dtype), stored, origin, read)


def model_of_all(
    run: BatchRun,
    count: CountEach,
    choices: Choices,
    watch: CountingWatch,
) -> ImageModel:
    """Return one model fitted to all files, and save it; one that was fitted to them before is loaded.

    It was where this run goes on with another; and, where what is there is left, if it was fitted to the same
    files. A file that cannot be read is left out, and fails where it is segmented.

    Raises
    ------
    ReadError, ImageError
        None of the files can be read.
    ResumeError
        A file has changed since the model was fitted.
    WriteError
        The model cannot be saved.
    """
    path = run.output / MODEL
    known = _known(run, path)
    if known is not None:
        _refuse_changed(run, known)
        return known
    if run.skip_existing and path.is_file():
        there = ImageModel.load(path)
        if _is_of(there, run):
            return there
    replaced = run.overwrite or (run.is_resumed and os.fspath(absolute(path)) not in run.taken)
    refuse_outputs([path], overwrite=replaced)
    failures: list[Exception] = []
    counted = _read(_counted(run, count, watch), failures)
    try:
        model = fit_counted(counted, choices, on_step=watch.step, on_other=failures.append)
    except ImageError:
        if failures:
            raise failures[0] from None
        raise
    if failures:
        watch.note(
            f"{plural(len(failures), 'image')} could not be counted, so the mixture is that of the others "
            f"({failures[0]})"
        )
    model.save(path, overwrite=replaced)
    if run.journal is not None:
        run.journal.add({"model": MODEL, "sha256": sha256_of(path)})
    return model


def _read(counted: Iterator[Counted | Exception], failures: list[Exception]) -> Iterator[Counted]:
    """Yield what was counted; why others were not is noted."""
    for one in counted:
        if isinstance(one, Exception):
            failures.append(one)
        else:
            yield one
        del one


def _counted(run: BatchRun, count: CountEach, watch: CountingWatch) -> Iterator[Counted | Exception]:
    """Yield what is counted of each file, in their order, or why it is not."""
    if run.workers is None:
        for number, file in enumerate(run.files):
            stopping.check()
            yield _tried(count, file)
            watch.counting(number + 1)
        watch.fitting()
        return
    waiting: dict[int, Counted | Exception] = {}
    following = 0
    for number, one in run.workers.map(count, run.files, ahead=AHEAD * run.workers.count):
        waiting[number] = one
        del one
        while following in waiting:
            yield waiting.pop(following)
            following += 1
            watch.counting(following)
    watch.fitting()


def _tried(count: Callable[[BatchFile], Counted], file: BatchFile) -> Counted | Exception:
    try:
        return count(file)
    except Exception as error:  # noqa: BLE001 - the other files are still to be counted
        return error


def _known(run: BatchRun, path: Path) -> ImageModel | None:
    """Return the model that the run before this one fitted, if it is as it was."""
    entries = () if run.journal is None else run.journal.entries
    for entry in entries:
        if entry.get("model") == MODEL and path.is_file() and sha256_of(path) == entry["sha256"]:
            return ImageModel.load(path)
    return None


def _fitted_to(model: ImageModel) -> dict[str, str]:
    """Return the digests of the files that a model was fitted to, by their absolute paths."""
    return {os.fspath(absolute(image["path"])): image["sha256"] for image in model.facts.get("images", ())}


def _is_of(model: ImageModel, run: BatchRun) -> bool:
    """Whether a model was fitted to the files of a run as they are."""
    files = {os.fspath(absolute(file.path)): file.path for file in run.files}
    fitted = _fitted_to(model)
    here = {key: path for key, path in files.items() if not isinstance(path, Address)}
    return files.keys() == fitted.keys() and all(sha256_of(here[key]) == fitted[key] for key in here)


def _refuse_changed(run: BatchRun, model: ImageModel) -> None:
    fitted = _fitted_to(model)
    for file in run.files:
        stopping.check()
        digest = fitted.get(os.fspath(absolute(file.path)))
        if digest and sha256_of(file.path) != digest:
            raise ResumeError(
                f"The unfinished run cannot be resumed: {file.path} has changed since the mixture was fitted "
                "to it. Give overwrite=True without resume=True to begin anew."
            )
