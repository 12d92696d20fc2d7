"""How a file begins: of a packed one inside; and the header, where it is a file of its own."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

HEAD = 4096
"""Bytes at the start of a file that suffice to tell what it is."""

GZIP, PACKED = b"\x1f\x8b", ".gz"


def first_bytes(path: Path) -> bytes:
    """Return how a file begins; nothing of one that cannot be opened."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""


def unpacked(head: bytes) -> bytes:
    """Return the first bytes of what gzip packed; of anything else, what is given.

    >>> import gzip
    >>> unpacked(gzip.compress(b"n+1")), unpacked(b"n+1")
    (b'n+1', b'n+1')
    """
    if not head.startswith(GZIP):
        return head
    try:
        # without a checksum at the end, which is for the reader to check
        return zlib.decompressobj(31).decompress(head[:-8], HEAD)
    except zlib.error:
        return b""


def other_of_pair(path: Path, ending: str) -> Path | None:
    """Return the file beside one of a pair whose name ends otherwise, packed by gzip or not; None without.

    >>> other_of_pair(Path("no such scan.img"), ".hdr") is None
    True
    """
    name = path.name[: -len(PACKED)] if path.name.lower().endswith(PACKED) else path.name
    stem = Path(name).stem
    ends = (ending, ending.upper(), f"{ending}{PACKED}", f"{ending.upper()}{PACKED}")
    return next((one for end in ends if (one := path.with_name(f"{stem}{end}")).is_file()), None)


def headers_beside(path: Path, end: str, *, packed: bool = False) -> Iterator[Path]:
    """Yield the files beside one that are called as its header may be: its name or its stem, and the end.

    Where either may be packed by gzip, names count without what says so.
    """
    ends, name = [end, end.upper()], path.name
    if packed:
        ends += [f"{one}{PACKED}" for one in ends]
        name = name[: -len(PACKED)] if name.lower().endswith(PACKED) else name
    for called in dict.fromkeys(f"{stem}{one}" for one in ends for stem in (name, Path(name).stem)):
        place = path.with_name(called)
        if place != path and place.is_file():
            yield place
