"""An interruption never leaves a compiler's lock taken, for which other threads would wait for ever."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest
import typer

from pixture.reporting import interrupt, reported


@pytest.fixture
def handled() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, interrupt)
    yield
    signal.signal(signal.SIGINT, before)


def is_free(lock: object) -> bool:
    """Whether another thread can take the lock."""
    taken: list[bool] = []
    other = threading.Thread(target=lambda: taken.append(lock._lock.acquire(timeout=1)))  # type: ignore[attr-defined]  # untyped
    other.start()
    other.join()
    return taken == [True]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no os.kill that interrupts")
@pytest.mark.usefixtures("handled")
@pytest.mark.parametrize("when", ["taking", "giving back"])
def test_an_interruption_waits_until_the_lock_has_changed_hands(when: str) -> None:
    from llvmlite.binding import ffi

    def interrupted() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    def nothing() -> None:
        pass

    lock = ffi._LLVMLock()
    lock.register(*((interrupted, nothing) if when == "taking" else (nothing, interrupted)))

    def take_and_wait() -> None:
        with lock:
            pass
        time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        take_and_wait()
    assert is_free(lock)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no os.kill that interrupts")
@pytest.mark.usefixtures("handled")
def test_numba_s_own_lock_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from numba.core import compiler_lock

    lock = compiler_lock._CompilerLock()
    monkeypatch.setattr(compiler_lock.ev, "start_event", lambda _: os.kill(os.getpid(), signal.SIGINT))
    monkeypatch.setattr(compiler_lock.ev, "end_event", lambda _: None)

    def take_and_wait() -> None:
        with lock:
            pass
        time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        take_and_wait()
    assert is_free(lock)


def test_python_s_wrapping_of_an_interruption_is_one_too(capsys: pytest.CaptureFixture[str]) -> None:
    def make_a_class() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise RuntimeError("Error calling __set_name__") from error

    with pytest.raises(typer.Exit) as ended:
        reported(make_a_class)()
    assert ended.value.exit_code == 130
    assert "Interrupted" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no os.kill that interrupts")
@pytest.mark.usefixtures("handled")
def test_elsewhere_it_interrupts_at_once() -> None:
    began = time.monotonic()

    def interrupted_while_waiting() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        interrupted_while_waiting()
    assert time.monotonic() - began < 4
