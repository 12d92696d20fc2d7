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
    ordered, counts = _ordered(values, weights)
    if ordered.size < 2:
        return None
    total, spread = counts.sum(), ordered - np.average(ordered, weights=counts)
    below, sums = np.cumsum(counts)[:-1], np.cumsum(counts * spread)[:-1]
    between = sums * sums / (below * (total - below))  # a variance, since all deviations sum to 0
    at = int(between.argmax())
    variance = float((counts * spread * spread).sum()) / total
    threshold = (float(ordered[at]) + float(ordered[at + 1])) / 2
    separation = float(between[at] / variance) if variance > 0 else 0.0
    return Split(threshold, separation, float(1 - below[at] / total))


def _ordered(values: Array, weights: Array | None) -> tuple[Array, Array]:
    """Return the distinct values, ascending, as float64, and how often each occurs."""
    if weights is None:
        ordered, counts = np.unique(values, return_counts=True)
        return ordered.astype(np.float64), counts.astype(np.float64)
    ordered, place = np.unique(values, return_inverse=True)
    return ordered.astype(np.float64), np.bincount(place, weights)
