"""What is given as images -> the files to go through, and the folder for the results of each."""

from __future__ import annotations

import glob
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pixture.errors import ReadError
from pixture.files.input_files import INSIDE, absolute, file_and_inside, identity
from pixture.files.output_files import same_name, stem_of
from pixture.imaging.readers.folder import in_natural_order
from pixture.imaging.readers.identification.file_formats import FOLDER_FORMATS, FORMATS
from pixture.imaging.readers.identification.first_bytes import first_bytes
from pixture.wording import plural

KNOWN_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jp2", ".tif", ".tiff", ".webp", ".avif", ".bmp", ".gif", ".pgm", ".ppm",
    ".pbm", ".fits", ".nii", ".nii.gz", ".mgz", ".dcm", ".czi", ".nd2", ".lif",
)  # fmt: skip
"""How names end of what is meant to be an image: one that cannot be read is told, and not left aside."""

RESULTS = (
    "boundaries", "convergence", "labels", "objects", "outlines", "overlay", "painted", "probabilities",
    "regions", "uncertainty",
)  # fmt: skip
"""What stands after the stem in the names of results that are images themselves."""

HEADER = ".hdr"
"""How the name of a header ends beside its data: both are one image."""


@dataclass(frozen=True)
class BatchFile:
    """One of the files to go through.

    Attributes
    ----------
    path
        As it was given, or found.
    folder
        Where its results go.
    ours
        Whether results that are there are of this very run, which was ended: they may be replaced.
    """

    path: Path
    folder: Path
    ours: bool = False

    @property
    def stem(self) -> str:
        """What the names of its results begin with."""
        return stem_of(self.path)


@dataclass(frozen=True)
class FileList:
    """The files to go through, in order.

    Attributes
    ----------
    files
        Each of them once.
    left_aside
        How many files of folders are no images.
    kept_folders
        Whether results keep folders because images of one name were given, and for nothing else.
    """

    files: tuple[BatchFile, ...]
    left_aside: int = 0
    kept_folders: bool = False

    @property
    def paths(self) -> list[Path]:
        """The paths alone."""
        return [file.path for file in self.files]


@dataclass(frozen=True)
class _Found:
    """A file, and the folder below the results' in which its own go."""

    path: Path
    below: Path


def listed(given: Iterable[Path], output: Path, *, recursive: bool = False, stack: bool = False) -> FileList:
    """Return the files that are meant: files as they are, patterns expanded, of folders the images in them.

    Results of images that were given, or matched by a pattern, go into `output` itself; those of images in
    folders below a folder that was given keep these folders. Where two images would have results of the same
    names, all keep their folders from the one on that they share.

    Parameters
    ----------
    given
        Files, folders, patterns. A folder that is one image, such as a Zarr store, stays one.
    output
        Where results go; what lies in it, if it is in a folder that was given, is no input.
    recursive
        Whether folders below folders are looked into.
    stack
        Whether every folder is one volume.

    Raises
    ------
    ReadError
        A folder has no image in it.
    """
    found: list[_Found] = []
    left_aside = 0
    for path in given:
        for one in _expanded(path):
            if not one.is_dir() or stack or _is_image_folder(one):
                found.append(_Found(one, Path()))
                continue
            here, aside = _images_in(one, output, recursive)
            if not here:
                raise _no_image(one, aside, recursive)
            found += here
            left_aside += aside
    once = list({_key(one.path): one for one in reversed(found)}.values())[::-1]
    files = tuple(BatchFile(one.path, output / one.below) for one in once)
    if not clashes(files):
        return FileList(files, left_aside)
    kept = _with_folders(files, output)
    return FileList(kept, left_aside, kept_folders=kept != files)


def _key(path: Path) -> str:
    return os.fspath(absolute(path))


def _with_folders(files: tuple[BatchFile, ...], output: Path) -> tuple[BatchFile, ...]:
    """Return the files with the folders that they are in, from the last on that all are in, for results."""
    parents = [absolute(file_and_inside(file.path)[0]).parent for file in files]
    try:
        shared = os.path.commonpath(parents)
    except ValueError:  # on several drives
        return files
    return tuple(
        replace(file, folder=output / parent.relative_to(shared))
        for file, parent in zip(files, parents, strict=True)
    )


