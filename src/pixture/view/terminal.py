"""What the command shows in a terminal: progress, results, facts of a file."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

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

from pixture.imaging.image import Image
from pixture.mixture.em.fit_result import Fit, Step, Stop
from pixture.mixture.model_selection.selection import Selection
from pixture.options.fitting import Choices
from pixture.segmentation.cost_estimate import Cost
from pixture.segmentation.segmentation import Segmentation
from pixture.view.panels.axis_labels import channels_in_words
from pixture.wording import plural, printable, si

if TYPE_CHECKING:
    from pixture.segmentation.many_images.image_model import ImageModel

MOST_SHARES = 12
"""Labels whose shares a result's line lists."""

BAR = 12
"""Characters of the longest bar of a curve."""


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
        self._pixels = 0
        self._began = time.perf_counter()

    def begin(self, path: Path, image: Image) -> None:
        """Start a file's bar."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._pixels, self._began = image.size, time.perf_counter()
        total = self._choices.max_iter
        self._task = self._progress.add_task(
            "",
            name=printable(path.name),
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

    def summarised(self, path: Path) -> None:
        """Say where the classes of all images are."""
        self.note(f"classes of all images -> {path}")


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


def _values(segmentation: Segmentation) -> str:
    sample = segmentation.histogram.sample
    return plural(sample.size, "distinct value") if segmentation.histogram.counted else "values taken singly"


def result_line(name: str, segmentation: Segmentation, where: str) -> str:
    """Return what came of a file, in a line."""
    fit, shape = segmentation.fit, segmentation.image.shape
    shares = " ".join(f"{share:.0%}" for share in segmentation.shares[:MOST_SHARES])
    more = " ..." if segmentation.shares.size > MOST_SHARES else ""
    stored = segmentation.image.stored_channels
    grey = "" if stored is None else f"grey stored as {stored} channels, "
    return (
        f"{name}: {shape[1]} x {shape[0]}, {grey}{_values(segmentation)}, "
        f"{plural(fit.mixture.components, 'component')} ({shares}{more}), {_how(fit)}, "
        f"log-likelihood {fit.log_likelihood:.4f}/px -> {where}"
    )


def _how(fit: Fit) -> str:
    if fit.stop is Stop.GIVEN:
        return "mixture given"
    return f"{fit.iterations_in_words}{'' if fit.converged else ', not converged'}"


def model_line(model: ImageModel, images: int, where: str) -> str:
    """Return what came of fitting several images together, in a line."""
    facts = model.facts
    pixels, values = si(facts["pixels"]), facts["distinct_values"]
    return (
        f"{plural(images, 'image')}, {pixels}px, {plural(values, 'distinct value')}: "
        f"{plural(model.mixture.components, 'component')}, {plural(facts['iterations'], 'iteration')}, "
        f"log-likelihood {facts['log_likelihood_per_pixel']:.4f}/px -> {where}"
    )


def demo_table() -> Table:
    """Return the head of the demo's table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("image", "size", "distinct", "iterations", "log-likelihood", "label shares"):
        table.add_column(name, justify="left" if name in ("image", "label shares") else "right")
    return table


def demo_row(stem: str, segmentation: Segmentation) -> tuple[str, ...]:
    """Return a row of the demo's table."""
    height, width = segmentation.image.shape
    fit = segmentation.fit
    return (
        stem,
        f"{width} x {height}",
        f"{segmentation.histogram.sample.size:,}",
        f"{fit.iterations:,}",
        f"{fit.log_likelihood:.4f}",
        " ".join(f"{share:.0%}" for share in segmentation.shares),
    )


