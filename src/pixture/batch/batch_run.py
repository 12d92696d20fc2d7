"""A run through many files, with a journal of what is done, so that another can go on with it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pixture import stopping
from pixture.batch.file_list import BatchFile, like
from pixture.batch.workers import Workers
from pixture.errors import ResumeError
from pixture.files.addresses import Address
from pixture.files.fingerprint import Stamp, sha256_of
from pixture.files.folder_lock import alone_in
from pixture.files.input_files import absolute
from pixture.files.journal import BusyError, Journal
from pixture.files.output_files import make_folder
from pixture.files.temporary_files import remove_stale
from pixture.options.writing import Writing

JOURNAL = ".pixture-journal.jsonl"
"""Name of the journal, in the folder for the results."""

KEPT = ("overwrite", "skip_existing", "taken")
"""What a run that goes on has as the first run had it."""


@dataclass(frozen=True, eq=False)
class BatchRun:
    """A run through files.

    Attributes
    ----------
    files
        All of them.
    output
        The folder for the results, or the one that has theirs in it.
    journal
        Where it is noted what is done; None of a run that is not worth one.
    done
        What the journal says of files that a run before this one did, by their absolute paths.
    workers
        The processes that work on the files; None where this one does.
    taken
        Absolute paths of the files of which results may have been there before the first run.
    overwrite, skip_existing
        What is done with those: of a run that is gone on with, as in the first.
    """

    files: tuple[BatchFile, ...]
    output: Path
    journal: Journal | None = None
    done: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    workers: Workers | None = None
    taken: frozenset[str] = frozenset()
    overwrite: bool = False
    skip_existing: bool = False

    def writing(self, asked: Writing) -> Writing:
        """Return what to write, and what it may replace in this run."""
        return replace(asked, overwrite=self.overwrite, skip_existing=self.skip_existing)

    @property
    def is_resumed(self) -> bool:
        """Whether it goes on with another."""
        return self.journal is not None and self.journal.resumed

    @property
    def folders(self) -> list[Path]:
        """The folders for results, each once."""
        return list(dict.fromkeys(file.folder for file in self.files))


@contextlib.contextmanager
def batch_run(
    files: Sequence[BatchFile],
    output: Path,
    asked: Mapping[str, Any],
    *,
    resume: bool = False,
    workers: Workers | None = None,
    beside: Sequence[Path] = (),
    note: Callable[[str], None] = lambda sentence: None,
) -> Iterator[BatchRun]:
    """Give a run through files; where it comes to its end, its journal is removed.

    Parameters
    ----------
    files
        The files, no two of which have results of the same names.
    output
        The folder for the results; it is made if it is not there.
    asked
        What is asked for, ready for JSON, by the names of the library's keywords.
    resume
        Whether to go on with a run that was ended before its time. Where there is none, it came to its end or
        never began: files whose results are all there are left out.
    workers
        Processes to work on them.
    beside
        What else the run writes into the folder, but for summaries.
    note
        Told what is worth a sentence.

    Raises
    ------
    ResumeError
        A run was ended before its time, and cannot be gone on with; or neither is asked, nor to begin anew.
    WriteError
        Nothing can be written in the folder.
    """
    if not isinstance(output, Address):
        make_folder(output)
    overwrite = bool(asked.get("overwrite"))
    skip_existing = bool(asked.get("skip_existing"))
    run = BatchRun(tuple(files), output, None, {}, workers, frozenset(), overwrite, skip_existing)
    if len(files) < 2 or isinstance(output, Address):  # a large one keeps a journal of its own
        yield replace(run, skip_existing=skip_existing or (resume and not overwrite))
        return
    header = {
        **asked,
        "images": [key_of(file) for file in files],
        "taken": [] if overwrite else _taken(files, beside),
        "skip_existing": skip_existing or (resume and not overwrite),
    }
    try:
        journal = Journal.open(
            output / JOURNAL, header, resume=resume, anew=overwrite or skip_existing, changeable=KEPT
        )
    except BusyError:
        if resume:
            raise
        note("Another run of pixture is at work in this folder, so this one keeps no journal to resume from.")
        yield replace(run, taken=frozenset(header["taken"]))
        return
    with journal:
        said = journal.header
        taken = frozenset(said["taken"])
        run = replace(
            run,
            journal=journal,
            taken=taken,
            overwrite=bool(said.get("overwrite")),
            skip_existing=bool(said["skip_existing"]),
        )
        if journal.resumed:
            for folder in run.folders:
                _clean(folder)
            mine = tuple(replace(file, ours=key_of(file) not in taken) for file in files)
            run = replace(run, files=mine, done=_done_before(journal, output))
        elif resume:
            note(f"{output} holds no unfinished run: what is done there is left as it is.")
        yield run
        journal.finish()


def key_of(file: BatchFile) -> str:
    """Return what a file is known by in the journal: its absolute path."""
    return os.fspath(absolute(file.path))


def _taken(files: Sequence[BatchFile], beside: Sequence[Path]) -> list[str]:
    """Return the files of which there may be results: whose stems names in their folders begin with.

    With those of `beside` that are there.
    """
    there: dict[Path, set[str]] = {}
    for folder in dict.fromkeys(file.folder for file in files):
        beginnings: set[str] = set()
        with contextlib.suppress(OSError):  # it is not there yet, or not to be read
            for name in map(like, os.listdir(folder)):  # noqa: PTH208 - names are all that is asked
                parts = name.split(".")
                beginnings |= {".".join(parts[:count]) for count in range(1, len(parts))}
        there[folder] = beginnings
    taken = [key_of(file) for file in files if like(file.stem) in there[file.folder]]
    return taken + [os.fspath(absolute(path)) for path in beside if os.path.lexists(path)]


def _clean(folder: Path) -> None:
    """Remove what the killed run left in a folder under temporary names."""
    if folder.is_dir():
        with alone_in(folder):
            remove_stale(folder)


def _done_before(journal: Journal, output: Path) -> dict[str, dict[str, Any]]:
    """Return what was done and is as it was, by the files' paths.

    Raises
    ------
    ResumeError
        A file that was done has changed since.
    """
    entries = {entry["path"]: entry for entry in journal.entries if "path" in entry}
    done: dict[str, dict[str, Any]] = {}
    for path, entry in entries.items():
        stopping.check()
        _refuse_changed(Path(path), entry)
        if all(_is_as_written(output / name, digest) for name, digest in entry["outputs"].items()):
            done[path] = entry
    return done


def _refuse_changed(path: Path, entry: Mapping[str, Any]) -> None:
    try:
        same = Stamp.of(path).as_dict() == entry["stamp"] or sha256_of(path) == entry["sha256"]
    except OSError as error:
        raise ResumeError(
            f"The unfinished run cannot be resumed: {path}, which it had done, cannot be read now "
            f"({error.strerror or error}). Bring it back, or begin anew: overwrite=True without resume=True."
        ) from error
    if not same:
        raise ResumeError(
            f"The unfinished run cannot be resumed: {path} has changed since it was done. Begin anew: "
            "overwrite=True without resume=True."
        )


def _is_as_written(path: Path, digest: str) -> bool:
    try:
        return sha256_of(path) == digest
    except OSError:
        return False
