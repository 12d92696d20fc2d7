"""The compiled passes that add up what is numbered in a piece: pixels, places, values.

Numbers are (planes, rows, columns), 0 for what is not measured; `table` has the entry of each number, from
`least` on. Quantities are the places along the axes first, those of planes, rows and columns as far as there
are such, then the channels' values.
"""

from __future__ import annotations

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.compilation.jit import kernel


@kernel
def mark(numbers: Integers, least: int, there: Mask) -> None:
    """Note which numbers there are."""
    for p in range(numbers.size):
        if numbers[p] > 0:
            there[numbers[p] - least] = True


@kernel
def add_up(
    numbers: Integers,
    values: Array,
    table: Integers,
    least: int,
    begin: Integers,
    row_areas: Floats,
    pixels: Integers,
    origins: Floats,
    sums: Floats,
    low: Integers,
    high: Integers,
    areas: Floats,
) -> None:
    """Count pixels; add each quantity's deviation from the first; widen boxes; add the areas of rows."""
    depth, height, width = numbers.shape
    channels, axes = values.shape[1], low.shape[1]
    at = 0
    for z in range(depth):
        for y in range(height):
            for x in range(width):
                number = numbers[z, y, x]
                at += 1
                if number == 0:
                    continue
                i = table[number - least]
                new = pixels[i] == 0
                pixels[i] += 1
                for k in range(axes):
                    axis = 3 - axes + k
                    place = begin[axis] + (z, y, x)[axis]
                    if new:
                        origins[i, k] = place
                    sums[i, k] += place - origins[i, k]
                    low[i, k] = min(low[i, k], place)
                    high[i, k] = max(high[i, k], place + 1)
                for c in range(channels):
                    value = float(values[at - 1, c])
                    if new:
                        origins[i, axes + c] = value
                    sums[i, axes + c] += value - origins[i, axes + c]
                if row_areas.size:
                    areas[i] += row_areas[begin[1] + y]


@kernel
def add_deviations(
    numbers: Integers,
    values: Array,
    table: Integers,
    least: int,
    begin: Integers,
    means: Floats,
    scatters: Floats,
    cross: Floats,
) -> None:
    """Add each quantity's squared deviation from its mean, and in a plane that of rows times columns."""
    depth, height, width = numbers.shape
    channels, axes = values.shape[1], means.shape[1] - values.shape[1]
    at = 0
    for z in range(depth):
        for y in range(height):
            for x in range(width):
                number = numbers[z, y, x]
                at += 1
                if number == 0:
                    continue
                i = table[number - least]
                for k in range(axes):
                    axis = 3 - axes + k
                    deviation = begin[axis] + (z, y, x)[axis] - means[i, k]
                    scatters[i, k] += deviation * deviation
                if axes == 2:
                    cross[i] += (begin[1] + y - means[i, 0]) * (begin[2] + x - means[i, 1])
                for c in range(channels):
                    off = float(values[at - 1, c]) - means[i, axes + c]
                    scatters[i, axes + c] += off * off
