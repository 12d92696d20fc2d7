"""The compiled passes over labels and a mask: labels where they are missing, none where they are too many."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Integers, Mask
from pixture.compiled import kernel


@kernel
def label_at(labels: Integers, y: int, x: int) -> int:
    """Return the label at a place; -1 outside the image."""
    if y < 0 or x < 0 or y >= labels.shape[0] or x >= labels.shape[1]:
        return -1
    label: int = labels[y, x]
    return label


@kernel
def fill(labels: Integers, mask: Mask) -> None:
    """Give pixels that take part and have no label that of the nearest that has one, step by step.

    The way there leads through pixels that take part; those without such a way keep 0.
    """
    rows, columns = labels.shape
    count = 0
    for y in range(rows):
        for x in range(columns):
            count += mask[y, x] and labels[y, x] == 0
    queue = np.empty(count, np.int64)
    last = 0
    for y in range(rows):
        for x in range(columns):
            if mask[y, x] and labels[y, x] == 0:
                label = _offered(labels, mask, y, x)
                if label > 0:
                    queue[last] = y * columns + x
                    last += 1
    # the first ring takes what stands beside it; it is written only when all of it is known
    given = np.empty(last, np.int64)
    for i in range(last):
        given[i] = _offered(labels, mask, queue[i] // columns, queue[i] % columns)
    for i in range(last):
        labels[queue[i] // columns, queue[i] % columns] = given[i]
    first = 0
    while first < last:
        y, x = queue[first] // columns, queue[first] % columns
        first += 1
        for k in range(4):
            v, u = (y, x + 1) if k == 0 else (y - 1, x) if k == 1 else (y, x - 1) if k == 2 else (y + 1, x)
            if label_at(labels, v, u) == 0 and mask[v, u]:
                labels[v, u] = labels[y, x]
                queue[last] = v * columns + u
                last += 1


@kernel
def _offered(labels: Integers, mask: Mask, y: int, x: int) -> int:
    """Return the label of the first neighbour (right, above, left, below) that has one; or 0."""
    for k in range(4):
        v, u = (y, x + 1) if k == 0 else (y - 1, x) if k == 1 else (y, x - 1) if k == 2 else (y + 1, x)
        label = label_at(labels, v, u)
        if label > 0 and mask[v, u]:
            return label
    return 0


@kernel
def hide(labels: Integers, mask: Mask, start: int, stop: int) -> None:
    """Take the labels of pixels that do not take part."""
    for y in range(start, stop):
        for x in range(labels.shape[1]):
            if not mask[y, x]:
                labels[y, x] = 0
