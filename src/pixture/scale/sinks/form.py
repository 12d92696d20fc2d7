"""What a family of formats does with pieces: it keeps them, and makes its files of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pixture.arrays import Array
from pixture.imaging.window import Window


class Form(Protocol):
    """How pieces are kept, and what is made of them. It may be sent to other processes."""

    def prepare(self) -> None:
        """Make what pieces are written into, in the folder of the plan, which is there."""

    def keep(self, window: Window, values: Array) -> None:
        """Keep a piece, as `scale.sinks.sink.Sink.write` says."""

    def is_whole(self, window: Window) -> bool:
        """Whether a piece is there as it was written."""

    def make(self, folder: Path) -> Mapping[str, bytes | Path]:
        """Return the files by how their names end, the main one first: their content, or where they are made.

        All pieces are whole. What is made is a file in the folder, which is empty, or lies beside the pieces;
        its bytes follow from the plan and the pieces alone.
        """
