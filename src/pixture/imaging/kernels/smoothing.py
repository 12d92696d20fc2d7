"""Gaussian smoothing, and reducing by two: the compiled passes over planes of float32.

Borders are mirrored (… 2 1 | 1 2 …). Every sum adds the values that lie symmetrically about a pixel first, so
that a mirrored plane gives the mirrored result, bit for bit.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array
from pixture.compilation.jit import exact, kernel, widest_vectors

BLOCK = 2048
"""Columns that are smoothed together along the first axis."""

Plane = Array
"""(rows, columns) float32."""


@exact
def mirrored(at: int, size: int) -> int:
    """Return the index within 0 … size - 1 that an index stands for, the borders being mirrors."""
    while at < 0 or at >= size:
        at = -1 - at if at < 0 else 2 * size - 1 - at
    return at


@kernel
def smooth(source: Plane, down: Array, across: Array, start: int, stop: int, out: Plane) -> None:
    """Write the rows start … stop - 1 of a plane smoothed along both axes by symmetric kernels.

    `down`, `across` (r + 1,) float32: the kernels' values from their centres outwards, along a column and
    along a row.
    """
    widest_vectors()
    rows, columns = source.shape
    reach = across.shape[0] - 1
    line = np.empty(columns + 2 * reach, np.float32)
    for y in range(start, stop):
        inner = line[reach : reach + columns]
        centre = source[y]
        for x in range(columns):  # vector
            inner[x] = down[0] * centre[x]
        for j in range(1, down.shape[0]):
            above, below = source[mirrored(y - j, rows)], source[mirrored(y + j, rows)]
            tap = down[j]
            for x in range(columns):  # vector
                inner[x] += tap * (above[x] + below[x])
        for i in range(reach):
            line[reach - 1 - i] = inner[mirrored(-1 - i, columns)]
            line[reach + columns + i] = inner[mirrored(columns + i, columns)]
        written = out[y]
        for x in range(columns):  # vector
            written[x] = across[0] * inner[x]
        for j in range(1, reach + 1):
            left, right = line[reach - j : reach - j + columns], line[reach + j : reach + j + columns]
            tap = across[j]
            for x in range(columns):  # vector
                written[x] += tap * (left[x] + right[x])


@kernel
def smooth_first_axis(source: Plane, taps: Array, start: int, stop: int, out: Plane) -> None:
    """Write the columns start … stop - 1 of a plane smoothed along its columns alone, as `smooth` has it.

    A volume is such a plane: its planes are the rows. `BLOCK` columns are worked on at a time, which stay
    near the processor.
    """
    widest_vectors()
    rows = source.shape[0]
    for first in range(start, stop, BLOCK):
        last = min(first + BLOCK, stop)
        columns = last - first
        for y in range(rows):
            centre, written = source[y][first:last], out[y][first:last]
            for x in range(columns):  # vector
                written[x] = taps[0] * centre[x]
            for j in range(1, taps.shape[0]):
                above, below = (
                    source[mirrored(y - j, rows)][first:last],
                    source[mirrored(y + j, rows)][first:last],
                )
                tap = taps[j]
                for x in range(columns):  # vector
                    written[x] += tap * (above[x] + below[x])


@exact
def _beside(at: int, size: int) -> int:
    """Return the index beside a place of even number, of an odd size; beyond an end, the one inside."""
    if size == 1:
        return 0
    return 1 if at < 0 else (size - 2 if at >= size else at)


@kernel
def halve(source: Array, out: Array) -> None:
    """Reduce a plane by two: pairs of an even size are averaged; of an odd one, (1 2 1) / 4.

    So a mirrored plane is reduced to the mirrored result, whatever its size.
    """
    height, width = source.shape
    rows, columns = out.shape
    quarter, half = np.float32(0.25), np.float32(0.5)
    line = np.empty(width, np.float32)
    for y in range(rows):
        if height % 2 == 0:
            a, b = source[2 * y], source[2 * y + 1]
            for x in range(width):  # vector
                line[x] = half * (a[x] + b[x])
        else:
            a, b, c = source[2 * y], source[_beside(2 * y - 1, height)], source[_beside(2 * y + 1, height)]
            for x in range(width):  # vector
                line[x] = half * a[x] + quarter * (b[x] + c[x])
        written = out[y]
        if width % 2 == 0:
            for x in range(columns):
                written[x] = half * (line[2 * x] + line[2 * x + 1])
        else:
            for x in range(columns):
                beside = line[_beside(2 * x - 1, width)] + line[_beside(2 * x + 1, width)]
                written[x] = half * line[2 * x] + quarter * beside


@kernel
def add_doubled(source: Array, out: Array) -> None:
    """Add a plane that `halve` would have made of a plane of `out`'s size, interpolated linearly."""
    height, width = out.shape
    rows, columns = source.shape
    line = np.empty(columns, np.float32)
    for y in range(height):
        # the place in `source`, in quarters: of an even size pixel centres lie between the reduced ones
        place = 2 * y - 1 if height % 2 == 0 else 2 * y
        low = place >> 2 if place >= 0 else -1
        part = np.float32(0.25) * np.float32(place - 4 * low)
        a, b = source[min(max(low, 0), rows - 1)], source[min(max(low + 1, 0), rows - 1)]
        for x in range(columns):  # vector
            line[x] = (np.float32(1) - part) * a[x] + part * b[x]
        row = out[y]
        if width % 2 == 0:
            for x in range(columns):
                before, after = line[max(x - 1, 0)], line[min(x + 1, columns - 1)]
                row[2 * x] += np.float32(0.75) * line[x] + np.float32(0.25) * before
                row[2 * x + 1] += np.float32(0.75) * line[x] + np.float32(0.25) * after
        else:
            for x in range(columns):
                row[2 * x] += line[x]
            for x in range(columns - 1):
                row[2 * x + 1] += np.float32(0.5) * (line[x] + line[x + 1])
