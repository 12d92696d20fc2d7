"""The likeness of neighbouring pixels."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers
from pixture.compilation.jit import exp, kernel, widest_vectors


@kernel
def _as_bytes(squares: Array, across: float, out: Integers) -> None:
    """Out = across + (255 - across) exp(-squares), rounded."""
    widest_vectors()
    least = np.float32(across)
    for x in range(out.shape[0]):
        out[x] = np.uint8(least + (np.float32(255) - least) * exp(-squares[x]) + np.float32(0.5))


@kernel
def _by_channels(line: Array, scale: Array, out: Array) -> None:
    """out[c, x] = scale[c] · line[x, c]: channels apart, so that loops over them are vector code."""
    for c in range(out.shape[0]):
        to = out[c]
        for x in range(to.shape[0]):
            to[x] = scale[c] * np.float32(line[x, c])


@kernel
def _add_squares(one: Array, other: Array, to: Array) -> None:
    """To += (one - other)²."""
    widest_vectors()
    for x in range(to.shape[0]):  # vector
        u = one[x] - other[x]
        to[x] += u * u


@kernel
def likeness(
    pixels: Array, scale: Array, offsets: Integers, across: float, start: int, stop: int, out: Integers
) -> None:
    """Write how alike the pixels of some lines are to their neighbours, 255 where there is no neighbour.

    out[n, i] = A + (255 - A) exp(-Σ_c (scale_c (x_c(i) - x_c(i + offset n)))²), rounded, A being `across`.
    `pixels` are (planes, rows, columns, channels), `scale` (channels,) float32, `offsets` (n, 3), `out` (n,
    planes, rows, columns) uint8; lines are counted along rows, then planes.
    """
    planes, height, width, channels = pixels.shape
    squares = np.empty(width, np.float32)
    here, there = np.empty((channels, width), np.float32), np.empty((channels, width), np.float32)
    for line in range(start, stop):
        z, y = line // height, line % height
        _by_channels(pixels[z, y], scale, here)
        last_z, last_y = -1, -1
        for n in range(offsets.shape[0]):
            there_z, there_y, dx = z + offsets[n, 0], y + offsets[n, 1], offsets[n, 2]
            squares[:] = 0
            if 0 <= there_z < planes and 0 <= there_y < height:
                if there_z != last_z or there_y != last_y:
                    _by_channels(pixels[there_z, there_y], scale, there)
                    last_z, last_y = there_z, there_y
                first, second, length = max(0, -dx), max(0, dx), width - abs(dx)
                for c in range(channels):
                    one = here[c, first : first + length]
                    _add_squares(one, there[c, second : second + length], squares[first : first + length])
            _as_bytes(squares, across, out[n, z, y])
