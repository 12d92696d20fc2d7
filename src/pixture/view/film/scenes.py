"""What an animation shows: a sample, or an image in four panels.

A scene draws what stays when it is made, and `show` moves the rest, its `moving` artists. So the layout
cannot jump, and a frame costs no more than what changes in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.display import overlay
from pixture.imaging.histogram import histogram
from pixture.imaging.image import Image
from pixture.imaging.thumbnail import thumbnail
from pixture.mixture import posterior
from pixture.mixture.em import Step
from pixture.mixture.plane import principal_plane
from pixture.mixture.recording import Recording
from pixture.view.panels.axis_labels import channel_names, direction_labels, numbered_names
from pixture.view.panels.curves import CurvesPanel
from pixture.view.panels.densities import Ellipses, LinePanel, Panel, sample_panel
from pixture.view.panels.palette import GONE, INK, RED, component_colours, dress

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.text import Text

MOST_PIXELS = 400_000
"""Pixels of an image that an animation shows: somewhat more than its panels have."""

MOST_POINTS = 20_000
"""Points that are drawn of a sample."""

UNCERTAINTY = "magma"
"""Colours of the entropy, from dark (certain) to light."""


class Scene(Protocol):
    """Draws the steps of a recording onto a figure."""

    moving: list[Artist]

    def show(self, at: int) -> None:
        """Show a step, 0 the start."""


Build: TypeAlias = "Callable[[Figure], Scene]"
"""Draws what stays onto a figure, and returns the scene."""


@dataclass(frozen=True)
class Frame:
    """A rectangle of so many inches, at the top of a figure that may have something below it."""

    figure: Figure
    width: float
    height: float

    def axes(self, left: float, bottom: float, width: float, height: float, title: str = "") -> Axes:
        """Return axes at a place in inches from the frame's lower left corner."""
        across, up = self.figure.get_size_inches()
        below = up - self.height
        axes = self.figure.add_axes((left / across, (below + bottom) / up, width / across, height / up))
        axes.set_title(title, fontsize=9, color=INK, loc="left", pad=4)
        axes.tick_params(labelsize=8, colors=INK)
        return axes

    def text(self, left: float, down: float, **options: Any) -> Text:
        """Return an empty text at a place in inches from the frame's upper left corner."""
        across, up = self.figure.get_size_inches()
        return self.figure.text(left / across, 1 - down / up, "", color=INK, va="top", **options)


class Heading:
    """A line at the top of a frame: the iteration on the left, the log-likelihood on the right."""

    def __init__(self, frame: Frame, recording: Recording, unit: str) -> None:
        self._captions = captions(recording, unit)
        self._iteration = frame.text(0.22, 0.17, ha="left", fontsize=14, weight="bold")
        self._likelihood = frame.text(frame.width - 0.25, 0.2, ha="right", fontsize=11)
        self.moving: list[Artist] = [self._iteration, self._likelihood]

    def show(self, at: int) -> None:
        """Show the caption of a step."""
        iteration, likelihood = self._captions[at]
        self._iteration.set_text(iteration)
        self._likelihood.set_text(likelihood)


