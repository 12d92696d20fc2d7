"""Files that appear under their final name only when complete.

Every file of a set is first written beside its place under a temporary name and brought to the disk; only
then are they renamed, the last one last. An interruption at any moment leaves the old files or the new.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from pixture.errors import WriteError


def make_folder(folder: Path) -> None:
    """Make the folder if it is not there.

    Raises
    ------
    WriteError
        It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _explained(folder, error) from error


def write_whole(contents: Mapping[Path, bytes], *, overwrite: bool) -> None:
    """Write a set of files, all in one folder, so that none is ever seen half-written.

    Parameters
    ----------
    contents
        What each file holds. They are renamed in this order: put the one that says the set is complete
        last.
    overwrite
        Whether files that are there already may be replaced.

    Raises
    ------
    WriteError
        A file is there already, or cannot be written; no file of the set was changed.
    """
    if not overwrite:
        refuse_existing(contents)
    waiting: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
            waiting[path] = temporary
            _write_through(temporary, content)
        for path, temporary in list(waiting.items()):
            if overwrite:
                temporary.replace(path)
            else:
                _link_new(temporary, path)
            del waiting[path]
        _sync_folder(next(iter(contents)).parent)
    except OSError as error:
        if isinstance(error, WriteError):
            raise
        raise _explained(next(iter(contents)).parent, error) from error
    finally:
        for temporary in waiting.values():
            with contextlib.suppress(OSError):  # the error that brought us here is the one to report
                temporary.unlink(missing_ok=True)


def refuse_existing(paths: Mapping[Path, bytes] | list[Path]) -> None:
    """Raise WriteError if one of the paths is there already."""
    there = [path for path in paths if os.path.lexists(path)]
    if there:
        more = f" and {len(there) - 1} more of its set" if len(there) > 1 else ""
        raise WriteError(
            f"{there[0]}{more} would be overwritten. Give --overwrite to replace them, or another folder "
            "with -o."
        )


def _write_through(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _link_new(temporary: Path, path: Path) -> None:
    """Give the file its final name unless something has it: a link, unlike a rename, never replaces."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise WriteError(f"{path} appeared while it was being written; it is left as it is.") from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
            raise
        refuse_existing([path])  # a file system without links
        temporary.rename(path)
    else:
        temporary.unlink()


def _sync_folder(folder: Path) -> None:
    """Bring the new names to the disk; systems that cannot open a folder do it by themselves."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def _explained(folder: Path, error: OSError) -> WriteError:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            said = "the disk is full. Free some space, or give another folder with -o"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            said = "it is not writable. Give another folder with -o, or change its permissions"
        case errno.EEXIST | errno.ENOTDIR:
            said = "a file is in the way of the folder. Give another folder with -o"
        case _:
            said = f"{error.strerror or error}. Give another folder with -o"
    return WriteError(f"Cannot write in {folder}: {said}. Nothing there was changed.")
