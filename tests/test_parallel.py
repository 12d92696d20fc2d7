"""The pool: every slab once and in order, whatever becomes of its threads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pixture import parallel
from pixture.parallel import map_slabs


def bounds(start: int, stop: int) -> tuple[int, int]:
    return start, stop


def in_time(work: Any) -> Any:
    """Return what `work` returns, called on another thread; fail if it takes longer than a minute."""
    with ThreadPoolExecutor(1) as caller:
        return caller.submit(work).result(60)


EVERY = [(at, at + 1) for at in range(20)]


def test_nested_calls() -> None:
    def outer(start: int, stop: int) -> list[tuple[int, int]]:
        return map_slabs(bounds, 20, size=1, threads=4)

    assert in_time(lambda: map_slabs(outer, 8, size=1, threads=4)) == [EVERY] * 8


def test_calls_of_many_threads_with_pools_of_many_sizes() -> None:
    """There are more sizes than pools are kept."""
    with ThreadPoolExecutor(8) as callers:
        found = [
            callers.submit(map_slabs, bounds, 20, size=1, threads=2 + number % 7) for number in range(200)
        ]
        assert [one.result(60) for one in found] == [EVERY] * 200


@pytest.mark.parametrize("failing", [{0}, {7}, {3, 4, 19}, set(range(20))])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_a_failure_ends_all(failing: set[int], kind: type[BaseException]) -> None:
    under_way = set()

    def work(start: int, stop: int) -> None:
        under_way.add(start)
        try:
            time.sleep(0.001)
            if start in failing:
                raise kind(start)
        finally:
            under_way.remove(start)

    def call() -> int:
        with pytest.raises(kind) as caught:
            map_slabs(work, 20, size=1, threads=4)
        assert not under_way, "it came back while others were at work"
        return int(caught.value.args[0])

    assert in_time(call) in failing
    assert map_slabs(bounds, 20, size=1, threads=4) == EVERY


@pytest.mark.parametrize("given", [0, 1, 2])
def test_a_system_that_gives_no_more_threads(given: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As under a limit of processes: those that are there do the work, and every later call tries anew."""
    parallel._pool.cache_clear()
    start, left = threading.Thread.start, [given]

    def refuse(self: threading.Thread) -> None:
        if not left[0]:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(self)

    def slowly(start: int, stop: int) -> int:
        time.sleep(0.001)
        return start

    monkeypatch.setattr(threading.Thread, "start", refuse)
    for _ in range(3):
        assert map_slabs(slowly, 20, size=1, threads=4) == [*range(20)]
    monkeypatch.undo()
    assert map_slabs(bounds, 20, size=1, threads=4) == EVERY


def test_nothing_is_kept_of_calls_that_found_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    import gc
    import weakref

    class Rows:
        def look(self, start: int, stop: int) -> int:
            return start

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    parallel._pool.cache_clear()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    rows = Rows()
    seen = weakref.ref(rows)
    map_slabs(rows.look, 20, size=1, threads=4)
    del rows
    gc.collect()
    assert seen() is None


AT_EXIT = {
    "an exit handler": """
import atexit
atexit.register(lambda: print(sum(map_slabs(lambda a, b: a, 20, size=1, threads=4))))
""",
    "an exit handler, of a pool in use": """
import atexit
map_slabs(lambda a, b: a, 20, size=1, threads=4)
atexit.register(lambda: print(sum(map_slabs(lambda a, b: a, 20, size=1, threads=4))))
""",
    "a thread that outlives the main one": """
import threading, time
def late():
    threading.main_thread().join()
    time.sleep(0.05)
    print(sum(map_slabs(lambda a, b: a, 20, size=1, threads=4)))
threading.Thread(target=late).start()
""",
    "a call that goes on while the interpreter ends": """
import threading, time
def long():
    for _ in range(50):
        total = sum(map_slabs(lambda a, b: time.sleep(0.0005) or a, 20, size=1, threads=4))
    print(total)
threading.Thread(target=long).start()
time.sleep(0.05)
""",
}


@pytest.mark.parametrize("code", AT_EXIT.values(), ids=AT_EXIT.keys())
def test_while_the_interpreter_ends(code: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", f"from pixture.parallel import map_slabs\n{code}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "190\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_in_a_child_of_a_child() -> None:
    """A child has none of its parent's threads, and starts its own."""
    import multiprocessing

    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    def young(depth: int) -> None:
        answers.put(map_slabs(bounds, 20, size=1, threads=4) == EVERY)
        if depth:
            child = context.Process(target=young, args=(depth - 1,))
            child.start()
            child.join(60)
            if child.is_alive():
                child.kill()

    young(2)
    for _ in range(3):
        assert not answers.empty(), "a child hung, or died"
        assert answers.get()
