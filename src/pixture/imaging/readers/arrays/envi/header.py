"""The text header of an ENVI file: names and values, and where it stands beside its data.

After "ENVI Header Files" in NV5 Geospatial's documentation: a first line "ENVI", then `name = value` a line,
a value of several in braces, which may go on over lines; names are in any case; ";" begins a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pixture.errors import ReadError
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.identification.first_bytes import headers_beside

MAGIC = re.compile(rb"(\xef\xbb\xbf)?ENVI[ \t]*(\r|\n|$)")

_LONGEST = 2**24
"""Bytes of a header at most; those of thousands of bands have some hundred thousand."""

_DATA_SUFFIXES = ("", ".dat", ".img", ".raw", ".bin", ".bsq", ".bil", ".bip", ".envi", ".cub")


@dataclass(frozen=True)
class EnviFiles:
    """A header, and the data that it describes."""

    header: Path
    data: Path


def header_beside(path: Path) -> Path | None:
    """Return the ENVI header that stands beside a file; None where there is none.

    It is called as the file with ".hdr" added, or in place of its suffix.
    """
    return next((place for place in headers_beside(path, ".hdr") if begins(place)), None)


def begins(path: Path) -> bool:
    """Whether a file begins as an ENVI header does."""
    try:
        with path.open("rb") as file:
            return MAGIC.match(file.read(16)) is not None
    except OSError:
        return False


def files_of(path: Path) -> EnviFiles:
    """Return the header and the data, of which either is given.

    Raises
    ------
    ReadError
        The data are not beside the header, or there are several that may be meant.
    """
    if not begins(path):
        header = header_beside(path)
        if header is None:
            raise DamagedError("its header is gone")
        return EnviFiles(header, path)
    stem = path.name[: -len(path.suffix)]
    names = [f"{stem}{suffix}" for suffix in _DATA_SUFFIXES]
    there = sorted(other.name for other in path.parent.iterdir() if other.name.lower() in _lower(names))
    found = [name for name in there if (path.parent / name).is_file() and name != path.name]
    if stem in found:
        found = [stem]
    if not found:
        raise ReadError(
            f"{path}: this is an ENVI header, and there are no data beside it, such as {stem}.dat or "
            f"{stem}.img. Put both into one folder, or give the data file."
        )
    if len(found) > 1:
        raise ReadError(
            f"{path}: this is an ENVI header, and several files beside it may be its data: "
            f"{', '.join(found)}. Give the data file."
        )
    return EnviFiles(path, path.parent / found[0])


def _lower(names: list[str]) -> set[str]:
    return {name.lower() for name in names}


def read_header(path: Path) -> dict[str, str]:
    """Return the entries of a header, names in small letters; braces stay around values of several.

    Raises
    ------
    DamagedError
        It is longer than any header.
    """
    with path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise DamagedError("its header is longer than any")
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = (line.strip() for line in text.splitlines() if not line.lstrip().startswith(";"))
    entries: dict[str, str] = {}
    for line in lines:
        name, is_entry, value = line.partition("=")
        if not is_entry:
            continue
        parts = [value.strip()]
        while parts[0].startswith("{") and "}" not in parts[-1] and (more := next(lines, None)) is not None:
            parts.append(more)
        entries[" ".join(name.lower().split())] = " ".join(parts)
    return entries


def values_in(header: Mapping[str, str], name: str) -> list[str]:
    """Return the values of an entry, without braces; empty where it is not there.

    >>> values_in({"wavelength": "{ 401.2, 404.6 }"}, "wavelength")
    ['401.2', '404.6']
    """
    said = header.get(name, "").strip().removeprefix("{").removesuffix("}")
    return [value.strip() for value in said.split(",")] if said.strip() else []


def whole_number(header: Mapping[str, str], name: str, usual: int | None = None) -> int:
    """Return an entry that is a whole number of at least 0.

    Raises
    ------
    DamagedError
        It is none, or it is not there and has no usual value.
    """
    said = header.get(name, "" if usual is None else str(usual))
    if not re.fullmatch(r"\d{1,15}", said):
        raise DamagedError(f"its header says {name!r} is {said!r}" if said else f"its header has no {name!r}")
    return int(said)


def numbers_in(header: Mapping[str, str], name: str) -> list[float]:
    """Return the values of an entry as numbers.

    Raises
    ------
    DamagedError
        One of them is none.
    """
    return list(_numbers(header, name))


def _numbers(header: Mapping[str, str], name: str) -> Iterator[float]:
    for value in values_in(header, name):
        try:
            yield float(value)
        except ValueError:
            raise DamagedError(f"its header says {name!r} is {value!r}") from None
