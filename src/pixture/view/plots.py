"""Plots of results; each takes a result and an optional Axes, and returns the Axes.

Figures are made without pyplot, so nothing of the process's own plotting is touched.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pixture.mixture.em import Fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RISING, _FALLING, _INK = "#0072b2", "#d55e00", "#333333"


def plot_log_likelihood(fit: Fit, ax: Axes | None = None, *, negative: bool = False) -> Axes:
    """Plot the log-likelihood per pixel (or its negative) against the iteration; return the Axes."""
    axes = Figure(figsize=(5, 4), layout="constrained").subplots() if ax is None else ax
    values = -fit.history if negative else fit.history
    colour = _FALLING if negative else _RISING
    axes.plot(np.arange(values.size), values, color=colour, marker="o", markersize=3.5, linewidth=1.5)
    axes.set_title("Negative log-likelihood" if negative else "Log-likelihood", color=_INK)
    axes.set_xlabel("EM iteration")
    axes.set_ylabel("nats per pixel")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.annotate(
        f"{values[-1]:.4f}",
        (values.size - 1, values[-1]),
        xytext=(0, 10 if negative else -10),
        textcoords="offset points",
        ha="right" if values.size > 1 else "center",
        va="bottom" if negative else "top",
        color=colour,
    )
    axes.margins(y=0.15)
    return axes


def convergence_figure(fit: Fit) -> Figure:
    """Return a figure of the log-likelihood and the negative log-likelihood side by side."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    plot_log_likelihood(fit, left)
    plot_log_likelihood(fit, right, negative=True)
    steps = f"{fit.steps} iteration{'s' if fit.steps != 1 else ''}"
    figure.suptitle(f"{steps}, {fit.stop.name.lower().replace('_', ' ')}")
    return figure


def figure_png(figure: Figure, dpi: int = 130) -> bytes:
    """Return a figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()
