"""What tifffile only logs: kept while a file is read, and never printed."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator


class _Reading(threading.local):
    """What this thread's reading has logged; None while it reads nothing."""

    said: list[str] | None = None


_reading = _Reading()


def _keep(record: logging.LogRecord) -> bool:
    """Take a record off the log, if the thread that wrote it reads a file for us."""
    if _reading.said is None:
        return True
    _reading.said.append(record.getMessage())
    return False


logging.getLogger("tifffile").addFilter(_keep)


@contextlib.contextmanager
def kept() -> Iterator[list[str]]:
    """Give the list that fills with what tifffile logs in this thread.

    tifffile logs in the thread that reads, never in those that decode for it; so what other threads, or
    programs that use tifffile beside us, log goes where it went.

    >>> with kept() as said:
    ...     logging.getLogger("tifffile").error("invalid tag")
    >>> said
    ['invalid tag']
    """
    outer, _reading.said = _reading.said, []
    try:
        yield _reading.said
    finally:
        _reading.said = outer
