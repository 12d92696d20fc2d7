"""What lies at addresses (https, S3, Google, Azure), read there by obstore: nothing is fetched whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pixture.errors import ReadError

INSTALL = "pip install 'pixture[cloud]'"
_HEAD = 512


@dataclass(frozen=True)
class Size:
    """How many bytes something has, as `Path.stat` says it."""

    st_size: int


@dataclass(frozen=True)
class Remote:
    """A file or a folder at an address: what the readers of Zarr ask of a `Path`, it answers as one.

    Attributes
    ----------
    root
        The address of the store.
    inside
        The path below it.
    """

    root: str
    inside: str = ""

    def __str__(self) -> str:
        return f"{self.root}/{self.inside}".rstrip("/")

    def __fspath__(self) -> str:
        return str(self)

    def __truediv__(self, name: str) -> Remote:
        return Remote(self.root, f"{self.inside}/{name}".strip("/"))

    @property
    def name(self) -> str:
        """The last part of the address, without what only asks for it."""
        return unquote(urlsplit(str(self)).path.rstrip("/").rpartition("/")[2])

    def is_file(self) -> bool:
        """Whether there is a file; only small ones are asked for so."""
        return _content(self) is not None

    def is_dir(self) -> bool:
        """Whether there is a group or an array of Zarr."""
        return any((self / name).is_file() for name in ("zarr.json", ".zarray", ".zgroup", ".zattrs"))

    def stat(self) -> Size:
        """Return how large the file is."""
        return Size(len(_content(self) or b""))

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return what the file holds."""
        return (_content(self) or b"").decode(encoding, errors)

    def iterdir(self) -> Iterator[Remote]:
        """Yield the folders below; none over http, where servers list nothing."""
        if self.root.lower().startswith("http"):
            return
        import obstore

        try:
            found = obstore.list_with_delimiter(_store(self.root), self.inside or None)
        except Exception as error:
            raise _unreached(self, error) from error
        for prefix in found["common_prefixes"]:
            yield self / str(prefix).rstrip("/").rpartition("/")[2]

    def resolve(self) -> Path:
        """Return the path below the root without its "..", to tell whether it leaves a folder."""
        return Path(os.path.normpath(f"/{self.inside}"))

    def head(self) -> bytes:
        """Return the first bytes of a file; empty where there is none."""
        import obstore

        root, _, name = str(self).rpartition("/")
        try:
            return bytes(obstore.get_range(_store(root), name, start=0, length=_HEAD))
        except FileNotFoundError:
            return b""
        except Exception as error:
            raise _unreached(self, error) from error

    def zarr_store(self) -> Any:
        """Return the folder as zarr takes it."""
        from zarr.storage import ObjectStore

        return ObjectStore(_store(str(self)), read_only=True)


def refuse_without_library(address: str) -> None:
    """Refuse an address where the library that reads from there is not installed.

    Raises
    ------
    ReadError
        It is not.
    """
    try:
        import obstore  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ReadError(
            f"{address}: this is an address, and the library that reads from there is not installed "
            f"({error.name or error}). Install it: {INSTALL}. Or download it first, then give the file."
        ) from error


@lru_cache(maxsize=64)
def _store(root: str) -> Any:
    """Return the store at an address, which reads its settings and keys from the environment (AWS_…)."""
    from obstore.store import from_url

    endpoint = os.environ.get("AWS_ENDPOINT_URL", os.environ.get("AWS_ENDPOINT", ""))
    plain = root.lower().startswith("http://") or (
        root.startswith("s3://") and endpoint.startswith("http://")
    )
    return from_url(root, client_options={"allow_http": True} if plain else None)


def _content(place: Remote) -> bytes | None:
    """Return what a small file holds; None where there is none."""
    try:
        return _fetched(place)
    except FileNotFoundError:
        return None
    except Exception as error:
        raise _unreached(place, error) from error


@lru_cache(maxsize=4096)
def _fetched(place: Remote) -> bytes:
    """Return what a file holds, asked for once a process; what is not there may come, and is asked again."""
    import obstore

    return bytes(obstore.get(_store(place.root), place.inside).bytes())


def _unreached(place: Remote, error: Exception) -> ReadError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return ReadError(
        f"{place}: it cannot be read from there ({lines[0][:200].rstrip('.')}). Check the address, the "
        "connection, and the keys in the environment, or download it first."
    )