def selection_table(selection: Selection) -> Table:
    """Return the candidates and, as bars, the curve: how far the criterion of each is above the best."""
    name = selection.criterion.upper()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("K", "covariance", "parameters", "log-likelihood", name, "above best"):
        table.add_column(column, justify="left" if column == "covariance" else "right")
    table.add_column("")
    rows = selection.table()
    most = max(row["above_best"] for row in rows) or 1.0  # all are as good as the best
    for row in rows:
        above = row["above_best"]
        table.add_row(
            str(row["components"]),
            row["covariance"],
            f"{row['parameters']:,}",
            f"{row['log_likelihood']:.4f}",
            f"{row[selection.criterion]:,.1f}",
            f"{above:,.1f}",
            "◀ best" if row["best"] else _bar(math.sqrt(above / most), BAR),
            style="bold" if row["best"] else "",
        )
    return table


def selection_line(selection: Selection) -> str:
    """Return what is chosen, and how many pixels it rests on, in a sentence or two."""
    best, size, total = selection.best, selection.effective_size, selection.total_weight
    worth = "as many independent ones"
    if size < 0.995 * total:
        worth = f"{size:,.0f} independent ones ({total / size:.3g} to one)"
    return (
        f"{plural(best.components, 'component')}, {best.covariance} covariance. "
        f"{plural(round(total), 'pixel')}, worth {worth}. The log-likelihood is per pixel, "
        f"over {_over(selection)}. "
        "Bars are as long as the root of what is above the best."
    )


def _over(selection: Selection) -> str:
    """Return which pixels the candidates are fitted to, and in what."""
    where = "all of them"
    if selection.compared_weight < selection.total_weight:
        where = f"the {selection.compared_weight:,.0f} away from edges"
    if selection.directions is not None:
        where += f" and in their {len(selection.directions)} principal components"
    return where


def _bar(share: float, width: int) -> str:
    """Return a bar in eighths of a character.

    >>> _bar(0.5, 4), _bar(0.3, 4)
    ('██', '█▎')
    """
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def info_dict(path: Path, image: Image, cost: Cost, choices: Choices) -> dict[str, Any]:
    """Return the facts of `info_table`, ready for JSON."""
    return {
        "path": str(path),
        "shape": list(image.shape),
        "channels": image.channels,
        "stored_channels": image.stored_channels or image.channels,
        "dtype": str(image.pixels.dtype),
        "pixels": image.size,
        "masked_pixels": _masked(image),
        "distinct_values": cost.distinct,
        "components": choices.components,
        "covariance": cost.covariance,
        "seconds_counting": cost.counting,
        "seconds_starting": cost.starting,
        "seconds_per_iteration": cost.iteration,
        "memory_bytes": cost.memory,
    }


def _masked(image: Image) -> int:
    return 0 if image.mask is None else image.size - int(image.mask.sum())


def info_table(path: Path, image: Image, cost: Cost, choices: Choices) -> Table:
    """Return the facts of a file and what segmenting it would cost."""
    height, width = image.shape
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    masked = _masked(image)
    distinct = "hardly any repeats: every pixel is taken by itself"
    if cost.distinct is not None:
        distinct = f"{cost.distinct:,} ({cost.distinct / (image.size - masked):.2%} of the pixels)"
    some, most = cost.usual_iterations, choices.max_iter
    seconds = {iterations: f"{cost.seconds(iterations):.2g} s" for iterations in (some, most)}
    other = ""
    if cost.covariance != choices.covariance:
        other = f" and {cost.covariance} covariances ({choices.covariance} ones are out of proportion)"
    rows = {
        "file": printable(str(path)),
        "size": f"{width} x {height} = {image.size:,} pixels",
        "channels": channels_in_words(image),
        "depth": f"{image.depth} ({image.pixels.dtype})",
        "masked": f"{masked:,} pixels" + (" (transparent, without data, or not finite)" if masked else ""),
        "distinct values": distinct,
        "time": f"about {seconds[some]} with k = {choices.components}{other}, for a start and {some} "
        f"iterations, at most {seconds[most]} for {most} (measured here, without reading and writing)",
        "memory": f"about {si(cost.memory)}B at the peak",
    }
    for row in rows.items():
        table.add_row(*row)
    return table
