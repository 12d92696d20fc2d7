"""The compiled passes over cracks, the unit edges between two pixels of different superpixels.

A crack lies between pixels p and q = p + 1 or p + columns. Its centre is kept in doubled coordinates, which
are whole numbers, so that moments are exact and any order of summing gives the same.
"""

from __future__ import annotations

import math

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.compiled import kernel

_FEW = 32
"""Up to so many cracks an edge, all pairs are looked at; above, rows of cracks are searched."""


@kernel
def count_cracks(labels: Integers) -> int:
    """Return how many pairs of neighbouring pixels belong to different superpixels."""
    height, width = labels.shape
    count = 0
    for y in range(height):
        for x in range(width - 1):
            a, b = labels[y, x], labels[y, x + 1]
            count += (a != b) & (a != 0) & (b != 0)
        if y + 1 < height:
            for x in range(width):
                a, b = labels[y, x], labels[y + 1, x]
                count += (a != b) & (a != 0) & (b != 0)
    return count


@kernel
def list_cracks(labels: Integers, lower: Integers, upper: Integers, p: Integers, q: Integers) -> None:
    """Write each crack's two leaves (lower < upper, from 0) and pixels, in raster order of its centre."""
    height, width = labels.shape
    i = 0
    for y in range(height):
        for x in range(width - 1):
            a, b = labels[y, x], labels[y, x + 1]
            if a != b and a != 0 and b != 0:
                lower[i], upper[i] = min(a, b) - 1, max(a, b) - 1
                p[i], q[i] = y * width + x, y * width + x + 1
                i += 1
        if y + 1 < height:
            for x in range(width):
                a, b = labels[y, x], labels[y + 1, x]
                if a != b and a != 0 and b != 0:
                    lower[i], upper[i] = min(a, b) - 1, max(a, b) - 1
                    p[i], q[i] = y * width + x, (y + 1) * width + x
                    i += 1


@kernel
def counting_order(keys: Integers, before: Integers, start: Integers, order: Integers) -> None:
    """Sort the positions `before` by keys 0 … start.size - 2, stably, into `order`."""
    start[:] = 0
    for i in range(before.size):
        start[keys[before[i]] + 1] += 1
    for k in range(1, start.size):
        start[k] += start[k - 1]
    for i in range(before.size):
        key = keys[before[i]]
        order[start[key]] = before[i]
        start[key] += 1


@kernel
def normals(
    start: Integers, p: Integers, q: Integers, width: int, radius: float, ny: Array, nx: Array
) -> None:
    """Write each crack's unit normal, across the main axis of its edge's cracks within the radius."""
    most = 0
    for e in range(start.size - 1):
        most = max(most, start[e + 1] - start[e])
    ys, xs = np.empty(most, np.int64), np.empty(most, np.int64)
    reach = np.int64(math.floor(2.0 * radius))
    within = np.int64(math.floor(4.0 * radius * radius))
    for e in range(start.size - 1):
        first, count = start[e], start[e + 1] - start[e]
        for i in range(count):
            a, b = p[first + i], q[first + i]
            ys[i] = a // width + b // width
            xs[i] = a % width + b % width
        for i in range(count):
            n, sy, sx, syy, sxx, sxy = 0, 0, 0, 0, 0, 0
            if count <= _FEW:
                for j in range(count):  # vector
                    dy, dx = ys[j] - ys[i], xs[j] - xs[i]
                    near = int(dy * dy + dx * dx <= within)
                    n += near
                    sy += near * dy
                    sx += near * dx
                    syy += near * dy * dy
                    sxx += near * dx * dx
                    sxy += near * dy * dx
            else:
                for row in range(ys[i] - reach, ys[i] + reach + 1):
                    # the cracks come in raster order: those of a row follow each other
                    j, end = 0, count
                    while j < end:
                        middle = (j + end) // 2
                        if ys[middle] < row or (ys[middle] == row and xs[middle] < xs[i] - reach):
                            j = middle + 1
                        else:
                            end = middle
                    while j < count and ys[j] == row and xs[j] <= xs[i] + reach:
                        dy, dx = ys[j] - ys[i], xs[j] - xs[i]
                        if dy * dy + dx * dx <= within:
                            n += 1
                            sy += dy
                            sx += dx
                            syy += dy * dy
                            sxx += dx * dx
                            sxy += dy * dx
                        j += 1
            # n² times the covariance, in whole numbers
            difference = np.float64((n * sxx - sx * sx) - (n * syy - sy * sy))
            twice = 2.0 * np.float64(n * sxy - sy * sx)
            size = math.sqrt(difference * difference + twice * twice)
            if size == 0.0:
                # no main axis: the crack's own normal
                across = q[first + i] - p[first + i] == 1 and width > 1
                ny[first + i], nx[first + i] = (0.0, 1.0) if across else (1.0, 0.0)
            elif difference >= 0.0:
                # the axis has the angle ½ atan2(twice, difference); half angles need no trigonometry
                along = math.sqrt(0.5 * (1.0 + difference / size))
                ny[first + i], nx[first + i] = along, -twice / (2.0 * size * along)
            else:
                along = math.sqrt(0.5 * (1.0 - difference / size))
                ny[first + i], nx[first + i] = twice / (2.0 * size * along), -along


@kernel
def boundary_means(
    xx: Array,
    xy: Array,
    yy: Array,
    start: Integers,
    p: Integers,
    q: Integers,
    ny: Array,
    nx: Array,
    out: Floats,
) -> None:
    """out[e] = the mean of √(n·T n) over the edge's cracks, T being the mean of the two pixels' tensors."""
    for e in range(start.size - 1):
        total = 0.0
        for i in range(start[e], start[e + 1]):
            a, b = p[i], q[i]
            y, x = np.float64(ny[i]), np.float64(nx[i])
            square = (
                x * x * (np.float64(xx[a]) + xx[b])
                + 2.0 * x * y * (np.float64(xy[a]) + xy[b])
                + y * y * (np.float64(yy[a]) + yy[b])
            )
            total += math.sqrt(max(0.5 * square, 0.0))
        out[e] = total / (start[e + 1] - start[e])


@kernel
def sum_regions(labels: Integers, maps: Array, shrink: int, out: Floats) -> None:
    """out[k, label] += the sum of map k over the label's pixels; a map pixel stands for shrink² pixels."""
    height, width = labels.shape
    rows, columns = maps.shape[1:]
    most = columns * shrink * shrink
    of, at, weight = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.float64)
    for i in range(rows):
        entries = 0
        for j in range(columns):
            first = entries
            for y in range(i * shrink, min((i + 1) * shrink, height)):
                for x in range(j * shrink, min((j + 1) * shrink, width)):
                    label = labels[y, x]
                    e = first
                    while e < entries and of[e] != label:
                        e += 1
                    if e == entries:
                        of[e], at[e], weight[e] = label, j, 0.0
                        entries += 1
                    weight[e] += 1.0
        for k in range(maps.shape[0]):
            row, sums = maps[k, i], out[k]
            for e in range(entries):
                sums[of[e]] += weight[e] * row[at[e]]
