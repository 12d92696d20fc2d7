"""The compiled means of the cells of a label near each cell: what the label is like there."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Integers, Mask, Reals
from pixture.compilation.jit import kernel


@kernel
def local_means(
    labels: Integers, means: Reals, radius: int, start: int, stop: int, pure: Mask, out: Reals
) -> None:
    """Write each cell's mean over the cells of its label within `radius`, pure ones where there are any.

    A cell is pure if none of its four neighbours has another label: the others are mixtures of two colours.
    """
    rows, columns, channels = means.shape
    total = np.empty(channels, np.float32)
    mixed = np.empty(channels, np.float32)
    for y in range(start, stop):
        for x in range(columns):
            label = labels[y, x]
            total[:] = 0
            mixed[:] = 0
            count, others = 0, 0
            for v in range(max(0, y - radius), min(rows, y + radius + 1)):
                for u in range(max(0, x - radius), min(columns, x + radius + 1)):
                    if labels[v, u] == label:
                        if pure[v, u]:
                            count += 1
                            for c in range(channels):
                                total[c] += means[v, u, c]
                        elif count == 0:
                            others += 1
                            for c in range(channels):
                                mixed[c] += means[v, u, c]
            for c in range(channels):
                out[y, x, c] = total[c] / np.float32(count) if count else mixed[c] / np.float32(others)


@kernel
def pure_cells(labels: Integers, start: int, stop: int, pure: Mask) -> None:
    """Write where none of a cell's four neighbours has another label."""
    rows, columns = labels.shape
    for y in range(start, stop):
        for x in range(columns):
            label = labels[y, x]
            pure[y, x] = (
                (y == 0 or labels[y - 1, x] == label)
                and (y == rows - 1 or labels[y + 1, x] == label)
                and (x == 0 or labels[y, x - 1] == label)
                and (x == columns - 1 or labels[y, x + 1] == label)
            )
