"""Files as one: a ZIP of several, and of a store, which is a folder."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from pixture import stopping

PACKED = frozenset({".png", ".jpg", ".gif", ".zip", ".webp", ".gz", ".tif"})
"""How the names of files end that are not packed again; chunks of stores are packed, too."""

PART = 2**20


def zipped(files: Iterable[Path], path: Path) -> Path:
    """Write a ZIP of files and folders; return its path. What is packed already is not packed again."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            for name, one in _inside(file):
                packed = file.is_dir() or one.suffix in PACKED
                _add(archive, one, name, zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED)
    return path


def as_file(path: Path) -> Path:
    """Return a file, or a folder as a ZIP beside it."""
    if not path.is_dir():
        return path
    archive = path.with_name(f"{path.name}.zip")
    return archive if archive.is_file() else zipped([path], archive)


def _inside(path: Path) -> Iterator[tuple[str, Path]]:
    """Give a file, or all files of a folder, each with its name in an archive."""
    if not path.is_dir():
        yield path.name, path
        return
    for one in sorted(path.rglob("*")):
        if one.is_file():
            yield one.relative_to(path.parent).as_posix(), one


def _add(archive: zipfile.ZipFile, path: Path, name: str, how: int) -> None:
    about = zipfile.ZipInfo.from_file(path, name)
    about.compress_type = how
    with path.open("rb") as file, archive.open(about, "w", force_zip64=True) as into:
        while part := file.read(PART):
            stopping.check()
            into.write(part)
