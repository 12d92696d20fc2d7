"""EM on an image: the image, its labels, their uncertainty; below, its values and the log-likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator

from pixture.arrays import Integers
from pixture.imaging.channels import channel_names
from pixture.imaging.display.display import as_picture, overlay
from pixture.imaging.display.montage import montage
from pixture.imaging.display.shades import entropy_shades, most_entropy
from pixture.imaging.display.thumbnail import thumbnail
from pixture.imaging.histogram.histogram import Histogram, histogram
from pixture.imaging.image import Image
from pixture.mixture.em.recording import Recording
from pixture.mixture.model import posterior
from pixture.view.animation.scene import Frame, Heading
from pixture.view.panels.curves import CurvesPanel
from pixture.view.panels.densities import Panel, sample_panel
from pixture.view.panels.glimpse import places_of_fewer
from pixture.view.panels.palette import (
    INK,
    UNCERTAINTY,
    component_colours,
    entropy_colours,
)
from pixture.view.panels.proportion import picture_ratio, pixel_aspect

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

MOST_PIXELS = 400_000
"""Pixels of an image that an animation shows: somewhat more than its panels have."""


class ImageScene:
    """The image, its labels, their uncertainty, its colours with the components, and the log-likelihood."""

    WIDTH, PANEL, BELOW, ABOVE = 10.8, 3.2, 3.55, 0.8
    LEFTS = (0.22, 3.6, 6.98)
    SCALE_LEFT, SCALE_WIDTH = LEFTS[-1] + PANEL + 0.08, 0.11
    DENSITY = (0.85, 0.6, 4.07, 2.4)

    def __init__(
        self, figure: Figure, image: Image, recording: Recording, features: Histogram | None = None
    ) -> None:
        # what is shown is labelled anew in every frame: no more pixels than a panel shows
        self._seen = thumbnail(image, MOST_PIXELS)
        self._counted = histogram(self._seen) if features is None else features
        self._recording = recording
        self._colours = component_colours(recording.components, recording.fit.mixture.components)
        frame = Frame(figure, *self.size(image))
        height = self.picture_height(image)
        self._heading = Heading(frame, recording, "pixel")
        titles = ("image", "labels", "uncertainty of the labels (entropy)")
        original, self._labels, self._uncertainty = (
            _picture(frame.axes(left, self.BELOW, self.PANEL, height, title), self._seen)
            for left, title in zip(self.LEFTS, titles, strict=True)
        )
        original.set_data(as_picture(self._seen))
        _draw_scale(frame.axes(self.SCALE_LEFT, self.BELOW, self.SCALE_WIDTH, height), recording.components)
        self._shades = entropy_colours()
        density = frame.axes(*self.DENSITY)
        names, as_colours = channel_names(image), image.is_colour
        if features is not None:
            names, as_colours = list(features.names), False
        self._density: Panel = sample_panel(
            density, recording.sample, names, as_colours, recording.fit.mixture
        )
        curves = frame.axes(6.2, 2.0, 4.2, 1.0), frame.axes(6.2, 0.6, 4.2, 1.0)
        self._curves = CurvesPanel(*curves, recording.fit, "pixel")
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
        """Return the height of the pictures in inches: the image's, unless it is very tall."""
        return round(min(cls.PANEL * picture_ratio(image), 4.8), 2)

    @classmethod
    def pictures(cls, image: Image) -> tuple[tuple[float, float, float, float], ...]:
        """Return where pictures are, and what has their colours: left, top, right, bottom as shares."""
        width, height = cls.size(image)
        high = cls.picture_height(image)
        places = [(left, cls.BELOW, cls.PANEL, high) for left in cls.LEFTS]
        places += [(cls.SCALE_LEFT, cls.BELOW, cls.SCALE_WIDTH, high), cls.DENSITY]
        return tuple(
            (left / width, 1 - (bottom + up) / height, (left + across) / width, 1 - bottom / height)
            for left, bottom, across, up in places
        )

    def show(self, at: int) -> None:
        """Show a step."""
        step = self._recording.steps[at]
        colours = self._colours[step.components]
        labels = posterior.labels(step.mixture, self._counted.sample)
        self._labels.set_data(overlay(self._seen, self._counted.spread(labels, 0), colours))
        entropy = posterior.entropy(step.mixture, self._counted.sample)
        shade = entropy_shades(entropy, self._recording.components)
        self._uncertainty.set_data(self._shades[self._counted.spread(shade, 255)])
        self._density.show(step.mixture, colours)
        self._curves.show(at)
        self._heading.show(at)


def features_seen(image: Image, counted: Histogram) -> Histogram:
    """Return what an image's histogram of features says of the pixels that an animation shows."""

    def fewer(image: Image) -> Image:
        return thumbnail(montage(image, 1), MOST_PIXELS)

    return counted.at(places_of_fewer(image, fewer), fewer(image))


def _picture(axes: Axes, image: Image) -> AxesImage:
    axes.set_axis_off()
    empty: Integers = np.zeros((*image.shape, 3), dtype=np.uint8)
    return axes.imshow(empty, interpolation="antialiased", aspect=pixel_aspect(image))


def _draw_scale(axes: Axes, components: int) -> None:
    """Draw the scale of the entropy."""
    axes.figure.colorbar(ScalarMappable(Normalize(0, most_entropy(components)), UNCERTAINTY), cax=axes)
    axes.set_title("nats", fontsize=8, color=INK, y=1.0)
    axes.yaxis.set_major_locator(MaxNLocator(4))
