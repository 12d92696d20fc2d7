"""The colours of plots, and how their axes are dressed: the same in every picture.

Ink on white; what rises is blue, what falls is vermilion (Okabe and Ito 2008); a component has the colour of
its label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.ticker import MaxNLocator

from pixture.arrays import Integers
from pixture.imaging.display.label_colours import label_colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, PALE, PAPER = "#333333", "#c8c8c8", "#ececec"
RISING, FALLING, CHANGING = "#0072b2", "#d55e00", "#009e73"
RED = "#d7191c"
"""Of the ellipses over grey points."""
SHADE = 0.07
"""Opacity of the ink under what happened on subsamples."""
LINES = (RISING, FALLING, CHANGING, "#cc79a7")
LEAST_SPAN = 1e-4
"""Of the axis of the log-likelihood, relative to it: what moves by less is flat, its numbers are short."""
UNCERTAINTY = "magma"
"""Name of the colours of the entropy, from dark (certain) to light."""
GONE = (136, 136, 136)
"""Of a component that was dropped before the end."""


def component_colours(count: int, kept: int | None = None) -> Integers:
    """Return the colour of each component, (count, 3) uint8: the first `kept`, their labels'; then grey."""
    colours = label_colours(count)
    if kept is not None:
        colours[kept:] = GONE
    return colours


def meaning_colours() -> Integers:
    """Return the colours of ink, curves and ellipses, and white, (n, 3) uint8."""
    return np.array(
        [list(bytes.fromhex(colour[1:])) for colour in (INK, PALE, PAPER, RISING, FALLING, RED, "#ffffff")],
        dtype=np.uint8,
    )


def entropy_colours() -> Integers:
    """Return the colours of `entropy_shades`, (256, 3) uint8; the last, for what has no entropy, is grey."""
    colours: Integers = matplotlib.colormaps[UNCERTAINTY](np.linspace(0, 1, 256), bytes=True)[:, :3].copy()
    colours[255] = GONE
    return colours


def dress(axes: Axes) -> None:
    """Give axes a pale grid, and no frame but the two lines that carry numbers."""
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)


def widen_if_flat(axes: Axes, value: float) -> None:
    """Let the vertical axis span a `LEAST_SPAN` of a value at least: rounding then looks like no progress."""
    low, high = axes.get_ylim()
    least = LEAST_SPAN * max(1.0, abs(value))
    if high - low < least:
        axes.set_ylim((low + high - least) / 2, (low + high + least) / 2)


def count_iterations(axes: Axes, last: int) -> None:
    """Let whole numbers alone stand along the horizontal axis, 0 to `last`."""
    axes.set_xlabel("EM iteration")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if last == 0:  # a single point: there is no range to take ticks from
        axes.set_xticks([0])
