"""The components of a mixture, over data where there are some: in one panel, or in every pair of channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pixture.arrays import Floats, Integers
from pixture.errors import ChoiceError
from pixture.mixture.comparison.principal_plane import mixture_plane, principal_plane
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.view.pages.component_rows import percent
from pixture.view.panels.axis_labels import direction_labels
from pixture.view.panels.densities import LinePanel, PlanePanel
from pixture.view.panels.figures import Plot, place
from pixture.view.panels.palette import INK, component_colours

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

MOST_CHANNELS = 6
"""Channels of which every pair is shown."""

MOST_ROWS = 100_000
"""Rows of a sample that settle the density of so many pairs."""

MOST_LISTED, MOST_INSIDE = 16, 8
"""Components that a legend lists; inside a panel, where it covers what is drawn."""

FIGURE_SPACE = "\u2007"
"""As wide as a digit."""

NAME_LETTERS, ROOM_FOR_NAMES = 20, 52
"""Letters of a channel's name that have room beside a panel, and of all names that a title has room for."""


def chosen_channels(channels: int | tuple[int, int] | None, dimension: int) -> int | tuple[int, int] | None:
    """Return a channel, or two different ones, as Python's own numbers; refuse what is neither."""
    if channels is None:
        return None
    asked = tuple(int(channel) for channel in np.ravel(channels))
    known = all(0 <= channel < dimension for channel in asked)
    if not known or len(set(asked)) != len(asked) or len(asked) not in (1, 2):
        raise ChoiceError(
            f"channels must be one or two different ones of 0 to {dimension - 1}; got {channels}."
        )
    return asked[0] if len(asked) == 1 else (asked[0], asked[1])


def draw_components(
    axes: Axes,
    mixture: Mixture,
    sample: WeightedSample | None,
    channels: int | tuple[int, int] | None,
    names: Sequence[str],
    most: int = MOST_LISTED,
) -> list[Artist]:
    """Draw a mixture into one panel; return what its legend shows, of at most `most` components.

    Of one channel, its components' curves and their sum; of two channels, or of the plane of greatest spread,
    its ellipses.
    """
    colours = component_colours(mixture.components)
    over = "" if sample is None else " over the histogram"
    if channels is None and mixture.dimension == 1:
        channels = 0
    if isinstance(channels, int):
        LinePanel(axes, sample, channels, names[channels], around=mixture).show(mixture, colours)
        axes.set_title(f"Components and their sum{over}", color=INK)
        return [*swatches(mixture.weights, colours, most), Line2D([], [], color=INK, label="their sum")]
    if channels is not None:
        directions: Floats = np.eye(mixture.dimension)[list(channels)]
    else:
        directions = mixture_plane(mixture) if sample is None else principal_plane(sample)
    labels = direction_labels(names, directions)
    PlanePanel(axes, sample, directions, labels, around=mixture).show(mixture, colours)
    where = " in the plane of greatest spread" if channels is None and mixture.dimension > 2 else ""
    axes.set_title(f"Components at 1 and 2 σ{where}", color=INK)
    return swatches(mixture.weights, colours, most)


def swatches(shares: Floats, colours: Integers, most: int = MOST_LISTED) -> list[Artist]:
    """Return what a legend shows of each component, or label: its colour, number and share.

    >>> [patch.get_label() for patch in swatches(np.array([0.25, 0.75]), component_colours(2))]
    ['0   25.0 %', '1   75.0 %']
    """
    listed = shares.size if shares.size <= most else most - 1
    digits = len(str(listed - 1))
    found: list[Artist] = [
        Patch(facecolor=colour / 255, label=f"{k:{FIGURE_SPACE}>{digits}}   {percent(share)}")
        for k, (colour, share) in enumerate(zip(colours[:listed], shares[:listed], strict=True))
    ]
    if listed < shares.size:
        found.append(Patch(alpha=0, label=f"… {shares.size - listed} more"))
    return found


