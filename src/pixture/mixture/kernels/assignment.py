"""Hard assignments of rows to components, and their moments: what starts are made of."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Integers, Reals
from pixture.compilation.jit import kernel

BLOCK = 256
"""Rows whose distances stay in the first-level cache."""


@kernel
def approach(
    values: Reals, weights: Reals, start: int, stop: int, centre: Floats, scale: Floats, nearest: Floats
) -> float:
    """Lower nearest[i] to the squared distance of row i to `centre`; return Σ w · nearest.

    Squared distances are Σ_j scale_j (x_j - centre_j)².
    """
    d = centre.shape[0]
    squared = np.empty(BLOCK)
    potential = 0.0
    for block in range(start, stop, BLOCK):
        length = min(BLOCK, stop - block)
        for i in range(length):
            squared[i] = 0.0
        for j in range(d):
            at, stretch, x = centre[j], scale[j], values[j, block : block + length]
            for i in range(length):  # vector
                u = x[i] - at
                squared[i] += stretch * u * u
        w = weights[block : block + length]
        least = nearest[block : block + length]
        for i in range(length):  # vector
            least[i] = squared[i] if squared[i] < least[i] else least[i]
            potential += w[i] * least[i]
    return potential


@kernel
def assign(values: Reals, start: int, stop: int, centres: Floats, scale: Floats, labels: Integers) -> None:
    """labels[i] = the centre nearest to row i, by the distance of `approach`; the first of equals."""
    K, d = centres.shape
    squared = np.empty(BLOCK)
    nearest = np.empty(BLOCK)
    for block in range(start, stop, BLOCK):
        length = min(BLOCK, stop - block)
        label = labels[block : block + length]
        for i in range(length):
            nearest[i] = np.inf
            label[i] = 0
        for k in range(K):
            for i in range(length):
                squared[i] = 0.0
            for j in range(d):
                at, stretch, x = centres[k, j], scale[j], values[j, block : block + length]
                for i in range(length):  # vector
                    u = x[i] - at
                    squared[i] += stretch * u * u
            for i in range(length):  # vector
                closer = squared[i] < nearest[i]
                nearest[i] = squared[i] if closer else nearest[i]
                label[i] = k if closer else label[i]


@kernel
def gather(
    values: Reals,
    weights: Reals,
    start: int,
    stop: int,
    labels: Integers,
    reference: Floats,
    zeroth: Floats,
    first: Floats,
    second: Floats,
) -> None:
    """Add the moments of rows that belong wholly to their label, about `reference`.

    A row with a negative label belongs to none. Of a dense second moment, the lower triangle.
    """
    d = reference.shape[1]
    deviation = np.empty(d)
    for i in range(start, stop):
        k = labels[i]
        if k < 0:
            continue
        w = weights[i]
        zeroth[k] += w
        for j in range(d):
            deviation[j] = values[j, i] - reference[k, j]
            along = w * deviation[j]
            first[k, j] += along
            if second.ndim == 2:
                second[k, j] += along * deviation[j]
            else:
                for m in range(j + 1):
                    second[k, j, m] += along * deviation[m]
