"""Panels that show data and a mixture over them: along one channel, or in a plane.

What stays is drawn once; `show` moves what depends on the mixture. Plots show one mixture, animations many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator

from pixture.arrays import Array, Floats, Integers
from pixture.mixture.comparison.principal_plane import principal_plane
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.view.panels.axis_labels import direction_labels
from pixture.view.panels.binning import Binned, bin_edges, binned, in_plane, joined, reach
from pixture.view.panels.ellipses import DEVIATIONS, Ellipses
from pixture.view.panels.palette import INK, PALE, PAPER, dress

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

CURVE = 600
"""Points of a curve."""

SPIKE = 3.0
"""Times the histogram's own height beyond which a curve leaves the picture."""

FEW = 5_000
"""Rows up to which continuous data are shown as points: in bins there would be one or none."""

REACH = 3.5
"""Standard deviations to each side of its mean that are sure to be seen, where there are no data."""

PEAK = np.concatenate([[-8, -6, -5], np.linspace(-4, 4, 49), [5, 6, 8]])
"""Where a component's curve is drawn, in its standard deviations: the narrowest has a smooth peak."""


class Panel(Protocol):
    """Shows a mixture over the data."""

    moving: list[Artist]

    def show(self, mixture: Mixture, colours: Integers) -> None:
        """Show a mixture, its components in the colours given, (K, 3) uint8."""


class PlanePanel:
    """The density of data in a plane, and the components' ellipses over it.

    Parameters
    ----------
    axes
        Where it is drawn.
    sample
        The data; None where there is a mixture alone.
    directions
        (2, d), along which its coordinates are taken.
    labels
        Of the two axes.
    as_colours
        Whether the sample's three channels are red, green and blue: each place then has the mean colour of
        its data. None has shades of grey.
    around
        A mixture that must find room as well. It is needed where there are no data.
    size
        Of the means, in square points.
    """

    def __init__(
        self,
        axes: Axes,
        sample: WeightedSample | None,
        directions: Floats,
        labels: tuple[str, str],
        *,
        as_colours: bool = False,
        around: Mixture | None = None,
        size: float = 46,
    ) -> None:
        self._directions = directions
        dress(axes)
        spans: list[Sequence[tuple[float, float]]] = []
        if sample is not None:
            across, up = (binned(sample, direction) for direction in directions)
            if sample.resolution == 0 and sample.size <= FEW and not as_colours:
                _scatter(axes, across.values, up.values, sample)
            else:
                axes.grid(visible=False)
                axes.set_facecolor(PAPER)
                axes.imshow(
                    _density_picture(across, up, sample, sample.channels if as_colours else None),
                    extent=(*across.ends, *up.ends),
                    origin="lower",
                    aspect="auto",
                    interpolation="nearest",
                )
            spans.append((across.ends, up.ends))
        if around is not None:
            spans.append(reach(around.projected(directions), _room(sample)))
        horizontal, vertical = (joined(ends) for ends in zip(*spans, strict=True))
        axes.set(xlim=horizontal, ylim=vertical)
        axes.set_xlabel(labels[0], fontsize=9)
        axes.set_ylabel(labels[1], fontsize=9)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5))
        self._ellipses = Ellipses(axes, size)
        self.moving: list[Artist] = self._ellipses.moving

    def show(self, mixture: Mixture, colours: Integers) -> None:
        """Show a mixture of the data's channels."""
        self._ellipses.show(mixture.projected(self._directions), colours)


