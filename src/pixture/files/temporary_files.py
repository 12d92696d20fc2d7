"""Files under temporary names: what a run writes before it is complete, and what a killed run left."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path

from pixture import stopping

if sys.platform != "win32":
    import fcntl

NAME = re.compile(r"\.pixture-[0-9a-f]{12}\.part")

DAY = 86_400.0
"""Seconds after which a part is an old one where nobody can say whether its writer lives."""


@dataclass(frozen=True, eq=False)
class Part:
    """A file under a temporary name; its writer holds a lock on it, which ends with the writer."""

    path: Path
    file: BufferedWriter

    def fill(self, content: bytes) -> None:
        """Write the content and bring it to the disk."""
        self.file.write(content)
        self.file.flush()
        os.fsync(self.file.fileno())

    def discard(self) -> None:
        """Remove the temporary name; a final one that it has got by now stays."""
        try:
            self.file.close()  # which may try once more to write what there was no room for
        finally:
            self.path.unlink(missing_ok=True)


def part_name(folder: Path) -> Path:
    """Return a name that nothing has, short: the final one may be as long as the file system allows."""
    return folder / f".pixture-{secrets.token_hex(6)}.part"


def new_part(folder: Path) -> Part:
    """Return a new, empty part in the folder."""
    while True:
        path = part_name(folder)
        part = Part(path, path.open("xb"))
        if _held(part.file.fileno()) is not False and path.exists():
            return part
        part.file.close()  # who cleans up took it for an old one, before it was held


@contextlib.contextmanager
def written(folder: Path, content: bytes) -> Iterator[Path]:
    """Give the path of a part with this content, whole and on the disk; in the end the name is removed."""
    part = new_part(folder)
    with stopping.before_end(lambda: part.path.unlink(missing_ok=True)):
        try:
            part.fill(content)
            if sys.platform == "win32":
                part.file.close()  # what is open cannot be renamed there
            yield part.path
        finally:
            with contextlib.suppress(OSError):  # the error that brought us here is the one to report
                part.discard()


def remove_stale(folder: Path) -> None:
    """Remove the parts whose writers have ended without removing them; those of living ones stay."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:  # a folder need not be readable
        old = [Path(entry.path) for entry in entries if NAME.fullmatch(entry.name)]
        for path in old:
            with contextlib.suppress(OSError):
                _remove_if_stale(path)


def _remove_if_stale(path: Path) -> None:
    with path.open("rb") as file:
        held = _held(file.fileno())
        if held or (held is None and time.time() - os.fstat(file.fileno()).st_mtime > DAY):
            path.unlink()


def _held(handle: int) -> bool | None:
    """Return whether an open file is now locked by us; None where it cannot be said, False if by another."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True
