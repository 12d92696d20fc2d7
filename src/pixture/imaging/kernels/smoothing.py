"""Gaussian smoothing, and reducing by two: the compiled passes over planes of float32.

Borders are mirrored (… 2 1 | 1 2 …). Every sum adds the values that lie symmetrically about a pixel first, so
that a mirrored plane gives the mirrored result, bit for bit.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array
from pixture.compiled import exact, kernel, widest_vectors

Plane = Array
"""(rows, columns) float32."""


@exact
def mirrored(at: int, size: int) -> int:
    """Return the index within 0 … size - 1 that an index stands for, the borders being mirrors."""
    while at < 0 or at >= size:
        at = -1 - at if at < 0 else 2 * size - 1 - at
    return at


@kernel
def smooth(source: Plane, taps: Array, start: int, stop: int, out: Plane) -> None:
    """Write the rows start … stop - 1 of a plane smoothed along both axes by a symmetric kernel.

    `taps` (r + 1,) float32: the kernel's values from its centre outwards.
    """
    widest_vectors()
    rows, columns = source.shape
    reach = taps.shape[0] - 1
    line = np.empty(columns + 2 * reach, np.float32)
    for y in range(start, stop):
        inner = line[reach : reach + columns]
        centre = source[y]
        for x in range(columns):  # vector
            inner[x] = taps[0] * centre[x]
        for j in range(1, reach + 1):
            above, below = source[mirrored(y - j, rows)], source[mirrored(y + j, rows)]
            tap = taps[j]
            for x in range(columns):  # vector
                inner[x] += tap * (above[x] + below[x])
        for i in range(reach):
            line[reach - 1 - i] = inner[mirrored(-1 - i, columns)]
            line[reach + columns + i] = inner[mirrored(columns + i, columns)]
        written = out[y]
        for x in range(columns):  # vector
            written[x] = taps[0] * inner[x]
        for j in range(1, reach + 1):
            left, right = line[reach - j : reach - j + columns], line[reach + j : reach + j + columns]
            tap = taps[j]
            for x in range(columns):  # vector
                written[x] += tap * (left[x] + right[x])
