"""What became of one file of many."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

Made = TypeVar("Made")
"""What is made of a file."""


@dataclass(frozen=True)
class Outcome(Generic[Made]):
    """What became of one file: what was made of it, or an error, or neither if it was skipped.

    Attributes
    ----------
    path
        The file.
    line
        What is said of what was made of it; empty if nothing was.
    outputs
        The files that were written.
    warnings
        What was warned of.
    error
        What went wrong.
    record
        What is known of what was made, ready for JSON, where it was asked for.
    counts
        What else is known in a number or two, such as how many objects there are.
    made
        What was made of it, in the process that made it.
    resumed
        Whether an earlier run did it, which this one goes on with.
    """

    path: Path
    line: str = ""
    outputs: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()
    error: Exception | None = None
    record: dict[str, Any] | None = None
    counts: dict[str, int] = field(default_factory=dict)
    made: Made | None = None
    resumed: bool = False

    @property
    def skipped(self) -> bool:
        """Whether its files were there already."""
        return not self.line and self.error is None

    @property
    def sentence(self) -> str:
        """What went wrong with which file; empty if nothing did."""
        if self.error is None:
            return ""
        said = str(self.error)
        return said if str(self.path) in said else f"{self.path}: {said}"

    def as_dict(self, status: str) -> dict[str, Any]:
        """Return the outcome, with this status if something was made, ready for JSON."""
        about: dict[str, Any] = {"path": str(self.path), "warnings": list(self.warnings)}
        if self.error is not None:
            return about | {"status": "failed", "error": self.sentence}
        if self.skipped:
            return about | {"status": "skipped"}
        outputs = [str(path) for path in self.outputs]
        return about | {"status": status, "outputs": outputs, "record": self.record} | self.counts

    def light(self) -> Self:
        """Return it without what was made, as it goes to another process."""
        error = self.error
        if error is not None and not _can_travel(error):
            error = RuntimeError(f"{type(error).__name__}: {error}")
        return replace(self, made=None, error=error)


def _can_travel(error: Exception) -> bool:
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)
    except Exception:  # noqa: BLE001 - whatever an error's class does not like of it
        return False
