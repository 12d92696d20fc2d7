"""Files that appear under their final name only when complete.

Every file of a set is first written beside its place under a temporary name and brought to the disk; only
then are they renamed, the one that says the set is complete last.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from pixture import stopping
from pixture.errors import WriteError


def make_folder(folder: Path) -> None:
    """Make the folder if it is not there, and see that files can be made in it.

    Raises
    ------
    WriteError
        It cannot be made, or is not writable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _explained(folder, error) from error


def write_whole(contents: Mapping[Path, bytes], *, overwrite: bool) -> None:
    """Write a set of files, all in one folder, so that none is ever seen half-written.

    Parameters
    ----------
    contents
        What each file holds. The last one says that the set is complete: it is renamed last and, where the
        set replaces an older one, the older last one is removed before the first is replaced. An
        interruption leaves the old set, or the new one, or files without the last.
    overwrite
        Whether files that are there already may be replaced.

    Raises
    ------
    WriteError
        A file is there already, or cannot be written. Its sentence says whether anything was changed.
    """
    folder, last = next(iter(contents)).parent, list(contents)[-1]
    if not overwrite:
        refuse_existing(list(contents))
    refuse_folders(contents)
    waiting: dict[Path, Path] = {}
    placed: list[Path] = []
    whole = contextlib.ExitStack()
    whole.enter_context(stopping.before_end(lambda: _remove(list(waiting.values()))))
    try:
        for path, content in contents.items():
            stopping.check()
            # a short name of its own: the final one may be as long as the file system allows
            waiting[path] = path.with_name(f".{secrets.token_hex(6)}.part")
            _write_through(waiting[path], content)
        whole.enter_context(stopping.kept_whole())
        if overwrite and os.path.lexists(last):
            placed.append(last)
            last.unlink()
            _sync_folder(folder)
        for path, temporary in list(waiting.items()):
            if overwrite:
                temporary.replace(path)
            else:
                _link_new(temporary, path)
            placed.append(path)
            del waiting[path]
        _sync_folder(folder)
    except OSError as error:
        if not overwrite:  # what was placed is new and ours
            _remove(placed)
            placed.clear()
        if isinstance(error, WriteError):
            raise
        raise _explained(folder, error, changed=bool(placed)) from error
    finally:
        _remove(waiting.values())
        whole.close()


def refuse_existing(paths: list[Path]) -> None:
    """Raise WriteError if one of the paths is there already."""
    there = [path for path in paths if os.path.lexists(path)]
    if there:
        more = f" and {len(there) - 1} more of its set" if len(there) > 1 else ""
        raise WriteError(
            f"{there[0]}{more} would be overwritten. Give --overwrite to replace "
            f"{'them' if more else 'it'}, or another place with -o."
        )


def refuse_folders(paths: Iterable[Path]) -> None:
    """Raise WriteError if one of the paths is a folder."""
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - Path's raises where a name is too long
            raise WriteError(
                f"{path} is a folder, where a file is to be written. Move it, or give another -o."
            )


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):  # the error that brought us here is the one to report
            path.unlink(missing_ok=True)


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
        raise WriteError(
            f"{path} appeared while it was being written; it is left as it is, and nothing was added."
        ) from None
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


def _explained(folder: Path, error: OSError, *, changed: bool = False) -> WriteError:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            said = "the disk is full, or a quota is. Free some space, or give another folder with -o"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            said = "it is not writable. Give another folder with -o, or change its permissions"
        case errno.EEXIST | errno.ENOTDIR:
            said = "a file is in the way of the folder. Give another folder with -o"
        case errno.ENAMETOOLONG:
            said = "a name is too long. Give the image a shorter name, or another folder with -o"
        case _:
            said = f"{error.strerror or error}. Give another folder with -o"
    state = (
        "Some files of the set are the new ones, and its record is missing: write it again with --overwrite."
        if changed
        else "Nothing there was changed."
    )
    return WriteError(f"Cannot write in {folder}: {said}. {state}")
