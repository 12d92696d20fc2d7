"""Memory that was freed goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


def give_back_freed_memory() -> None:
    """Have the C library give freed memory back to the system, where it is glibc, which keeps much of it.

    A studio is left open for hours: without this it holds all that the largest of its runs took, once for
    each thread (https://www.gnu.org/software/libc/manual, `malloc_trim`). It takes some 20 ms.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Any:
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
