"""Telling that kernels are being compiled, which happens once on a machine and takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import event

from pixture.compilation.cache import told_of_trouble

_COMPILE = "numba:compile"


@contextmanager
def told_of_compiling(tell: Callable[[str, Any], None]) -> Iterator[None]:
    """Call `tell` with the name and argument types of each function compiled meanwhile, before it is.

    What was compiled before, for the same kinds of arrays, is loaded from the disk, and not told of.
    """
    listener = _Listener(tell)
    event.register(_COMPILE, listener)
    try:
        yield
    finally:
        event.unregister(_COMPILE, listener)


@contextmanager
def announced(say: Callable[[str], None]) -> Iterator[None]:
    """Say once, when a kernel is compiled meanwhile, that they are; and what is wrong with their cache."""
    told: list[str] = []

    def tell(name: str, arguments: Any) -> None:
        if not told:
            told.append(name)
            say("Compiling for this machine and this kind of image: once, for a few seconds ...")

    with told_of_compiling(tell), told_of_trouble(lambda sentence: say(f"warning: {sentence}")):
        yield


class _Listener(event.Listener):  # type: ignore[misc]  # numba ships no types
    def __init__(self, tell: Callable[[str, Any], None]) -> None:
        self._tell = tell

    def on_start(self, event: Any) -> None:
        self._tell(event.data["dispatcher"].py_func.__qualname__, event.data["args"])

    def on_end(self, event: Any) -> None:
        pass
