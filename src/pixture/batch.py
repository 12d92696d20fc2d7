"""Many files, one set of choices: each is segmented and saved, and none stops the others."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pixture.choices import Choices
from pixture.errors import PixtureError, PixtureWarning, WriteError
from pixture.imaging.image import Image
from pixture.mixture.em import Step
from pixture.segmentation.segment import Source, as_image, opened, segment_image
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

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome, with the record if there is one, ready for JSON."""
        about: dict[str, Any] = {"path": str(self.path), "warnings": list(self.warnings)}
        if self.error is not None:
            return about | {"status": "failed", "error": str(self.error)}
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
    choices: Choices,
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
    choices
        The same for all.
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
    for path in paths:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", PixtureWarning)
            try:
                expected = output_paths(folder, path.stem)
                if skip_existing and expected[-1].exists():  # the record is written last
                    yield Outcome(path)
                    continue
                if not overwrite:
                    _refuse_incomplete(expected, skip_existing)
                image = as_image(path).masked(opening)
                watch.begin(path, image)
                done = segment_image(image, choices, on_step=watch.step)
                watch.saving()
                outputs = save(done, folder, overwrite=overwrite)
            except (PixtureError, MemoryError) as error:
                yield Outcome(path, warnings=_said(caught), error=error)
            else:
                yield Outcome(path, done, tuple(outputs), _said(caught))


def _refuse_incomplete(expected: list[Path], skip_existing: bool) -> None:
    """Refuse before the work is done what would be refused after it."""
    there = [path for path in expected if path.exists()]
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


def _said(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    return tuple(str(warning.message) for warning in caught)
