"""Small files at an address: read, written and removed by fsspec, and what goes wrong there in a sentence."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from pixture.errors import WriteError
from pixture.scale.sinks.piece_files import KEPT

LED_BY: Mapping[str, str] = MappingProxyType(
    {"gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs"}
)
"""What leads to places to which `pixture[cloud]` does not."""


@dataclass(frozen=True, eq=False)
class RemoteFiles:
    """Files at a place that fsspec knows; each is written as one, and none is ever half there.

    Attributes
    ----------
    url
        Of the place: what is asked for lies there, or below.
    options
        What fsspec is told of it; it takes keys from where its libraries look for them.

    Examples
    --------
    >>> files = RemoteFiles("memory://shelf")
    >>> files.put("memory://shelf/a.txt", b"a")
    >>> files.get("memory://shelf/a.txt"), files.get("memory://shelf/b.txt")
    (b'a', None)
    """

    url: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def told(self) -> dict[str, Any]:
        """What fsspec is told: folders are made as names need them, and what is listed is not remembered."""
        local = {"auto_mkdir": True} if self.url.startswith(("file:", "local:")) else {}
        return {"use_listings_cache": False, **local, **self.options}

    @property
    def _system(self) -> Any:
        return _file_system(self.url, json.dumps(self.told, sort_keys=True))

    def get(self, url: str) -> bytes | None:
        """Return what a file holds; None where there is none."""
        try:
            found: bytes = self._system.cat_file(url)
        except FileNotFoundError:
            return None
        return found

    def put(self, url: str, content: bytes) -> None:
        """Write a file."""
        self._system.pipe_file(url, content)

    def exists(self, url: str) -> bool:
        """Whether a file is there, or files below that name."""
        return bool(self._system.exists(url))

    def remove_file(self, url: str) -> None:
        """Remove a file, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self._system.rm_file(url)

    def remove(self, url: str) -> None:
        """Remove a file, or all that is below that name, if it is there."""
        if self._system.exists(url):
            self._system.rm(url, recursive=True)

    @contextlib.contextmanager
    def explained(self, state: str = KEPT) -> Iterator[None]:
        """Say in a sentence what goes wrong at the place, and after it what state all is in.

        Raises
        ------
        WriteError
            The place cannot be reached, or written to; or a library is not installed.
        """
        try:
            yield
        except WriteError:
            raise
        except ImportError as error:
            leads = LED_BY.get(self.url.partition(":")[0].lower(), "'pixture[cloud]'")
            raise WriteError(
                f"The library that leads to {self.url} is not installed ({error.name or error}). Install it: "
                f"pip install {leads}."
            ) from error
        except _errors() as error:
            said = (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip(".")
            raise WriteError(f"Cannot write to {self.url} ({said}). {state}") from error


@lru_cache(maxsize=16)
def _file_system(url: str, options: str) -> Any:
    import fsspec  # with what leads to its places, an extra

    return fsspec.core.url_to_fs(url, **json.loads(options))[0]


def _errors() -> tuple[type[Exception], ...]:
    """Return what is raised where a place cannot be reached: of S3, not all of it is the system's."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        return (OSError, ValueError)
    return (OSError, ValueError, BotoCoreError, ClientError)
