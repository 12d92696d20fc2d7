"""What a forked child finds: no lock that a thread of its parent's has taken.

A child has no thread but the one that forked. A lock that another thread held at that moment is taken in it
for ever, and whoever asks for it waits for ever. So the thread that forks takes these locks first, as
`logging` does with its own, and gives them back on both sides: a fork waits until what is being compiled is
done, and a child never does.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import ExitStack
from functools import cached_property

import numpy as np
from llvmlite.binding import ffi
from numba.core.compiler_lock import global_compiler_lock

WITH_LOCKS = ("pixture", "tifffile")
"""Packages whose cached properties, a lock each before Python 3.12, are computed on threads."""


class _Here(threading.local):
    """What this thread holds while it forks: another may want to fork at the same time."""

    def __init__(self) -> None:
        self.locks = ExitStack()


_here = _Here()


def _take() -> None:
    """Take the locks: the compiler's before LLVM's, as a compilation does."""
    shared = np.random.get_bit_generator()  # type: ignore[attr-defined]  # not in its stub
    for lock in (global_compiler_lock, ffi.lib._lock, shared.lock):
        _here.locks.enter_context(lock)


def _give_back() -> None:
    _here.locks.close()


def _renew() -> None:
    """Give cached properties new locks, where they have some: Python 3.11 has one a property of a class."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in WITH_LOCKS:
            for thing in list(vars(module).values()):
                for member in list(vars(thing).values()) if isinstance(thing, type) else ():
                    if isinstance(member, cached_property):
                        member.lock = threading.RLock()  # type: ignore[attr-defined]  # not in its stub


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_take, after_in_parent=_give_back, after_in_child=_give_back)
    if sys.version_info < (3, 12):
        os.register_at_fork(after_in_child=_renew)
