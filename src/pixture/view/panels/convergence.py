"""The panels of a fit's convergence: the log-likelihood, its negative above the last, its change a step.

There is one curve, of all of the data under every mixture from the start to the end; it ends at the number
that is reported. Steps on subsamples have a shade under them, extrapolated steps are hollow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from pixture.arrays import Floats, Integers
from pixture.mixture.em.fit_result import Fit, Stop
from pixture.view.panels.palette import (
    CHANGING,
    FALLING,
    INK,
    RISING,
    SHADE,
    count_iterations,
    dress,
    widen_if_flat,
)
from pixture.wording import signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ABOVE = 1.0
"""Where a title stands, in heights of its panel: said, as looking for it lays out every label once more."""

LEAST_DISTANCE = 1e-13
"""Distance from the final value, relative to it, below which rounding alone is left."""


def iterations_of(fit: Fit) -> Integers:
    """Return which iteration each step of a fit is, (steps,)."""
    return np.array([step.iteration for step in fit.steps])


def distances(fit: Fit) -> Floats:
    """Return how far the negative log-likelihood of each step lies above the last; NaN where it does not.

    >>> import pixture
    >>> distances(pixture.fit([[0.0], [1.0], [8.0], [9.0]], 2))[-1]
    np.float64(nan)
    """
    apart = fit.history[-1] - fit.history
    least = LEAST_DISTANCE * max(1.0, abs(fit.log_likelihood))
    return np.where(apart > least, apart, np.nan)


def draw_log_likelihood(axes: Axes, fit: Fit, unit: str) -> None:
    """Draw the log-likelihood against the iteration."""
    along, value = iterations_of(fit), fit.log_likelihood
    shade_subsamples(axes, fit)
    _draw_steps(axes, fit, fit.history, RISING)
    axes.set_title("Log-likelihood", color=INK, y=ABOVE)
    axes.set_ylabel(f"nats per {unit}")
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.annotate(
        signed(f"{value:.4f}"),
        (int(along[-1]), value),
        xytext=(0, -10),
        textcoords="offset points",
        ha="right" if along[-1] > 0 else "center",
        va="top",
        color=RISING,
    )
    axes.margins(y=0.15)
    widen_if_flat(axes, value)
    _finish(axes, fit)


def draw_negative(axes: Axes, fit: Fit, unit: str) -> None:
    """Draw how far the negative log-likelihood lies above its final value, on a logarithmic axis."""
    shade_subsamples(axes, fit)
    apart = distances(fit)
    _draw_steps(axes, fit, apart, FALLING)
    above = signed(f"{-fit.log_likelihood:.4f}")
    axes.set_title(f"Negative log-likelihood above {above}", color=INK, y=ABOVE)
    _scale_by_size(axes, apart[np.isfinite(apart)], unit)
    _finish(axes, fit)


def draw_changes(axes: Axes, fit: Fit, unit: str) -> None:
    """Draw the size of each step's change on a logarithmic axis, falls and steps without a change marked."""
    along = iterations_of(fit)[1:]
    changes = np.diff(fit.history)
    sizes = np.abs(changes)
    shade_subsamples(axes, fit)
    _draw_steps(axes, fit, np.concatenate([[np.nan], np.where(sizes > 0, sizes, np.nan)]), CHANGING)
    falls, stays = changes < 0, changes == 0
    if falls.any():
        look: dict[str, Any] = {"color": FALLING, "markersize": 7, "fillstyle": "none"}
        axes.plot(along[falls], sizes[falls], "v", label="a fall", **look)
    if stays.any():  # zero has no place on a logarithmic axis: they stand on its foot
        foot, place = axes.get_xaxis_transform(), np.full(int(stays.sum()), 0.03)
        axes.plot(along[stays], place, "x", color=INK, markersize=6, transform=foot, label="no change")
    axes.set_title("Change per iteration", color=INK, y=ABOVE)
    _scale_by_size(axes, sizes[sizes > 0], unit)
    _finish(axes, fit)
    if fit.iterations == 0:
        said: dict[str, Any] = {"ha": "center", "va": "center", "color": INK, "transform": axes.transAxes}
        axes.text(0.5, 0.5, "no iteration, no change", **said)


def shade_subsamples(axes: Axes, fit: Fit) -> None:
    """Put a shade under the iterations on subsamples."""
    count = fit.iterations_on_subsamples
    if count:
        axes.axvspan(0, count, color=INK, alpha=SHADE, linewidth=0, zorder=0)


def _draw_steps(axes: Axes, fit: Fit, values: Floats, colour: str) -> None:
    along = iterations_of(fit)
    axes.plot(along, values, color=colour, marker="o", markersize=3.5, linewidth=1.5)
    ahead = np.array([step.extrapolated for step in fit.steps])
    if ahead.any():
        hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": colour, "markersize": 4.5}
        axes.plot(along[ahead], values[ahead], "o", label="extrapolated step", **hollow)


def _finish(axes: Axes, fit: Fit) -> None:
    dress(axes)
    count_iterations(axes, fit.iterations)
    reach = max(1, fit.iterations)
    axes.set_xlim(-0.05 * reach, 1.05 * reach)
    handles = list(axes.get_legend_handles_labels()[0])
    if fit.iterations_on_subsamples:  # darker than in the plot, where it may stand on the shade itself
        handles.insert(0, Patch(color=INK, alpha=3 * SHADE, linewidth=0, label="on subsamples"))
    if handles:
        axes.legend(handles=handles, loc="best", frameon=False, fontsize="small")


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
    draw_log_likelihood(left, fit, "pixel")
    draw_negative(right, fit, "pixel")
    how = f"{fit.iterations_in_words}, {fit.stop.name.lower().replace('_', ' ')}"
    figure.suptitle("a mixture given, not fitted here" if fit.stop is Stop.GIVEN else how)
    return figure
