"""Where compiled kernels may be kept on disk, in the order in which it is tried.

What is kept is code: whoever can write it, makes us run it. So from the user's folder and the temporary one
nothing is read that another user owns or may write.
"""

from __future__ import annotations

import atexit
import functools
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CHOSEN = "NUMBA_CACHE_DIR"
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0)  # a pipe that has the file's name is not waited for


@dataclass(frozen=True)
class Place:
    """A folder for the compiled kernels of one package.

    `private` is the part of the path that must belong to this user alone, where there is one; `lasting` says
    whether the next run will find what was kept, as far as that can be known.
    """

    folder: Path
    private: Path | None = None
    lasting: bool = True

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none that may be read."""
        with suppress(OSError):
            if self.private is not None and not _belongs_to_us(os.lstat(self.private)):
                return None
            with open(self.folder / name, "rb", opener=_open_to_read) as file:
                status = os.fstat(file.fileno())
                if stat.S_ISREG(status.st_mode) and (self.private is None or _belongs_to_us(status)):
                    return file.read()
        return None

    def write(self, name: str, content: bytes) -> None:
        """Write a file that appears only when complete. Raises OSError where that cannot be done."""
        if self.private is not None:
            _make_private(self.private)
        self.folder.mkdir(parents=True, exist_ok=True)
        passing = self.folder / f".{name}.{secrets.token_hex(8)}"
        try:
            with passing.open("xb") as file:
                file.write(content)
            passing.replace(self.folder / name)
        except BaseException:
            with suppress(OSError):
                passing.unlink()
            raise

    def can_be_written(self) -> bool:
        """Whether the folder, or the one it would be made in, lets us write, by its permissions."""
        existing = self.folder
        while not os.access(existing, os.F_OK) and existing != existing.parent:
            existing = existing.parent
        return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def places(package: str, beside: Path | None) -> Iterator[Place]:
    """Yield where the kernels of a package may be kept, the best first.

    `package` is a name that no other installation's has; `beside` is the folder of its source, if it is one.
    """
    chosen = chosen_place(package)
    if chosen is not None:
        yield chosen
    if beside is not None:
        yield Place(beside / "__pycache__")
    user = users_folder()
    if user is not None:
        yield Place(user / package, private=user)
    temporary = temporary_folder()
    if temporary is not None:
        yield Place(temporary / package, private=temporary, lasting=False)


def chosen_place(package: str) -> Place | None:
    """Return the place that NUMBA_CACHE_DIR names, if it is set."""
    chosen = os.environ.get(CHOSEN)
    return Place(Path(chosen).absolute() / package) if chosen else None


def users_folder() -> Path | None:
    """Return pixture's folder among the user's caches; None for a user without a home."""
    named = {"win32": "LOCALAPPDATA", "darwin": ""}.get(sys.platform, "XDG_CACHE_HOME")
    caches = Path(os.environ.get(named) or "")
    if not caches.is_absolute():
        try:
            home = Path.home()
        except RuntimeError:
            return None
        if not home.is_absolute() or not os.access(home, os.X_OK):  # a home that is not there is not made
            return None
        caches = home / {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(sys.platform, ".cache")
    return caches / "pixture"


def temporary_folder() -> Path | None:
    """Return this user's own temporary folder; where another user has taken its name, this process's own."""
    try:
        parent = Path(tempfile.gettempdir())
    except OSError:
        return None
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    if parent == Path.cwd() and str(parent) not in named:
        return None  # Python's last resort is the folder where the person happens to stand
    folder = parent / f"pixture-{_user()}"
    with suppress(FileNotFoundError):
        if not _belongs_to_us(os.lstat(folder)):
            return _folder_of_this_process(parent)
    return folder


def private_folder(name: str) -> Path | None:
    """Return a folder of this user's alone for another purpose, made; None where there can be none."""
    for private in (users_folder(), temporary_folder()):
        if private is not None:
            with suppress(OSError):
                _make_private(private)
                (private / name).mkdir(exist_ok=True)
                if os.access(private / name, os.W_OK | os.X_OK):
                    return private / name
    return None


@functools.cache
def _folder_of_this_process(parent: Path) -> Path | None:
    try:
        folder = Path(tempfile.mkdtemp(prefix="pixture-", dir=parent))
    except OSError:
        return None
    maker = os.getpid()

    def remove() -> None:
        if os.getpid() == maker:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def _make_private(folder: Path) -> None:
    """Make a folder for this user alone. Raises OSError where one is there that others can write."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not _belongs_to_us(os.lstat(folder)):
        raise PermissionError(None, "it is another user's, or others may write it", str(folder))


def _open_to_read(path: str, flags: int) -> int:
    return os.open(path, flags | _WITHOUT_WAITING)


def _user() -> int | str:
    return os.geteuid() if sys.platform != "win32" else os.environ.get("USERNAME", "user")


def _belongs_to_us(status: os.stat_result) -> bool:
    """Whether this user alone may write what has this status; on Windows, the folders' own rights say so."""
    if sys.platform == "win32":
        return True
    writable = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return not stat.S_ISLNK(status.st_mode) and status.st_uid == os.geteuid() and not writable
