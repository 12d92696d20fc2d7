"""The workers of a Dask cluster go through the pieces: as `Threads` does, with the same bits."""

from __future__ import annotations

import pickle
import queue
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from distributed import CancelledError, Client, Future, KilledWorker

from pixture import stopping
from pixture.errors import ClusterError, LostWorkerWarning, warn
from pixture.mixture.model.sample_in_parts import pairwise
from pixture.scale.cluster.packing import packed
from pixture.scale.cluster.task_graph import Job, jobs_of_each, jobs_of_sum
from pixture.scale.cluster.versions import QUESTION, check_versions
from pixture.wording import plural

Part = TypeVar("Part")
T = TypeVar("T")

SUMS_AT_ONCE = 6
"""Jobs of a sum that are at work at once: three tasks a thread at least, so that none waits for us."""

LOOK = 0.2
"""Seconds after which a wait looks whether it was asked to stop."""

GONE = (
    "The connection to the scheduler of the cluster was lost: see whether it still runs, and begin again "
    "with a new client."
)

WITHOUT_WORKERS = 60.0
"""Seconds that a cluster may be without workers: one that is lost may be started anew."""


class Cluster:
    """The workers of a Dask cluster, each with as many parts at a time as it has threads.

    They read what they need by themselves, and only sums come back. A worker that is lost costs the parts
    that it had: what has come back is kept here. That one was lost is warned of.

    Parameters
    ----------
    client
        Of `distributed`: whose workers have the same pixture, NumPy, numba and Python as this process.
    on_part
        Told, for each part, that it is done.
    without_workers
        Seconds that the cluster may have no worker.

    Attributes
    ----------
    lost
        The addresses of the workers that were lost, as far as it has been seen.

    Raises
    ------
    ClusterError
        It has no workers, or they have other versions.
    """

    def __init__(
        self,
        client: Client,
        on_part: Callable[[], object] | None = None,
        *,
        without_workers: float = WITHOUT_WORKERS,
    ) -> None:
        if client.asynchronous:
            raise ClusterError("The client is asynchronous: give one that is not, Client(...).")
        self.client = client
        self.on_part = on_part
        self.without_workers = without_workers
        self.lost: list[str] = []
        self._known: dict[str, int] = {}  # workers with versions like ours, and the threads of each
        self._threads()

    def __repr__(self) -> str:
        return f"<Cluster: {plural(len(self._known), 'worker')} at {self._address}>"

    def each(self, work: Callable[[Part], T], parts: Sequence[Part]) -> Iterator[T]:
        """As `Workers` says. No more results are held than twice the threads."""
        threads = self._threads()
        yield from self._done(jobs_of_each(packed(work), parts, _name()), 2 * threads)

    def summed(self, work: Callable[[Part], T | None], parts: Sequence[Part]) -> T:
        """As `Workers` says. All but a few sums are taken on the workers."""
        threads = self._threads()
        jobs = jobs_of_sum(packed(work), parts, threads, _name())
        found: T = pairwise(self._done(jobs, SUMS_AT_ONCE))
        return found

    @property
    def _address(self) -> str:
        return str(self.client.scheduler.address) if self.client.scheduler else "its address"

    def _done(self, jobs: Sequence[Job], at_once: int) -> Iterator[Any]:
        """Yield the results of jobs in their order; so many are at work, or wait for one before them."""
        to_do = deque(enumerate(jobs))
        at_work: dict[int, Future] = {}
        here: dict[int, Any] = {}
        ended: queue.SimpleQueue[int] = queue.SimpleQueue()
        try:
            for number, job in enumerate(jobs):
                while number not in here:
                    while to_do and len(at_work) + len(here) < at_once:
                        following, begun = to_do.popleft()
                        future = self.client.get(begun.tasks, begun.result, sync=False)
                        future.add_done_callback(lambda _, which=following: ended.put(which))
                        at_work[following] = future
                    one = self._ended(ended)
                    here[one] = self._result(at_work[one], jobs[one])  # what is here no worker can lose
                    at_work.pop(one).release()
                if self.on_part is not None:
                    for _ in range(job.parts):
                        self.on_part()
                yield here.pop(number)
        finally:
            for future in at_work.values():
                future.release()  # what nobody waits for is not begun
        self._see_who_is_lost()

    def _ended(self, ended: queue.SimpleQueue[int]) -> int:
        """Return the number of a job that has ended, when one has.

        Raises
        ------
        ClusterError
            There is no worker.
        """
        looked, alone = time.monotonic(), 0.0
        while True:
            stopping.check()
            try:
                return ended.get(timeout=LOOK)
            except queue.Empty:
                now = time.monotonic()
            if now - looked < min(1.0, self.without_workers):
                continue
            alone = 0.0 if self._asked(self.client.nthreads) else alone + now - looked
            looked = now
            if alone >= self.without_workers:
                raise ClusterError(
                    f"The cluster at {self._address} has lost all of its workers, and no new one has come "
                    f"for {alone:.0f} seconds: start some, and see why they ended (for want of memory?)."
                )

    def _result(self, future: Future, job: Job) -> Any:
        """Return what a job that has ended made; raise what it raised."""
        try:
            return future.result()
        except KilledWorker as error:
            raise ClusterError(
                f"{plural(error.allowed_failures + 1, 'worker')} of the cluster at {self._address} were lost "
                f"one after the other while they did {job.named(error.task)}: give workers more memory or "
                "fewer threads, and see whether the file can be read there."
            ) from error
        except (CancelledError, OSError) as error:
            if future.status == "error":
                raise  # by the work
            raise ClusterError(GONE) from error

    def _asked(self, ask: Callable[..., T], *what: Any, **how: Any) -> T:
        """Return what the scheduler answers.

        Raises
        ------
        ClusterError
            It is gone.
        """
        try:
            return ask(*what, **how)
        except (CancelledError, OSError) as error:
            raise ClusterError(GONE) from error

    def _threads(self) -> int:
        """Return how many threads the workers have together; those seen first say their versions."""
        if self.client.status != "running":
            raise ClusterError(GONE)
        found: dict[str, int] = dict(self._asked(self.client.nthreads))
        if not found:
            try:
                self.client.wait_for_workers(1, timeout=self.without_workers)
            except TimeoutError as error:
                raise ClusterError(
                    f"The cluster at {self._address} has no workers, and none has come for "
                    f"{self.without_workers:.0f} seconds: start some, dask worker {self._address}."
                ) from error
            found = dict(self._asked(self.client.nthreads))
        if new := [address for address in found if address not in self._known]:
            answers = self._asked(self.client.run, pickle.loads, QUESTION, workers=new, on_error="return")
            check_versions(answers)
        self._known = found
        return max(1, sum(found.values()))

    def _see_who_is_lost(self) -> None:
        """Warn of the workers that were lost since the work was begun."""
        there = self._asked(self.client.nthreads)
        lost = [address for address in self._known if address not in there and self._was_lost(address)]
        self._known = {address: threads for address, threads in self._known.items() if address in there}
        self.lost += lost
        if lost:
            one = len(lost) == 1
            warn(
                f"{plural(len(lost), 'worker')} of the cluster {'was' if one else 'were'} lost "
                f"({', '.join(lost)}); {'its' if one else 'their'} pieces were done again.",
                LostWorkerWarning,
            )

    def _was_lost(self, address: str) -> bool:
        """Whether a worker that has left was not asked to."""
        events = [event for _, event in self._asked(self.client.get_events, address)]
        left = [event for event in events if event.get("action") == "remove-worker"]
        return not left or not left[-1].get("expected", False)


def _name() -> str:
    """Return the name of a sum's tasks: no two are alike, since workers keep what they know by name."""
    return f"pixture-{uuid.uuid4().hex}"
