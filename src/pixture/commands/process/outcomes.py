"""What commands that go through files say of each, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from pixture.commands.process.error_messages import FAILED, SOME_FAILED, Refused, in_options, sentence
from pixture.commands.process.settings import print_json
from pixture.options.running import Running

if TYPE_CHECKING:
    from pixture.batch.outcome import Outcome

Made = TypeVar("Made")


class Speaker(Protocol):
    """Prints lines on stderr, above whatever is drawn there."""

    def note(self, sentence: str) -> None:
        """Print a line, unless quiet."""

    def say(self, sentence: str) -> None:
        """Print a line."""


def refuse_clashes(images: list[Path], output: Path, remedy: str) -> None:
    """Refuse images whose results would have the same names."""
    from pixture.batch.segmentations import clashes

    same = clashes(images, output)
    if same:
        raise Refused(
            f"several images are called {same[0]}, and their results would have the same names. {remedy}"
        )


def say_outcomes(
    outcomes: Iterable[Outcome[Made]],
    files: int,
    speaker: Speaker,
    line: Callable[[Outcome[Made], Made], str],
    as_dict: Callable[[Outcome[Made]], dict[str, Any]],
    running: Running,
    *,
    then: Callable[[Made], None] | None = None,
) -> None:
    """Say what became of each file, by `line` where something was made; print JSON where it is asked for.

    `then`, if given, is called with what was made, after its line.

    Raises
    ------
    click.exceptions.Exit
        Some of the files failed, or all of them.
    """
    from pixture.files.input_files import name_of

    failed = 0
    for outcome in outcomes:
        failed += outcome.error is not None
        for warning in outcome.warnings:
            named = warning.startswith((f"{outcome.path}:", f"{name_of(outcome.path)}:"))
            of = "" if named else f"{name_of(outcome.path)}: "
            speaker.note(f"warning: {of}{in_options(warning)}")
        if outcome.error is not None:
            if running.debug:
                raise outcome.error
            speaker.say(sentence(outcome.error, outcome.sentence))
        elif not running.quiet:
            speaker.say(
                f"{name_of(outcome.path)}: skipped, its results are there."
                if outcome.made is None
                else line(outcome, outcome.made)
            )
            if then is not None and outcome.made is not None:
                then(outcome.made)
        if running.json:
            print_json(_in_options(as_dict(outcome)))
        del outcome  # and with it the image, before the next is read
    if failed:
        raise click.exceptions.Exit(FAILED if failed == files else SOME_FAILED)


def _in_options(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return an outcome whose messages name the command's options."""
    said = {"warnings": [in_options(warning) for warning in outcome["warnings"]]}
    return outcome | said | ({"error": in_options(outcome["error"])} if "error" in outcome else {})
