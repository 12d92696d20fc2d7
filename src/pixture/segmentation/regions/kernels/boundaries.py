"""The compiled passes over cracks, the unit edges between two pixels of different superpixels.

A crack lies between pixels p and q = p + 1 or p + columns. Its centre is kept in doubled coordinates, which
are whole numbers, so that moments are exact and any order of summing gives the same.
"""

from __future__ import annotations

import math

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.compilation.jit import exact, kernel

_LANES = 16
"""Cracks looked at together."""

_FAR = 1e9
"""A coordinate that is near none."""

_FEW = 64
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
    # the same from the edge's first crack, in floats, of which a vector holds more: exact where it is near
    fy, fx = np.empty(most + _LANES, np.float32), np.empty(most + _LANES, np.float32)
    reach = np.int64(math.floor(2.0 * radius))
    within = np.int64(math.floor(4.0 * radius * radius))
    limit, one, zero = np.float32(within), np.float32(1), np.float32(0)
    # n² times the covariance, in whole numbers: xx − yy, and 2 xy
    difference, twice = np.empty(p.size, np.float32), np.empty(p.size, np.float32)
    for e in range(start.size - 1):
        first, count = start[e], start[e + 1] - start[e]
        for i in range(count):
            y = np.int64(np.uint32(p[first + i]) // np.uint32(width))
            below = np.int64(q[first + i] - p[first + i] == width)
            ys[i] = 2 * y + below
            xs[i] = 2 * (p[first + i] - y * width) + 1 - below
            fy[i], fx[i] = np.float32(ys[i] - ys[0]), np.float32(xs[i] - xs[0])
        for i in range(count, min(count + _LANES, fy.size)):
            fy[i], fx[i] = np.float32(_FAR), np.float32(_FAR)
        for i in range(count):
            n, sy, sx, syy, sxx, sxy = 0, 0, 0, 0, 0, 0
            if count <= _FEW:
                y, x = fy[i], fx[i]
                few, gy, gx, gyy, gxx, gxy = zero, zero, zero, zero, zero, zero
                for block in range(0, count, _LANES):
                    by, bx = fy[block : block + _LANES], fx[block : block + _LANES]
                    for j in range(_LANES):  # vector
                        near_y, near_x = by[j] - y, bx[j] - x
                        near = one if near_y * near_y + near_x * near_x <= limit else zero
                        near_y, near_x = near * near_y, near * near_x
                        few += near
                        gy += near_y
                        gx += near_x
                        gyy += near_y * near_y
                        gxx += near_x * near_x
                        gxy += near_y * near_x
                n, sy, sx = int(few), int(gy), int(gx)
                syy, sxx, sxy = int(gyy), int(gxx), int(gxy)
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
            difference[first + i] = np.float32((n * sxx - sx * sx) - (n * syy - sy * sy))
            twice[first + i] = np.float32(2 * (n * sxy - sy * sx))
    half = np.float32(0.5)
    for i in range(p.size):  # vector
        # the axis has the angle ½ atan2(twice, difference); half angles need no trigonometry
        d, t = difference[i], twice[i]
        size = math.sqrt(d * d + t * t)
        main = size > zero
        divisor = size if main else one
        greater = np.float32(math.sqrt(half + half * (abs(d) / divisor)))
        lesser = half * t / (divisor * greater)
        # without a main axis: the crack's own normal
        across = one if q[i] - p[i] == width else zero
        ny[i] = (greater if d >= zero else lesser) if main else across
        nx[i] = (-lesser if d >= zero else -greater) if main else one - across


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


@exact
def sum_regions(labels: Integers, maps: Array, halvings: int, out: Floats) -> None:
    """out[label, k] += the sum of map k over the label's pixels; maps have been halved so many times.

    Row by row, run by run: a superpixel's pixels in a row follow each other. Eight maps are summed at a time,
    in eight sums that do not wait for each other; runs are too short for vectors, which `exact` keeps away.
    `out` has K rounded up to whole eights of columns.
    """
    height, width = labels.shape
    last_map, scale = maps.shape[0] - 1, np.float32(1 << halvings)
    zero = np.float32(0)
    for y in range(height):
        row, of = labels[y], maps[:, y >> halvings]
        end = 0
        while end < width:
            begin, label = end, row[end]
            while end < width and row[end] == label:
                end += 1
            # a map's pixel that is cut by the run's end counts in part
            first, last = begin >> halvings, ((end - 1) >> halvings) + 1
            before = np.float32(begin - (first << halvings))
            after = np.float32((last << halvings) - end)
            for block in range(0, last_map + 1, 8):
                a, b = of[block], of[min(block + 1, last_map)]
                c, d = of[min(block + 2, last_map)], of[min(block + 3, last_map)]
                e, f = of[min(block + 4, last_map)], of[min(block + 5, last_map)]
                g, h = of[min(block + 6, last_map)], of[min(block + 7, last_map)]
                sa, sb, sc, sd, se, sf, sg, sh = zero, zero, zero, zero, zero, zero, zero, zero
                for x in range(first, last):
                    sa += a[x]
                    sb += b[x]
                    sc += c[x]
                    sd += d[x]
                    se += e[x]
                    sf += f[x]
                    sg += g[x]
                    sh += h[x]
                sums = out[label, block : block + 8]
                sums[0] += sa * scale - before * a[first] - after * a[last - 1]
                sums[1] += sb * scale - before * b[first] - after * b[last - 1]
                sums[2] += sc * scale - before * c[first] - after * c[last - 1]
                sums[3] += sd * scale - before * d[first] - after * d[last - 1]
                sums[4] += se * scale - before * e[first] - after * e[last - 1]
                sums[5] += sf * scale - before * f[first] - after * f[last - 1]
                sums[6] += sg * scale - before * g[first] - after * g[last - 1]
                sums[7] += sh * scale - before * h[first] - after * h[last - 1]
