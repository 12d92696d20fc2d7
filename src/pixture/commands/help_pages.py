"""The help of a command: what it does, examples, then its options in groups, in any width of a terminal."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click

Rows = list[tuple[str, str]]
"""What is typed, and what it does."""
WIDEST = 100
"""Columns that help takes at most: longer lines are hard to read."""
SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": WIDEST}
"""What every command is called with."""


class HelpFormatter(click.HelpFormatter):
    """Writes help in which no line ends inside a word or an option: --skip-existing stays whole."""

    def write_text(self, text: str) -> None:
        """Write paragraphs; each is filled anew."""
        indent = " " * self.current_indent
        paragraphs = inspect.cleandoc(text).split("\n\n")
        self.write("\n\n".join(_filled(part, self.width, indent, indent) for part in paragraphs) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write two columns, the first as wide as `col_max`."""
        margin = " " * (self.current_indent + col_max + col_spacing)
        for term, text in rows:
            first = f"{'':{self.current_indent}}{term:{col_max}}{'':{col_spacing}}"
            self.write(_filled(text, self.width, first, margin) + "\n")


class HelpContext(click.Context):
    """A command's context, with this formatter."""

    formatter_class = HelpFormatter


def _filled(text: str, width: int, first: str, later: str) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        width,
        initial_indent=first,
        subsequent_indent=later,
        break_on_hyphens=False,
        break_long_words=False,
    )


@dataclass(frozen=True)
class Example:
    """A command as it may be typed, and what it does."""

    typed: str
    does: str


def write_examples(examples: Iterable[Example], formatter: click.HelpFormatter) -> None:
    """Write what may be typed, each with what it does."""
    with formatter.section("Examples"):
        for example in examples:
            formatter.write_text(example.typed)
            with formatter.indentation():
                formatter.write_text(example.does)


def write_sections(sections: Mapping[str, Rows], formatter: click.HelpFormatter) -> None:
    """Write sections of two columns, as wide in all of them."""
    width = max(len(term) for rows in sections.values() for term, _ in rows)
    for title, rows in sections.items():
        with formatter.section(title):
            formatter.write_dl(rows, col_max=width)
