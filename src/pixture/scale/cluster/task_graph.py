"""A sum over parts as tasks: a task does some parts, others add up what these made, and few sums come back.

`pairwise` adds pairs, then pairs of pairs. So the sum of 2^n terms that begin at a multiple of 2^n is one of
its sums, whoever takes it: blocks of powers of two keep the sum's bits.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from pixture.imaging.window import Window
from pixture.mixture.model.sample_in_parts import pairwise

T = TypeVar("T")

MOST_OF_TASK = 8
"""Parts of a task at most: some seconds of work, so that what a task costs besides is nothing."""

TASKS_OF_THREAD = 8
"""Tasks that each thread has of a sum, where there are parts enough: the last ones end at about one time."""

FAN_IN = 8
"""Results that one task adds up."""


@dataclass(frozen=True)
class Share:
    """The work for some parts, as it is sent.

    Attributes
    ----------
    packed
        The work, pickled: once, however many shares it is sent with.
    parts
        What it is done for.
    is_sum
        Whether its results are added up; else there is one part, and its result is returned.
    """

    packed: bytes
    parts: tuple[Any, ...]
    is_sum: bool

    def __call__(self) -> Any:
        """Return what comes of it."""
        work = unpacked(self.packed)
        return total([work(part) for part in self.parts]) if self.is_sum else work(self.parts[0])


@lru_cache(maxsize=2)
def unpacked(packed: bytes) -> Callable[[Any], Any]:
    """Return work that was sent; the shares of one pass find it opened, and the files that it opened."""
    found: Callable[[Any], Any] = pickle.loads(packed)
    return found


def total(terms: Iterable[T | None]) -> T | None:
    """Return the `pairwise` sum of terms; None where all are None.

    >>> total([None, 1, 2]), total([None]) is None
    (3, True)
    """
    some = list(terms)
    return None if all(term is None for term in some) else pairwise(some)


@dataclass(frozen=True)
class Job:
    """Tasks of which one result comes back.

    Attributes
    ----------
    tasks
        Each by its key: what is called, and with the results of which others, as Dask takes them.
    result
        The key of the one that comes back.
    parts
        How many parts it is of.
    """

    tasks: dict[Hashable, tuple[Any, ...]]
    result: Hashable
    parts: int

    def named(self, key: Hashable) -> str:
        """Return what a task does, in words."""
        work = self.tasks.get(key, (None,))[0]
        if not isinstance(work, Share):
            return "a sum"
        first, last = work.parts[0], work.parts[-1]
        first = first[0] if isinstance(first, tuple) else first
        last = last[-1] if isinstance(last, tuple) else last
        if not isinstance(first, Window) or not isinstance(last, Window):
            return "the same work"
        return f"the pixels from {first.start} to {last.stop}"


def jobs_of_sum(packed: bytes, parts: Sequence[Any], threads: int, name: str) -> list[Job]:
    """Return the jobs whose results, added up `pairwise`, are the sum over all parts.

    A job has about as many tasks as there are threads: so however many these are, in the time that a task
    takes one result comes back.

    >>> [job.parts for job in jobs_of_sum(b"", range(100), 2, "name")]
    [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 4]
    """
    of_task = min(MOST_OF_TASK, power_of_two(len(parts) // (TASKS_OF_THREAD * threads)))
    of_job = of_task * power_of_two(threads)
    return [
        _sum(packed, tuple(parts[at : at + of_job]), of_task, f"{name}-{at}")
        for at in range(0, len(parts), of_job)
    ]


def _sum(packed: bytes, parts: tuple[Any, ...], of_task: int, name: str) -> Job:
    tasks: dict[Hashable, tuple[Any, ...]] = {}
    level: list[Hashable] = []
    for at in range(0, len(parts), of_task):
        level.append(f"{name}-part-{at}")
        tasks[level[-1]] = (Share(packed, parts[at : at + of_task], is_sum=True),)
    depth = 0
    while len(level) > 1:
        depth += 1
        below, level = level, []
        for at in range(0, len(below), FAN_IN):
            level.append(f"{name}-sum-{depth}-{at}")
            tasks[level[-1]] = (total, below[at : at + FAN_IN])
    return Job(tasks, level[0], len(parts))


def jobs_of_each(packed: bytes, parts: Sequence[Any], name: str) -> list[Job]:
    """Return a job for each part."""
    return [
        Job({f"{name}-{at}": (Share(packed, (part,), is_sum=False),)}, f"{name}-{at}", 1)
        for at, part in enumerate(parts)
    ]


def power_of_two(most: int) -> int:
    """Return the largest power of two that is no more; 1 at least.

    >>> power_of_two(0), power_of_two(7), power_of_two(8)
    (1, 4, 8)
    """
    return 1 << (max(1, most).bit_length() - 1)
