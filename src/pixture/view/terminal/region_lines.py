"""What the command shows in a terminal while regions are found, and of those found."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from pixture.files.input_files import name_of
from pixture.imaging.image import Image
from pixture.scale.sources.source import Source
from pixture.segmentation.large_images.forecast import Forecast
from pixture.segmentation.large_images.regions.large_regions import LargeRegions
from pixture.segmentation.regions.regions import Regions
from pixture.view.terminal.forecast_lines import forecast_line
from pixture.view.terminal.progress import LinesAbove
from pixture.view.terminal.result_lines import MOST_SHARES, extent
from pixture.wording import duration, plural, printable


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
        self._doing = self._pass = doing
        self._parts = self._done = 0
        self._began = time.perf_counter()

    def begin(self, path: Path, image: Image) -> None:
        """Show that a file is being worked on."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        size = extent(image)
        self._task = self._progress.add_task(
            "", name=f"{printable(name_of(path))} ({size})", doing=self._doing
        )

    def begin_large(self, path: Path, source: Source, expected: Forecast) -> None:
        """Show that a file is gone through in pieces, and say what that will cost."""
        name = printable(name_of(path))
        self.note(f"{name}: {forecast_line(source.description, expected)}")
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task("", name=name, doing=self._doing)

    def passing(self, name: str, parts: int) -> None:
        """Show that a pass begins."""
        self._pass, self._parts, self._done, self._began = name, parts, 0, time.perf_counter()
        if self._task is not None:
            self._progress.update(self._task, doing=f"{name}, {plural(parts, 'part')}")

    def part_done(self) -> None:
        """Show that a part more is done."""
        self._done += 1
        left = duration((self._parts - self._done) * (time.perf_counter() - self._began) / self._done)
        if self._task is not None:
            doing = f"{self._pass}, {self._done} of {self._parts}, {left} left"
            self._progress.update(self._task, doing=doing)

    def saving(self) -> None:
        """Show that files are being written."""
        if self._task is not None:
            self._progress.update(self._task, doing="writing")

    def finished(self, done: int) -> None:
        """Pass over it: there is one file."""


def regions_line(name: str, regions: Regions, where: str) -> str:
    """Return what regions were found in a file, in a line."""
    return f"{name}: {extent(regions.image)}, {_found(regions)} -> {where}"


def large_regions_line(name: str, regions: LargeRegions, pieces: int, where: str) -> str:
    """Return what regions were found in a file that was gone through in pieces, in a line."""
    return f"{name}: {extent(regions.image)} in {plural(pieces, 'piece')}, {_found(regions)} -> {where}"


def _found(regions: Regions | LargeRegions) -> str:
    areas = np.sort(np.bincount(regions.members, regions.tree.pixels[: regions.tree.leaves]))[::-1]
    shares = areas[: regions.count] / areas.sum()
    largest = " ".join(f"{share:.0%}" for share in shares[:MOST_SHARES])
    more = " ..." if regions.count > MOST_SHARES else ""
    return (
        f"{plural(regions.count, 'region')} ({largest}{more}) of {plural(regions.tree.leaves, 'superpixel')}"
    )
