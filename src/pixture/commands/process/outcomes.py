"""What commands that go through files say of each, and how they end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from pixture.commands.process.error_messages import FAILED, SOME_FAILED, in_options, sentence
from pixture.commands.process.settings import print_json
from pixture.options.running import Running
from pixture.wording import duration, plural, si

if TYPE_CHECKING:
    from pixture.batch.outcome import Outcome

Made = TypeVar("Made")


class Speaker(Protocol):
    """Prints lines on stderr, above whatever is drawn there."""

    def note(self, sentence: str) -> None:
        """Print a line, unless quiet."""

    def say(self, sentence: str) -> None:
        """Print a line."""


def say_outcomes(
    outcomes: Iterable[Outcome[Made]],
    speaker: Speaker,
    running: Running,
    status: str,
    *,
    then: Callable[[Made], None] | None = None,
) -> int:
    """Say what became of each file; print JSON where it is asked for.

    `status` is, in JSON, that of what was made. `then`, if given, is called with what was made, after its
    line. Of several files, how fast they were done is said at the end.

    Returns the exit status: that some of the files failed, or all of them, or none.
    """
    from pixture.files.input_files import name_of

    began = time.monotonic()
    files = failed = here = 0
    for outcome in outcomes:
        files += 1
        failed += outcome.error is not None
        here += not outcome.skipped
        for warning in () if outcome.resumed else outcome.warnings:
            named = warning.startswith((f"{outcome.path}:", f"{name_of(outcome.path)}:"))
            of = "" if named else f"{name_of(outcome.path)}: "
            speaker.note(f"warning: {of}{in_options(warning)}")
        if outcome.error is not None:
            if running.debug:
                raise outcome.error
            speaker.say(sentence(outcome.error, outcome.sentence))
        elif not running.quiet and not outcome.resumed:
            speaker.say(outcome.line or f"{name_of(outcome.path)}: skipped, its results are there.")
            if then is not None and outcome.made is not None:
                then(outcome.made)
        if running.json:
            print_json(_in_options(outcome.as_dict(status)))
        del outcome  # and with it the image, before the next is read
    if files > 1:
        speaker.note(_in_all(here, failed, time.monotonic() - began))
    if failed:
        return FAILED if failed == files else SOME_FAILED
    return 0


def end_with(status: int) -> None:
    """End the command with an exit status, if that says that something failed.

    Raises
    ------
    click.exceptions.Exit
        It does.
    """
    if status:
        raise click.exceptions.Exit(status)


def _in_all(files: int, failed: int, seconds: float) -> str:
    """Return how long files took, how many that is a second, and how many of them failed."""
    rate = f", {si(files / seconds).strip()} a second" if seconds > 0 and files else ""
    return f"{plural(files, 'image')} in {duration(seconds)}{rate}" + (
        f"; {failed:,} failed." if failed else "."
    )


def _in_options(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return an outcome whose messages name the command's options."""
    said = {"warnings": [in_options(warning) for warning in outcome["warnings"]]}
    return outcome | said | ({"error": in_options(outcome["error"])} if "error" in outcome else {})
