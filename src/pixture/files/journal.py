"""A journal: what a long run has done so far, so that another goes on where it was killed.

It is a file of lines, each a JSON object. The first is the header, what the run was asked to do; each
further one an entry, a piece of the work that is done and on the disk. A line is on the disk when `add`
returns. Whatever follows the last whole line was cut off by a kill or a power cut, and counts as never
written.

>>> import tempfile
>>> place = Path(tempfile.mkdtemp()) / "journal.jsonl"
>>> with Journal.open(place, {"components": 4}) as journal:
...     journal.add({"path": "a.png"})
>>> with Journal.open(place, {"components": 4}, resume=True) as journal:
...     print(journal.entries)
...     journal.finish()
({'path': 'a.png'},)
>>> place.exists()
False
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Self

from pixture.errors import ResumeError, WriteError
from pixture.files.output_files import explained
from pixture.files.temporary_files import locked, sync_folder
from pixture.wording import plural

FORMAT = 1
"""Version of the layout, in the header."""

_FORMAT_KEY = "journal"


@dataclass(frozen=True)
class Found:
    """What a journal says of a run that was ended before its time.

    Attributes
    ----------
    header
        What the run was asked to do.
    entries
        What it has done, in the order in which it was.
    length
        Bytes of the whole lines.
    """

    header: dict[str, Any]
    entries: tuple[dict[str, Any], ...]
    length: int


class Journal:
    """An open journal; a context in which it is held, so that no other run takes it for a killed one's.

    Attributes
    ----------
    path
        Where it is.
    header
        What the run is asked to do: of a resumed run, as it was written by the first.
    entries
        What was done before this run; empty if the run is new.
    resumed
        Whether this run goes on with an earlier one.
    """

    def __init__(self, path: Path, file: FileIO, header: dict[str, Any], found: Found | None) -> None:
        self.path, self.header = path, header
        self.entries = () if found is None else found.entries
        self.resumed = found is not None
        self._file = file

    @classmethod
    def open(
        cls,
        path: Path,
        header: Mapping[str, Any],
        *,
        resume: bool = False,
        anew: bool = False,
        changeable: Sequence[str] = (),
    ) -> Journal:
        """Open the journal of a run; where none is, or one that counts for nothing, a new one.

        Parameters
        ----------
        path
            Where it is to be; its folder must be there.
        header
            What the run is asked to do, ready for JSON, by the names of the library's keywords. A mapping in
            it is compared by its own keys, a list by its members.
        resume
            Whether to go on with a run that did not do all of its work.
        anew
            Whether an unfinished run may be given up for this one.
        changeable
            Keys of the header that may differ: the first run's are kept.

        Raises
        ------
        ResumeError
            An unfinished run was asked to do something else; or there is one, and neither `resume` nor `anew`
            is given.
        BusyError
            A living run holds the journal.
        WriteError
            It cannot be written.
        """
        wanted: dict[str, Any] = json.loads(json.dumps({_FORMAT_KEY: FORMAT, **header}))
        try:
            with contextlib.ExitStack() as closed:
                file = closed.enter_context(_held(path))
                found = _read(file)
                if found is None or not resume:
                    _refuse_to_forget(path, found, anew)
                    found = None
                else:
                    _refuse_changes(path, found.header, wanted, changeable)
                    kept = {name: found.header[name] for name in changeable if name in found.header}
                    wanted |= kept
                file.seek(file.truncate(0 if found is None else found.length))
                journal = cls(path, file, wanted, found)
                if found is None:
                    journal._append(wanted)
                    sync_folder(path.parent)
                closed.pop_all()
        except OSError as error:
            raise _told(path, error) from error
        return journal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def add(self, entry: Mapping[str, Any]) -> None:
        """Note that a piece of the work is done; it is on the disk when this returns.

        Raises
        ------
        WriteError
            It cannot be written.
        """
        try:
            self._append(entry)
        except OSError as error:
            raise _told(self.path, error) from error

    def finish(self) -> None:
        """Remove the journal: the run came to its end."""
        with contextlib.suppress(OSError):  # Windows removes no open file
            self.path.unlink()
        self.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
            sync_folder(self.path.parent)

    def close(self) -> None:
        """Let go of the journal, which stays where it is."""
        self._file.close()

    def _append(self, line: Mapping[str, Any]) -> None:
        content = memoryview(json.dumps(line, allow_nan=False).encode() + b"\n")
        before = self._file.tell()
        try:
            while content:
                content = content[self._file.write(content) :]
            os.fsync(self._file.fileno())
        except OSError:
            with contextlib.suppress(OSError):  # a line that is cut off would hide those after it
                self._file.seek(self._file.truncate(before))
            raise


class BusyError(WriteError):
    """A living run holds the journal."""


def unfinished(path: Path) -> Found | None:
    """Return what a journal says of a run that did not do all of its work; None where there is none.

    >>> unfinished(Path("no such journal")) is None
    True
    """
    try:
        with FileIO(path) as file:
            return _read(file)
    except OSError:
        return None


def _held(path: Path) -> FileIO:
    """Return the journal's file, opened or made, and held: nobody else opens it meanwhile."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        file = FileIO(handle, "r+b")
        if locked(file.fileno()) is False:
            file.close()
            raise BusyError(
                f"Another run of pixture is at work in {path.parent}. Wait until it ends, or choose another "
                "folder."
            )
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()  # who held it before has removed it


