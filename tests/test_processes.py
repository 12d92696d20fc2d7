"""Whatever makes processes or threads: no child hangs, and each says what its parent says, bit for bit."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

import joblib  # type: ignore[import-untyped]  # joblib ships no types
import numpy as np
import pytest

import pixture
from pixture.mixture.extensions.input_rows import Rows
from tests.processes import ESTIMATORS, Answer, fit_and_predict, rows, segment

LIMIT = 100
"""Seconds after which a child that has not answered hangs: many times what it takes on a busy machine."""

Ask: TypeAlias = "Callable[..., Any]"
"""Calls a function elsewhere, and returns what it returns; fails after `LIMIT` seconds."""

pytestmark = [
    # Python 3.12 and later warn of what is tested here
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture(scope="module")
def expected() -> dict[str, Answer]:
    """What the parent says: it has fitted each estimator, on threads, before any child is made."""
    return {name: fit_and_predict(name) for name in ESTIMATORS}


@contextmanager
def asking(way: str) -> Iterator[Ask]:
    """Workers of a kind, one or a few."""
    with ExitStack() as stack:
        if way == "threads":
            threads = ThreadPoolExecutor(4)
            stack.callback(threads.shutdown)
            yield lambda function, *given: threads.submit(function, *given).result(LIMIT)
        elif way == "loky":
            stack.callback(lambda: joblib.externals.loky.get_reusable_executor().shutdown(kill_workers=True))
            yield lambda function, *given: joblib.Parallel(2, backend="loky", timeout=LIMIT)(
                [joblib.delayed(function)(*given)]
            )[0]
        else:
            pool = multiprocessing.get_context(way).Pool(2 if way == "fork" else 1)  # each imports everything
            stack.callback(pool.join)
            stack.callback(pool.terminate)
            yield lambda function, *given: pool.apply_async(function, given).get(LIMIT)


WAYS = [pytest.param("fork", marks=needs_fork), "forkserver", "spawn", "loky", "threads"]


@pytest.fixture(
    scope="module", params=[way for way in WAYS if sys.platform != "win32" or way != "forkserver"]
)
def ask(request: pytest.FixtureRequest, expected: dict[str, Answer]) -> Iterator[Ask]:
    with asking(request.param) as ask:
        yield ask


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_child_s_answer_is_its_parent_s(name: str, ask: Ask, expected: dict[str, Answer]) -> None:
    assert ask(fit_and_predict, name) == expected[name]


def test_a_child_segments_as_its_parent_does(ask: Ask) -> None:
    assert ask(segment) == segment()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_fits_at_once_on_threads(name: str, expected: dict[str, Answer]) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(fit_and_predict, [name] * 6)) == [expected[name]] * 6


@pytest.mark.parametrize("backend", ["threading", pytest.param("multiprocessing", marks=needs_fork)])
def test_joblib_s_other_workers(backend: str, expected: dict[str, Answer]) -> None:
    work = joblib.delayed(fit_and_predict)
    found = joblib.Parallel(2, backend=backend, timeout=LIMIT)(work(name) for name in ESTIMATORS)
    assert found == list(expected.values())


def test_a_model_goes_to_a_child_and_comes_back() -> None:
    X = rows(500)
    machines = [getattr(pixture, name)(n_components=3, random_state=0).fit(X) for name in ESTIMATORS]
    with asking("spawn" if sys.platform == "win32" else "fork") as ask:
        for machine in machines:
            np.testing.assert_array_equal(ask(machine.predict, X), machine.predict(X))
            np.testing.assert_array_equal(ask(machine.fit, X).means_, machine.means_)


# --- what other threads of the parent do while it forks


def in_a_child(work: Callable[[], Any]) -> Any:
    """Return what `work` returns in a forked child; fail if it takes longer than `LIMIT` seconds."""
    here, there = multiprocessing.Pipe(duplex=False)

    def answer(there: Connection) -> None:
        there.send(work())

    child = multiprocessing.get_context("fork").Process(target=answer, args=(there,))
    child.start()
    there.close()
    try:
        assert here.poll(LIMIT), "the child hangs"
        return here.recv()
    finally:
        child.kill()
        child.join()


@contextmanager
def meanwhile(work: Callable[[threading.Event], object]) -> Iterator[None]:
    """Call `work` on a thread, again and again until the event it is given is set."""
    stop, failures = threading.Event(), list[BaseException]()

    def repeat() -> None:
        try:
            while not stop.is_set():
                work(stop)
        except BaseException as failure:  # noqa: BLE001 - raised below
            failures.append(failure)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert not failures, failures


def compile_something() -> int:
    """Compile a kernel that was never compiled before."""
    import numba

    scope: dict[str, Any] = {}
    exec(f"def f(x): return x + {time.perf_counter_ns()} * 0 + 1", scope)
    return int(numba.njit(scope["f"])(1))


def small_fit() -> Answer:
    return fit_and_predict("GaussianMixture", 500)


@needs_fork
def test_a_fork_while_threads_fit(expected: dict[str, Answer]) -> None:
    with meanwhile(lambda _: fit_and_predict("TMixture")):
        for _ in range(3):
            assert in_a_child(lambda: fit_and_predict("TMixture", 20_000)) == fit_and_predict(
                "TMixture", 20_000
            )


@needs_fork
def test_a_fork_while_a_thread_compiles() -> None:
    expected = small_fit()
    with meanwhile(lambda _: compile_something()):
        for moment in range(8):
            time.sleep(0.01 * moment)
            assert in_a_child(lambda: (compile_something(), small_fit())) == (2, expected)


def the_compiler_s() -> Any:
    from numba.core.compiler_lock import global_compiler_lock

    return global_compiler_lock


def llvm_s() -> Any:
    from llvmlite.binding import ffi

    return ffi.lib._lock


def random_numbers() -> Any:
    return np.random.mtrand._rand._bit_generator.lock


@needs_fork
@pytest.mark.parametrize("which", [the_compiler_s, llvm_s, random_numbers])
def test_no_lock_is_taken_in_a_child(which: Callable[[], Any]) -> None:
    """As it is where a child asks for random numbers, or compiles, and its parent did when it forked."""
    lock, taken = which(), threading.Event()

    def hold(stop: threading.Event) -> None:
        with lock:
            taken.set()
            stop.wait(0.2)

    def take() -> bool:
        with lock:
            return True

    with meanwhile(hold):
        taken.wait()
        assert in_a_child(take)
        assert in_a_child(lambda: in_a_child_of_a_child(take))


def in_a_child_of_a_child(work: Callable[[], Any]) -> Any:
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # not in its stub
    return in_a_child(work)


@needs_fork
def test_a_fork_while_a_thread_computes_a_property(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11 has a lock for each cached property, which all objects share."""
    entered, read = threading.Event(), Rows._read

    def slowly(self: Rows) -> Iterator[Any]:
        if threading.current_thread() is not threading.main_thread():
            entered.set()
            stopped.wait(LIMIT)
        return read(self)

    monkeypatch.setattr(Rows, "_read", slowly)
    stopped = threading.Event()
    made = Rows(rows(100), 2, True)
    with meanwhile(lambda _: (list(made.parts()), stopped.wait(LIMIT))):
        entered.wait()
        found = in_a_child(lambda: len(list(Rows(rows(100), 2, True).parts())))
        stopped.set()
    assert found == 1


