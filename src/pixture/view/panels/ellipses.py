"""The outlines of components over two channels, as plots and animations draw them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection

from pixture.arrays import Integers
from pixture.imaging.image import LUMINANCE
from pixture.mixture.comparison.ellipse import ellipse
from pixture.mixture.model.mixture import Mixture
from pixture.view.panels.palette import INK

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

DEVIATIONS = (1.0, 2.0)
"""Ellipses are drawn at so many standard deviations."""

LIGHT = 150
"""Luminance from which a colour is hard to see on white."""


class Ellipses:
    """The outlines of components at one and two standard deviations, and their means, over two channels.

    The axes are the eigenvectors of each covariance (`pixture.ellipse`); an ellipse at s standard deviations
    holds 1 - exp(-s²/2) of its component's mass. `size` is the means', in square points.
    """

    def __init__(self, axes: Axes, size: float = 46) -> None:
        # white below dark colours, ink below light ones, so that a line is seen over anything
        self._halos = LineCollection([], linewidths=3.4, alpha=0.8, capstyle="round")
        self._lines = LineCollection([], linewidths=1.8, capstyle="round")
        for lines in (self._halos, self._lines):
            axes.add_collection(lines, autolim=False)
        self._means = axes.scatter([], [], s=size, marker="o", edgecolors="white", linewidths=1.2)
        self.moving: list[Artist] = [self._halos, self._lines, self._means]
        for depth, artist in enumerate(self.moving):
            artist.set_zorder(4 + depth)

    def show(self, mixture: Mixture, colours: Integers) -> None:
        """Show a mixture of two channels, its components in the colours given, (K, 3) uint8."""
        masses = [-math.expm1(-(deviations**2) / 2) for deviations in DEVIATIONS]
        outlines = [
            ellipse(mixture, k, mass).points(72) for k in range(mixture.components) for mass in masses
        ]
        closed = [np.concatenate([outline, outline[:1]]) for outline in outlines]
        self._halos.set_segments(closed)
        self._halos.set_color(
            ["white" if dark else INK for dark in colours @ np.array(LUMINANCE) < LIGHT for _ in masses]
        )
        self._lines.set_segments(closed)
        self._lines.set_color(np.repeat(colours / 255, len(masses), axis=0).tolist())
        self._means.set_offsets(mixture.means)
        self._means.set_facecolor((colours / 255).tolist())
