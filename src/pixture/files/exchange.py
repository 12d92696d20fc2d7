"""A folder gets its final name: one that nothing has, or that of an older folder, in one step."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

from pixture.errors import WriteError
from pixture.files.temporary_files import part_name

_AT_FDCWD = -100
_NOREPLACE, _EXCHANGE = 1, 2  # of Linux's renameat2
_SWAP, _EXCL = 2, 4  # of macOS's renamex_np


def rename_new(part: Path, path: Path) -> None:
    """Give a folder a name unless something has it.

    Raises
    ------
    WriteError
        Something has it.
    """
    try:
        if _renamed(part, path, exchange=False):
            return
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        part.rename(path)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise
        raise WriteError(f"{path} appeared while it was being written; it is left as it is.") from None


def put_in_place(part: Path, path: Path) -> None:
    """Put a folder in the place of an older one, which gets the name that the folder had; or where none is.

    At any moment one of the two is there. Where the system cannot exchange two names, the older one is set
    aside first, and put back if the new one cannot be named.
    """
    if not os.path.lexists(path):
        rename_new(part, path)
        return
    if _renamed(part, path, exchange=True):
        return
    aside = part_name(path.parent)
    path.rename(aside)
    try:
        part.rename(path)
    except OSError:
        aside.rename(path)
        raise
    aside.rename(part)


def _renamed(part: Path, path: Path, *, exchange: bool) -> bool:
    """Whether the system renamed in one step: True where it did, False where it cannot."""
    names = os.fsencode(part), os.fsencode(path)
    if sys.platform == "win32":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux" and hasattr(libc, "renameat2"):
        flag = _EXCHANGE if exchange else _NOREPLACE
        failed = libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], flag)
    elif sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(*names, _SWAP if exchange else _EXCL)
    else:
        return False
    if not failed:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM):
        return False  # a file system, or a kernel, that has no such rename
    raise OSError(code, os.strerror(code), str(path))
