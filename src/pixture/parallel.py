"""The one thread pool: slabs of a fixed size, results in the order of the slabs.

A slab's extent depends on the data alone and results are merged in slab order, so an answer has the same
bits whatever the number of threads.

>>> [slab for slab in slabs(10, 4)]
[(0, 4), (4, 8), (8, 10)]
>>> map_slabs(lambda start, stop: stop - start, 10, size=4, threads=2)
[4, 4, 2]
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

SLAB = 65_536
"""Rows of a slab: large enough to hide the call (tens of microseconds), small enough to share out."""


def available_threads() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def slabs(length: int, size: int = SLAB) -> Iterator[tuple[int, int]]:
    """Yield the (start, stop) of consecutive slabs that cover `length` rows."""
    for start in range(0, length, size):
        yield start, min(start + size, length)


def map_slabs(
    work: Callable[[int, int], T], length: int, *, threads: int | None = None, size: int = SLAB
) -> list[T]:
    """Return work(start, stop) for every slab, in slab order, computed on `threads` threads.

    Parameters
    ----------
    work
        Must release the interpreter's lock for threads to help, and touch nothing outside its slab.
    length
        Number of rows to cover.
    threads
        None takes every processor this process may use.
    size
        Rows of a slab.
    """
    count = available_threads() if threads is None else threads
    pieces = list(slabs(length, size))
    if count == 1 or len(pieces) < 2:
        return [work(start, stop) for start, stop in pieces]
    return list(_pool(count).map(lambda piece: work(*piece), pieces))


@lru_cache(maxsize=4)
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="pixture")


if hasattr(os, "register_at_fork"):
    # a forked child has none of its parent's threads: it must not wait for them
    os.register_at_fork(after_in_child=_pool.cache_clear)
