"""What tells a file from what it was: its size, when it was changed, and what it holds."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pixture.files.input_files import file_and_inside


@dataclass(frozen=True)
class Stamp:
    """The size of a file, or of a folder's files together, and when it was last changed, in nanoseconds."""

    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """Return what a file, or a folder, is now; of a path within a file, what the file is.

        Raises
        ------
        OSError
            It is not there.
        """
        place = file_and_inside(path)[0]
        found = [one.stat() for one in _files(place)] if place.is_dir() else [place.stat()]
        return cls(sum(one.st_size for one in found), max((one.st_mtime_ns for one in found), default=0))

    def as_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file; of a folder, that of the names and digests of its files.

    >>> sha256_of(Path(__file__)) == hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    True
    """
    place = file_and_inside(path)[0]
    if not place.is_dir():
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    whole = hashlib.sha256()
    for one in _files(place):
        whole.update(os.fsencode(one.relative_to(place).as_posix()) + b"\0" + sha256_of(one).encode())
    return whole.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
