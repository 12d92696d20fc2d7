"""Progress of a run through many files, in a terminal: how many are done, how fast, how long it will take."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from pixture.files.input_files import name_of
from pixture.imaging.image import Image
from pixture.mixture.em.fit_result import Step
from pixture.view.terminal.progress import LinesAbove
from pixture.wording import duration, printable, si

if TYPE_CHECKING:
    from pixture.scale.sources.source import Source
    from pixture.segmentation.large_images.forecast import Forecast


class BatchBar(LinesAbove):
    """A bar: files that are done, files a second, the time left, and what is at hand."""

    def __init__(self, console: Console, files: int, *, quiet: bool) -> None:
        super().__init__(
            console,
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[name]}", markup=False),
            quiet=quiet,
        )
        self._files = files
        self._began = time.monotonic()
        self._first: int | None = None
        self._shown = self._progress.add_task("images", total=files, rate="", name="")

    def counting(self, done: int) -> None:
        """Show that the values of so many files are counted."""
        self._progress.update(self._shown, description="counting", completed=done)

    def fitting(self) -> None:
        """Show that one mixture is fitted to all files."""
        self._progress.update(self._shown, description="fitting", name="")

    def begin(self, path: Path, image: Image) -> None:
        """Show which file is at hand."""
        self._progress.update(self._shown, name=printable(name_of(path)))

    def finished(self, done: int) -> None:
        """Show that so many files are done; the first time says when it began."""
        now = time.monotonic()
        if self._first is None:
            self._first, self._began = done, now
            self._progress.update(self._shown, description="images")
        here, seconds = done - self._first, now - self._began
        rate = ""
        if here and seconds > 0:
            left = duration((self._files - done) * seconds / here)
            rate = f"{si(here / seconds).strip()} a second, {left} left"
        self._progress.update(self._shown, completed=done, rate=rate)

    def compared(self, done: int, fits: int) -> None:
        """Pass over it: a file is a moment."""

    def step(self, step: Step) -> None:
        """Pass over it: a file is a moment."""

    def frame(self, drawn: int, frames: int) -> None:
        """Pass over it: a file is a moment."""

    def saving(self) -> None:
        """Pass over it: a file is a moment."""

    def begin_large(self, path: Path, source: Source, expected: Forecast) -> None:
        """Show which file is at hand."""
        self._progress.update(self._shown, name=printable(name_of(path)))

    def passing(self, name: str, parts: int) -> None:
        """Pass over it."""

    def part_done(self) -> None:
        """Pass over it."""

    def summarised(self, what: str, path: Path) -> None:
        """Say where what is known of all images is."""
        self.note(f"{what} of all images -> {path}")
