"""The threshold of the whole plane from which local levels start."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array
from pixture.segmentation.foreground.otsu import otsu

ITERATIONS = 100


def starting_threshold(values: Array, *, of_light: bool) -> float:
    """Return a threshold with values on both sides, low enough for faint objects beside bright ones.

    Of light it is that of least cross-entropy (Li and Lee 1993), which takes a class to spread the more
    the brighter it is; or Otsu's, whose classes spread alike, if that one is the lower. Else it is Otsu's.

    Parameters
    ----------
    values
        (n,) of at least two different values, high in the foreground.
    of_light
        Whether the values are those of one channel, from the background on.
    """
    split = otsu(values)
    assert split is not None
    if not of_light:
        return split.threshold
    return min(split.threshold, _least_cross_entropy(values, split.threshold))


def _least_cross_entropy(values: Array, start: float) -> float:
    """Return the threshold of least cross-entropy, a fixed point, from another one on (Li and Tam 1998)."""
    ordered, counts = np.unique(values, return_counts=True)
    from_least = ordered.astype(np.float64) - float(ordered[0])
    below = np.cumsum(counts)
    sums = counts * from_least
    np.cumsum(sums, out=sums)
    threshold = start - float(ordered[0])
    for _ in range(ITERATIONS):
        at = int(np.clip(np.searchsorted(from_least, threshold, side="right"), 1, ordered.size - 1)) - 1
        dark = sums[at] / below[at]
        light = (sums[-1] - sums[at]) / (below[-1] - below[at])
        if dark <= 0:  # the logarithm's limit
            break
        now = (light - dark) / (np.log(light) - np.log(dark))
        if abs(now - threshold) <= 1e-6 * light:
            break
        threshold = now
    return threshold + float(ordered[0])
