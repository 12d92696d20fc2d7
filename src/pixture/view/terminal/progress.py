"""Progress in a terminal: bars on stderr, and lines above them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
)
from rich.table import Table

from pixture.files.input_files import name_of
from pixture.imaging.image import Image
from pixture.mixture.em.fit_result import Step
from pixture.options.fitting import Choices
from pixture.wording import duration, printable, si

if TYPE_CHECKING:
    from pixture.scale.sources.source import Source
    from pixture.segmentation.large_images.forecast import Forecast


class LinesAbove:
    """What is drawn on stderr while something is done, and lines printed above it.

    It is drawn only in a terminal, and leaves nothing behind.
    """

    def __init__(self, console: Console, *columns: ProgressColumn, quiet: bool) -> None:
        hidden = quiet or not console.is_terminal
        self._progress = Progress(*columns, console=console, transient=True, disable=hidden)
        self._console, self._quiet = console, quiet
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def note(self, sentence: str) -> None:
        """Print a line above, unless quiet."""
        if not self._quiet:
            self.say(sentence)

    def say(self, sentence: str) -> None:
        """Print a line above."""
        self._console.print(printable(sentence), soft_wrap=True)

    def show(self, table: Table) -> None:
        """Print a table above, unless quiet."""
        if not self._quiet:
            self._console.print(table)


class ProgressBar(LinesAbove):
    """A bar: the file, the iteration, its log-likelihood, pixels a second."""

    def __init__(self, console: Console, choices: Choices, *, quiet: bool) -> None:
        super().__init__(
            console,
            TextColumn("{task.fields[name]}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[log_likelihood]}"),
            TextColumn("{task.fields[rate]}"),
            quiet=quiet,
        )
        self._choices = choices
        self._pixels = self._parts = self._done = 0
        self._name = ""
        self._began = time.perf_counter()

    def begin(self, path: Path, image: Image) -> None:
        """Start a file's bar."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._pixels, self._began = image.size, time.perf_counter()
        total = self._choices.max_iter
        self._task = self._progress.add_task(
            "",
            name=printable(name_of(path)),
            total=total,
            log_likelihood="",
            rate="counting, trying starts",
        )

    def compared(self, done: int, fits: int) -> None:
        """Show that so many of the fits are done by which numbers of components are compared."""
        if self._task is not None:
            self._progress.update(
                self._task, completed=done, total=fits, rate="comparing numbers of components"
            )

    def step(self, step: Step) -> None:
        """Show an iteration."""
        if self._task is None:
            return
        rate = self._pixels * step.iteration / (time.perf_counter() - self._began)
        self._progress.update(
            self._task,
            completed=step.iteration,
            total=self._choices.max_iter,
            log_likelihood=f"log-likelihood {step.log_likelihood:.4f}",
            rate=f"{si(rate)}px/s",
        )

    def frame(self, drawn: int, frames: int) -> None:
        """Show that so many of an animation's frames are drawn."""
        if self._task is None:
            self._task = self._progress.add_task("", name="", log_likelihood="", rate="")
        self._progress.update(self._task, completed=drawn, total=frames, rate="drawing frames")

    def saving(self) -> None:
        """Show that files are being written."""
        if self._task is not None:
            self._progress.update(self._task, rate="writing")

    def counting(self, done: int) -> None:
        """Pass over it: there is one file."""

    def fitting(self) -> None:
        """Pass over it: there is one file, and steps are shown."""

    def finished(self, done: int) -> None:
        """Pass over it: there is one file."""

    def begin_large(self, path: Path, source: Source, expected: Forecast) -> None:
        """Start the bar of a file that is gone through in pieces, and say what that will cost."""
        from pixture.view.terminal.forecast_lines import forecast_line  # loaded where an image is large

        self._name = printable(name_of(path))
        self.note(f"{self._name}: {forecast_line(source.description, expected)}")

    def passing(self, name: str, parts: int) -> None:
        """Start the bar of a pass."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._parts, self._done, self._began = parts, 0, time.perf_counter()
        self._task = self._progress.add_task(
            "", name=self._name, total=parts, log_likelihood=name, rate="begun"
        )

    def part_done(self) -> None:
        """Show that a piece more is done."""
        if self._task is None:
            return
        self._done += 1
        seconds = time.perf_counter() - self._began
        left = duration((self._parts - self._done) * seconds / self._done)
        self._progress.update(self._task, completed=self._done, total=self._parts, rate=f"{left} left")

    def summarised(self, what: str, path: Path) -> None:
        """Say where the classes or the objects of all images are."""
        self.note(f"{what} of all images -> {path}")


class ComparisonBar(LinesAbove):
    """A bar: how many of the fits that a comparison makes are done."""

    def __init__(self, console: Console, name: str, *, quiet: bool) -> None:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("fits"),
        )
        super().__init__(console, *columns, quiet=quiet)
        self._task = self._progress.add_task(printable(name), total=None)

    def progress(self, done: int, work: int) -> None:
        """Show that so many of all fits are done."""
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=work)
