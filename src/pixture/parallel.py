"""The one thread pool: slabs whose extent depends on the data alone, results in the order of the slabs.

Whichever thread takes a slab, its rows are the same and results are merged in slab order, so an answer
has the same bits whatever the number of threads.

>>> [slab for slab in slabs(10, 4)]
[(0, 4), (4, 8), (8, 10)]
>>> map_slabs(lambda start, stop: stop - start, 10, size=4, threads=2)
[4, 4, 2]
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from pixture import stopping

T = TypeVar("T")

MOST_SLABS = 128
"""Enough that the last ones keep every thread busy, few enough that merging them costs nothing."""

LEAST_ROWS = 16_384
"""Rows of a slab that take several times as long as handing it out (ten microseconds)."""


_share: int | None = None


def share_processors(processes: int) -> None:
    """Take a part of the processors from now on: this process is one of so many that work at the same time.

    For processes of our own alone, at their start; whoever names a number of threads gets as many.
    """
    global _share
    _share = max(1, available_threads() // processes)


def available_threads() -> int:
    """Return how many processors this process may use."""
    if _share is not None:
        return _share
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def slab_rows(length: int, most: int = MOST_SLABS) -> int:
    """Return the rows of a slab of so many rows in all, such that there are at most `most` slabs.

    >>> slab_rows(100_000), slab_rows(12_000_000)
    (16384, 94208)
    """
    rows = -(-length // most)
    return max(LEAST_ROWS, -(-rows // 1024) * 1024)


def slabs(length: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the (start, stop) of consecutive slabs of `size` rows that cover `length` rows."""
    for start in range(0, length, size):
        yield start, min(start + size, length)


def map_slabs(
    work: Callable[[int, int], T], length: int, *, threads: int | None = None, size: int | None = None
) -> list[T]:
    """Return work(start, stop) for every slab, in slab order, computed on `threads` threads.

    Parameters
    ----------
    work
        Must release the interpreter's lock for threads to help, and touch nothing outside its slab.
    length
        Number of rows to cover.
    threads
        None takes every processor this process may use. The caller's own thread is one of them.
    size
        Rows of a slab; None takes `slab_rows(length)`.
    """
    pieces = list(slabs(length, slab_rows(length) if size is None else size))
    count = min(available_threads() if threads is None else threads, len(pieces))
    if count < 2:
        return [_unless_stopped(work, piece) for piece in pieces]
    results: dict[int, T] = {}
    waiting = itertools.count()  # next() of it is atomic: each slab is taken once, by whoever is free

    def take() -> None:
        try:
            while (number := next(waiting)) < len(pieces):
                results[number] = _unless_stopped(work, pieces[number])
        finally:
            leave_none()

    def leave_none() -> None:
        """After the last slab, or a failure: whoever is still at one ends with it."""
        for _ in itertools.islice(waiting, len(pieces)):
            pass

    # promises of our own: a task that finds no thread stays in the pool's queue, and must be called off
    helpers = [Future[None]() for _ in range(count - 1)]
    try:
        _send(helpers, take)
        take()
    finally:
        leave_none()
        failures = [helper.exception() for helper in helpers if not helper.cancel()]
    for failure in failures:
        if failure is not None:
            raise failure
    return [results[number] for number in range(len(pieces))]


def _unless_stopped(work: Callable[[int, int], T], slab: tuple[int, int]) -> T:
    """Return what work makes of a slab; a signal that asked the process to end is answered between slabs."""
    stopping.check()
    return work(*slab)


def _send(helpers: list[Future[None]], take: Callable[[], None]) -> None:
    """Have threads of the pool take slabs, as many as there are helpers, or as the system gives."""

    def keep(helper: Future[None]) -> None:
        if helper.set_running_or_notify_cancel():
            try:
                take()
            except BaseException as failure:  # noqa: BLE001 - whatever it is, the caller raises it
                helper.set_exception(failure)
            else:
                helper.set_result(None)

    pool = _pool(len(helpers))
    try:
        for helper in helpers:
            pool.submit(keep, helper)
    except RuntimeError:
        # no thread is to be had: the system gives no more, or the interpreter is about to end. The caller
        # does the work of those that are missing. The pool goes, and the task that it could not hand out.
        _pool.cache_clear()


@lru_cache(maxsize=4)
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="pixture")


if hasattr(os, "register_at_fork"):
    # a forked child has none of its parent's threads: it must not wait for them
    os.register_at_fork(after_in_child=_pool.cache_clear)