def _read(file: FileIO) -> Found | None:
    """Return what the whole lines say; None where not even the header is whole."""
    file.seek(0)
    lines: list[dict[str, Any]] = []
    length = 0
    for line in file.readall().splitlines(keepends=True):
        try:
            said = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            said = None
        if not isinstance(said, dict):
            break  # what follows a line that is cut off is not trusted either
        lines.append(said)
        length += len(line)
    if not lines or lines[0].get(_FORMAT_KEY) != FORMAT:
        return None
    return Found(lines[0], tuple(lines[1:]), length)


def _refuse_to_forget(path: Path, found: Found | None, anew: bool) -> None:
    if found is not None and not anew:
        raise ResumeError(
            f"{path.parent} holds the journal of a run that was ended before its time, with "
            f"{plural(len(found.entries), 'part')} of its work done. Give resume=True to go on with it, "
            "overwrite=True to begin anew, or choose another folder."
        )


def _refuse_changes(path: Path, old: dict[str, Any], new: dict[str, Any], changeable: Sequence[str]) -> None:
    change = next((said for said in changes(old, new) if said[0] not in changeable), None)
    if change is not None:
        raise ResumeError(
            f"The unfinished run in {path.parent} cannot be resumed: {change[1]}. Give what it was given, or "
            "overwrite=True without resume=True to begin anew."
        )


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what differs between two headers: the key at the top, and a clause that says what.

    >>> changes({"fit": {"components": 4}}, {"fit": {"components": 5}})
    [('fit', 'it had components=4, and this one has components=5')]
    >>> changes({"images": ["a.png", "b.png"]}, {"images": ["a.png"]})
    [('images', 'b.png was among its images, and is not given now')]
    """
    found: list[tuple[str, str]] = []
    for key in dict.fromkeys([*old, *new]):
        one, other = old.get(key), new.get(key)
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            found += [(key, said) for _, said in changes(one, other)]
        elif isinstance(one, list) and isinstance(other, list):
            found.append((key, _change_of_members(key, one, other)))
        else:
            found.append((key, f"it had {key}={one!r}, and this one has {key}={other!r}"))
    return found


def _change_of_members(key: str, old: list[Any], new: list[Any]) -> str:
    there, here = set(map(str, old)), set(map(str, new))
    for member in map(str, old):
        if member not in here:
            return f"{member} was among its {key}, and is not given now"
    for member in map(str, new):
        if member not in there:
            return f"{member} was not among its {key}, and is given now"
    return f"its {key} were in another order"


def _told(path: Path, error: OSError) -> OSError:
    return error if isinstance(error, WriteError) else explained(path.parent, error, "No journal was kept.")
