"""The watershed's two passes: which neighbour each pixel drains to, and where all of them end.

The naive twin, in `tests/reference_regions.py`, floods pixel by pixel in rising order.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers
from pixture.compilation.jit import kernel

SELF, FRONT, UP, LEFT, RIGHT, DOWN, BACK = 0, 1, 2, 3, 4, 5, 6


@kernel
def drain(strength: Array, to: Integers, start: int, stop: int) -> None:
    """to[z, y, x] = the direction of the lowest of the pixel and its 6 neighbours; of equal ones, the first.

    First is meant in raster order: the plane before, up, left, the pixel itself, right, down, the plane
    after. The strength of a masked pixel is infinite: nothing drains there. Planes start … stop - 1 are
    written; an image is one plane.
    """
    planes, height, width = strength.shape
    nothing = np.full(width, np.inf, strength.dtype)
    above = np.full(width + 2, np.inf, strength.dtype)
    row = np.full(width + 2, np.inf, strength.dtype)
    below = np.full(width + 2, np.inf, strength.dtype)
    for z in range(start, stop):
        above[:] = np.inf
        for x in range(width):  # vector
            row[x + 1] = strength[z, 0, x]
        for y in range(height):
            front = strength[z - 1, y] if z > 0 else nothing
            back = strength[z + 1, y] if z + 1 < planes else nothing
            if y + 1 < height:
                for x in range(width):  # vector
                    below[x + 1] = strength[z, y + 1, x]
            else:
                below[:] = np.inf
            out = to[z, y]
            for x in range(width):  # vector
                lowest, direction = front[x], np.uint8(FRONT)
                if above[x + 1] < lowest:
                    lowest, direction = above[x + 1], np.uint8(UP)
                if row[x] < lowest:
                    lowest, direction = row[x], np.uint8(LEFT)
                if row[x + 1] <= lowest and not (row[x + 1] == lowest and lowest < np.inf):
                    lowest, direction = row[x + 1], np.uint8(SELF)
                if row[x + 2] < lowest:
                    lowest, direction = row[x + 2], np.uint8(RIGHT)
                if below[x + 1] < lowest:
                    lowest, direction = below[x + 1], np.uint8(DOWN)
                if back[x] < lowest:
                    lowest, direction = back[x], np.uint8(BACK)
                out[x] = direction
            above, row, below = row, below, above


@kernel
def number_basins(strength: Array, to: Integers, labels: Integers) -> int:
    """Label every pixel with its basin, in raster order of the basins' first pixels; return how many.

    `labels`, all 0, are written by following each pixel down to one that is labelled or drains nowhere, and
    then by labelling the way: every pixel is labelled once.
    """
    planes, height, width = strength.shape
    heights, directions, out = strength.reshape(-1), to.reshape(-1), labels.reshape(-1)
    step = np.array((0, -height * width, -width, -1, 1, width, height * width), np.int64)
    basins = 0
    for first in range(planes * height * width):
        if out[first] != 0 or heights[first] == np.inf:
            continue
        pixel = first
        while out[pixel] == 0 and directions[pixel] != SELF:
            pixel += step[directions[pixel]]
        label = out[pixel]
        if label == 0:
            basins += 1
            label = basins
            out[pixel] = label
        pixel = first
        while out[pixel] == 0:
            out[pixel] = label
            pixel += step[directions[pixel]]
    return basins
