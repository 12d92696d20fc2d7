"""The panel of an animation that shows the log-likelihood, its negative above the last, and where EM is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from pixture.mixture.em.fit_result import Fit
from pixture.view.panels.convergence import distances, iterations_of, shade_subsamples
from pixture.view.panels.palette import FALLING, INK, PALE, RISING, count_iterations, dress, widen_if_flat

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


class CurvesPanel:
    """Two curves one above the other: the whole way in grey, what has been gone of it in colour.

    Parameters
    ----------
    upper, lower
        Axes of the log-likelihood, and of how far its negative lies above the final value.
    fit
        Each of its steps is a place on the curves.
    unit
        What the log-likelihood is per: "pixel", "point".
    """

    def __init__(self, upper: Axes, lower: Axes, fit: Fit, unit: str) -> None:
        self._along = iterations_of(fit)
        self._curves = (fit.history, distances(fit))
        self.moving: list[Artist] = []
        self._gone, self._now, self._marks = [], [], []
        titles = (f"log-likelihood per {unit} (nats)", "negative log-likelihood above the last")
        for axes, curve, colour, title in zip(
            (upper, lower), self._curves, (RISING, FALLING), titles, strict=True
        ):
            dress(axes)
            shade_subsamples(axes, fit)
            axes.set_title(title, color=colour, fontsize=9, loc="left", pad=4, y=1.0)
            axes.plot(self._along, curve, color=PALE, linewidth=1.5)
            axes.tick_params(labelsize=8)
            (gone,) = axes.plot([], [], color=colour, linewidth=1.8)
            (now,) = axes.plot([], [], "o", color=colour, markersize=6, markeredgecolor="white")
            mark = axes.axvline(0, color=INK, linewidth=0.8, alpha=0.6)
            self._gone.append(gone)
            self._now.append(now)
            self._marks.append(mark)
            self.moving += [mark, gone, now]
        upper.tick_params(labelbottom=False)
        upper.margins(y=0.14)
        widen_if_flat(upper, fit.log_likelihood)
        upper.yaxis.set_major_locator(MaxNLocator(3))
        upper.ticklabel_format(axis="y", useOffset=False)
        if np.isfinite(self._curves[1]).any():
            lower.set_yscale("log")
            lower.yaxis.set_major_locator(LogLocator(numticks=4))
            lower.yaxis.set_minor_locator(NullLocator())
        else:
            lower.set_yticks([])
        count_iterations(lower, fit.iterations)
        lower.set_xlim(-0.02 * fit.iterations - 0.3, 1.02 * fit.iterations + 0.3)
        lower.xaxis.label.set_fontsize(9)
        upper.sharex(lower)

    def show(self, at: int) -> None:
        """Mark an iteration."""
        for gone, now, mark, curve in zip(self._gone, self._now, self._marks, self._curves, strict=True):
            gone.set_data(self._along[: at + 1], curve[: at + 1])
            here = self._along[at]
            now.set_data([here], [curve[at]])
            mark.set_xdata([here, here])
