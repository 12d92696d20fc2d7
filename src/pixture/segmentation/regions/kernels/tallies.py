"""Compiled passes that count what each superpixel has: pixels, places, values.

Superpixels are numbered from 1; pixels of 0 are masked, and whatever they hold is not looked at. Each pass
takes some rows of the image, and adds to arrays with an entry a superpixel.
"""

from __future__ import annotations

from pixture.arrays import Array, Floats, Integers
from pixture.compilation.jit import kernel


@kernel
def tally_places(
    superpixels: Integers,
    start: int,
    stop: int,
    pixels: Integers,
    first: Integers,
    box: Integers,
    sums: Integers,
) -> int:
    """Count the superpixels' pixels in some rows; return how many pixels have a label of none.

    first[i] is lowered to the first pixel in reading order; box[i] (top, left, bottom, right; the last two
    past the last pixel) is widened; sums[i] are those of rows and columns.
    """
    strays = 0
    columns = superpixels.shape[1]
    for y in range(start, stop):
        for x in range(columns):
            label = superpixels[y, x]
            if label == 0:
                continue
            if label < 0 or label > pixels.shape[0]:
                strays += 1
                continue
            i = label - 1
            if pixels[i] == 0:
                first[i] = y * columns + x
                box[i, 0] = y
            pixels[i] += 1
            box[i, 1] = min(box[i, 1], x)
            box[i, 2] = y + 1
            box[i, 3] = max(box[i, 3], x + 1)
            sums[i, 0] += y
            sums[i, 1] += x
    return strays


@kernel
def add_values(labels: Integers, values: Array, start: int, stop: int, sums: Floats) -> None:
    """Add the values of each pixel to sums[label - 1], channel by channel."""
    for p in range(start, stop):
        label = labels[p]
        if label > 0:
            for c in range(values.shape[1]):
                sums[label - 1, c] += values[p, c]


@kernel
def add_squares(
    labels: Integers, values: Array, means: Floats, start: int, stop: int, squares: Floats
) -> None:
    """Add the squared deviations from means[label - 1] to squares[label - 1], channel by channel."""
    for p in range(start, stop):
        label = labels[p]
        if label > 0:
            for c in range(values.shape[1]):
                deviation = values[p, c] - means[label - 1, c]
                squares[label - 1, c] += deviation * deviation
