"""The panels of a fit's convergence: the log-likelihood, its negative, and its change a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from pixture.arrays import Floats, Integers
from pixture.mixture.em.em import Fit, Stop
from pixture.view.panels.palette import CHANGING, FALLING, INK, RISING, count_iterations, dress, widen_if_flat
from pixture.wording import plural, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DRAWS = ("#cccccc", "#999999", "#666666")


@dataclass(frozen=True)
class _Run:
    """The run over all of the data, or one on a draw before it."""

    along: Integers
    """Of each value, which iteration it is, counted from the start of the first run."""
    history: Floats
    look: dict[str, Any]


def _runs(fit: Fit, unit: str, colour: str) -> Iterator[_Run]:
    """Yield the runs on draws, in grey, and the run over all of the data, in colour."""
    began = 0
    for shade, draw in zip(_DRAWS[-len(fit.draws) :], fit.draws, strict=False):
        along = began + np.arange(draw.history.size)
        look = {"color": shade, "marker": "o", "markersize": 2, "linewidth": 1.2}
        yield _Run(along, draw.history, {**look, "label": f"draw of {draw.rows:,} values"})
        began = int(along[-1])
    look = {"color": colour, "marker": "o", "markersize": 3.5, "linewidth": 1.5}
    yield _Run(began + np.arange(fit.history.size), fit.history, {**look, "label": f"all {unit}s"})


def draw_log_likelihood(axes: Axes, fit: Fit, unit: str, sign: int) -> None:
    """Draw the log-likelihood, times `sign`, against the iteration."""
    rising = sign > 0
    colour = RISING if rising else FALLING
    for run in _runs(fit, unit, colour):
        axes.plot(run.along, sign * run.history, **run.look)
    last, value = int(run.along[-1]), float(sign * fit.history[-1])
    dress(axes)
    axes.set_title("Log-likelihood" if rising else "Negative log-likelihood", color=INK)
    count_iterations(axes, last)
    axes.set_ylabel(f"nats per {unit}")
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.annotate(
        signed(f"{value:.4f}"),
        (last, value),
        xytext=(0, -10 if rising else 10),
        textcoords="offset points",
        ha="right" if last > 0 else "center",
        va="top" if rising else "bottom",
        color=colour,
    )
    axes.margins(y=0.15)
    widen_if_flat(axes, value)
    if fit.draws:
        axes.legend(loc="best", frameon=False, fontsize="small")


def draw_changes(axes: Axes, fit: Fit, unit: str) -> None:
    """Draw the size of each step's change on a logarithmic axis, falls and steps without a change marked."""
    sizes, falls, stays = [], [], []
    for run in _runs(fit, unit, CHANGING):
        changes, along = np.diff(run.history), run.along[1:]
        found = np.abs(changes)
        if along.size:
            axes.plot(along, np.where(found > 0, found, np.nan), **run.look)
        sizes.append(found[found > 0])
        falls += list(zip(along[changes < 0], found[changes < 0], strict=True))
        stays += list(along[changes == 0])
    if falls:
        axes.plot(
            *zip(*falls, strict=True), "v", color=FALLING, markersize=7, fillstyle="none", label="a fall"
        )
    if stays:  # zero has no place on a logarithmic axis: they stand on its foot
        foot = axes.get_xaxis_transform()
        axes.plot(
            stays, np.full(len(stays), 0.03), "x", color=INK, markersize=6, transform=foot, label="no change"
        )
    dress(axes)
    axes.set_title("Change per iteration", color=INK)
    count_iterations(axes, int(run.along[-1]))
    axes.set_xlim(-0.05 * run.along[-1], 1.05 * max(1, run.along[-1]))  # from 0, as beside
    _scale_by_size(axes, np.concatenate(sizes), unit)
    if run.along[-1] == 0:
        axes.set(xlim=(-1, 1))
        axes.text(
            0.5, 0.5, "no iteration, no change", transform=axes.transAxes, ha="center", va="center", color=INK
        )
    elif fit.draws or falls or stays:
        axes.legend(loc="best", frameon=False, fontsize="small")


def _scale_by_size(axes: Axes, sizes: Floats, unit: str) -> None:
    """Give the vertical axis a logarithmic scale that holds the sizes, or none where there are no sizes."""
    if sizes.size == 0:
        axes.yaxis.set_major_locator(NullLocator())
        axes.set_ylim(0, 1)
        return
    least, most = float(sizes.min()), float(sizes.max())
    room = max(2.0, 10 * least / most)  # the axis spans more than a decade: a tick is labelled
    axes.set_yscale("log")
    axes.set_ylim(least / room, most * room)
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel(f"nats per {unit}")


def convergence_figure(fit: Fit) -> Figure:
    """Return a figure of the log-likelihood and the negative log-likelihood side by side."""
    figure = Figure(figsize=(10, 4.2))
    left, right = figure.subplots(1, 2)
    # fixed margins: finding them (layout="constrained") would draw the figure once more
    figure.subplots_adjust(left=0.09, right=0.98, bottom=0.13, top=0.84, wspace=0.26)
    draw_log_likelihood(left, fit, "pixel", 1)
    draw_log_likelihood(right, fit, "pixel", -1)
    drawn = sum(draw.history.size - 1 for draw in fit.draws)
    after = f" after {drawn} on draws" if drawn else ""
    how = f"{plural(fit.steps, 'iteration')}{after}, {fit.stop.name.lower().replace('_', ' ')}"
    figure.suptitle("a mixture given, not fitted here" if fit.stop is Stop.GIVEN else how)
    return figure
