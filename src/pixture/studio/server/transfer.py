"""Arrays from one process to another, through a pipe, each copied once.

What is pickled goes as a message; the numbers of its arrays follow as they are in memory, and are read to
where they stay.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

PIECE = 2**18
"""Bytes that are written or read at once: as many as a pipe holds."""


def send(pipe: Connection, value: Any) -> None:
    """Send a value; its arrays go beside it."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    views = [buffer.raw() for buffer in buffers]
    pipe.send_bytes(pickle.dumps((body, [view.nbytes for view in views])))
    for view in views:
        at = 0
        while at < len(view):
            at += _write(pipe, view[at : at + PIECE])


def receive(pipe: Connection, wait: Callable[[], object]) -> Any:
    """Return a value that was sent.

    `wait` returns when there is something to read, and raises where nobody waits for it any longer.

    Raises
    ------
    EOFError, OSError
        The other process has ended.
    """
    wait()
    body, sizes = pickle.loads(pipe.recv_bytes())
    arrays = []
    for size in sizes:
        array = np.empty(size, np.uint8)
        view, at = array.data, 0
        while at < size:
            wait()
            at += _read(pipe, view[at : at + PIECE])
        arrays.append(array)
    return pickle.loads(body, buffers=arrays)


def _write(pipe: Connection, view: memoryview) -> int:
    if os.name == "posix":  # past the connection, which would have a copy made at the other end
        return os.write(pipe.fileno(), view)
    pipe.send_bytes(view)
    return len(view)


def _read(pipe: Connection, view: memoryview) -> int:
    if os.name != "posix":
        return pipe.recv_bytes_into(view)
    read = os.readv(pipe.fileno(), [view])
    if read == 0:
        raise EOFError
    return read
