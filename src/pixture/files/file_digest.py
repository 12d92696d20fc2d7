"""What a file held when it was read: its SHA-256, taken at once of a small file, and later of a large one.

A record states the digest of each file that it rests on. Of a file of many gigabytes one plane may be read,
in a moment: then the rest of it is read when a record asks for the digest, if the file is still as it was.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

from pixture.files.input_files import identity

LARGE = 1 << 26
"""Bytes from which on a digest waits until it is asked for: of fewer it takes a tenth of a second."""


@dataclass(frozen=True)
class FileState:
    """By what a file is known to be as it was: which one it is, how long, when written to.

    Attributes
    ----------
    file
        As `identity` says which it is.
    size
        In bytes.
    modified
        When it was last written to, in nanoseconds.
    """

    file: Hashable
    size: int
    modified: int


def state_of(path: Path) -> FileState | None:
    """Return what a file is known by; None where it is no more.

    >>> state_of(Path("no such file.png")) is None
    True
    """
    try:
        found = os.stat(path)  # noqa: PTH116 - Path() may refuse what is no path
    except OSError:
        return None
    return FileState(identity(path), found.st_size, found.st_mtime_ns)


def digest_now(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_as_it_was(path: Path, before: FileState) -> str | None:
    """Return the SHA-256 of a file, if it is as it was; None if it was changed or removed since."""
    if state_of(path) != before:
        return None
    try:
        found = digest_now(path)
    except OSError:
        return None
    return found if state_of(path) == before else None