def pairs_figure(mixture: Mixture, sample: WeightedSample | None, names: Sequence[str]) -> Plot:
    """Return a figure of each channel's curves, and below them the ellipses in each pair of channels.

    Of more than `MOST_CHANNELS` channels those are shown in which the components differ most.
    """
    channels = telling_channels(mixture, MOST_CHANNELS)
    names = [name if len(name) <= NAME_LETTERS else f"{name[: NAME_LETTERS - 1]}…" for name in names]
    some = None if sample is None else sample.thinned(MOST_ROWS)
    colours = component_colours(mixture.components)
    count = len(channels)
    title = _title(channels, names, mixture)
    cell, left, below, right = (2.0 if count < 5 else 1.7), 0.75, 0.62, 0.15
    above = 0.42 + 0.22 * title.count("\n")
    side = (left + count * cell + right, below + count * cell + above)
    figure = Plot(figsize=side)
    for row, up in enumerate(channels):
        for column, across in enumerate(channels[: row + 1]):
            # in inches, with a gap between panels: looking for a layout of so many would take a second
            corner = left + column * cell + 0.08, below + (count - 1 - row) * cell + 0.08
            axes = place(figure, *corner, cell - 0.2, cell - 0.2)
            if row == column:
                LinePanel(axes, some, up, names[up], around=mixture).show(mixture, colours)
                axes.set_ylabel("")
                axes.yaxis.set_ticks([])
            else:
                directions = np.eye(mixture.dimension)[[across, up]]
                labels = names[across], names[up]
                PlanePanel(axes, some, directions, labels, around=mixture, size=16).show(mixture, colours)
                axes.yaxis.set_major_locator(MaxNLocator(3))
            axes.xaxis.set_major_locator(MaxNLocator(3))
            axes.xaxis.labelpad = 13  # below the power of ten, which stands on the right
            axes.xaxis.get_offset_text().set_fontsize(8)
            axes.yaxis.get_offset_text().set_fontsize(8)
            axes.tick_params(labelsize=8, labelbottom=row == count - 1, labelleft=0 == column < row)
            if row < count - 1:
                axes.set_xlabel("")
            if column > 0:
                axes.set_ylabel("")
    figure.suptitle(title, x=0.08 / side[0], y=1 - 0.08 / side[1], ha="left", color=INK)
    figure.legend(
        handles=swatches(mixture.weights, colours),
        title="component, weight",
        loc="upper right",
        bbox_to_anchor=(1 - 0.1 / side[0], 1 - above / side[1]),
        borderaxespad=0,
        frameon=False,
        fontsize="small",
        title_fontsize="small",
    )
    return figure


def telling_channels(mixture: Mixture, most: int) -> list[int]:
    """Return the channels, ascending; of more than `most`, those in which the components differ most.

    They differ by the share of a channel's variance that lies between their means.

    >>> mixture = Mixture([0.5, 0.5], [[0.0, 0, 0], [1, 9, 5]], [1.0, 1.0], "spherical")
    >>> telling_channels(mixture, 2)
    [1, 2]
    """
    deviations = mixture.means - mixture.weights @ mixture.means
    between = mixture.weights @ deviations**2
    within = mixture.weights @ np.diagonal(mixture.matrices(), axis1=1, axis2=2)
    # equals (a mixture of one component) by their variance, then by their number
    ranked = np.lexsort((-(between + within), -between / (between + within)))
    return sorted(ranked[:most].tolist())


def _title(channels: Sequence[int], names: Sequence[str], mixture: Mixture) -> str:
    title = "Components at 1 and 2 σ in each pair of channels"
    rest = [name for channel, name in enumerate(names) if channel not in channels]
    if not rest:
        return title
    named = len(rest)
    while named > 1 and len(", ".join(rest[:named])) > ROOM_FOR_NAMES:
        named -= 1
    if named < len(rest):
        rest = [*rest[:named], f"… {len(rest) - named} more"]
    return (
        f"{title}\nthe {len(channels)} of {mixture.dimension} in which the components differ most; "
        f"not shown: {', '.join(rest)}"
    )
