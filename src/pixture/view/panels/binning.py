"""Where axes end that show data and components, and the bins in which data are counted along them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Floats
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample

BINS = 150
"""Bins along an axis of continuous data."""

MOST_STEPS = 256
"""Bins along an axis of data that have steps of their own, at most."""


@dataclass(frozen=True)
class Binned:
    """The coordinates of data along an axis, (n,), and the edges of their bins, evenly spaced."""

    values: Array
    edges: Floats

    @property
    def ends(self) -> tuple[float, float]:
        """Where the axis ends."""
        return float(self.edges[0]), float(self.edges[-1])


def binned(sample: WeightedSample, direction: Floats) -> Binned:
    """Return the data along a direction, (d,); along a channel that has steps, in bins of whole steps.

    >>> binned(WeightedSample([[0.0, 9.0], [3.0, 7.0]], resolution=1), np.array([1.0, 0.0])).edges
    array([-2.5, -1.5, -0.5,  0.5,  1.5,  2.5,  3.5,  4.5,  5.5])
    """
    values = direction @ sample.channels
    along_a_channel = np.count_nonzero(direction) == 1 and direction.max() == 1
    return Binned(values, bin_edges(values, sample.resolution if along_a_channel else 0.0))


def bin_edges(values: Array, resolution: float) -> Floats:
    """Return the edges of bins, (bins + 1,): a whole number of the data's own steps where they have steps."""
    low, high = float(values.min()), float(values.max())
    if resolution > 0:
        step = resolution * max(1, math.ceil((high - low + resolution) / (resolution * MOST_STEPS)))
        bins = math.ceil((high - low + resolution) / step)
        room = 2 if bins < 8 else 0  # few values would else fill the panel with a bar
        edges: Floats = low - resolution / 2 + step * np.arange(-room, bins + room + 1.0)
        return edges
    room_beside = 0.04 * (high - low) or max(1.0, abs(high)) / 2  # one value alone has a length around it
    return np.linspace(low - room_beside, high + room_beside, BINS + 1)


def in_plane(across: Binned, up: Binned, weights: Array) -> Floats:
    """Return the sum of the weights in each bin of a plane, (bins up, bins across).

    >>> along = Binned(np.array([0.5, 0.5, 1.5]), np.array([0.0, 1.0, 2.0]))
    >>> in_plane(along, along, np.array([1.0, 2.0, 4.0]))
    array([[3., 0.],
           [0., 4.]])
    """
    found: Floats = np.histogram2d(
        up.values, across.values, bins=(up.edges, across.edges), weights=weights.astype(np.float64)
    )[0]
    return found


def reach(mixture: Mixture, deviations: float) -> list[tuple[float, float]]:
    """Return where the components are along each channel, so many standard deviations from their means.

    >>> reach(Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 4.0], "spherical"), 2)
    [(-2.0, 13.0)]
    """
    far = deviations * np.sqrt(np.diagonal(mixture.matrices(), axis1=1, axis2=2))
    lows, highs = (mixture.means - far).min(axis=0), (mixture.means + far).max(axis=0)
    return [(float(low), float(high)) for low, high in zip(lows, highs, strict=True)]


def joined(spans: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return the span that holds all of those given.

    >>> joined([(0, 2), (1, 3)])
    (0, 3)
    """
    lows, highs = zip(*spans, strict=True)
    return min(lows), max(highs)
