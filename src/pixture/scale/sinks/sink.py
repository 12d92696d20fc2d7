"""Where the labels of pieces go: each is written by itself, and the whole appears when all are there."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from pixture.arrays import Integers
from pixture.imaging.window import Window


class Sink(Protocol):
    """Takes the labels of pieces, in any order.

    It may be sent to other processes, as a `Source` may. Nothing has its final name before `finish`: until
    then all lies in one temporary folder beside it.
    """

    def write(self, window: Window, labels: Integers) -> None:
        """Keep the labels of a piece, (*shape of the window); written again, they replace what was there.

        It returns when they are on the disk, whole: what is killed before leaves nothing that is taken for
        theirs. It may be called from several threads, and processes, at once.
        """

    def has(self, window: Window) -> bool:
        """Whether a piece is there, whole and as it was written (its checksum holds)."""

    def kept(self) -> frozenset[Window]:
        """Return the windows that are there, whole and as they were written (their checksums hold)."""

    def finish(self) -> tuple[Path | str, ...]:
        """Make the final files of all pieces, bring them to the disk, and give them their names.

        They are returned, the main one first; of a store elsewhere, its URL.

        Raises
        ------
        WriteError
            A piece is missing or damaged, the disk is full, or a file of that name has appeared.
        """

    def remove(self) -> None:
        """Remove what was kept: no file is left."""