class LinePanel:
    """The histogram of one channel, each component's curve, and their sum.

    Parameters
    ----------
    axes
        Where it is drawn.
    sample
        The data; None where there is a mixture alone.
    channel
        Which of their channels.
    label
        Of the horizontal axis.
    tallest
        A mixture whose curve must find room above, such as the one that EM ends with.
    around
        A mixture that must find room on every side. It is needed where there are no data.
    """

    def __init__(
        self,
        axes: Axes,
        sample: WeightedSample | None,
        channel: int,
        label: str,
        tallest: Mixture | None = None,
        around: Mixture | None = None,
    ) -> None:
        self._channel = channel
        dress(axes)
        spans, top, ceiling = [], 0.0, math.inf
        if sample is not None:
            values = sample.channels[channel]
            edges = bin_edges(values, sample.resolution)
            counts, _ = np.histogram(values, edges, weights=sample.weights)
            heights = counts / (sample.total_weight * np.diff(edges))
            axes.stairs(heights, edges, fill=True, color=PALE)
            # a spike (clipped values, and a component on them) may leave the picture, the rest may not
            top = float(np.percentile(heights[heights > 0], 99))
            ceiling = SPIKE * top
            spans.append((float(edges[0]), float(edges[-1])))
        if around is not None:
            spans += reach(self._seen(around), _room(sample))
        self._ends = joined(spans)
        for mixture in (tallest, around):
            if mixture is not None:
                top = max(top, min(ceiling, float(self._curves(mixture)[1].sum(axis=0).max())))
        axes.set(xlim=self._ends, ylim=(0, 1.12 * top))
        axes.set_xlabel(label, fontsize=9)
        axes.set_ylabel("density", fontsize=9)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_locator(MaxNLocator(6))
        (self._sum,) = axes.plot([], [], color=INK, linewidth=1.3, zorder=4)
        self._lines = LineCollection([], linewidths=2.0, zorder=5)
        axes.add_collection(self._lines, autolim=False)
        self.moving: list[Artist] = [self._sum, self._lines]

    def show(self, mixture: Mixture, colours: Integers) -> None:
        """Show a mixture of the data's channels."""
        along, curves = self._curves(mixture)
        self._sum.set_data(along, curves.sum(axis=0))
        self._lines.set_segments([np.column_stack([along, curve]) for curve in curves])
        self._lines.set_color((colours / 255).tolist())

    def _seen(self, mixture: Mixture) -> Mixture:
        return mixture.projected(np.eye(mixture.dimension)[[self._channel]])

    def _curves(self, mixture: Mixture) -> tuple[Floats, Floats]:
        """Return places along the channel, (points,), and w_k N(x; m_k, σ_k²) there, (K, points)."""
        seen = self._seen(mixture)
        peaks = seen.means + PEAK * np.sqrt(seen.covariances[:, :, 0])
        along = np.unique(np.concatenate([np.linspace(*self._ends, CURVE), peaks.clip(*self._ends).ravel()]))
        scaled = (along - seen.means) * seen.factors[:, :, 0]
        curves: Floats = np.exp(seen.constants[:, None] - 0.5 * scaled**2)
        return along, curves


def sample_panel(
    axes: Axes,
    sample: WeightedSample,
    names: Sequence[str],
    as_colours: bool = False,
    tallest: Mixture | None = None,
) -> Panel:
    """Return the panel that suits a sample: a histogram of one channel, the plane of greatest spread of more.

    Parameters
    ----------
    names
        Of the channels.
    as_colours
        As in `PlanePanel`.
    tallest
        A mixture that must find room, such as the one that EM ends with.
    """
    if sample.dimension == 1:
        axes.set_title("histogram, components and their sum", fontsize=9, color=INK, loc="left")
        return LinePanel(axes, sample, 0, names[0], tallest)
    directions = principal_plane(sample)
    what = "colours" if as_colours else "values"
    title = f"{what}{' in the plane of greatest spread' if sample.dimension > 2 else ''}, 1 and 2 σ"
    axes.set_title(title, fontsize=9, color=INK, loc="left")
    labels = direction_labels(names, directions)
    return PlanePanel(axes, sample, directions, labels, as_colours=as_colours, around=tallest)


def _room(sample: WeightedSample | None) -> float:
    """How many standard deviations of a component are sure to be seen."""
    return REACH if sample is None else 1.05 * DEVIATIONS[-1]


def _scatter(axes: Axes, across: Array, up: Array, sample: WeightedSample) -> None:
    """Draw a point a row, its area as its weight says."""
    mean = float(np.clip(6000 / sample.size, 3, 14))
    areas = (mean * sample.size / sample.total_weight) * sample.weights
    axes.scatter(across, up, s=areas.clip(0.5, 200), color=INK, alpha=0.45, linewidths=0, zorder=1)


def _density_picture(across: Binned, up: Binned, sample: WeightedSample, colours: Array | None) -> Floats:
    """Return the logarithm of the density as opacity, (up, across, 4), in grey or the data's mean colours."""
    weight = in_plane(across, up, sample.weights)
    picture = np.empty((*weight.shape, 4))
    picture[..., :3] = to_rgb("#222222")
    if colours is not None:
        largest = float(colours.max())
        most = 255.0 if sample.resolution > 0 and largest <= 255 else max(largest, 1e-300)
        for c, channel in enumerate(colours):
            sums = in_plane(across, up, sample.weights * channel)
            picture[..., c] = sums / np.maximum(weight, 1e-300) / most
    picture[..., 3] = 0
    there = weight > 0
    logs = np.log(weight[there])
    # a place with a single pixel is still seen
    picture[there, 3] = 0.3 + 0.7 * (logs - logs.min()) / max(float(np.ptp(logs)), 1e-9)
    return picture.clip(0, 1)
