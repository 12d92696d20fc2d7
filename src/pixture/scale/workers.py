"""Who goes through the pieces: threads here, or the workers of a cluster (`scale.cluster`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from pixture import stopping
from pixture.mixture.model.sample_in_parts import pairwise
from pixture.parallel import available_threads

Part = TypeVar("Part")
T = TypeVar("T")


class Workers(Protocol):
    """Does the same work for many parts of something."""

    def each(self, work: Callable[[Part], T], parts: Sequence[Part]) -> Iterator[T]:
        """Yield what the work makes of each part, in the order of the parts.

        Work and parts can be sent to other processes. What the work raises is raised here, and no other part
        is begun.
        """

    def summed(self, work: Callable[[Part], T | None], parts: Sequence[Part]) -> T:
        """Return the `pairwise` sum of what the work makes of the parts."""


class Threads:
    """Threads of this process, each with a part at a time: what one waits for, another computes.

    Parameters
    ----------
    count
        None takes every processor available. The answer does not depend on it.
    on_part
        Told, after each part, that it is done.

    Examples
    --------
    >>> Threads(2).summed(lambda part: part * part, [1, 2, 3])
    14
    """

    def __init__(self, count: int | None = None, on_part: Callable[[], object] | None = None) -> None:
        self.count = available_threads() if count is None else count
        self.on_part = on_part

    def __repr__(self) -> str:
        return f"<Threads: {self.count}>"

    def each(self, work: Callable[[Part], T], parts: Sequence[Part]) -> Iterator[T]:
        """As `Workers` says. No more parts are held than there are threads, and one that is waited for."""
        if self.count == 1:
            for part in parts:
                stopping.check()
                yield self._told(work(part))
            return
        waiting: deque[Future[T]] = deque()
        with ThreadPoolExecutor(self.count, thread_name_prefix="pixture-pieces") as pool:
            try:
                for part in parts:
                    stopping.check()
                    if len(waiting) > self.count:
                        yield self._told(waiting.popleft().result())
                    waiting.append(pool.submit(work, part))
                while waiting:
                    stopping.check()
                    yield self._told(waiting.popleft().result())
            finally:
                for future in waiting:
                    future.cancel()

    def summed(self, work: Callable[[Part], T | None], parts: Sequence[Part]) -> T:
        """As `Workers` says."""
        return pairwise(self.each(work, parts))

    def _told(self, found: T) -> T:
        if self.on_part is not None:
            self.on_part()
        return found
