"""What can be written where: everything that would be refused after the work is refused before it."""

from __future__ import annotations

import array
import contextlib
import errno
import os
import stat
import sys
from collections.abc import Container, Iterable
from pathlib import Path

from pixture.errors import WriteError
from pixture.files.addresses import Address
from pixture.files.input_files import Inputs, file_and_inside
from pixture.files.temporary_files import new_part, part_name

if sys.platform != "win32":
    import fcntl

NO_INPUTS = Inputs()

NOTHING_CHANGED = "Nothing there was changed."

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
"""What is no regular file, in words."""

# fmt: off
FILE_SUFFIXES = frozenset({
    ".avif", ".bmp", ".csv", ".gif", ".htm", ".html", ".jp2", ".jpeg", ".jpg", ".json", ".npy", ".npz",
    ".pdf", ".png", ".svg", ".tif", ".tiff", ".txt", ".webp", ".zip",
})
# fmt: on
"""How the names of files end that a person may expect one result to be written to."""

DOUBLE_SUFFIXES = (".nii.gz", ".ome.tif", ".ome.tiff", ".ome.zarr", ".zarr.zip")
"""How the names of some formats end: more than a suffix."""

STORE, STORE_MARKS = ".zarr", ("zarr.json", ".zgroup", ".zarray")
"""How the names of results end that are folders, and the files of which each has one."""

GET_FLAGS, IMMUTABLE, APPEND_ONLY = 0x80086601, 0x10, 0x20
"""Linux's FS_IOC_GETFLAGS, and the flags that `chattr +i` and `chattr +a` set."""


def refuse_outputs(paths: Iterable[Path], *, overwrite: bool, inputs: Inputs = NO_INPUTS) -> None:
    """See that files of these names, all in one folder, can be written, and make the folder.

    It is asked before the work that the files are the result of, and once more when they are written.

    Parameters
    ----------
    paths
        Where the files are to go.
    overwrite
        Whether regular files that are there already may be replaced. Nothing else ever is: no folder, link,
        device, pipe or socket.
    inputs
        Files that are read; none of them is replaced, by whatever name.

    Raises
    ------
    WriteError
        A file cannot be written, or must not be. Nothing was changed, but that the folder is there.
    """
    wanted = list(paths)
    make_folder(wanted[0].parent)
    refuse_places(wanted, overwrite=overwrite, inputs=inputs)
    if not overwrite:
        refuse_existing(wanted)


def is_store(path: Path) -> bool:
    """Whether a folder is what a result may be that is a folder: a Zarr store, which says so in a file."""
    return path.suffix == STORE and path.is_dir() and any((path / mark).is_file() for mark in STORE_MARKS)


def refuse_places(
    paths: Iterable[Path],
    *,
    overwrite: bool,
    inputs: Inputs = NO_INPUTS,
    folders: Container[Path] = (),
) -> None:
    """Refuse, as `refuse_outputs` does, what cannot be replaced even where files may be.

    `folders` are those of the paths that are to be Zarr stores, whatever their names.
    """
    for path in paths:
        _refuse_output(path, overwrite, inputs, path.suffix == STORE or path in folders)


