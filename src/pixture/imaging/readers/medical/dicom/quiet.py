"""What pydicom remarks on how a file is written stays off the screen: what matters of it is refused."""

from __future__ import annotations

import contextlib
import logging
import threading
import warnings
from collections.abc import Iterator


class _Reading(threading.local):
    """Whether this thread reads or writes a file for us."""

    now = False


_reading = _Reading()
_one_at_a_time = threading.RLock()


def _passes(record: logging.LogRecord) -> bool:
    return not _reading.now


for _name in ("pydicom", "highdicom", "highdicom.seg.sop", "highdicom.base"):
    logging.getLogger(_name).addFilter(_passes)


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Take off the log, and out of the warnings, what pydicom and highdicom say in this thread.

    The filters of warnings are the process's: one thread at a time changes them and puts them back.

    >>> with silenced():
    ...     logging.getLogger("pydicom").warning("Invalid value for VR UI")
    """
    before, _reading.now = _reading.now, True
    try:
        with _one_at_a_time, warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pydicom|highdicom")
            yield
    finally:
        _reading.now = before
