"""Working on the files of a run: in this process or in several, one answer each, in their order."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import PIL.Image

from pixture import stopping
from pixture.batch.batch_run import BatchRun, key_of
from pixture.batch.file_list import BatchFile
from pixture.batch.outcome import Made, Outcome
from pixture.errors import InputChangedWarning, PixtureWarning
from pixture.files.fingerprint import Stamp, sha256_of


class FileWork(Protocol[Made]):
    """What is done with each file; a value that goes to other processes."""

    def __call__(self, file: BatchFile, watch: Any, /) -> Outcome[Made]:
        """Return what became of the file; `watch` is told how it is coming along."""


class BatchWatch(Protocol):
    """Who is told how a run is coming along."""

    def finished(self, done: int) -> None:
        """Note that so many of the files are done."""


def go_through(run: BatchRun, work: FileWork[Made], watch: BatchWatch) -> Iterator[Outcome[Made]]:
    """Yield what becomes of each file, in their order; none stops the others.

    What a run before this one did is not done again. What is done is in the journal before it is yielded.

    Raises
    ------
    WriteError
        The journal cannot be written.
    """
    todo = [number for number, file in enumerate(run.files) if key_of(file) not in run.done]
    items = [run.files[number] for number in todo]
    finished = len(run.files) - len(todo)
    waiting: dict[int, Outcome[Made]] = {}
    following = iter(range(len(run.files)))
    upcoming = next(following, None)
    for place, outcome, entry in _worked_on(run, items, work, watch):
        if run.journal is not None and entry is not None:
            run.journal.add(entry)
        finished += 1
        watch.finished(finished)
        waiting[todo[place]] = outcome
        del outcome
        while upcoming is not None and (upcoming in waiting or key_of(run.files[upcoming]) in run.done):
            yield waiting.pop(upcoming) if upcoming in waiting else _resumed(run, upcoming)
            upcoming = next(following, None)
    while upcoming is not None:
        yield _resumed(run, upcoming)
        upcoming = next(following, None)


def _resumed(run: BatchRun, number: int) -> Outcome[Any]:
    file = run.files[number]
    return Outcome(file.path, warnings=tuple(run.done[key_of(file)]["warnings"]), resumed=True)


Worked = tuple[int, Outcome[Any], dict[str, Any] | None]
"""Which item, what became of it, and what the journal is to say of it."""


def _worked_on(
    run: BatchRun, items: Sequence[BatchFile], work: FileWork[Any], watch: Any
) -> Iterator[Worked]:
    if run.workers is None:
        for number, file in enumerate(items):
            stopping.check()
            # kept in no variable here: an image is freed before the next is read
            yield number, *_outcome(work, run.output, run.journal is not None, file, watch)
        return
    here = partial(_outcome_in_worker, work, run.output, run.journal is not None)
    again = partial(_again, run.taken)
    for number, answer in run.workers.map(here, items, again=again):
        if isinstance(answer, Exception):
            yield number, Outcome(items[number].path, error=answer), None
        else:
            yield number, *answer


def _again(taken: frozenset[str], file: BatchFile) -> BatchFile:
    """Return a file whose worker was killed: what is there of its results is that one's."""
    return replace(file, ours=key_of(file) not in taken)


def _outcome_in_worker(
    work: FileWork[Any], output: Path, noted: bool, file: BatchFile
) -> tuple[Outcome[Any], dict[str, Any] | None]:
    outcome, entry = _outcome(work, output, noted, file, Unwatched())
    return outcome.light(), entry


def _outcome(
    work: FileWork[Any], output: Path, noted: bool, file: BatchFile, watch: Any
) -> tuple[Outcome[Any], dict[str, Any] | None]:
    """Return what work makes of a file, its warnings or its error with it, and the journal's entry."""
    path, entry = file.path, None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PixtureWarning)
        # Pillow warns from half the size on that it refuses, and we with it
        warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
        before = _stamp(path)
        try:
            done = work(file, watch)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are still to be done
            done = Outcome(path, error=error)
        is_same = done.error is not None or done.skipped or _stamp(path) == before
        if not is_same:
            warnings.warn(
                f"{path} was changed while it was worked on, so what was read may be half of it; repeat it.",
                InputChangedWarning,
                stacklevel=1,
            )
    done = replace(done, warnings=tuple(dict.fromkeys(str(warning.message) for warning in caught)))
    if noted and is_same and before is not None and done.outputs and done.error is None:
        entry = {
            "path": key_of(file),
            "stamp": before.as_dict(),
            "sha256": sha256_of(path),
            "outputs": {os.path.relpath(one, output): sha256_of(one) for one in done.outputs},
            "warnings": list(done.warnings),
        }
    return done, entry


def _stamp(path: Path) -> Stamp | None:
    try:
        return Stamp.of(path)
    except (OSError, ValueError):  # told by whoever reads it
        return None


class Unwatched:
    """Nobody: what happens in a worker is told when it is done."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return self._nothing

    def _nothing(self, *what: object) -> None:
        pass
