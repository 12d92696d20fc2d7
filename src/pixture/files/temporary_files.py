"""Files and folders under temporary names: what a run writes, and what a killed run left."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
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
        if locked(part.file.fileno()) is not False and path.exists():
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


@contextlib.contextmanager
def written_folder(folder: Path, files: Mapping[str, bytes]) -> Iterator[Path]:
    """Give the path of a folder under a temporary name, its files whole and on the disk; as `written` does.

    Whatever has that name in the end is removed: the folder itself, or an older one whose place it took.
    """
    path = part_name(folder)
    path.mkdir()
    handle = _opened_folder(path)

    def remove() -> None:
        shutil.rmtree(path, ignore_errors=True)

    with stopping.before_end(remove):
        try:
            if handle is not None:
                locked(handle)
            for name, content in files.items():
                stopping.check()
                place = path / name
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            for place in (path, *(place for place in path.rglob("*") if place.is_dir())):
                sync_folder(place)
            yield path
        finally:
            if handle is not None:
                os.close(handle)
            remove()


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk; systems that cannot open a folder do it by themselves."""
    try:
        handle = _opened_folder(folder)
    except PermissionError:  # one that may be written and not read: its names go to the disk in their time
        return
    if handle is None:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def _opened_folder(path: Path) -> int | None:
    """Return a handle of a folder, on which its writer holds a lock; None on systems that open none."""
    return None if sys.platform == "win32" else os.open(path, os.O_RDONLY)


def remove_stale(folder: Path) -> None:
    """Remove the parts whose writers have ended without removing them; those of living ones stay."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:  # a folder need not be readable
        old = [Path(entry.path) for entry in entries if NAME.fullmatch(entry.name)]
        for path in old:
            with contextlib.suppress(OSError):
                _remove_if_stale(path)


def _remove_if_stale(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        _remove_folder_if_stale(path)
        return
    with path.open("rb") as file:
        held = locked(file.fileno())
        if held or (held is None and time.time() - os.fstat(file.fileno()).st_mtime > DAY):
            path.unlink()


def _remove_folder_if_stale(path: Path) -> None:
    handle = _opened_folder(path)
    try:
        held = None if handle is None else locked(handle)
        if held or (held is None and time.time() - path.stat().st_mtime > DAY):
            shutil.rmtree(path, ignore_errors=True)
    finally:
        if handle is not None:
            os.close(handle)


def locked(handle: int) -> bool | None:
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