def captions(recording: Recording, unit: str) -> list[tuple[str, str]]:
    """Return what is said of each step: which it is, and its log-likelihood."""
    last, count = recording.fit.steps, recording.components
    said = []
    for step in recording.steps:
        left = step.mixture.components
        dropped = "" if left == count else f"{left} of {count} components left, "
        likelihood = f"{step.log_likelihood:.5f}".replace("-", "−")
        said.append(
            (f"EM iteration {step.iteration} of {last}", f"{dropped}log-likelihood per {unit} {likelihood}")
        )
    return said


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
        history = recording.fit.history
        self._curves = CurvesPanel(
            frame.axes(7.3, 2.4, 3.2, 1.1), frame.axes(7.3, 0.6, 3.2, 1.1), history, "point"
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
        middles = (points.min(axis=1) + points.max(axis=1)) / 2
        half = 0.55 * max(float((np.ptp(points, axis=1) / (5.7, 5.0)).max()), 1e-9)
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


class ImageScene:
    """Four panels in step: labels, uncertainty, the colours with the components, the log-likelihood."""

    WIDTH, PANEL, BELOW, ABOVE = 10.8, 4.7, 3.55, 0.8

    def __init__(self, figure: Figure, image: Image, recording: Recording) -> None:
        # what is shown is labelled anew in every frame: no more pixels than a panel shows
        self._seen = thumbnail(image, MOST_PIXELS)
        self._counted = histogram(self._seen)
        self._recording = recording
        self._colours = component_colours(recording.components, recording.fit.mixture.components)
        frame = Frame(figure, *self.size(image))
        height = self.picture_height(image)
        self._heading = Heading(frame, recording, "pixel")
        labels = frame.axes(0.22, self.BELOW, self.PANEL, height, "labels")
        entropy = frame.axes(5.45, self.BELOW, self.PANEL, height, "uncertainty of the labels (entropy)")
        self._labels, self._uncertainty = _picture(labels, self._seen), _picture(entropy, self._seen)
        self._most = float(np.log(max(2, recording.components)))
        scale = frame.axes(5.45 + self.PANEL + 0.1, self.BELOW, 0.11, height)
        self._shades = _entropy_scale(scale, self._most)
        density = frame.axes(0.85, 0.6, 4.07, 2.4)
        self._density: Panel = sample_panel(
            density, recording.sample, channel_names(image), image.is_colour, recording.fit.mixture
        )
        curves = frame.axes(6.2, 2.0, 4.2, 1.0), frame.axes(6.2, 0.6, 4.2, 1.0)
        self._curves = CurvesPanel(*curves, recording.fit.history, "pixel")
        parts = (self._density, self._curves, self._heading)
        self.moving: list[Artist] = [
            self._labels,
            self._uncertainty,
            *(artist for part in parts for artist in part.moving),
        ]

    @classmethod
    def size(cls, image: Image) -> tuple[float, float]:
        """Return the width and height of the whole in inches."""
        return cls.WIDTH, cls.BELOW + cls.picture_height(image) + cls.ABOVE

    @classmethod
    def picture_height(cls, image: Image) -> float:
        """Return the height of the two pictures in inches: the image's, unless it is very flat or tall."""
        rows, columns = image.shape
        return round(float(np.clip(cls.PANEL * rows / columns, 2.0, 4.8)), 2)

    def show(self, at: int) -> None:
        """Show a step."""
        step = self._recording.steps[at]
        colours = self._colours[step.components]
        labels = posterior.labels(step.mixture, self._counted.sample)
        self._labels.set_data(overlay(self._seen, self._counted.spread(labels, 0), colours))
        entropy = posterior.entropy(step.mixture, self._counted.sample)
        shade = (entropy * (254.999 / self._most)).clip(0, 254).astype(np.uint8)
        self._uncertainty.set_data(self._shades[self._counted.spread(shade, 255)])
        self._density.show(step.mixture, colours)
        self._curves.show(at)
        self._heading.show(at)


def _picture(axes: Axes, image: Image) -> AxesImage:
    axes.set_axis_off()
    empty: Integers = np.zeros((*image.shape, 3), dtype=np.uint8)
    return axes.imshow(empty, interpolation="antialiased")


def _entropy_scale(axes: Axes, most: float) -> Array:
    """Draw the scale of the entropy; return its colours, (256, 3) uint8, the last for pixels without one."""
    shown = ScalarMappable(Normalize(0, most), UNCERTAINTY)
    axes.figure.colorbar(shown, cax=axes)
    axes.set_title("nats", fontsize=8, color=INK)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    colours: Array = shown.to_rgba(np.linspace(0, most, 256), bytes=True)[:, :3].copy()
    colours[255] = GONE
    return colours
