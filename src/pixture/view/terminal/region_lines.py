"""What the command shows in a terminal while regions are found, and of those found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from pixture.files.input_files import name_of
from pixture.imaging.image import Image
from pixture.segmentation.regions.regions import Regions
from pixture.view.terminal.progress import LinesAbove
from pixture.view.terminal.result_lines import MOST_SHARES, extent
from pixture.wording import plural, printable


class Spinner(LinesAbove):
    """A line while files are worked on one after the other: which, and what is done."""

    def __init__(self, console: Console, doing: str, *, quiet: bool) -> None:
        super().__init__(
            console,
            SpinnerColumn(),
            TextColumn("{task.fields[name]}", markup=False),
            TextColumn("{task.fields[doing]}"),
            TimeElapsedColumn(),
            quiet=quiet,
        )
        self._doing = doing

    def begin(self, path: Path, image: Image) -> None:
        """Show that a file is being worked on."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        size = extent(image)
        self._task = self._progress.add_task(
            "", name=f"{printable(name_of(path))} ({size})", doing=self._doing
        )

    def saving(self) -> None:
        """Show that files are being written."""
        if self._task is not None:
            self._progress.update(self._task, doing="writing")

    def finished(self, done: int) -> None:
        """Pass over it: there is one file."""


def regions_line(name: str, regions: Regions, where: str) -> str:
    """Return what regions were found in a file, in a line."""
    areas = np.sort(np.bincount(regions.members, regions.tree.pixels[: regions.tree.leaves]))[::-1]
    shares = areas[: regions.count] / areas.sum()
    largest = " ".join(f"{share:.0%}" for share in shares[:MOST_SHARES])
    more = " ..." if regions.count > MOST_SHARES else ""
    return (
        f"{name}: {extent(regions.image)}, {plural(regions.count, 'region')} ({largest}{more}) "
        f"of {plural(regions.tree.leaves, 'superpixel')} -> {where}"
    )
