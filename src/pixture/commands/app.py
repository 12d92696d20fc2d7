"""The names of the commands, and how a run of one ends."""

from __future__ import annotations

import inspect
import logging
import sys
import warnings
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from pixture.commands.animating import animate
from pixture.commands.error_messages import FAILED, INTERRUPTED, reported, tell
from pixture.commands.evaluating import evaluate
from pixture.commands.fitting import fit, select
from pixture.commands.regions import regions
from pixture.commands.segmenting import apply, report, segment
from pixture.commands.showing import demo, info
from pixture.wording import printable

UsageError = cast(type[Exception], typer.BadParameter.__mro__[1])
"""Click's; some releases of Typer carry a Click of their own."""


def paragraphs(docstring: str) -> str:
    """Return a docstring whose lines end only where its paragraphs do: a terminal has a width of its own."""
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(docstring).split("\n\n"))


class Commands(TyperGroup):
    """The commands; a refusal that repeats what was typed repeats nothing that a terminal obeys."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the options that stand before a command's name."""
        try:
            return super().make_context(*args, **kwargs)
        except UsageError as error:
            raise _without_commands_to_terminals(error) from None

    def invoke(self, ctx: Any) -> Any:
        """Read a command's own options, and run it."""
        try:
            return super().invoke(ctx)
        except UsageError as error:
            raise _without_commands_to_terminals(error) from None


def _without_commands_to_terminals(error: Any) -> Any:
    error.message = printable(error.message)
    return error


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from pixture import __version__

        print(f"pixture {__version__}")
        raise typer.Exit


@app.callback()
def pixture(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Segment images by Gaussian mixtures, fitted exactly with Expectation-Maximization.

    Exit status: 0 all done, 1 failed, 2 wrong usage, 3 some of several images failed, 130 interrupted,
    143 terminated, 129 the terminal hung up.
    """


for command in (segment, regions, report, select, fit, apply, evaluate, animate, info, demo):
    app.command(help=paragraphs(command.__doc__ or ""))(reported(command))


def run() -> int:
    """Run the command that the process was started with, and return its status; the process is ours.

    Raises
    ------
    Stopped
        A signal asked to end.
    """
    if not sys.warnoptions:  # libraries warn their callers, and that is us
        warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())  # else Python prints what no one handles
    try:
        status = _invoked()
        sys.stdout.flush()
    except BrokenPipeError:  # who read what we print has gone
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - what was printed by Typer, not by a command
        tell(error, debug="--debug" in sys.argv)
        return FAILED
    return status


def _invoked() -> int:
    try:
        app(prog_name="pixture")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else FAILED
    return 0
