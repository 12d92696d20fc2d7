"""The chi-square tensor of soft maps: smoothing, differences and sums, tile by tile.

A tile is so small that all of it stays in the first levels of cache, and a map that is zero in a tile and
around it is passed over: of the posteriors of a mixture, most are.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array
from pixture.compilation.jit import kernel
from pixture.imaging.kernels.smoothing import mirrored

TILE_ROWS, TILE_COLUMNS = 32, 64
"""Pixels of a tile."""

LEAST = np.float32(1e-3)
"""Added to the mean share of a map in a window: what is next to absent counts for nothing."""


@kernel
def _load(source: Array, top: int, left: int, rows: int, columns: int, out: Array) -> bool:
    """Copy a tile of a plane whose borders are mirrored; return whether anything in it is not zero."""
    height, width = source.shape
    total = np.float32(0)  # of what is nowhere negative: a sum is a vector sum, a maximum is not
    for i in range(rows):
        line, row = out[i], source[mirrored(top + i, height)]
        if left >= 0 and left + columns <= width:
            part = row[left : left + columns]
            for j in range(columns):  # vector
                line[j] = part[j]
                total += part[j]
        else:
            for j in range(columns):
                line[j] = row[mirrored(left + j, width)]
                total += line[j]
    return bool(total > 0)


@kernel
def _smooth(
    tile: Array, rows: int, columns: int, taps: tuple[float, ...], between: Array, out: Array
) -> None:
    """Smooth a tile of `rows` by `columns` with its surroundings; what is written is 2 r less each way."""
    reach = len(taps) - 1
    height, width = rows - 2 * reach, columns - 2 * reach
    for y in range(height):
        line = between[y]
        for x in range(columns):  # vector
            value = taps[0] * tile[y + reach, x]
            for j in range(1, len(taps)):
                value += taps[j] * (tile[y + reach - j, x] + tile[y + reach + j, x])
            line[x] = value
    for y in range(height):
        line, written = between[y], out[y]
        for x in range(width):  # vector
            value = taps[0] * line[x + reach]
            for j in range(1, len(taps)):
                value += taps[j] * (line[x + reach - j] + line[x + reach + j])
            written[x] = value


@kernel
def add_tensor(
    maps: Array,
    coverage: Array,
    taps: tuple[float, ...],
    scale: float,
    weight: float,
    start: int,
    stop: int,
    tensor: Array,
) -> None:
    """Add the chi-square tensor of the maps to the tile rows start … stop - 1 of `tensor` (3, rows, columns).

    `maps` (K, rows, columns) float32, zero where masked; `coverage` (rows, columns) float32, the share of
    each pixel that takes part, or of no size where all do. `scale` turns a central difference of the smoothed
    map into half the difference of the two half-windows' means.
    """
    count, width = maps.shape[0], maps.shape[2]
    reach = len(taps) - 1
    masked = coverage.size > 0
    room = TILE_COLUMNS + 2 + 2 * reach
    tile = np.empty((TILE_ROWS + 2 + 2 * reach, room), np.float32)
    between = np.empty((TILE_ROWS + 2, room), np.float32)
    s = np.empty((TILE_ROWS + 2, TILE_COLUMNS + 2), np.float32)
    share = np.empty((TILE_ROWS + 2, TILE_COLUMNS + 2), np.float32)
    squared = np.float32(scale * scale * weight)
    for top in range(start, stop, TILE_ROWS):
        rows = min(TILE_ROWS, stop - top)
        for left in range(0, width, TILE_COLUMNS):
            columns = min(TILE_COLUMNS, width - left)
            y0, x0 = top - 1 - reach, left - 1 - reach
            tall, wide = rows + 2 + 2 * reach, columns + 2 + 2 * reach
            if masked:
                if not _load(coverage, y0, x0, tall, wide, tile):
                    continue
                _smooth(tile, tall, wide, taps, between, share)
                for y in range(rows + 2):
                    of = share[y]
                    for x in range(columns + 2):  # vector
                        of[x] = np.float32(1) / (of[x] + np.float32(1e-6))
            for k in range(count):
                if not _load(maps[k], y0, x0, tall, wide, tile):
                    continue
                _smooth(tile, tall, wide, taps, between, s)
                if masked:
                    for y in range(rows + 2):
                        row, of = s[y], share[y]
                        for x in range(columns + 2):  # vector
                            row[x] *= of[x]
                for y in range(rows):
                    above, below, here = s[y], s[y + 2], s[y + 1]
                    xx = tensor[0, top + y, left : left + columns]
                    xy = tensor[1, top + y, left : left + columns]
                    yy = tensor[2, top + y, left : left + columns]
                    for x in range(columns):  # vector
                        across = here[x + 2] - here[x]
                        down = below[x + 1] - above[x + 1]
                        around = (here[x + 2] + here[x]) + (below[x + 1] + above[x + 1])
                        part = squared / (np.float32(0.25) * around + LEAST)
                        xx[x] += across * across * part
                        xy[x] += across * down * part
                        yy[x] += down * down * part


@kernel
def greatest(tensor: Array, start: int, stop: int, out: Array) -> None:
    """Write, for the rows start … stop - 1, the square root of the tensor's greater eigenvalue."""
    half, quarter = np.float32(0.5), np.float32(0.25)
    columns = out.shape[1]
    for y in range(start, stop):
        xx, xy, yy, written = tensor[0, y], tensor[1, y], tensor[2, y], out[y]
        for x in range(columns):  # vector
            apart = xx[x] - yy[x]
            root = np.sqrt(quarter * apart * apart + xy[x] * xy[x])
            written[x] = np.sqrt(half * (xx[x] + yy[x]) + root)
