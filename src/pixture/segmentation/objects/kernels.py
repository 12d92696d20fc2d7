"""The compiled pass over distances to the background: which of their peaks are objects of their own."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.compilation.jit import kernel

NOT_YET = -1


@kernel
def find_peaks(order: Integers, heights: Floats, steps: Integers, depth: float, least: float) -> Integers:
    """Return the places of the peaks that stand for objects, the highest first.

    Heights are flat, with a margin of background, so that no step leaves them. Pixels are taken from the
    highest down, as `order` has them; each joins the basins of its neighbours, or is a peak where there is
    none. Where two basins meet, the lower peak p is none of its own if they meet less than
    max(depth · p, least) below it: the basins become one. Else they stay two for good, since every later
    meeting is lower.
    """
    parent = np.full(heights.size, NOT_YET, np.int32)
    for at in order:
        home = NOT_YET
        for step in steps:
            root = at + step
            if parent[root] == NOT_YET:
                continue
            while parent[root] != root:
                parent[root] = parent[parent[root]]
                root = parent[root]
            if home == NOT_YET:
                home = root
            elif root != home:
                tall, low = (home, root) if heights[home] >= heights[root] else (root, home)
                if heights[low] - heights[at] < max(depth * heights[low], least):
                    parent[low] = tall
                home = tall
        parent[at] = at if home == NOT_YET else home
    count = 0
    for at in order:
        count += parent[at] == at
    peaks = np.empty(count, np.int64)
    count = 0
    for at in order:
        if parent[at] == at:
            peaks[count] = at
            count += 1
    return peaks
