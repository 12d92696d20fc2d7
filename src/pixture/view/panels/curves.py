"""The panel of an animation that shows the log-likelihood, its negative, and where EM is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from pixture.arrays import Floats
from pixture.view.panels.palette import FALLING, INK, PALE, RISING, count_iterations, dress, widen_if_flat

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


class CurvesPanel:
    """Two curves one above the other: the whole way in grey, what has been gone of it in colour.

    Parameters
    ----------
    upper, lower
        Axes of the log-likelihood and of its negative.
    history
        (steps + 1,), the log-likelihood of each step.
    unit
        What the log-likelihood is per: "pixel", "point".
    """

    def __init__(self, upper: Axes, lower: Axes, history: Floats, unit: str) -> None:
        self._along = np.arange(history.size)
        self._curves = (history, -history)
        self.moving: list[Artist] = []
        self._gone, self._now, self._marks = [], [], []
        titles = (f"log-likelihood per {unit} (nats)", "negative log-likelihood")
        for axes, curve, colour, title in zip(
            (upper, lower), self._curves, (RISING, FALLING), titles, strict=True
        ):
            dress(axes)
            axes.set_title(title, color=colour, fontsize=9, loc="left", pad=4)
            axes.plot(self._along, curve, color=PALE, linewidth=1.5)
            axes.margins(y=0.14)
            widen_if_flat(axes, float(curve[-1]))
            axes.set_xlim(-0.02 * history.size - 0.3, 1.02 * (history.size - 1) + 0.3)
            axes.yaxis.set_major_locator(MaxNLocator(3))
            axes.ticklabel_format(axis="y", useOffset=False)
            axes.tick_params(labelsize=8)
            (gone,) = axes.plot([], [], color=colour, linewidth=1.8)
            (now,) = axes.plot([], [], "o", color=colour, markersize=6, markeredgecolor="white")
            mark = axes.axvline(0, color=INK, linewidth=0.8, alpha=0.6)
            self._gone.append(gone)
            self._now.append(now)
            self._marks.append(mark)
            self.moving += [mark, gone, now]
        upper.tick_params(labelbottom=False)
        count_iterations(lower, history.size - 1)
        lower.xaxis.label.set_fontsize(9)
        upper.sharex(lower)

    def show(self, at: int) -> None:
        """Mark an iteration."""
        for gone, now, mark, curve in zip(self._gone, self._now, self._marks, self._curves, strict=True):
            gone.set_data(self._along[: at + 1], curve[: at + 1])
            now.set_data([at], [curve[at]])
            mark.set_xdata([at, at])
