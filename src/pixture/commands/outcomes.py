"""What commands that go through files say of each, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import typer

from pixture.commands.error_messages import FAILED, SOME_FAILED, sentence
from pixture.commands.process import print_json

if TYPE_CHECKING:
    from pixture.batch.segmentations import Outcome

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
        raise typer.BadParameter(
            f"several images are called {same[0]}, and their results would have the same names. {remedy}"
        )


def say_outcomes(
    outcomes: Iterable[Outcome[Made]],
    files: int,
    speaker: Speaker,
    line: Callable[[Outcome[Made], Made], str],
    as_dict: Callable[[Outcome[Made]], dict[str, Any]] | None,
    *,
    quiet: bool,
    debug: bool,
) -> None:
    """Say what became of each file, by `line` where something was made; print JSON where `as_dict` is given.

    Raises
    ------
    typer.Exit
        Some of the files failed, or all of them.
    """
    failed = 0
    for outcome in outcomes:
        failed += outcome.error is not None
        for warning in outcome.warnings:
            named = warning.startswith((f"{outcome.path}:", f"{outcome.path.name}:"))
            speaker.note(f"warning: {'' if named else f'{outcome.path.name}: '}{warning}")
        if outcome.error is not None:
            if debug:
                raise outcome.error
            speaker.say(sentence(outcome.error, outcome.sentence))
        elif not quiet:
            speaker.say(
                f"{outcome.path.name}: skipped, its results are there."
                if outcome.made is None
                else line(outcome, outcome.made)
            )
        if as_dict is not None:
            print_json(as_dict(outcome))
        del outcome  # and with it the image, before the next is read
    if failed:
        raise typer.Exit(FAILED if failed == files else SOME_FAILED)
