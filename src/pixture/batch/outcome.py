"""What became of one file of many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pixture.segmentation.objects.objects import Objects

Made = TypeVar("Made")
"""What is made of a file."""


@dataclass(frozen=True)
class Outcome(Generic[Made]):
    """What became of one file: what was made of it, or an error, or neither if it was skipped."""

    path: Path
    made: Made | None = None
    outputs: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()
    error: Exception | None = None
    objects: Objects | None = None

    @property
    def skipped(self) -> bool:
        """Whether its files were there already."""
        return self.made is None and self.error is None

    @property
    def sentence(self) -> str:
        """What went wrong with which file; empty if nothing did."""
        if self.error is None:
            return ""
        said = str(self.error)
        return said if str(self.path) in said else f"{self.path}: {said}"

    def as_dict(self, status: str, record: Callable[[Made], dict[str, Any]]) -> dict[str, Any]:
        """Return the outcome, with the record and this status if something was made, ready for JSON."""
        about: dict[str, Any] = {"path": str(self.path), "warnings": list(self.warnings)}
        if self.error is not None:
            return about | {"status": "failed", "error": self.sentence}
        if self.made is None:
            return about | {"status": "skipped"}
        outputs = [str(path) for path in self.outputs]
        return about | {"status": status, "outputs": outputs, "record": record(self.made)}
