"""How finely a sample's channels are known, and how much each of them counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats

FINEST = 0.1
"""Least standard deviation of a component, as a share of the channel's, at the weight 1 / √2."""


@dataclass(frozen=True, eq=False)
class ChannelScales:
    """What is known of each channel of a sample besides its values.

    Attributes
    ----------
    widths
        (d,), the width of the interval that a value stands for, as `WeightedSample.resolution`; 0 where
        values are continuous.
    weights
        (d,), above 0 and at most 1: how much each channel counts. 1 is in full.

    Notes
    -----
    A Gaussian mixture does not change when a channel is multiplied by a number, since its covariances make up
    for it. So a weight is a constraint, not a factor: along a channel of weight w no component is narrower
    than

        (s / 10) √(1 / w² - 1)

    where s is the channel's standard deviation: nothing for w = 1, about s for w = 0.1, and as w falls
    further the channel ceases to count, since what lies nearer than that tells no components apart. Where
    distances are taken (k-means++), a channel's deviations, in units of s, are multiplied by w.

    >>> ChannelScales(np.zeros(2), np.array([1.0, 0.1])).least_deviations(np.array([5.0, 5.0])).round(3)
    array([0.   , 4.975])
    """

    widths: Floats
    weights: Floats

    def least_deviations(self, spread: Floats) -> Floats:
        """Return the least standard deviations, (d,), of components along channels of this spread, (d,)."""
        least: Floats = FINEST * spread * np.sqrt(1 / self.weights**2 - 1)
        return least