def _refuse_output(path: Path, overwrite: bool, inputs: Inputs, to_be_store: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:  # the name is too long, or none at all
        raise explained(path.parent, error) from error
    if path in inputs or (stat.S_ISDIR(mode) and any(path in read.parents for read in inputs.paths)):
        raise WriteError(f"{path} would be replaced, but is read here too. Choose another place.")
    if to_be_store and stat.S_ISDIR(mode) and any((path / mark).is_file() for mark in STORE_MARKS):
        return
    if to_be_store and not stat.S_ISLNK(mode):
        raise WriteError(
            f"{path} is there, and no Zarr store, where one is to be written. Move it, or choose another "
            "place."
        )
    if not stat.S_ISREG(mode):
        kind = KINDS.get(stat.S_IFMT(mode), "no regular file")
        raise WriteError(
            f"{path} is {kind}, where a file is to be written. Move it, or choose another place."
        )
    if overwrite and _flags(path) & (IMMUTABLE | APPEND_ONLY):
        raise WriteError(
            f"{path} is there, and marked as not to be changed (chattr +i or +a). "
            f"Choose another place. {NOTHING_CHANGED}"
        )


def is_file(path: Path) -> bool:
    """Whether a file, or a Zarr store, is there; what is neither is no result."""
    if path.suffix == STORE:
        return is_store(path)
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises where a name is too long


def refuse_existing(paths: list[Path]) -> None:
    """Raise WriteError if one of the paths is there already."""
    there = [path for path in paths if os.path.lexists(path)]
    if there:
        more = f" and {len(there) - 1} more of its set" if len(there) > 1 else ""
        raise WriteError(
            f"{there[0]}{more} would be overwritten. Give overwrite=True to replace "
            f"{'them' if more else 'it'}, or choose another place."
        )


def refuse_file_name(folder: Path) -> None:
    """Refuse a folder that is to be made with the name of a file.

    Raises
    ------
    WriteError
        The name ends as that of a file does, and it is not the name of a folder.

    >>> refuse_file_name(Path("out.png"))
    Traceback (most recent call last):
        ...
    pixture.errors.WriteError: out.png is the name of a file, and a set of files goes into a folder. ...
    """
    if folder.suffix.lower() in FILE_SUFFIXES and not folder.is_dir():
        raise WriteError(
            f"{folder} is the name of a file, and a set of files goes into a folder. Give a folder, such as "
            f"{folder.with_suffix('')}; the files in it are named after the image."
        )


def make_folder(folder: Path) -> None:
    """Make the folder if it is not there, and see that files can be made in it, renamed and removed.

    Raises
    ------
    WriteError
        It cannot be made, or is not writable.
    """
    if isinstance(folder, Address):
        raise WriteError(
            f"{folder} is an address, and what is written here goes to a folder of this machine. Give a "
            "folder, and upload what is in it."
        )
    refuse_file_name(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if _flags(folder) & APPEND_ONLY:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        new_part(folder).discard()  # permissions promise what a server or a quota may not keep
    except FileExistsError as error:
        if folder.is_symlink() and not folder.exists():
            raise WriteError(
                f"Cannot write in {folder}: it is a link that leads nowhere, or to itself. Mend the link, or "
                "choose another folder."
            ) from error
        raise explained(folder, error) from error
    except (OSError, ValueError, RuntimeError) as error:  # Python 3.11 tells a loop by a RuntimeError
        raise explained(folder, error) from error


def stem_of(path: Path) -> str:
    """Return what the names of the results of a file begin with: its own, without what says its format.

    Of a path within a file, both are in it.

    >>> stem_of(Path("scans/t1.nii.gz")), stem_of(Path("cells.ome.tif")), stem_of(Path("a.h5::/raw/blue"))
    ('t1', 'cells', 'a.raw.blue')
    """
    outer, within = file_and_inside(path)
    name = outer.name
    double = next((end for end in DOUBLE_SUFFIXES if name.lower().endswith(end)), None)
    stem = outer.stem if double is None else name[: -len(double)]
    return ".".join([stem, *(part for part in (within or "").split("/") if part)])


def same_name(folder: Path, one: str, other: str) -> bool:
    """Whether two names are one where the folder is, or is to be: some systems tell no "a" from "A".

    Files are made to see it; where none can be, the answer is no, and who writes there is told.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    trial = part_name(folder).name
    with contextlib.suppress(OSError, ValueError):
        made = folder / f"{trial}{one}"
        made.touch(exist_ok=False)
        try:
            return (folder / f"{trial}{other}").exists()
        finally:
            made.unlink()
    return False


def _flags(path: Path) -> int:
    """Return what marks a file or folder as immutable or only to be appended to; 0 where none can be told."""
    if sys.platform != "linux":
        found = os.lstat(path)
        marked = getattr(found, "st_flags", 0)
        immutable = marked & (stat.UF_IMMUTABLE | stat.SF_IMMUTABLE)
        only_appended = marked & (stat.UF_APPEND | stat.SF_APPEND)
        return (IMMUTABLE if immutable else 0) | (APPEND_ONLY if only_appended else 0)
    flags = array.array("L", [0])
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            fcntl.ioctl(handle, GET_FLAGS, flags)
        finally:
            os.close(handle)
    except OSError:  # not to be read, or a file system without flags
        return 0
    return flags[0]


def explained(folder: Path, error: Exception, state: str = NOTHING_CHANGED) -> WriteError:
    """Return what went wrong in a folder, and what state its files are in, as one error."""
    match getattr(error, "errno", None):
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            said = "the disk is full, or a quota is. Free some space, or choose another folder"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            said = "it is not writable. Choose another folder, or change its permissions"
        case errno.EEXIST | errno.ENOTDIR:
            said = "a file is in the way of the folder. Choose another folder"
        case errno.ENAMETOOLONG:
            said = "a name is too long. Give the image a shorter name, or choose another folder"
        case errno.ELOOP:
            said = "a link leads back to itself. Mend the link, or choose another folder"
        case _:
            said = f"{getattr(error, 'strerror', None) or error}. Choose another folder"
    return WriteError(f"Cannot write in {folder}: {said}. {state}")
