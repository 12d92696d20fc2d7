"""Which row of a sample of distinct values has a value."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers
from pixture.mixture.model.weighted_sample import WeightedSample


class DistinctRows:
    """Finds the rows of values in a sample of distinct ones.

    Parameters
    ----------
    sample
        Its values are those of integers, or of few levels a channel, such that all that could be made of the
        levels pack into 64 bits.

    Examples
    --------
    >>> found = DistinctRows(WeightedSample([[1.0, 5.0], [0.0, 7.0], [1.0, 7.0]]))
    >>> found.rows_of(np.array([[1, 7], [1, 5], [0, 7]], np.uint8))
    array([2, 0, 1])
    """

    def __init__(self, sample: WeightedSample) -> None:
        self._levels = [np.unique(channel) for channel in sample.channels]
        keys = self._keys(sample.channels)
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]

    def __repr__(self) -> str:
        return f"<DistinctRows: {self._sorted.size:,}>"

    def rows_of(self, values: Array) -> Integers:
        """Return the rows of values (n, d), all of which the sample has."""
        found: Integers = self._order[np.searchsorted(self._sorted, self._keys(values.T))]
        return found

    def _keys(self, channels: Array) -> Integers:
        keys = np.zeros(channels.shape[1], np.uint64)
        for levels, channel in zip(self._levels, channels, strict=True):
            # as many digits as there are levels
            keys *= np.uint64(levels.size)
            keys += np.searchsorted(levels, channel.astype(levels.dtype)).astype(np.uint64)
        return keys
