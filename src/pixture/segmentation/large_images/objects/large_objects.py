"""What objects of an image larger than memory are: their numbers are in a file, what is measured is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array, Integers
from pixture.wording import plural


@dataclass(frozen=True, eq=False)
class LargeObjects:
    """The objects of a foreground whose numbers were written piece by piece.

    Attributes
    ----------
    columns
        The measures of all objects by name, as `Objects.columns`.
    spacing
        Size of a pixel along each axis; 1 where unknown.
    dropped
        How many pieces were too small to be objects.
    choices
        What was asked for, by name, ready for JSON.
    class_names
        Names of classes, by number.
    taking_part
        How many pixels of the image do.
    glimpse
        Evenly spaced numbers, those of the pixels of `LargeSegmentation.image`; None where none were taken.
    whole
        How many objects that may touch others were too large to be split.
    """

    columns: dict[str, Array]
    spacing: tuple[float, ...]
    dropped: int
    choices: Mapping[str, Any]
    class_names: Mapping[int, str]
    taking_part: int
    glimpse: Integers | None = None
    whole: int = 0

    def __repr__(self) -> str:
        dropped = f", {plural(self.dropped, 'smaller one')} dropped" if self.dropped else ""
        return f"<LargeObjects: {self.count:,}{dropped}>"

    @property
    def count(self) -> int:
        """How many objects there are."""
        return len(self.columns["object"])

    @property
    def classes(self) -> npt.NDArray[Any]:
        """(count,) the class of each object."""
        return self.columns["class"]

    @property
    def pixels(self) -> int:
        """How many pixels all objects have together."""
        return int(np.sum(self.columns["pixels"]))

    @property
    def share(self) -> float:
        """What part of the pixels that take part is in objects, from 0 to 1."""
        return self.pixels / self.taking_part

    def table(self) -> list[dict[str, Any]]:
        """As `Objects.table`."""
        columns = {name: column.tolist() for name, column in self.columns.items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
