"""Whether a file is still the one that was described: by its size and its time, as nothing else is cheap."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pixture.errors import ReadError


@dataclass(frozen=True)
class Stamp:
    """A file's size in bytes, and when it was last written, in nanoseconds; of a folder, of its header."""

    size: int
    time: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """Return a file's."""
        found = path.stat()
        return cls(found.st_size, found.st_mtime_ns)


def refuse_changed(path: Path, stamp: Stamp) -> None:
    """Refuse a file that is gone, or another one than it was.

    Raises
    ------
    ReadError
        It is.
    """
    try:
        now = Stamp.of(path)
    except FileNotFoundError:
        raise ReadError(
            f"{path}: the file was there when the run began, and is not now. Begin anew."
        ) from None
    except OSError as error:
        raise ReadError(
            f"{path}: the file cannot be read any more ({error.strerror}). Begin anew."
        ) from error
    if now != stamp:
        raise ReadError(
            f"{path}: the file was changed while it was read: it had {stamp.size:,} bytes, and has "
            f"{now.size:,}, or was written anew. Begin anew, and leave it alone meanwhile."
        )
