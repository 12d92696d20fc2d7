"""Addresses in place of paths: of what is read where it is, and of where results go."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

if sys.platform == "win32":
    from pathlib import WindowsPath as OwnPath
else:
    from pathlib import PosixPath as OwnPath

_ADDRESS = re.compile(r"(https?|s3|gs|az|abfss?)://[^/]", re.IGNORECASE)


def is_address(given: str) -> bool:
    """Whether something is the address of what may be read where it is.

    >>> is_address("s3://bucket/scene.zarr"), is_address("scene.zarr")
    (True, False)
    """
    return _ADDRESS.match(given) is not None


def local_path(given: str) -> str:
    """Return the path that a file's address names; what is no address of a file is returned itself.

    >>> local_path("file:///data/scene.tif"), local_path("scene.tif")
    ('/data/scene.tif', 'scene.tif')
    """
    if not given.lower().startswith("file:///"):
        return given
    return url2pathname(urlsplit(given).path)


class Address(OwnPath):
    """An address that goes where paths go: it is written as it was given, and there is no file of that name.

    What asks the file system for it is told that nothing is there; it is for readers and sinks of addresses.

    >>> place = Address("s3://bucket/out") / "scene.labels.zarr"
    >>> str(place), place.name, place.stem, str(place.parent)
    ('s3://bucket/out/scene.labels.zarr', 'scene.labels.zarr', 'scene.labels', 's3://bucket/out')
    """

    _given: str

    def __new__(cls, given: str) -> Address:
        """Return the address that a text is."""
        self = super().__new__(cls, given)
        self._given = given.rstrip("/")
        return self

    def __str__(self) -> str:
        return self._given

    def __fspath__(self) -> str:
        return self._given

    def __repr__(self) -> str:
        return f"Address({self._given!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and other._given == self._given

    def __hash__(self) -> int:
        return hash(self._given)

    def __reduce__(self) -> Any:
        return Address, (self._given,)

    def __truediv__(self, name: str | os.PathLike[str]) -> Address:
        below = os.fspath(name).replace(os.sep, "/").strip("/")
        return self if below in ("", ".") else Address(f"{self._given}/{below}")

    @property
    def scheme(self) -> str:
        """How it is reached, such as s3."""
        return self._given.partition(":")[0].lower()

    @property
    def name(self) -> str:
        """The last part, without what only asks for it."""
        return unquote(urlsplit(self._given).path.rstrip("/")).rpartition("/")[2]

    @property
    def parent(self) -> Address:
        """The address without its last part; of a bucket, or a server, itself."""
        start, slash, last = self._given.rpartition("/")
        return Address(start) if slash and last and not start.endswith("/") else self


def place_of(given: str | os.PathLike[str]) -> Path:
    """Return what a person gave as a place: an address, or a path.

    >>> place_of("s3://bucket/scene.zarr"), place_of("scene.tif").name
    (Address('s3://bucket/scene.zarr'), 'scene.tif')
    """
    text = local_path(os.fspath(given))
    return Address(text) if is_address(text) else Path(text)
