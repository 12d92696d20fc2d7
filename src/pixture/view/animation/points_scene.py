"""EM on a sample: its points, or the histogram of one channel; the weights, the log-likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from pixture.arrays import Floats
from pixture.mixture.comparison.principal_plane import principal_plane
from pixture.mixture.em.fit_result import Step
from pixture.mixture.em.recording import Recording
from pixture.mixture.model import posterior
from pixture.view.animation.scene import Frame, Heading
from pixture.view.panels.axis_labels import direction_labels, numbered_names
from pixture.view.panels.binning import joined, reach
from pixture.view.panels.curves import CurvesPanel
from pixture.view.panels.densities import LinePanel
from pixture.view.panels.ellipses import DEVIATIONS, Ellipses
from pixture.view.panels.palette import INK, RED, dress

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 20_000
"""Points that are drawn of a sample."""


class SampleScene:
    """A sample with a mixture over it, the weights, the log-likelihood.

    Of two channels or more, points shaded by how sure their component is, its ellipses in red, the means'
    trails; of one, the histogram with the components' curves.
    """

    WIDTH, HEIGHT = 10.8, 6.3

    def __init__(self, figure: Figure, recording: Recording) -> None:
        self._recording = recording
        frame = Frame(figure, self.WIDTH, self.HEIGHT)
        left = frame.axes(0.75, 0.6, 5.7, 5.0)
        self._panel: _PointsPanel | _CurvesOfOne
        self._panel = (_PointsPanel if recording.sample.dimension > 1 else _CurvesOfOne)(left, recording)
        self._weights = _WeightsPanel(frame.axes(7.3, 4.25, 3.2, 1.35, "weights"), recording)
        self._curves = CurvesPanel(
            frame.axes(7.3, 2.4, 3.2, 1.1), frame.axes(7.3, 0.6, 3.2, 1.1), recording.fit, "point"
        )
        self._heading = Heading(frame, recording, "point")
        parts = (self._panel, self._weights, self._curves, self._heading)
        self.moving: list[Artist] = [artist for part in parts for artist in part.moving]

    def show(self, at: int) -> None:
        """Show a step."""
        self._panel.show(at)
        self._weights.show(self._recording.steps[at])
        self._curves.show(at)
        self._heading.show(at)


class _PointsPanel:
    """Points in the plane of greatest spread: the darker, the surer to which component they belong."""

    def __init__(self, axes: Axes, recording: Recording) -> None:
        self._recording = recording
        self._sample = sample = recording.sample.thinned(MOST_POINTS)
        self._directions = principal_plane(sample)
        points = self._directions @ sample.channels
        dress(axes)
        axes.set_title(
            "points: the darker, the surer; ellipses at 1 and 2 σ", fontsize=9, color=INK, loc="left"
        )
        for axis, label in zip(
            (axes.xaxis, axes.yaxis),
            direction_labels(numbered_names(sample.dimension), self._directions),
            strict=True,
        ):
            axis.set_label_text(label, fontsize=9)
        # a circle is to look like one: the same scale along both axes, in a panel of 5.7 by 5 inches
        found = reach(recording.fit.mixture.projected(self._directions), DEVIATIONS[-1])
        spans = zip(points.min(axis=1), points.max(axis=1), strict=True)
        lows, highs = np.array([joined(pair) for pair in zip(spans, found, strict=True)]).T
        middles = (lows + highs) / 2
        half = 0.55 * float(((highs - lows) / (5.7, 5.0)).max())
        axes.set(
            xlim=(middles[0] - 5.7 * half, middles[0] + 5.7 * half),
            ylim=(middles[1] - 5.0 * half, middles[1] + 5.0 * half),
        )
        size = float(np.clip(9000 / sample.size, 3, 22))
        across, up = points
        self._scatter = axes.scatter(across, up, s=size, c=np.zeros(sample.size), cmap="Greys", linewidths=0)
        self._scatter.set_clim(-0.5, 1.35)
        self._trails = LineCollection([], colors=RED, linewidths=1.2, alpha=0.7, zorder=4)
        axes.add_collection(self._trails, autolim=False)
        self._ellipses = Ellipses(axes, size=110)
        self._red = np.repeat([list(bytes.fromhex(RED[1:]))], recording.components, axis=0)
        self._numbers = [
            axes.text(
                0, 0, str(k), fontsize=8, color="white", weight="bold", ha="center", va="center", zorder=9
            )
            for k in range(recording.components)
        ]
        self._ways = _ways(recording, self._directions)
        self.moving: list[Artist] = [self._scatter, self._trails, *self._ellipses.moving, *self._numbers]

    def show(self, at: int) -> None:
        step = self._recording.steps[at]
        surest = posterior.responsibilities(step.mixture, self._sample).max(axis=0)
        least = 1 / step.mixture.components
        self._scatter.set_array((surest - least) / (1 - least) if least < 1 else surest)
        self._trails.set_segments([way[: at + 1] for way in self._ways])
        seen = step.mixture.projected(self._directions)
        self._ellipses.show(seen, self._red[: seen.components])
        for text in self._numbers:
            text.set_visible(False)
        for number, mean in zip(step.components, seen.means, strict=True):
            self._numbers[number].set_position((float(mean[0]), float(mean[1])))
            self._numbers[number].set_visible(True)


class _CurvesOfOne:
    """The histogram of one channel, with the components' curves in red."""

    def __init__(self, axes: Axes, recording: Recording) -> None:
        self._recording = recording
        self._panel = LinePanel(axes, recording.sample, 0, "value", recording.fit.mixture)
        axes.set_title("histogram, components and their sum", fontsize=9, color=INK, loc="left")
        self._red = np.repeat([list(bytes.fromhex(RED[1:]))], recording.components, axis=0)
        self.moving: list[Artist] = self._panel.moving

    def show(self, at: int) -> None:
        mixture = self._recording.steps[at].mixture
        self._panel.show(mixture, self._red[: mixture.components])


def _ways(recording: Recording, directions: Floats) -> list[Floats]:
    """Return the way that each component's mean goes in the plane, each (steps, 2), as far as it goes."""
    ways: list[list[Floats]] = [[] for _ in range(recording.components)]
    for step in recording.steps:
        for number, mean in zip(step.components, step.mixture.means @ directions.T, strict=True):
            ways[number].append(mean)
    return [np.array(way) for way in ways]


class _WeightsPanel:
    """The weight of each component as a bar."""

    def __init__(self, axes: Axes, recording: Recording) -> None:
        count = recording.components
        largest = max(float(step.mixture.weights.max()) for step in recording.steps)
        dress(axes)
        axes.grid(visible=False, axis="x")
        self._bars = axes.bar(np.arange(count), np.zeros(count), width=0.7, color=RED)
        axes.set(xlim=(-0.6, count - 0.4), ylim=(0, 1.1 * largest))
        axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(3))
        if count == 1:
            axes.set_xticks([0])
        self.moving: list[Artist] = list(self._bars)

    def show(self, step: Step) -> None:
        heights = np.zeros(len(self._bars))
        heights[step.components] = step.mixture.weights
        for bar, height in zip(self._bars, heights, strict=True):
            bar.set_height(float(height))
