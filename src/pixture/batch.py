"""Many files, one way to segment: each is segmented and saved, and none stops the others."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import PIL.Image

from pixture.arrays import Mask
from pixture.errors import WriteError
from pixture.imaging.image import Image
from pixture.imaging.writers.whole import make_folder
from pixture.mixture.em import OnStep, Step
from pixture.segmentation.segment import Source, as_image, opened
from pixture.segmentation.segmentation import Segmentation
from pixture.view.save import output_paths, record, save


class Watch(Protocol):
    """Who is told how a file is coming along."""

    def begin(self, path: Path, image: Image) -> None:
        """Note that a file has been read and is being segmented."""

    def step(self, step: Step) -> None:
        """Note an EM iteration."""

    def saving(self) -> None:
        """Note that the fit is done and its files are being written."""


class Make(Protocol):
    """Makes a segmentation of an image."""

    def __call__(self, image: Image, *, on_step: OnStep) -> Segmentation:
        """Return the segmentation; `on_step` is called with each iteration."""


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a segmentation and its files, or an error, or neither if it was skipped."""

    path: Path
    segmentation: Segmentation | None = None
    outputs: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()
    error: Exception | None = None

    @property
    def skipped(self) -> bool:
        """Whether its files were there already."""
        return self.segmentation is None and self.error is None

    @property
    def sentence(self) -> str:
        """What went wrong with which file; empty if nothing did."""
        if self.error is None:
            return ""
        said = str(self.error)
        return said if str(self.path) in said else f"{self.path}: {said}"

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome, with the record if there is one, ready for JSON."""
        about: dict[str, Any] = {"path": str(self.path), "warnings": list(self.warnings)}
        if self.error is not None:
            return about | {"status": "failed", "error": self.sentence}
        if self.segmentation is None:
            return about | {"status": "skipped"}
        outputs = [str(path) for path in self.outputs]
        return about | {"status": "segmented", "outputs": outputs, "record": record(self.segmentation)}


def clashes(paths: list[Path]) -> list[str]:
    """Return the stems that several of the paths share: their files would have the same names.

    >>> clashes([Path("a/cat.png"), Path("b/cat.jpg"), Path("dog.png")])
    ['cat']
    """
    counts = Counter(path.stem for path in paths)
    return [stem for stem, count in counts.items() if count > 1]


def segment_files(
    paths: list[Path],
    make: Make,
    folder: Path,
    *,
    mask: Source | None = None,
    overwrite: bool = False,
    skip_existing: bool = False,
    watch: Watch,
) -> Iterator[Outcome]:
    """Segment each file and save the result; yield what became of it.

    Parameters
    ----------
    paths
        The files; their stems must differ.
    make
        Makes the segmentation of an image, the same way for all; told whom to tell of each iteration.
    folder
        Where the results go.
    mask
        As in `segment`, the same for all; it is opened once.
    overwrite, skip_existing
        What to do where results are there already: replace them, leave them and go on, or (neither) fail.
    watch
        Told of each file and each iteration.
    """
    opening = None if mask is None else opened(as_image(mask))
    make_folder(folder)
    given = {*paths, mask} if isinstance(mask, Path) else set(paths)
    inputs = {path.resolve() for path in given}

    def work(path: Path) -> Outcome:
        return _segment_file(path, make, folder, opening, inputs, overwrite, skip_existing, watch)

    for path in paths:
        yield _outcome(path, work)  # kept in no variable here: an image is freed before the next is read


def _outcome(path: Path, work: Callable[[Path], Outcome]) -> Outcome:
    """Return what work makes of the file, with its warnings, or the error it ends in."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # Pillow warns from half the size on that it refuses, and we with it
        warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
        try:
            done = work(path)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are still to be done
            done = Outcome(path, error=error)
    return replace(done, warnings=tuple(str(warning.message) for warning in caught))


def _segment_file(
    path: Path,
    make: Make,
    folder: Path,
    opening: Mask | None,
    inputs: set[Path],
    overwrite: bool,
    skip_existing: bool,
    watch: Watch,
) -> Outcome:
    expected = output_paths(folder, path.stem)
    if skip_existing and os.path.lexists(expected[-1]):  # the record is written last
        return Outcome(path)
    if not overwrite:
        _refuse_incomplete(expected, skip_existing)
    for output in expected:
        if output.resolve() in inputs:
            raise WriteError(
                f"{output} would be replaced, but is read here too. Give another folder with -o."
            )
    image = as_image(path).masked(opening)
    watch.begin(path, image)
    segmentation = make(image, on_step=watch.step)
    watch.saving()
    return Outcome(path, segmentation, tuple(save(segmentation, folder, overwrite=overwrite)))


def _refuse_incomplete(expected: list[Path], skip_existing: bool) -> None:
    """Refuse before the work is done what would be refused after it."""
    there = [path for path in expected if os.path.lexists(path)]
    if there and skip_existing:
        raise WriteError(
            f"{there[0]} is there, but {expected[-1].name}, which would say that its set is complete, is "
            "not. Give --overwrite to write the set anew."
        )
    if there:
        raise WriteError(
            f"{there[0]} is there already. Give --overwrite to replace it, --skip-existing to leave it, or "
            "another folder with -o."
        )
