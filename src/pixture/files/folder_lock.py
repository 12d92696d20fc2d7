"""One at a time: runs that write into one folder rename their files one after the other."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pixture import stopping
from pixture.errors import WriteError
from pixture.files.input_files import absolute

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

NAME = ".pixture-lock.part"

PATIENCE = 20.0
"""Seconds to wait for another run, whose renames take milliseconds."""


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other runs of pixture from renaming files in the folder for as long.

    The lock is the system's and ends with the process, so a killed run blocks nobody; the file that it is on
    is removed. Where a file system has no locks, there is none: each file is still whole.

    Raises
    ------
    WriteError
        Another run has held the lock for all the time that one is worth waiting for.
    """
    path = folder / NAME
    handle = _locked(path)
    try:
        with stopping.before_end(lambda: path.unlink(missing_ok=True)):
            yield
    finally:
        if handle is not None and sys.platform != "win32":
            with contextlib.suppress(OSError):
                path.unlink()  # while it is held: whoever waits sees that it has gone, and makes another
            fcntl.flock(handle, fcntl.LOCK_UN)  # a forked child has the handle too
            os.close(handle)
        elif handle is not None:
            os.close(handle)
            with contextlib.suppress(OSError):
                path.unlink()  # refused while another has it open


_kept: dict[Path, int] = {}


def keep(folder: Path) -> None:
    """Keep a folder for this process, which has made it for its own work, until `let_go` or its end.

    The same process may keep it again. Where a file system has no locks, nothing is kept.

    Raises
    ------
    WriteError
        Another process keeps it.
    """
    place = absolute(folder)
    if place in _kept or sys.platform == "win32":
        return
    handle = os.open(place, os.O_RDONLY)
    try:
        _lock(handle)
    except BlockingIOError:
        os.close(handle)
        raise WriteError(
            f"Another run of pixture is at work in {folder}. Nothing there was changed. Wait until it "
            "ends, or end it, and try again."
        ) from None
    except OSError:  # a file system without locks
        os.close(handle)
        return
    _kept[place] = handle


def let_go(folder: Path) -> None:
    """Let others keep a folder that this process has kept."""
    handle = _kept.pop(absolute(folder), None)
    if handle is not None:
        os.close(handle)


def _locked(path: Path) -> int | None:
    deadline = time.monotonic() + PATIENCE
    while True:
        stopping.check()
        handle = _opened(path)
        if handle is not None:
            try:
                _lock(handle)
                if _is_at(handle, path):
                    return handle
            except BlockingIOError:
                pass
            except OSError:  # a file system without locks
                os.close(handle)
                with contextlib.suppress(OSError):
                    path.unlink()
                return None
            os.close(handle)
        if time.monotonic() > deadline:
            raise WriteError(
                f"Another run of pixture has been writing in {path.parent} for {PATIENCE:.0f} seconds. "
                "Nothing there was changed. Wait until it ends, or end it, and try again."
            )
        time.sleep(0.01)


def _opened(path: Path) -> int | None:
    """Return the lock's file, opened or made; None where it is another user's, or just being removed."""
    for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        with contextlib.suppress(PermissionError, FileNotFoundError):
            handle = os.open(path, flags, 0o666)
            with contextlib.suppress(OSError, AttributeError):
                os.fchmod(handle, 0o666)  # empty, and for whoever may write in the folder
            return handle
    return None


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(handle: int, path: Path) -> bool:
    """Whether the open file is still the one of this name: who held it before may have removed it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
