"""What an unfinished run leaves beside its results, by which another goes on from there."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pixture.errors import ChoiceError, ImageError, PixtureError, WriteError
from pixture.files.addresses import Address
from pixture.files.file_digest import FileState
from pixture.files.journal import Journal
from pixture.scale.sinks.opened_sink import is_finished
from pixture.scale.sources.source import Description

FINISHING = "finishing"
"""In the journal: the files of pieces that were about to get their names."""


def finished_before(folder: Path, stem: str, named: Mapping[str, str]) -> dict[str, Path]:
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


def identity_of(description: Description) -> dict[str, Any]:
    """Return what an image is known by, ready for JSON."""
    origin = description.origin
    state = None if origin is None else origin.content
    known: dict[str, Any] = {"shape": list(description.shape), "dtype": str(description.dtype)}
    if isinstance(state, FileState):
        known |= {"bytes": state.size, "modified_ns": state.modified}
    if origin is not None and isinstance(origin.path, Address):
        known |= {"address": str(origin.path)}
    return known | {"sha256": state if isinstance(state, str) else None}


@contextlib.contextmanager
def kept_for_later(checkpoints: Path, journal: Journal) -> Iterator[None]:
    """Say that a run can go on where it failed; leave nothing of one that had not begun."""
    try:
        yield
    except PixtureError as error:
        if not any(checkpoints.iterdir()) or isinstance(error, ChoiceError | ImageError):
            remove(checkpoints)
            journal.finish()
            raise
        if isinstance(error, WriteError) and "resume=True" in str(error):
            raise
        kept = "What was done is kept, and the run can go on from it (resume=True)."
        raise type(error)(f"{error} {kept}") from error


def remove(folder: Path) -> None:
    """Remove a folder, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)
