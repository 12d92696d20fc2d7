"""Files, and folders of files, that appear under their final name only when complete.

Every file of a set is first written beside its place under a temporary name and brought to the disk; only
then are they renamed, the one that says the set is complete last, by one run at a time.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pixture import stopping
from pixture.errors import WriteError
from pixture.files.exchange import put_in_place, rename_new
from pixture.files.folder_lock import alone_in
from pixture.files.input_files import Inputs
from pixture.files.output_files import (
    NO_INPUTS,
    NOTHING_CHANGED,
    explained,
    make_folder,
    refuse_existing,
    refuse_places,
)
from pixture.files.temporary_files import part_name, remove_stale, sync_folder, written, written_folder


@dataclass(frozen=True)
class Made:
    """A file, or a folder, that is whole and on the disk already, beside its place or in a folder there.

    It is given its final name as it is: so what is larger than memory is written piece by piece, and appears
    as what is held in memory does. Whoever made it removes its first name, if it still has that.
    """

    path: Path


Content: TypeAlias = "bytes | Mapping[str, bytes]"
"""What a file holds; or what the files of a folder hold, by their paths within it, "/" between its parts."""


def write_whole(
    contents: Mapping[Path, Content | Made],
    *,
    overwrite: bool,
    inputs: Inputs = NO_INPUTS,
) -> None:
    """Write a set of files, all in one folder, so that none is ever seen half-written.

    Parameters
    ----------
    contents
        What each file holds; of a folder that appears as one, such as a Zarr store, what each of its files
        holds by its path within; of either, if it is `Made` already, where it is. The last one says that the
        set is complete: it is renamed last and, where the set replaces an older one, the older last one is
        taken away before the first is replaced. An interruption leaves the old set, or the new one, or files
        without the last. A file, or a folder, that is a set by itself is the old one or the new one at any
        moment.
    overwrite
        Whether regular files that are there already may be replaced.
    inputs
        Files that what is written was made from; none of them is replaced.

    Raises
    ------
    WriteError
        A file is there already, or cannot be written, or is read here too. Its sentence says what there is.
    """
    folder = next(iter(contents)).parent
    make_folder(folder)
    folders = [path for path, content in contents.items() if _is_folder(content)]
    refuse_places(contents, overwrite=overwrite, inputs=inputs, folders=folders)
    if not overwrite:
        refuse_existing(list(contents))
    with contextlib.ExitStack() as parts:
        waiting: dict[Path, Path] = {}
        try:
            with alone_in(folder):
                remove_stale(folder)
            for path, content in contents.items():
                stopping.check()
                waiting[path] = parts.enter_context(_part(folder, content))
            parts.enter_context(alone_in(folder))
            parts.enter_context(stopping.kept_whole())
        except WriteError:
            raise
        except OSError as error:
            raise explained(folder, error) from error
        if overwrite:
            _replace(waiting, folder)
        else:
            _add(waiting, folder)


def _part(folder: Path, content: Content | Made) -> contextlib.AbstractContextManager[Path]:
    if isinstance(content, Made):
        return contextlib.nullcontext(content.path)
    return written(folder, content) if isinstance(content, bytes) else written_folder(folder, content)


def _is_folder(content: Content | Made) -> bool:
    return content.path.is_dir() if isinstance(content, Made) else not isinstance(content, bytes)


def _add(waiting: Mapping[Path, Path], folder: Path) -> None:
    """Give the parts their final names, which nothing has; an error takes back those that were given."""
    refuse_existing(list(waiting))
    placed: list[Path] = []
    try:
        for path, part in waiting.items():
            (rename_new if part.is_dir() else _link_new)(part, path)
            placed.append(path)
        sync_folder(folder)
    except BaseException as error:
        left = [path for path in placed if not _is_removed(path)]
        if isinstance(error, OSError):
            raise _told(folder, error, _left_behind(left)) from error
        raise


def _replace(waiting: Mapping[Path, Path], folder: Path) -> None:
    """Put the parts in the places of older files, having taken the older record away."""
    record = list(waiting)[-1]
    aside: Path | None = None
    placed: list[Path] = []
    try:
        if len(waiting) > 1 and os.path.lexists(record):
            name = part_name(folder)
            record.rename(name)
            aside = name
            sync_folder(folder)
        for path, part in waiting.items():
            if part.is_dir():
                put_in_place(part, path)
            else:
                part.replace(path)
            placed.append(path)
        sync_folder(folder)
    except BaseException as error:
        if aside is not None and not placed:
            with contextlib.suppress(OSError):
                aside.rename(record)
                aside = None
        if isinstance(error, OSError):
            raise _told(folder, error, _half_replaced(list(waiting), placed, aside)) from error
        raise
    finally:
        if aside is not None:
            _is_removed(aside)


def _left_behind(left: list[Path]) -> str:
    if not left:
        return NOTHING_CHANGED
    names = ", ".join(path.name for path in left)
    return f"What was written could not be removed again: {names}. Remove it by hand."


def _half_replaced(paths: list[Path], placed: list[Path], aside: Path | None) -> str:
    if placed == paths:
        return "Every file there is the new one, but may not outlast a failure of power: write it again."
    if placed:
        return (
            "Some files of the set are the new ones, and its record is missing: write it again with "
            "overwrite=True."
        )
    if aside is not None:
        return f"Its files are the older ones, but {paths[-1].name} is missing: write it again."
    return NOTHING_CHANGED


def _told(folder: Path, error: OSError, state: str) -> WriteError:
    """Return an error, ours or the system's, that says what there is now."""
    if isinstance(error, WriteError):
        return WriteError(f"{error} {state}")
    return explained(folder, error, state)


def _is_removed(path: Path) -> bool:
    with contextlib.suppress(OSError):  # whether it went is what is asked
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return not os.path.lexists(path)


def _link_new(part: Path, path: Path) -> None:
    """Give the file its final name unless something has it: a link, unlike a rename, never replaces."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise WriteError(f"{path} appeared while it was being written; it is left as it is.") from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
            raise
        refuse_existing([path])  # a file system without links
        part.rename(path)