@needs_fork
def test_forks_on_several_threads_at_once() -> None:
    """Each gives back what it took itself."""
    expected = small_fit()
    with ThreadPoolExecutor(4) as threads, meanwhile(lambda _: compile_something()):
        found = list(threads.map(lambda _: in_a_child(small_fit), range(8)))
    assert found == [expected] * 8
    assert compile_something() == 2


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_no_foreign_threads_are_started() -> None:
    """OpenMP's would never come back in a forked child: they are what made it wait."""
    code = """
import os
import threading
import sklearn.cluster
import pixture
from tests.processes import ESTIMATORS, rows, segment
def foreign():
    return len(os.listdir("/proc/self/task")) - threading.active_count()
before = foreign()
X = rows(3000)
for name in ESTIMATORS:
    for init in ("kmeans", "k-means++", "random_from_data") if name == "GaussianMixture" else ("kmeans",):
        m = getattr(pixture, name)(n_components=3, init_params=init, random_state=0, tol=0.1).fit(X)
        m.predict(X), m.predict_proba(X), m.score_samples(X), m.score(X), m.sample(9)
segment()
print(before, foreign())
sklearn.cluster.KMeans(3, n_init=1).fit(X)
print(foreign())
"""
    threads = {"OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=LIMIT * 3,
        check=True,
        env=os.environ | threads,
    )
    before, after, theirs = run.stdout.split()
    assert before == after
    assert int(theirs) > int(after), "the count sees no threads, so this test cannot fail"


def test_a_blas_takes_no_threads_of_its_own_in_the_command() -> None:
    """In the command alone, and not where the environment says how many."""
    code = (
        "import os, sys; sys.argv = ['pixture', '--help']; from pixture.cli import _status; _status(); "
        "print('THREADS', os.environ['OPENBLAS_NUM_THREADS'], os.environ['MKL_NUM_THREADS'])"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "3"}
    environment.pop("MKL_NUM_THREADS", None)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("THREADS 3 1")
