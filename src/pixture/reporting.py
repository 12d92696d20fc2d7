"""What a command refuses or warns of, as a person is told: one sentence on stderr and an exit status."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from types import FrameType
from typing import ParamSpec

import typer

from pixture.errors import PixtureError, PixtureWarning

P = ParamSpec("P")
COMPILERS = re.compile(r"[\\/](numba|llvmlite)[\\/]")
INTERRUPTED_SENTENCE = "Interrupted; what was finished is kept, nothing is half-written."
FAILED, SOME_FAILED, INTERRUPTED = 1, 3, 130
"""Exit statuses; 2, wrong usage, is Typer's own."""


def reported(command: Callable[P, None]) -> Callable[P, None]:
    """Wrap a command: what it refuses becomes one sentence and an exit status."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with contextlib.suppress(ValueError):  # handlers can be set in the main thread only
            for name in ("SIGTERM", "SIGHUP"):
                if hasattr(signal, name):
                    signal.signal(getattr(signal, name), _terminate)
            if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is to be ignored
                signal.signal(signal.SIGINT, interrupt)
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _show_warning
                warnings.simplefilter("always", PixtureWarning)
                command(*args, **kwargs)
        except KeyboardInterrupt:
            say(INTERRUPTED_SENTENCE)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # who read our output has gone; do not fail again while flushing it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(FAILED) from None
        except (typer.Exit, typer.BadParameter):
            raise
        except Exception as error:
            if isinstance(error.__cause__, KeyboardInterrupt):  # Python wraps what ends the making of a class
                say(INTERRUPTED_SENTENCE)
                raise typer.Exit(INTERRUPTED) from None
            if kwargs.get("debug"):
                raise
            say(sentence(error))
            raise typer.Exit(FAILED) from None

    return run


def say(line: str) -> None:
    """Print a line on stderr."""
    typer.echo(line, err=True)


def sentence(error: Exception, said: str = "") -> str:
    """Return what went wrong, in a sentence; `said` says it of a certain file."""
    said = said or str(error)
    if isinstance(error, PixtureError):
        return f"error: {said}"
    if isinstance(error, MemoryError):
        return f"error: {said.rstrip('.: ')}: not enough memory; `pixture info FILE` says how much it takes."
    if isinstance(error, OSError):
        return f"error: {said.rstrip('.')}."
    return (
        f"error: pixture failed in a way it should not ({type(error).__name__}: {said}). "
        "Run it again with --debug and report what it prints."
    )


def _terminate(signal_number: int, frame: object) -> None:
    """End as by the signal, but after temporary files are removed."""
    raise SystemExit(128 + signal_number)


def interrupt(signal_number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, as Python does; but not while numba or llvmlite load or compile a kernel.

    They take locks in methods, and an exception between the taking and the method's return leaves a lock
    taken for ever: other threads that load a kernel would wait for it, and this one for them. Ended
    elsewhere, LLVM may crash. So the signal is sent again a moment later. (While a kernel runs, no code of
    theirs does.)
    """
    if makes_kernel(frame):
        threading.Timer(0.005, _send_again, (signal_number,)).start()
        return
    raise KeyboardInterrupt


def _send_again(signal_number: int) -> None:
    """Send a signal to the main thread, and wake it if it waits for something."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal_number)
    else:
        signal.raise_signal(signal_number)


def makes_kernel(frame: FrameType | None) -> bool:
    """Whether a frame, or one that called it, is of numba or llvmlite."""
    while frame is not None:
        if COMPILERS.search(frame.f_code.co_filename):
            return True
        frame = frame.f_back
    return False


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> None:
    """Say a warning in a sentence, without the place in the code it came from."""
    say(f"warning: {message}")
