"""Compiled passes that count what each superpixel has: pixels, places, values.

Superpixels are numbered from 1; pixels of 0 are masked, and whatever they hold is not looked at. Each pass
takes some rows of the image, and adds to arrays with an entry a superpixel. The rows of a volume are those of
all planes, one plane after the other; an image is one plane.
"""

from __future__ import annotations

from pixture.arrays import Array, Floats, Integers
from pixture.compilation.jit import kernel


@kernel
def tally_places(
    superpixels: Integers,
    height: int,
    start: int,
    stop: int,
    pixels: Integers,
    first: Integers,
    box: Integers,
    sums: Integers,
) -> int:
    """Count the superpixels' pixels in some rows of planes `height` rows high; return how many are stray.

    Stray is a label of none. first[i] is lowered to the first pixel in reading order; box[i] (front, top,
    left, back, bottom, right; the last three past the last pixel) is widened; sums[i] are those of planes,
    rows and columns.
    """
    strays = 0
    columns = superpixels.shape[1]
    for line in range(start, stop):
        z, y = line // height, line % height
        for x in range(columns):
            label = superpixels[line, x]
            if label == 0:
                continue
            if label < 0 or label > pixels.shape[0]:
                strays += 1
                continue
            i = label - 1
            if pixels[i] == 0:
                first[i] = line * columns + x
                box[i, 0] = z
            pixels[i] += 1
            box[i, 1] = min(box[i, 1], y)
            box[i, 2] = min(box[i, 2], x)
            box[i, 3] = z + 1
            box[i, 4] = max(box[i, 4], y + 1)
            box[i, 5] = max(box[i, 5], x + 1)
            sums[i, 0] += z
            sums[i, 1] += y
            sums[i, 2] += x
    return strays


@kernel
def add_of_values(
    labels: Integers, rows: Integers, table: Array, start: int, stop: int, sums: Floats
) -> None:
    """Add to sums[label - 1] what a table, a row a value, says of each pixel's value; `rows` are these."""
    for p in range(start, stop):
        label = labels[p]
        if label > 0:
            of, into = table[rows[p]], sums[label - 1]
            for c in range(table.shape[1]):  # vector
                into[c] += of[c]


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
