"""What the command shows of an evaluation: progress, the scores of all images, and of each, in a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.table import Table

from pixture.segmentation.evaluation.evaluation import Evaluation
from pixture.view.terminal.progress import LinesAbove
from pixture.wording import printable

SCORES = {
    "covering": "covering",
    "variation_of_information": "variation of information (bits)",
    "probabilistic_rand": "probabilistic Rand",
    "adjusted_rand": "adjusted Rand",
    "jaccard": "Jaccard, best matching",
    "dice": "Dice, best matching",
    "boundary_precision": "boundary precision",
    "boundary_recall": "boundary recall",
    "boundary_f": "boundary F",
    "object_precision": "object precision, IoU > .5",
    "object_recall": "object recall",
    "object_f1": "object F1",
    "object_f1_mean": "object F1, mean of images",
    "average_precision": "average precision, IoU .5 to .95",
    "foreground_dice": "foreground Dice",
}
COUNTS = {"objects_found": "objects found", "objects_true": "true objects"}


class CountedProgress(LinesAbove):
    """A bar: how many images are done."""

    def __init__(self, console: Console, doing: str, *, quiet: bool) -> None:
        super().__init__(
            console,
            TextColumn(doing),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[name]}", markup=False),
            quiet=quiet,
        )

    def done(self, name: str, count: int, of: int) -> None:
        """Show that so many images are done, this one the last."""
        if self._task is None:
            self._task = self._progress.add_task("", name="")
        self._progress.update(self._task, completed=count, total=of, name=printable(name))


def evaluation_tables(found: Evaluation) -> Iterator[Table]:
    """Yield a table of the scores over all images, and of trees one of their best cuts."""
    summary = found.summary()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("score")
    images = summary["images"]
    table.add_column("1 image" if images == 1 else f"{images:,} images", justify="right")
    cuts = "covering_best_cut" in summary
    if cuts:
        table.add_column("best single cut", justify="right")
        table.add_column("best for each", justify="right")
    for name, said in SCORES.items():
        if name not in summary:
            continue  # boundaries of volumes, objects that were not asked for
        row = [said, f"{summary[name]:.4f}"]
        if f"{name}_best_cut" in summary:
            best = f"{summary[f'{name}_best_cut']:.4f} (detail {summary[f'{name}_best_detail']:.2f})"
            row += [best, f"{summary[f'{name}_best_for_each']:.4f}"]
        table.add_row(*row)
    for name, said in COUNTS.items():
        if name in summary:
            table.add_row(said, f"{summary[name]:,}")
    yield table


def evaluation_csv(found: Evaluation) -> bytes:
    """Return a table with a row an image, its columns named in the first line."""
    rows = found.table()
    text = io.StringIO(newline="")
    columns = list(dict.fromkeys(name for row in rows for name in row))  # volumes have no boundaries
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
