"""The panel of a selection: what the criterion says of each number of components."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from pixture.mixture.model_selection.selection import Selection
from pixture.view.panels.palette import INK, LINES, dress
from pixture.wording import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_selection(axes: Axes, selection: Selection) -> None:
    """Draw how far each candidate lies above the best, a line a covariance structure."""
    best = selection.best
    rows = selection.table()
    for colour, name in zip(LINES, dict.fromkeys(row["covariance"] for row in rows), strict=False):
        there = [row for row in rows if row["covariance"] == name]
        along, above = ([row[key] for row in there] for key in ("components", "above_best"))
        axes.plot(along, above, color=colour, marker="o", markersize=3.5, linewidth=1.5, label=name)
    axes.plot([best.components], [0.0], "o", color=INK, markersize=9, fillstyle="none")
    dress(axes)
    axes.set_yscale("symlog", linthresh=10.0)
    axes.set_ylim(bottom=-1.0)
    axes.set_title(f"{plural(best.components, 'component')}, {best.covariance} covariance", color=INK)
    axes.set_xlabel("components")
    axes.set_ylabel(f"{selection.criterion.upper()} above the best")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len({row["covariance"] for row in rows}) > 1:
        axes.legend(frameon=False, fontsize="small")
