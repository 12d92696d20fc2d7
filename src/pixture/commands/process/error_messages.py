"""What a command refuses or warns of, as a person is told: one sentence on stderr and an exit status."""

from __future__ import annotations

import functools
import re
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import IO, Any, ParamSpec

import click

from pixture import stopping
from pixture.errors import PixtureError, PixtureWarning
from pixture.wording import printable

P = ParamSpec("P")
FAILED, SOME_FAILED, INTERRUPTED = 1, 3, stopping.status_of(2)
"""Exit statuses; 2, wrong usage, is click's own; `stopping` has those of signals."""


class Refused(click.UsageError):
    """What was typed is no use of the command: told in a sentence that repeats nothing a terminal obeys."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence, and where the options are listed, on stderr."""
        say(f"error: {self.format_message()}")
        if self.ctx is not None:
            say(self.ctx.get_usage().replace("\n", " "))
            say(f"`{self.ctx.command_path} --help` says more.")


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
            raise click.exceptions.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # who read what we print has gone: there is nobody to tell
            raise click.exceptions.Exit(FAILED) from None
        except (click.exceptions.Exit, click.UsageError):
            raise
        except Exception as error:  # noqa: BLE001 - told as what it is, in a sentence
            tell(error, debug=debug)
            raise click.exceptions.Exit(FAILED) from None

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


def in_options(text: str) -> str:
    """Return a message of the library, which names keywords, with the running command's options instead.

    Keywords are known by what stands beside them (overwrite=True, "seed must be"), or by an underscore.
    """
    context = click.get_current_context(silent=True)
    names: dict[str, str] = getattr(context and context.command, "names", {})
    for keyword, name in names.items():
        word = rf"(?<![\w/.-]){re.escape(keyword)}"
        text = re.sub(rf"{word}=True\b", name, text)
        text = re.sub(rf"{word}=(?=\w)", f"{name} ", text)
        text = re.sub(rf"{word}=(?=\))", name, text)  # (memory=)
        # a text in quotes, but not where a call of the library is spelled out
        text = re.sub(rf"(?<!, ){word}='([^']*)'", rf"{name} \1", text)
        if not keyword.islower() or "_" in keyword:
            text = re.sub(rf"{word}(?![\w/-]|\.\w)", name, text)
        else:
            text = re.sub(rf"(^|: |\braise |, or ){word}(?= must\b| if\b)", rf"\g<1>{name}", text)
    if "output" in names:
        text = re.sub(r"\b([Cc]hoose another (?:folder|place)|Write a file instead)\b", r"\1 with -o", text)
    return text


def sentence(error: Exception, said: str = "") -> str:
    """Return what went wrong, in a sentence; `said` says it of a certain file."""
    said = in_options(said or str(error))
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
        line = f"warning: {in_options(str(message))}"
        if line not in told:
            told.add(line)
            say(line)

    return show
