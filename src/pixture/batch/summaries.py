"""Summaries of all images that were segmented: tables of classes and of objects, lines of records."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixture.batch.file_list import BatchFile
from pixture.batch.outcome import Outcome
from pixture.batch.task import Task
from pixture.errors import WriteError
from pixture.files.input_files import Inputs
from pixture.files.output_files import refuse_places
from pixture.options.batch import CSV, JSONL
from pixture.view.output.class_csv import SUMMARY, is_summary, summary_csv
from pixture.view.output.object_summary import OBJECTS_OF_ALL, is_object_summary, object_summary_csv
from pixture.view.output.save_segmentation import RECORD

LINES = "summary.jsonl"


@dataclass(frozen=True)
class AllImages:
    """What the summaries are on.

    Attributes
    ----------
    output
        The folder for the results.
    files
        The files of the run.
    noted
        What is known of files besides their records, by their numbers, where there is anything.
    """

    output: Path
    files: Sequence[BatchFile]
    noted: dict[int, dict[str, Any]]

    @property
    def folders(self) -> list[Path]:
        """The folders that have results in them, the one that was asked for first."""
        return list(dict.fromkeys([self.output, *sorted({file.folder for file in self.files})]))

    def note(self, number: int, outcome: Outcome[Any]) -> None:
        """Note what became of a file, where its record does not say it."""
        about: dict[str, Any] = {"warnings": list(outcome.warnings)} if outcome.warnings else {}
        if outcome.error is not None:
            about |= {"error": outcome.sentence}
        if about:
            self.noted[number] = about


@dataclass(frozen=True)
class Summary:
    """One such file.

    Attributes
    ----------
    what
        What it is on.
    name
        Of the file.
    of
        Returns what it holds.
    is_one
        Whether a file is such a summary, and may be replaced.
    """

    what: str
    name: str
    of: Callable[[AllImages], bytes]
    is_one: Callable[[Path], bool]

    def refuse(self, folder: Path, *, overwrite: bool, inputs: Inputs) -> None:
        """Refuse, before the work, to replace another file, unless what is there may be replaced.

        Raises
        ------
        WriteError
            There is one.
        """
        place = folder / self.name
        refuse_places([place], overwrite=True, inputs=inputs)
        if not overwrite and os.path.lexists(place) and not self.is_one(place):
            raise WriteError(
                f"{place} is there, and it is not a summary that pixture wrote. Give overwrite=True to "
                "replace it, or choose another folder."
            )


def lines_of(images: AllImages) -> bytes:
    """Return a line a file, in their order, each a JSON object: its path, and its record or its error."""
    return b"".join(
        json.dumps(_line(file, images.noted.get(number, {})), allow_nan=False).encode() + b"\n"
        for number, file in enumerate(images.files)
    )


def _line(file: BatchFile, noted: dict[str, Any]) -> dict[str, Any]:
    about = {"path": str(file.path), "warnings": noted.get("warnings", [])}
    if "error" in noted:
        return about | {"status": "failed", "error": noted["error"]}
    record = json.loads((file.folder / f"{file.stem}{RECORD}").read_bytes())
    return about | {"status": "segmented", "record": record}


def are_lines(path: Path) -> bool:
    """Whether a file is one that `lines_of` made: its first line says what became of a file."""
    with path.open("rb") as file:
        first = file.readline()
    try:
        return {"path", "status", "warnings"} <= set(json.loads(first))
    except (ValueError, TypeError):
        return False


CLASS_SUMMARY = Summary(
    "classes", SUMMARY, lambda images: summary_csv(images.output, images.folders), is_summary
)
OBJECT_SUMMARY = Summary(
    "objects",
    OBJECTS_OF_ALL,
    lambda images: object_summary_csv(images.output, images.folders),
    is_object_summary,
)
LINE_SUMMARY = Summary("records", LINES, lines_of, are_lines)


def summaries_of(task: Task) -> tuple[Summary, ...]:
    """Return the summaries that are asked for."""
    tables = (CLASS_SUMMARY,) if task.objects is None else (CLASS_SUMMARY, OBJECT_SUMMARY)
    return (*(tables if CSV in task.summary else ()), *((LINE_SUMMARY,) if JSONL in task.summary else ()))
