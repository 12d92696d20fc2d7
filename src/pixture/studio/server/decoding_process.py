"""The process that reads images: it has as much memory as it is given, and may be killed at any time."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import resource

USUAL = ("pictures.jpeg", "pictures.png", "pictures.webp", "pictures.picture", "tiff.reader")
"""Readers that are loaded before there is a file: others are when one is needed."""


def work(pipe: Connection, max_pixels: int | None, memory: int | None) -> None:
    """Read one file after the other, until nobody is there to name one.

    Parameters
    ----------
    pipe
        Gives paths; takes (image, remarks), or an exception, for each; before the first, True.
    max_pixels
        As `pixture.commands.process.settings.prepare_readers` has it.
    memory
        Bytes that it may take beyond what it has once it is ready; None sets no limit.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import PIL.Image

    from pixture.errors import remarks_taken
    from pixture.imaging.readers.read import read
    from pixture.studio.server.transfer import send

    if max_pixels is not None:
        PIL.Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2  # Pillow refuses more than twice this
    for name in USUAL:
        importlib.import_module(f"pixture.imaging.readers.{name}")
    _take_no_more_than(memory)
    with contextlib.suppress(EOFError, ConnectionError):
        pipe.send(True)
        while True:
            path: Path = pipe.recv()
            answer: Any
            try:
                with remarks_taken() as remarks:
                    answer = (read(path), tuple(remarks))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what became of the file
                answer = error
            try:
                send(pipe, answer)
            except MemoryError as error:
                send(pipe, error)
            del answer
    os._exit(0)


def _take_no_more_than(memory: int | None) -> None:
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory is not None:
        import psutil

        most = psutil.Process().memory_info().vms + memory
        with contextlib.suppress(ValueError, OSError):  # a lower limit holds already
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _end_with_parent() -> None:
    """End at once where whoever started us has ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
