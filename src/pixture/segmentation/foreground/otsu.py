"""Two classes of values on a line: where they part so that their means lie furthest apart (Otsu 1979)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array


@dataclass(frozen=True)
class Split:
    """A threshold, and how much of the variance is between its two sides.

    Attributes
    ----------
    threshold
        Halfway between the two values on either side of it, so that inverted values are split alike.
    separation
        Variance between the classes over that of all values, 0 to 1: Otsu's criterion.
    above
        Share of the values above the threshold.
    """

    threshold: float
    separation: float
    above: float


def otsu(values: Array, weights: Array | None = None) -> Split | None:
    """Return where values part into two classes by Otsu's criterion, exactly; None where all are equal.

    Parameters
    ----------
    values
        (n,) numbers.
    weights
        (n,) how often each of them occurs; None for once.

    Examples
    --------
    >>> otsu(np.array([1, 2, 8, 9]))
    Split(threshold=5.0, separation=0.98, above=0.5)
    """
    order = np.argsort(values) if weights is not None else None
    ordered = (np.sort(values) if order is None else values[order]).astype(np.float64)
    counts = np.ones(ordered.size) if order is None or weights is None else weights[order].astype(np.float64)
    if ordered[0] == ordered[-1]:
        return None
    total, spread = counts.sum(), ordered - np.average(ordered, weights=counts)
    below, sums = np.cumsum(counts)[:-1], np.cumsum(counts * spread)[:-1]
    between = sums * sums / (below * (total - below))  # a variance, since all deviations sum to 0
    between[ordered[1:] == ordered[:-1]] = -1.0  # nothing lies between equal values
    at = int(between.argmax())
    variance = float((counts * spread * spread).sum()) / total
    threshold = (float(ordered[at]) + float(ordered[at + 1])) / 2
    separation = float(between[at] / variance) if variance > 0 else 0.0
    return Split(threshold, separation, float(1 - below[at] / total))
