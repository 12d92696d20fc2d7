"""Processes that work on files at the same time, and share no lock.

Each has a pipe of its own to the process that started it, so that one that is killed leaves nothing taken
that another waits for, and it is known which file it was at. They are new processes (`spawn`): a fork would
copy the threads' locks of whoever forks.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

from pixture import stopping
from pixture.errors import PixtureError

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Preparing: TypeAlias = Callable[[Callable[[str], None]], AbstractContextManager[object]]
"""Prepares a worker's process; it is given what says a sentence to whoever started it."""

TRIES = 2
"""How often a file is given to a worker: the first may have been killed for what another process did."""

PATIENCE = 4.0
"""Seconds in which a worker that is asked to end does so: less than those after which we are ended."""

LOOK = 0.2
"""Seconds after which we look whether a signal asked us to end."""


class WorkerError(PixtureError, RuntimeError):
    """A worker was killed, again and again at the same file, or ended before it began."""


@dataclass(frozen=True)
class _Note:
    """What a worker has to say besides its answers."""

    text: str


@dataclass(frozen=True)
class _Failure:
    """What a worker's work raised."""

    error: Exception


@dataclass(eq=False)
class _Worker:
    """A process, our end of its pipe, and which item it is at."""

    process: SpawnProcess
    pipe: Connection
    at: int | None = None
    knows: object = None
    """The work that it was given last."""


@dataclass(frozen=True)
class Prepare:
    """What a worker's process is prepared by; that of the library does nothing."""

    def __call__(self, note: Callable[[str], None]) -> AbstractContextManager[object]:
        """Return a context in which it works; `note` says a sentence to whoever started it."""
        return contextlib.nullcontext()


@dataclass(eq=False)
class Workers:
    """As many processes as asked for, started when there is work, ended when the context is left.

    Attributes
    ----------
    count
        How many at most.
    prepare
        Returns the context in which each works.
    note
        Told what workers have to say besides their answers.
    """

    count: int
    prepare: Preparing = field(default_factory=Prepare)
    note: Callable[[str], None] = lambda sentence: None
    _workers: list[_Worker] = field(default_factory=list)
    _ending: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Self:
        self._ending.enter_context(stopping.before_end(self._kill))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(asked=kind is None)
        self._ending.close()

    def map(
        self,
        work: Callable[[Item], Answer],
        items: Sequence[Item],
        *,
        again: Callable[[Item], Item] = lambda item: item,
        ahead: int | None = None,
    ) -> Iterator[tuple[int, Answer | Exception]]:
        """Yield the number of each item and what work makes of it, as they finish.

        Parameters
        ----------
        work
            Goes to each worker once; anything that it raises is an answer.
        items
            Each goes to one worker.
        again
            Returns what is given to another worker in place of an item whose worker was killed.
        ahead
            How many items may be given out beyond the first that is not yet answered; None sets no limit.

        Raises
        ------
        Stopped
            A signal asked this process to end; the workers are ended when the context is left.
        WorkerError
            Workers end before they begin.
        """
        waiting = list(range(len(items)))[::-1]
        given = list(items)
        tries = [0] * len(items)
        answered = [False] * len(items)
        first, idle_deaths = 0, 0
        while not all(answered[first:]):
            stopping.check()
            while first < len(items) and answered[first]:
                first += 1
            limit = len(items) if ahead is None else first + ahead
            self._give_out(work, given, waiting, tries, limit)
            for number, answer in self._answers():
                if number is None:
                    idle_deaths += 1
                    if idle_deaths > self.count + TRIES:
                        raise WorkerError(
                            "Processes that are started for the files end before they begin. Use one: jobs=1."
                        )
                elif answer is _KILLED and tries[number] < TRIES:
                    given[number] = again(given[number])
                    waiting.append(number)
                else:
                    answered[number] = True
                    yield number, _killed_for_good() if answer is _KILLED else answer

    def _give_out(
        self, work: object, given: Sequence[Any], waiting: list[int], tries: list[int], limit: int
    ) -> None:
        """Give items to workers that have none, starting as many as are worth it."""
        while waiting and waiting[-1] < limit:
            worker = next((one for one in self._workers if one.at is None), None)
            if worker is None:
                if len(self._workers) >= self.count:
                    return
                worker = self._start()
            number = waiting.pop()
            tries[number] += 1
            worker.at = number
            with contextlib.suppress(OSError):  # it has ended: the sentinel says so
                if worker.knows is not work:
                    worker.pipe.send(work)
                    worker.knows = work
                worker.pipe.send((given[number],))

    def _answers(self) -> Iterator[tuple[int | None, Any]]:
        """Yield what has come from workers: the item's number, None of one that ended without one."""
        if not self._workers:
            return
        ready = wait([one.pipe for one in self._workers], LOOK)
        for worker in [one for one in self._workers if one.pipe in ready]:
            try:
                said = worker.pipe.recv()
            except (EOFError, OSError):
                self._workers.remove(worker)
                worker.pipe.close()
                worker.process.join()
                yield worker.at, _KILLED
                continue
            if isinstance(said, _Note):
                self.note(said.text)
                continue
            number, worker.at = worker.at, None
            yield number, said.error if isinstance(said, _Failure) else said

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self.prepare), daemon=True)
        process.start()
        theirs.close()  # so that our end says when the worker has ended
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _end(self, *, asked: bool) -> None:
        """Have the workers end: those without an item by closing their pipes, others by a signal."""
        for worker in self._workers:
            if not asked or worker.at is not None:
                worker.process.terminate()
            worker.pipe.close()
        until = time.monotonic() + PATIENCE
        for worker in self._workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()
        self._workers.clear()

    def _kill(self) -> None:
        for worker in list(self._workers):
            worker.process.kill()


_KILLED = object()


def _killed_for_good() -> WorkerError:
    return WorkerError(
        f"the process that worked on it was killed, {TRIES} times; perhaps it needs more memory than there "
        "is. Try it with jobs=1."
    )


def _work(pipe: Connection, prepare: Preparing) -> None:
    """Work on one item after the other, until nobody is there to give one."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with (
        contextlib.suppress(stopping.Stopped, KeyboardInterrupt, EOFError, ConnectionError),
        prepare(lambda text: pipe.send(_Note(text))),
    ):
        work: Callable[[Any], Any] | None = None
        while True:
            said = pipe.recv()
            stopping.check()
            if not isinstance(said, tuple):
                work = said
                continue
            assert work is not None  # it comes before the first item
            try:
                answer = work(*said)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what became of the item
                answer = _Failure(error)
            pipe.send(answer)
            del answer, said
    os._exit(0)  # nothing is left to do, and taking apart what was imported takes longer than a file


def _end_with_parent() -> None:
    """End at once where whoever started us is killed: another run may go on with its work."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
