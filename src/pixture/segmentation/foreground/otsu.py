"""Two classes of values on a line: where they part so that their means lie furthest apart (Otsu 1979)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array

BLOCK = 1 << 20
"""Values that are divided together."""


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
    order = None if weights is None else np.argsort(values)
    ordered = np.sort(values) if order is None else values[order]
    if ordered[0] == ordered[-1]:
        return None
    # of the values of a volume there are many: as few arrays of them as can be
    spread = ordered.astype(np.float64)
    if order is None or weights is None:
        total = float(ordered.size)
        spread -= spread.sum() / total
        variance = float((spread * spread).sum()) / total
        below = np.arange(1.0, ordered.size)
    else:
        counts = weights[order].astype(np.float64)
        total = float(counts.sum())
        spread -= np.average(spread, weights=counts)
        variance = float((counts * spread * spread).sum()) / total
        below = np.cumsum(counts)[:-1]
        spread *= counts
    between = np.cumsum(spread, out=spread)[:-1]
    between *= between
    for start in range(0, below.size, BLOCK):
        part = below[start : start + BLOCK]
        between[start : start + BLOCK] /= part * (total - part)  # a variance, since all deviations sum to 0
    between[ordered[1:] == ordered[:-1]] = -1.0  # nothing lies between equal values
    at = int(between.argmax())
    threshold = (float(ordered[at]) + float(ordered[at + 1])) / 2
    separation = float(between[at] / variance) if variance > 0 else 0.0
    return Split(threshold, separation, float(1 - below[at] / total))