def clashes(files: Iterable[BatchFile]) -> list[str]:
    """Return the stems that several files share in a folder: their results would have the same names.

    Where a folder is on a file system that takes some letters for the same, whatever their case or how their
    accents are made, such stems are shared too.

    >>> clashes([BatchFile(Path("a/cat.png"), Path("o")), BatchFile(Path("b/cat.jpg"), Path("o"))])
    ['cat']
    >>> clashes([BatchFile(Path("a/cat.png"), Path("o/a")), BatchFile(Path("b/cat.jpg"), Path("o/b"))])
    []
    """
    shared: dict[str, None] = {}
    first: dict[tuple[Path, str], str] = {}
    for file in files:
        stem = file.stem
        key = file.folder, like(stem)
        if key in first and (first[key] == stem or same_name(file.folder, first[key], stem)):
            shared.setdefault(stem)
        first.setdefault(key, stem)
    return list(shared)


def like(stem: str) -> str:
    """Return what stems have in common that some file system takes for the same."""
    return unicodedata.normalize("NFKC", stem).casefold()


def _expanded(path: Path) -> list[Path]:
    """Return the files that a pattern matches; what is there, or matches nothing, as it is."""
    outer, mark, inside = os.fspath(path).partition(INSIDE)
    if os.path.lexists(path) or os.path.lexists(outer) or not glob.has_magic(outer):
        return [path]
    found = glob.glob(outer, recursive=True)  # noqa: PTH207 - from here, or from the root
    matched = sorted(map(Path, found), key=_in_order)
    return [Path(f"{one}{mark}{inside}") for one in matched] or [path]


def _in_order(path: Path) -> tuple[list[str], list[tuple[int, str]]]:
    return list(path.parent.parts), in_natural_order(path)


def _is_image_folder(folder: Path) -> bool:
    try:
        return any(form.is_format_of(folder) for form in FOLDER_FORMATS)
    except OSError:
        return False


def _images_in(folder: Path, output: Path, recursive: bool) -> tuple[list[_Found], int]:
    """Return the images in a folder, and how many files in it are none."""
    results = identity(output)
    found: list[_Found] = []
    aside = 0
    waiting = [folder]
    seen = {identity(folder)}
    while waiting:
        here = waiting.pop(0)
        files, folders = _entries(here)
        images = _without_headers([path for path in files if is_image(path)])
        stems = {stem_of(path) for path in images}
        kept = [path for path in images if not _is_result(path, stems)]
        aside += len(files) - len(kept)
        below = here.relative_to(folder)
        found += [_Found(path, below) for path in kept]
        for one in folders:
            if _is_image_folder(one):
                found.append(_Found(one, below))
            elif recursive and identity(one) not in seen | {results}:  # a link may lead back
                seen.add(identity(one))
                waiting.append(one)
    return sorted(found, key=lambda one: _in_order(one.path)), aside


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files and the folders in a folder, but for hidden ones."""
    try:
        with os.scandir(folder) as entries:
            there = [(folder / one.name, one.is_dir()) for one in entries if not one.name.startswith(".")]
    except OSError as error:
        raise ReadError(f"{folder}: the folder cannot be read ({error.strerror or error}).") from error
    return [path for path, is_folder in there if not is_folder], [
        path for path, is_folder in there if is_folder
    ]


def is_image(path: Path) -> bool:
    """Whether a file is one that is read, by its first bytes; or is called as if it were."""
    if path.name.lower().endswith(KNOWN_SUFFIXES):
        return True
    try:
        head = first_bytes(path)
        return bool(head) and any(form.is_format_of(path, head) for form in FORMATS)
    except OSError:
        return False


def _without_headers(images: list[Path]) -> list[Path]:
    """Return the files but for headers whose data are among them."""
    data = {name for path in images if path.suffix.lower() != HEADER for name in (path.stem, path.name)}
    return [path for path in images if path.suffix.lower() != HEADER or path.stem not in data]


def _is_result(path: Path, stems: set[str]) -> bool:
    """Whether a file is a result of another in its folder, or one whose record is beside it."""
    of, dot, name = stem_of(path).rpartition(".")
    if not dot or name not in RESULTS:
        return False
    records = (f"{of}.json", f"{of}.{name}.json", f"{of}.regions.json")
    return of in stems or any(path.with_name(record).is_file() for record in records)


def _no_image(folder: Path, aside: int, recursive: bool) -> ReadError:
    has = f" ({plural(aside, 'file')} in it left aside)" if aside else ""
    more = "" if recursive else " recursive=True looks into the folders below it, too."
    return ReadError(
        f"{folder}: this is a folder with no image in it{has}. Give image files, or a folder of images; of "
        f"the planes of one volume, say --stack (stack=True).{more}"
    )
