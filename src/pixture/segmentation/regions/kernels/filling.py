"""The compiled passes over labels and a mask: labels where they are missing, none elsewhere."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Integers, Mask
from pixture.compilation.jit import kernel

DOWN, RIGHT = (0, -1, -1, -1, 0, 1, 1, 1), (1, 1, 0, -1, -1, -1, 0, 1)
"""Where the eight neighbours lie, from the right one on against the clock."""
LOW = 0xFFFFFFFF
"""Of a place y << 32 | x, the bits of x."""


@kernel
def fill(labels: Integers, mask: Mask) -> None:
    """Give pixels that take part and have no label that of the nearest that has one, step by step.

    The way there leads through pixels that take part; those without such a way keep 0. Among labels equally
    near, that of the neighbour on the right is taken, then above, left, below, of pixels in raster order.
    """
    rows, columns = labels.shape
    count = 0
    for y in range(rows):
        for x in range(columns):
            count += mask[y, x] and labels[y, x] == 0
    queue = np.empty(count, np.int64)
    given = np.empty(count, np.int32)
    last = 0
    for y in range(rows):
        for x in range(columns):
            if mask[y, x] and labels[y, x] == 0:
                for k in range(0, 8, 2):
                    v, u = y + DOWN[k], x + RIGHT[k]
                    if 0 <= v < rows and 0 <= u < columns and mask[v, u] and labels[v, u] > 0:
                        queue[last], given[last] = y << 32 | x, labels[v, u]
                        last += 1
                        break
    for i in range(last):
        labels[queue[i] >> 32, queue[i] & LOW] = given[i]
    first = 0
    while first < last:
        y, x = queue[first] >> 32, queue[first] & LOW
        first += 1
        for k in range(0, 8, 2):
            v, u = y + DOWN[k], x + RIGHT[k]
            if 0 <= v < rows and 0 <= u < columns and mask[v, u] and labels[v, u] == 0:
                labels[v, u] = labels[y, x]
                queue[last] = v << 32 | u
                last += 1


@kernel
def hide(labels: Integers, mask: Mask, start: int, stop: int) -> None:
    """Take the labels of pixels that do not take part."""
    for y in range(start, stop):
        for x in range(labels.shape[1]):
            if not mask[y, x]:
                labels[y, x] = 0
