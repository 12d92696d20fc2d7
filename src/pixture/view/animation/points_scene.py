"""EM on a sample: its points, or the histogram of one channel; the weights, the log-likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from pixture.arrays import Floats, Integers
from pixture.imaging.channels import numbered_names
from pixture.imaging.image import LUMINANCE
from pixture.mixture.comparison.principal_plane import principal_plane
from pixture.mixture.em.fit_result import Step
from pixture.mixture.em.recording import Recording
from pixture.mixture.model import posterior
from pixture.options.fitting import StyleName
from pixture.view.animation.scene import Frame, Heading
from pixture.view.panels.axis_labels import direction_labels
from pixture.view.panels.binning import joined, reach
from pixture.view.panels.curves import CurvesPanel
from pixture.view.panels.densities import LinePanel
from pixture.view.panels.ellipses import DEVIATIONS, LIGHT, Ellipses
from pixture.view.panels.palette import INK, RED, component_colours, dress

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 20_000
"""Points that are drawn of a sample."""


class SampleScene:
    """A sample with a mixture over it, the weights, the log-likelihood.

    Of two channels or more, points in the colours of their responsibilities, ellipses in those of the
    components, the means' trails; of one, the histogram with the components' curves. In the classic style
    points are grey, the darker the surer, and all that is a component's is red.
    """

    WIDTH, HEIGHT = 10.8, 6.3

    def __init__(self, figure: Figure, recording: Recording, style: StyleName = "colours") -> None:
        self._recording = recording
        colours = scene_colours(recording, style)
        frame = Frame(figure, self.WIDTH, self.HEIGHT)
        left = frame.axes(0.75, 0.6, 5.7, 5.0)
        self._panel: _PointsPanel | _CurvesOfOne
        if recording.sample.dimension > 1:
            self._panel = _PointsPanel(left, recording, colours, is_classic=style == "classic")
        else:
            self._panel = _CurvesOfOne(left, recording, colours)
        self._weights = _WeightsPanel(frame.axes(7.3, 4.25, 3.2, 1.35, "weights"), recording, colours)
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


def scene_colours(recording: Recording, style: StyleName) -> Integers:
    """Return the colour of each component of the start, (K, 3) uint8: its label's, or red."""
    if style == "classic":
        return np.repeat(np.array([list(bytes.fromhex(RED[1:]))], np.uint8), recording.components, axis=0)
    return component_colours(recording.components, recording.fit.mixture.components)


class _PointsPanel:
    """Points in the plane of greatest spread, coloured by the components that answer for them."""

    def __init__(self, axes: Axes, recording: Recording, colours: Integers, *, is_classic: bool) -> None:
        self._recording, self._colours, self._is_classic = recording, colours, is_classic
        self._sample = sample = recording.sample.thinned(MOST_POINTS)
        self._directions = principal_plane(sample)
        points = self._directions @ sample.channels
        dress(axes)
        said = "the darker, the surer" if is_classic else "in the colours of their responsibilities"
        axes.set_title(f"points {said}; ellipses at 1 and 2 σ", fontsize=9, color=INK, loc="left")
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
        if is_classic:
            grey = np.zeros(sample.size)
            self._scatter = axes.scatter(across, up, s=size, c=grey, cmap="Greys", linewidths=0)
            self._scatter.set_clim(-0.5, 1.35)
        else:
            self._scatter = axes.scatter(across, up, s=size, linewidths=0)
        self._trails = LineCollection([], colors=colours / 255, linewidths=1.2, alpha=0.7, zorder=4)
        axes.add_collection(self._trails, autolim=False)
        self._ellipses = Ellipses(axes, size=110)
        inks = [INK if light > LIGHT else "white" for light in colours @ np.array(LUMINANCE)]
        self._numbers = [
            axes.text(0, 0, str(k), fontsize=8, color=ink, weight="bold", ha="center", va="center", zorder=9)
            for k, ink in enumerate(inks)
        ]
        self._ways = _ways(recording, self._directions)
        self.moving: list[Artist] = [self._scatter, self._trails, *self._ellipses.moving, *self._numbers]

    def show(self, at: int) -> None:
        step = self._recording.steps[at]
        responsibilities = posterior.responsibilities(step.mixture, self._sample)
        colours = self._colours[step.components]
        if self._is_classic:
            surest, least = responsibilities.max(axis=0), 1 / step.mixture.components
            self._scatter.set_array((surest - least) / (1 - least) if least < 1 else surest)
        else:
            mixed = (responsibilities.T @ (colours / 255)).clip(0, 1)
            self._scatter.set_facecolor(mixed)  # type: ignore[arg-type]  # takes (n, 3); its stub knows lists
        self._trails.set_segments([way[: at + 1] for way in self._ways])
        seen = step.mixture.projected(self._directions)
        self._ellipses.show(seen, colours)
        for text in self._numbers:
            text.set_visible(False)
        for number, mean in zip(step.components, seen.means, strict=True):
            self._numbers[number].set_position((float(mean[0]), float(mean[1])))
            self._numbers[number].set_visible(True)


class _CurvesOfOne:
    """The histogram of one channel, with the components' curves."""

    def __init__(self, axes: Axes, recording: Recording, colours: Integers) -> None:
        self._recording, self._colours = recording, colours
        self._panel = LinePanel(axes, recording.sample, 0, "value", recording.fit.mixture)
        axes.set_title("histogram, components and their sum", fontsize=9, color=INK, loc="left")
        self.moving: list[Artist] = self._panel.moving

    def show(self, at: int) -> None:
        step = self._recording.steps[at]
        self._panel.show(step.mixture, self._colours[step.components])


def _ways(recording: Recording, directions: Floats) -> list[Floats]:
    """Return the way that each component's mean goes in the plane, each (steps, 2), as far as it goes."""
    ways: list[list[Floats]] = [[] for _ in range(recording.components)]
    for step in recording.steps:
        for number, mean in zip(step.components, step.mixture.means @ directions.T, strict=True):
            ways[number].append(mean)
    return [np.array(way) for way in ways]


class _WeightsPanel:
    """The weight of each component as a bar."""

    def __init__(self, axes: Axes, recording: Recording, colours: Integers) -> None:
        count = recording.components
        largest = max(float(step.mixture.weights.max()) for step in recording.steps)
        dress(axes)
        axes.grid(visible=False, axis="x")
        self._bars = axes.bar(np.arange(count), np.zeros(count), width=0.7, color=colours / 255)
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
