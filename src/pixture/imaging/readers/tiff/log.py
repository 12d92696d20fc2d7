"""What tifffile only logs is not printed: what matters of it is found, and refused, by the reader itself."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator


class _Reading(threading.local):
    """Whether this thread reads a file for us."""

    now = False


_reading = _Reading()


def _passes(record: logging.LogRecord) -> bool:
    return not _reading.now


logging.getLogger("tifffile").addFilter(_passes)


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Take off the log what tifffile logs in this thread.

    tifffile logs in the thread that reads, never in those that decode for it; so what other threads, or
    programs that use tifffile beside us, log goes where it went.

    >>> with silenced():
    ...     logging.getLogger("tifffile").error("invalid tag")
    """
    before, _reading.now = _reading.now, True
    try:
        yield
    finally:
        _reading.now = before
