"""What EM asks of a sample, be its rows in memory (`WeightedSample`) or in parts (`SampleInParts`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pixture.arrays import Floats
from pixture.mixture.model.channel_scales import ChannelScales
from pixture.mixture.model.variance_floor import (
    RELATIVE_FLOOR,
    SETTLING_ROWS,
    least_variances,
    rounding_share,
    usual_variances,
)

if TYPE_CHECKING:
    from typing import Self

    from pixture.mixture.model.weighted_sample import WeightedSample

LARGEST32 = 1e12
"""Values up to which sums of squares are taken in float32; 1 / LARGEST32, the least span."""


class Sample(ABC):
    """Rows with a weight each, and what follows from their number, their mean and some of them.

    Attributes
    ----------
    resolution
        Width of the interval that a value stands for: 1 for integers, 0 for continuous values.
    scales
        Such widths, and weights, of each channel, where channels differ in them; None where they do not.
    """

    resolution: float
    scales: ChannelScales | None

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of rows, n."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Number of channels, d."""

    @property
    @abstractmethod
    def total_weight(self) -> float:
        """Sum of the weights."""

    @property
    @abstractmethod
    def mean(self) -> Floats:
        """Weighted mean, (d,)."""

    @property
    @abstractmethod
    def variance(self) -> Floats:
        """Weighted variance of each channel, (d,), with the total weight as divisor."""

    @property
    @abstractmethod
    def spans(self) -> Floats:
        """Distance of the largest value of each channel from the least, (d,)."""

    @abstractmethod
    def distinct(self, at_most: int) -> int:
        """Return the number of distinct rows of positive weight, counted no further than `at_most`."""

    @abstractmethod
    def thinned(self, size: int, offset: float = 0.5) -> WeightedSample:
        """Return about `size` rows drawn in proportion to their weight; all of them where there are no more.

        Systematic sampling: evenly spaced points along the cumulated weight, the first at `offset` (0 to 1)
        of a step, so that a row of large weight is always in, as often as its weight says.
        """

    @abstractmethod
    def in_float64(self) -> Self:
        """Return the same sample, whose sums are taken in float64."""

    @property
    @abstractmethod
    def is_float64(self) -> bool:
        """Whether sums are taken in float64."""

    def resolving(self, floor: Floats) -> Self:
        """Return the sample in an arithmetic that tells variances of `floor`, (d,), from none.

        Float32 tells no less than `RELATIVE_FLOOR` of a channel's variance, and holds no factor of a variance
        far below that of the least span; then it is the same sample in float64.
        """
        least = RELATIVE_FLOOR * np.maximum(self._usual_variances, LARGEST32**-2)
        return self if self.is_float64 or (floor >= least).all() else self.in_float64()

    @cached_property
    def deviation(self) -> Floats:
        """Standard deviation of each channel, (d,), or 1 if constant."""
        deviation = np.sqrt(self.variance)
        # a constant channel's deviation is rounding, not zero
        noise = 8 * np.finfo(np.float64).eps * np.abs(self.mean)
        return np.where(deviation > noise, deviation, 1.0)

    @property
    def scale(self) -> Floats:
        """Length that counts as one along each channel, (d,): its deviation, over its weight if any."""
        return self.deviation if self.scales is None else self.deviation / self.scales.weights

    @property
    def widths(self) -> Floats:
        """Width of the interval that a value stands for along each channel, (d,)."""
        return np.full(self.dimension, self.resolution) if self.scales is None else self.scales.widths

    @cached_property
    def _usual_variances(self) -> Floats:
        some = self.thinned(SETTLING_ROWS)
        return usual_variances(some.channels, some.weights, some.deviation)

    @cached_property
    def _least_variances(self) -> Floats:
        return np.maximum(least_variances(self.widths, self._usual_variances), self.blur())

    def variance_floor(self) -> Floats:
        """Return the least variance a component may have along each channel, (d,): see `least_variances`."""
        return self._least_variances

    def blur(self) -> Floats:
        """Return the least variance along each channel, (d,), that its weight leaves: see `ChannelScales`."""
        if self.scales is None:
            return np.zeros(self.dimension)
        return self.scales.least_deviations(self.deviation) ** 2

    def rounding_floor(self) -> Floats:
        """Return the least variance along each channel that float64 can tell from none, (d,).

        It holds a component that collapses where no floor, or a lower one, is asked for: `rounding_share` of
        the channel's variance, judged as in `variance_floor`.

        >>> from pixture import WeightedSample
        >>> WeightedSample([[0.0], [2.0]]).rounding_floor()
        array([1.42108547e-14])
        """
        return np.maximum(rounding_share(self.dimension) * self._usual_variances, np.finfo(np.float64).tiny)
