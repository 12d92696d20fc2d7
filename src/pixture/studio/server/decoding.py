"""Images are read in a process of their own, which is killed where it takes too long, or nobody waits for it.

One is started before it is needed, so that a file does not wait for what it takes to read it to be imported.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import psutil

from pixture import stopping
from pixture.errors import PixtureError, PixtureWarning, ReadError, warn
from pixture.imaging.image import Image
from pixture.studio.server.decoding_process import work
from pixture.studio.server.transfer import receive

SECONDS = 60.0
"""How long a file may take."""

AT_ONCE = 2
"""Files that are read at the same time; others wait."""

LOOK = 0.02
"""Seconds after which we look whether it is still wanted."""


def usual_memory() -> int:
    """Return how many bytes reading one file may take: three quarters of the memory, 2 GiB at least."""
    return max(2**31, psutil.virtual_memory().total * 3 // 4)


class _TookTooLongError(Exception):
    """The time that a file may take is over."""


class _Process:
    """A process that reads, and our end of its pipe."""

    def __init__(self, max_pixels: int | None, memory: int | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=work, args=(theirs, max_pixels, memory), daemon=True, name="pixture studio reads"
        )
        with _without_interrupts():
            self.process.start()
        theirs.close()  # so that our end says when the process has ended
        self.is_ready = False

    def read(self, path: Path, seconds: float) -> Any:
        """Return what the process says of a file.

        Raises
        ------
        EOFError, OSError
            It has ended.
        """
        if not self.is_ready:
            _wait(self.pipe, time.monotonic() + seconds)
            self.pipe.recv()
            self.is_ready = True
        self.pipe.send(path)
        until = time.monotonic() + seconds
        return receive(self.pipe, lambda: _wait(self.pipe, until))

    def end(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.pipe.close()
        self.process.join(5)


def _wait(pipe: Connection, until: float) -> None:
    """Return when there is something to read."""
    while not pipe.poll(LOOK):
        stopping.check()
        if time.monotonic() > until:
            raise _TookTooLongError


class Decoder:
    """Reads images in other processes.

    Parameters
    ----------
    max_pixels
        Of an image; None takes what is usual.
    seconds
        How long a file may take.
    memory
        Bytes that reading one may take; None takes what is usual.
    sent
        The folder of files that are sent to us.
    """

    def __init__(
        self,
        max_pixels: int | None = None,
        seconds: float = SECONDS,
        memory: int | None = None,
        sent: Path | None = None,
    ) -> None:
        self.max_pixels, self.seconds, self.sent = max_pixels, seconds, sent
        self.memory = usual_memory() if memory is None else memory
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._working: set[_Process] = set()
        self._slots = threading.Semaphore(AT_ONCE)
        self._has_ended = False

    def warm(self) -> None:
        """Start a process, if none waits for a file."""
        with self._lock:
            if not self._idle and not self._has_ended:
                self._idle.append(_Process(self.max_pixels, self.memory))

    def read(self, path: Path) -> Image:
        """Return the image in a file, as `pixture.read` does.

        Raises
        ------
        ReadError
            As in `pixture.read`; or it takes too long, or ends the process that reads it.
        GivenUp
            Nobody waits for it any longer (`pixture.stopping`).
        """
        with self._slot():
            process = self._taken()
            try:
                answer = process.read(path, self.seconds)
            except _TookTooLongError:
                raise ReadError(
                    f"{path.name}: it takes longer than {self.seconds:g} seconds to read; it is damaged, "
                    "made to take time, or very large. Convert it to TIFF, and open that."
                ) from None
            except (EOFError, OSError):
                raise ReadError(
                    f"{path.name}: the process that read it ended; it is damaged, or needs more memory than "
                    "there is. Export the image again."
                ) from None
            else:
                self._give_back(process)
            finally:
                self._drop(process)
        if isinstance(answer, MemoryError):
            raise ReadError(f"{path.name}: there is not enough memory to decode it.")
        if isinstance(answer, PixtureError):
            raise type(answer)(self._as_said(str(answer), path))
        if isinstance(answer, BaseException):
            raise answer
        image, remarks = answer
        for remark in remarks:
            warn(self._as_said(remark, path), PixtureWarning)
        assert isinstance(image, Image)
        return image

    def end(self) -> None:
        """End all processes at once; those who wait for one are told that it ended."""
        with self._lock:
            self._has_ended = True
            for process in self._idle:
                process.end()
            self._idle.clear()
            for process in self._working:
                process.process.kill()

    def _as_said(self, sentence: str, path: Path) -> str:
        """Return a sentence as the page says it: a file that was sent has a name there, and no path."""
        if self.sent is not None and self.sent in path.parents:
            sentence = sentence.replace(str(path), path.name)
        return sentence.replace("PIL.Image.MAX_IMAGE_PIXELS", "--max-pixels")

    @contextlib.contextmanager
    def _slot(self) -> Iterator[None]:
        while not self._slots.acquire(timeout=LOOK):
            stopping.check()
        try:
            yield
        finally:
            self._slots.release()

    def _taken(self) -> _Process:
        with self._lock:
            stopping.check()
            process = self._idle.pop() if self._idle else _Process(self.max_pixels, self.memory)
            self._working.add(process)
        return process

    def _give_back(self, process: _Process) -> None:
        with self._lock:
            if not self._idle and not self._has_ended:
                self._working.discard(process)
                self._idle.append(process)

    def _drop(self, process: _Process) -> None:
        """End a process that was not given back, and have another wait in its place."""
        with self._lock:
            if process not in self._working:
                return
            self._working.discard(process)
        process.end()
        self.warm()


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Have what is started meanwhile hear no Ctrl-C, which a terminal sends to all: we end it ourselves."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
