"""What the benchmarks found, as a table for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Cell = str | int | float | bool | None
Row = dict[str, Cell]


@dataclass(frozen=True)
class Claim:
    """A bound that pixture sets itself, and what was found."""

    what: str
    found: float
    is_at: Literal["least", "most"]
    bound: float
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return self.found >= self.bound if self.is_at == "least" else self.found <= self.bound

    def row(self) -> Row:
        """Return the claim as a row of a table."""
        return {
            "what": self.what,
            "bound": f"at {self.is_at} {shown(self.bound)}{self.unit}",
            "found": f"{shown(self.found)}{self.unit}",
            "": "holds" if self.holds else "MISSED",
        }


@dataclass(frozen=True)
class Section:
    """One comparison: what it is, its rows, what to know when reading them, and what it claims."""

    title: str
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    rounds: dict[str, list[float]] = field(default_factory=dict)
    """The seconds of every round, for those who want more than medians."""
    plots: list[Path] = field(default_factory=list)


def shown(value: Cell) -> str:
    """Return a value as a table shows it, with three digits.

    >>> [shown(value) for value in (0.00123456, 27.04, 4812.3, 7, True, None, "all")]
    ['0.00123', '27.0', '4,812', '7', 'yes', '–', 'all']
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if 0 < abs(value) < 1e-4:
            return f"{value:.1e}"
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")
    return f"{value:,}" if isinstance(value, int) else value


def table(rows: list[Row]) -> str:
    """Return rows as a Markdown table, its columns in the order in which they first appear.

    >>> print(table([{"K": 3, "ms": 1.5}, {"K": 10, "note": "slow"}]))
    | K  | ms   | note |
    | -- | ---- | ---- |
    | 3  | 1.50 | –    |
    | 10 | –    | slow |
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns, *([shown(row.get(name)) for name in columns] for row in rows)]
    widths = [max(2, *(len(line[at]) for line in lines)) for at in range(len(columns))]
    lines.insert(1, ["-" * width for width in widths])
    padded = ((cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


def markdown(machine: Row, sections: Iterable[Section], folder: Path) -> str:
    """Return the whole report: the claims first, then every section, then the machine."""
    sections = list(sections)
    claims = [claim.row() for section in sections for claim in section.claims]
    parts = ["# Benchmarks", *_block("What must hold", claims, [], [])]
    for section in sections:
        plots = [f"![{plot.stem}]({plot.relative_to(folder).as_posix()})" for plot in section.plots]
        parts += _block(section.title, section.rows, section.notes, plots)
    parts += _block("Where", [{"": name, "is": value} for name, value in machine.items()], [], [])
    return "\n\n".join(parts) + "\n"


def _block(title: str, rows: list[Row], notes: list[str], plots: list[str]) -> list[str]:
    said = "\n".join(f"- {note}" for note in notes)
    parts = [table(rows) if rows else "", *plots, said]
    return [f"## {title}", *filter(None, parts)] if any(parts) else []


def save(folder: Path, machine: Row, sections: Iterable[Section]) -> list[Path]:
    """Write `benchmarks.json` and `benchmarks.md` into a folder; return their paths."""
    sections = list(sections)
    folder.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = {
        "machine": machine,
        "sections": [
            asdict(section) | {"plots": [plot.name for plot in section.plots]} for section in sections
        ],
    }
    written = {
        folder / "benchmarks.json": json.dumps(record, indent=1) + "\n",
        folder / "benchmarks.md": markdown(machine, sections, folder),
    }
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    return list(written)
