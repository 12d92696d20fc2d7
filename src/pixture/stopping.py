"""Stopping when a signal asks for it: a flag that our own code looks at, where stopping is safe.

An exception raised by a signal's handler comes up wherever Python happens to be: inside a callback of numba
or ctypes, which swallows it, while a compiler's lock changes hands, or between two renames. So the handlers
of the command (`listen`) only note the signal. Between iterations, slabs, images and files our code asks
(`check`), and that raises `Stopped`.

What is foreign may take long to come back to us. So the process is ended from another thread where nobody has
asked `PATIENCE` seconds later, or a second signal comes: after renames that are under way (`kept_whole`) and
with what `before_end` names. The status is the same: 128 and the signal's number, as a shell says it.

Nothing happens in a process that does not call `listen`: a notebook's KeyboardInterrupt stays Python's.

A piece of work that others do not wait for any longer ends by the same questions (`given_up_when`), alone.

>>> asked() is None
True
>>> check()
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Those that ask a process to end; Windows has no SIGHUP."""

PATIENCE = 5.0
"""Seconds after which foreign code is not waited for."""

ONE_REQUEST = 0.3
"""Seconds within which signals are one request: `timeout` sends to a process and to its group."""

SENTENCE = "Interrupted; what was finished is kept, nothing is half-written."


class Stopped(BaseException):
    """A signal asked the process to end. Not an Exception: nobody takes it for an image's fault.

    >>> Stopped(15).status
    143
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = status_of(number)


def status_of(number: int) -> int:
    """Return the exit status that tells of a signal.

    >>> status_of(2)
    130
    """
    return 128 + number


class GivenUp(BaseException):
    """Nobody waits any longer for what is being done. Like `Stopped`, it is nobody's fault."""


_given_up: ContextVar[Callable[[], bool] | None] = ContextVar("given_up", default=None)
_asked: int | None = None
_is_over = False
_listens = False
_renaming = threading.RLock()
_cleanups: list[Callable[[], object]] = []


def listen() -> None:
    """Note, from now on, the signals that ask to end; those that are ignored, as under nohup, stay so.

    For the command alone: a process that others share is not ours to end.
    """
    global _asked, _is_over, _listens
    _asked, _is_over = None, False
    if not _listens:
        with contextlib.suppress(ValueError):  # handlers can be set in the main thread only
            _listens = _set_handlers()


def _set_handlers() -> bool:
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    heard = frozenset(number for number in numbers if signal.getsignal(number) != signal.SIG_IGN)
    for number in heard:
        signal.signal(number, _handle)
    # a handler runs once the main thread is back in Python; the byte in the pipe arrives before that
    reading, writing = os.pipe()
    if os.name == "posix":  # elsewhere a pipe may block
        os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reading, heard), daemon=True).start()
    return True


def _handle(number: int, frame: object) -> None:
    # no more than this: whatever takes a lock may wait for the very code that was interrupted
    global _asked
    if _is_over:
        os._exit(status_of(number))
    _asked = _asked or number


def _watch(reading: int, heard: frozenset[int]) -> None:
    global _asked
    since: float | None = None
    while arrived := os.read(reading, 1):
        number = arrived[0]
        if number not in heard:
            continue
        if _is_over:
            os._exit(status_of(number))
        if since is None:
            _asked, since = _asked or number, time.monotonic()
            patience = threading.Timer(PATIENCE, _end, (_asked,))
            patience.daemon = True
            patience.start()
        elif time.monotonic() - since > ONE_REQUEST:
            _end(number)


def _end(number: int) -> None:
    """End the process from whichever thread, once renames that are under way are done."""
    _renaming.acquire(timeout=PATIENCE)
    for clean in list(_cleanups):
        with contextlib.suppress(Exception):  # the process ends; the other cleanups are still to be done
            clean()
    with contextlib.suppress(OSError):
        os.write(2, f"{SENTENCE}\n".encode())
    os._exit(status_of(number))


def asked() -> int | None:
    """Return the number of the signal that asked to end, if one did."""
    return _asked


def taken() -> int | None:
    """Return the number of the signal that asked to end, if one did, and ask nobody else to stop for it.

    For who ends the process by itself, once what was done meanwhile is kept; that takes less than `PATIENCE`.

    >>> taken() is None
    True
    """
    global _asked
    number, _asked = _asked, None
    return number


def check() -> None:
    """Raise `Stopped` if a signal asked to end; called where stopping leaves nothing half-done.

    Raises
    ------
    GivenUp
        Nobody waits any longer for what is done in this thread (`given_up_when`).
    """
    if _asked is not None:
        raise Stopped(_asked)
    nobody_waits = _given_up.get()
    if nobody_waits is not None and nobody_waits():
        raise GivenUp


def finish() -> None:
    """Look a last time: from here on there is nothing to keep whole, and a signal ends the process at once.

    Raises
    ------
    Stopped
        A signal had asked to end.
    """
    global _is_over
    _is_over = True
    check()


@contextlib.contextmanager
def kept_whole() -> Iterator[None]:
    """Do what is done meanwhile to its end; it is entered only if nobody has asked to stop."""
    with _renaming:
        check()
        yield


@contextlib.contextmanager
def before_end(clean: Callable[[], object]) -> Iterator[None]:
    """Call `clean` too, from another thread, where the process is ended meanwhile without waiting for us."""
    _cleanups.append(clean)
    try:
        yield
    finally:
        _cleanups.remove(clean)


@contextlib.contextmanager
def given_up_when(nobody_waits: Callable[[], bool]) -> Iterator[None]:
    """End what is done meanwhile in this thread, by `GivenUp` from `check`, once nobody waits for it.

    >>> with given_up_when(lambda: True):
    ...     check()
    Traceback (most recent call last):
        ...
    pixture.stopping.GivenUp
    """
    token = _given_up.set(nobody_waits)
    try:
        yield
    finally:
        _given_up.reset(token)
