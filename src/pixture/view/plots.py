"""Plots of results; each takes a result and an optional Axes, and returns the Axes.

Figures are made without pyplot, so nothing of the process's own plotting is touched.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pixture.mixture.em import Fit, Stop
from pixture.mixture.selection import Selection
from pixture.wording import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RISING, _FALLING, _INK = "#0072b2", "#d55e00", "#333333"
_DRAWS = ("#cccccc", "#999999", "#666666")
_LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


def plot_log_likelihood(fit: Fit, ax: Axes | None = None, *, negative: bool = False) -> Axes:
    """Plot the log-likelihood per pixel (or its negative) against the iteration; return the Axes.

    The runs on draws that led to the fit come first, in grey, each on its own draw; then, in colour, the
    iterations over all pixels.
    """
    axes = Figure(figsize=(5, 4), layout="constrained").subplots() if ax is None else ax
    sign = -1 if negative else 1
    colour = _FALLING if negative else _RISING
    began = 0
    for shade, draw in zip(_DRAWS[-len(fit.draws) :], fit.draws, strict=False):
        along = began + np.arange(draw.history.size)
        label = f"draw of {draw.rows:,} values"
        axes.plot(
            along, sign * draw.history, color=shade, marker="o", markersize=2, linewidth=1.2, label=label
        )
        began = int(along[-1])
    along, values = began + np.arange(fit.history.size), sign * fit.history
    axes.plot(along, values, color=colour, marker="o", markersize=3.5, linewidth=1.5, label="all pixels")
    axes.set_title("Negative log-likelihood" if negative else "Log-likelihood", color=_INK)
    axes.set_xlabel("EM iteration")
    axes.set_ylabel("nats per pixel")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if along[-1] == 0:  # a single point: there is no range to take ticks from
        axes.set_xticks([0])
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.annotate(
        f"{values[-1]:.4f}",
        (along[-1], values[-1]),
        xytext=(0, 10 if negative else -10),
        textcoords="offset points",
        ha="right" if along[-1] > 0 else "center",
        va="bottom" if negative else "top",
        color=colour,
    )
    if fit.draws:
        axes.legend(loc="upper right" if negative else "lower right", frameon=False, fontsize="small")
    axes.margins(y=0.15)
    return axes


def convergence_figure(fit: Fit) -> Figure:
    """Return a figure of the log-likelihood and the negative log-likelihood side by side."""
    figure = Figure(figsize=(10, 4.2))
    left, right = figure.subplots(1, 2)
    # fixed margins: finding them (layout="constrained") would draw the figure once more
    figure.subplots_adjust(left=0.09, right=0.98, bottom=0.13, top=0.84, wspace=0.26)
    plot_log_likelihood(fit, left)
    plot_log_likelihood(fit, right, negative=True)
    drawn = sum(draw.history.size - 1 for draw in fit.draws)
    after = f" after {drawn} on draws" if drawn else ""
    how = f"{plural(fit.steps, 'iteration')}{after}, {fit.stop.name.lower().replace('_', ' ')}"
    figure.suptitle("a mixture given, not fitted here" if fit.stop is Stop.GIVEN else how)
    return figure


def plot_selection(selection: Selection, ax: Axes | None = None) -> Axes:
    """Plot the criterion against the number of components, a line a covariance structure; return the Axes.

    What is shown is how far each candidate lies above the best; the axis is linear up to 10, where candidates
    are close to one another, and logarithmic beyond.
    """
    axes = Figure(figsize=(6, 4), layout="constrained").subplots() if ax is None else ax
    best = selection.best
    rows = selection.table()
    for colour, name in zip(_LINES, dict.fromkeys(row["covariance"] for row in rows), strict=False):
        there = [row for row in rows if row["covariance"] == name]
        along, above = ([row[key] for row in there] for key in ("components", "above_best"))
        axes.plot(along, above, color=colour, marker="o", markersize=3.5, linewidth=1.5, label=name)
    axes.plot([best.components], [0.0], "o", color=_INK, markersize=9, fillstyle="none")
    axes.set_yscale("symlog", linthresh=10.0)
    axes.set_ylim(bottom=-1.0)
    axes.set_title(f"{plural(best.components, 'component')}, {best.covariance} covariance", color=_INK)
    axes.set_xlabel("components")
    axes.set_ylabel(f"{selection.criterion.upper()} above the best")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if len({row["covariance"] for row in rows}) > 1:
        axes.legend(frameon=False, fontsize="small")
    return axes


def selection_png(selection: Selection) -> bytes:
    """Return the plot of a selection as a PNG file."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    plot_selection(selection, figure.subplots())
    return figure_png(figure)


def figure_png(figure: Figure, dpi: int = 130) -> bytes:
    """Return a figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()
