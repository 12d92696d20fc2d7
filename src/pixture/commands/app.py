"""The names of the commands, and how a run of one ends."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Any

import click
from click.shell_completion import get_completion_class

from pixture.commands.animate import animate
from pixture.commands.apply import apply
from pixture.commands.demo import demo
from pixture.commands.evaluate import evaluate
from pixture.commands.fit import fit
from pixture.commands.help_pages import SETTINGS, Example, HelpContext, write_examples, write_sections
from pixture.commands.info import info
from pixture.commands.process.error_messages import FAILED, INTERRUPTED, Refused, tell
from pixture.commands.regions import regions
from pixture.commands.report import report
from pixture.commands.segment import segment
from pixture.commands.select import select
from pixture.commands.studio import studio
from pixture.wording import printable

NAME = "pixture"
SHELLS = ("bash", "zsh", "fish")
EXAMPLES = (
    Example("pixture segment photo.jpg -k 4", "Four classes of pixels; the results go to this folder."),
    Example("pixture regions photo.jpg", "Connected regions with clean outlines."),
    Example("pixture demo", "Try it on two photographs that come with it."),
)


class Commands(click.Group):
    """The commands; a refusal that repeats what was typed repeats nothing that a terminal obeys."""

    context_class = HelpContext
    examples = EXAMPLES

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the options that stand before a command's name."""
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise _without_commands_to_terminals(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Read a command's own options, and run it."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _without_commands_to_terminals(error) from None

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help: what there is, examples, the commands."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        write_examples(self.examples, formatter)
        options = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))]
        sections = {
            "Commands": [(name, one.get_short_help_str(200)) for name, one in self.commands.items()],
            "Options": options,
        }
        write_sections(sections, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands, those needed first before the others."""
        return list(self.commands)


def _without_commands_to_terminals(error: click.UsageError) -> click.UsageError:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    return Refused(printable(error.format_message()), error.ctx)


def _print_version(ctx: click.Context, param: click.Parameter, asked: bool) -> None:
    if asked:
        from pixture import __version__

        print(f"pixture {__version__}")
        ctx.exit()


def _print_completion(ctx: click.Context, param: click.Parameter, shell: str | None) -> None:
    if shell is not None:
        completion = get_completion_class(shell)
        assert completion is not None  # click knows these shells
        print(completion(ctx.command, {}, NAME, f"_{NAME.upper()}_COMPLETE").source())
        ctx.exit()


@click.group(cls=Commands, name=NAME, no_args_is_help=True, context_settings=SETTINGS)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
@click.option(
    "--completion",
    type=click.Choice(SHELLS),
    metavar="SHELL",
    is_eager=True,
    expose_value=False,
    callback=_print_completion,
    help="Print a script that completes commands, options and file names in bash, zsh or fish. For bash, "
    'add this line to ~/.bashrc: eval "$(pixture --completion bash)"',
)
def app() -> None:
    """Segment images by Gaussian mixtures, fitted exactly with Expectation-Maximization.

    Exit status: 0 all done, 1 failed, 2 wrong usage, 3 some of several images failed, 130 interrupted,
    143 terminated, 129 the terminal hung up.
    """


for command in (segment, regions, report, select, fit, apply, evaluate, animate, info, studio, demo):
    app.add_command(command)


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
    except Exception as error:  # noqa: BLE001 - what was printed by click, not by a command
        tell(error, debug="--debug" in sys.argv)
        return FAILED
    return status


def _invoked() -> int:
    try:
        app(prog_name=NAME)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else FAILED
    return 0
