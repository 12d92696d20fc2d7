"""The files that a run reads: whatever names they have, no output may replace one of them."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pixture.files.addresses import Address, is_address

INSIDE = "::"
"""What stands between a file and a path within it: data.h5::/measurement/image."""


@dataclass(frozen=True)
class Inputs:
    """Files that are read, known by what they are and not by how they are called.

    A hard link, a link, a path by way of another folder, and another case where the file system takes it for
    the same, all lead to one file.

    Attributes
    ----------
    paths
        Absolute paths, in the order given.
    identities
        What each file was when it was named: its device and number, or its real path where a file system
        numbers none. None of a file that was not there.

    Examples
    --------
    >>> "no such file.png" in Inputs.of(["no such file.png"])
    False
    >>> __file__ in Inputs.of([__file__])
    True
    """

    paths: tuple[Path, ...] = ()
    identities: frozenset[Hashable] = frozenset()

    @classmethod
    def of(cls, paths: Iterable[str | os.PathLike[str]]) -> Inputs:
        """Return the inputs that the paths name; one that names no file is no input.

        Of a path within a file, the file is.
        """
        places = tuple(absolute(file_and_inside(path)[0]) for path in paths)
        return cls(places, frozenset(map(identity, places)) - {None})

    def __or__(self, other: Inputs) -> Inputs:
        return Inputs(self.paths + other.paths, self.identities | other.identities)

    def __contains__(self, path: str | os.PathLike[str]) -> bool:
        """Whether a path leads to one of the files."""
        found = identity(path)
        if found is None or found not in self.identities:
            return False
        # the number of a file that was deleted is given to a new one: the input must still be there
        return any(identity(place) == found for place in self.paths)


def file_and_inside(path: str | os.PathLike[str]) -> tuple[Path, str | None]:
    """Return the file that a path leads to, and the path within it, if there is one after "::".

    >>> file_and_inside("data.h5::/raw/blue")[1], file_and_inside("photo.jpg")[1]
    ('/raw/blue', None)
    """
    outer, inside, within = os.fspath(path).partition(INSIDE)
    if not inside or os.path.lexists(path):
        return _as_given(path), None
    return _as_given(outer), within


def _as_given(path: str | os.PathLike[str]) -> Path:
    """Return a path as one; an address stays what it is."""
    return Address(os.fspath(path)) if is_address(os.fspath(path)) else Path(path)


def name_of(path: Path) -> str:
    """Return what a file is called in a line about it: its name, and the path within it, if there is one.

    >>> name_of(Path("scans/data.h5::/raw/blue"))
    'data.h5::/raw/blue'
    """
    file, within = file_and_inside(path)
    return file.name if within is None else f"{file.name}{INSIDE}{within}"


def absolute(path: str | os.PathLike[str]) -> Path:
    """Return the path as it is from anywhere; links in it stay, and so does an address."""
    if is_address(os.fspath(path)):
        return Address(os.fspath(path))
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps "..", which links may mislead


def identity(path: str | os.PathLike[str]) -> Hashable:
    """Return what tells the file that a path leads to from all others; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - Path() may refuse what is no path
    except (OSError, ValueError):
        return None
    if found.st_ino == 0:
        return os.path.normcase(os.path.realpath(path))
    return found.st_dev, found.st_ino
