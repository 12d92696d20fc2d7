"""What a command refuses or warns of, as a person is told: one sentence on stderr and an exit status."""

from __future__ import annotations

import functools
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import ParamSpec

import typer

from pixture import stopping
from pixture.errors import PixtureError, PixtureWarning
from pixture.wording import printable

P = ParamSpec("P")
FAILED, SOME_FAILED, INTERRUPTED = 1, 3, stopping.status_of(2)
"""Exit statuses; 2, wrong usage, is Typer's own; `stopping` has those of signals."""


def reported(command: Callable[P, None]) -> Callable[P, None]:
    """Wrap a command: what it refuses becomes one sentence and an exit status.

    `Stopped` passes: whoever listens to signals says so, once.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        debug = bool(kwargs.get("debug"))
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _shown_once()
                if debug:  # what the libraries tell developers
                    warnings.simplefilter("default")
                warnings.simplefilter("ignore" if kwargs.get("quiet") else "always", PixtureWarning)
                stopping.check()
                command(*args, **kwargs)
        except KeyboardInterrupt:  # Python's own, where no signal is listened to
            say(stopping.SENTENCE)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # who read what we print has gone: there is nobody to tell
            raise typer.Exit(FAILED) from None
        except (typer.Exit, typer.BadParameter):
            raise
        except Exception as error:  # noqa: BLE001 - told as what it is, in a sentence
            tell(error, debug=debug)
            raise typer.Exit(FAILED) from None

    return run


def say(line: str) -> None:
    """Print a line on stderr."""
    print(printable(line), file=sys.stderr, flush=True)


def tell(error: Exception, *, debug: bool = False) -> None:
    """Say what went wrong: in a sentence, or with the way that led there."""
    if debug:
        for lines in traceback.format_exception(error):
            for line in lines.splitlines():
                say(line)
    else:
        say(sentence(error))


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


def _shown_once() -> Callable[..., None]:
    """Return what says a warning in a sentence, without its place in the code, and only the first time."""
    told: set[str] = set()

    def show(message: Warning | str, *place: object, **more: object) -> None:
        line = f"warning: {message}"
        if line not in told:
            told.add(line)
            say(line)

    return show
