"""The command `pixture`.

Nothing heavy is imported before a command needs it, so that `pixture --help` answers at once.

Exit status: 0 all done, 1 failed, 2 usage, 3 some of a batch failed, 130 interrupted.
"""

from __future__ import annotations

import gc
import inspect
import sys
from typing import Annotated

import typer

from pixture.commands.animating import animate
from pixture.commands.fitting import fit, select
from pixture.commands.segmenting import apply, report, segment
from pixture.commands.showing import demo, info
from pixture.reporting import INTERRUPTED, reported


def paragraphs(docstring: str) -> str:
    """Return a docstring whose lines end only where its paragraphs do: a terminal has a width of its own."""
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(docstring).split("\n\n"))


app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from pixture import __version__

        typer.echo(f"pixture {__version__}")
        raise typer.Exit


@app.callback()
def pixture(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Segment images by Gaussian mixtures, fitted exactly with Expectation-Maximization.

    Exit status: 0 all done, 1 failed, 2 wrong usage, 3 some of several images failed, 130 interrupted.
    """


for command in (segment, report, select, fit, apply, animate, info, demo):
    app.command(help=paragraphs(command.__doc__ or ""))(reported(command))


def main() -> None:
    """Run the command."""
    # what is imported is a million objects that stay: looking through them for garbage, again and again as
    # they grow, is a tenth of a small photograph's time. Arrays are freed without it.
    gc.set_threshold(200_000, 20, 20)
    try:
        app(prog_name="pixture")
    except KeyboardInterrupt:  # before or after the command itself ran
        sys.exit(INTERRUPTED)
    finally:
        gc.freeze()  # the process ends: what is left need not be looked through either


if __name__ == "__main__":
    main()
