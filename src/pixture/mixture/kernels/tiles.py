"""The inner loops of a pass: one block of rows, one component, one or two tiles of channels.

Every loop runs over neighbouring rows without branches and must stay vector code for the passes to be
fast; `tests/test_vectors.py` reads LLVM's remarks to hold it. What would break one: an index at start + i
instead of a slice from 0 (numba tests its sign), a call into libm, a float64 literal beside float32
arithmetic, an exception.

What a tile's loop sums stays in registers: for a colour ten sums, all the moments a component has. Tiles
against tiles take nine sums to six loads, so that a pass over a hundred bands is bound by arithmetic.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Integers, Reals
from pixture.compilation.jit import exp, kernel, log, widest_vectors


@kernel
def copy(values: Reals, start: int, length: int, x: Reals) -> None:
    """x = the channels of rows start … start + length - 1."""
    widest_vectors()
    for j in range(values.shape[0]):
        from_row, to_row = values[j, start : start + length], x[j]
        for i in range(length):  # vector
            to_row[i] = from_row[i]


@kernel
def subtract(x: Reals, mean: Reals, length: int, u: Reals) -> None:
    """u = x - mean."""
    widest_vectors()
    for j in range(mean.size):
        at, of, to = mean[j], x[j], u[j]
        for i in range(length):  # vector
            to[i] = of[i] - at


@kernel
def first_square(
    x: Reals, mean: Reals, offset: Reals, P: Reals, constant: float, length: int, row: Reals
) -> None:
    """row = constant - |P (x - mean) - offset|² over the first tile."""
    widest_vectors()
    x0, x1, x2 = x[0], x[1], x[2]
    m0, m1, m2 = mean[0], mean[1], mean[2]
    o0, o1, o2 = offset[0], offset[1], offset[2]
    p00, p10, p11, p20, p21, p22 = P[0, 0], P[1, 0], P[1, 1], P[2, 0], P[2, 1], P[2, 2]
    for i in range(length):  # vector
        u0, u1, u2 = x0[i] - m0, x1[i] - m1, x2[i] - m2
        y0 = p00 * u0 - o0
        y1 = p10 * u0 + p11 * u1 - o1
        y2 = p20 * u0 + p21 * u1 + p22 * u2 - o2
        row[i] = constant - (y0 * y0 + y1 * y1 + y2 * y2)


@kernel
def add_product(P: Reals, u: Reals, length: int, y: Reals) -> None:
    """y += P u, of a tile below the diagonal."""
    widest_vectors()
    u0, u1, u2 = u[0], u[1], u[2]
    y0, y1, y2 = y[0], y[1], y[2]
    p00, p01, p02 = P[0, 0], P[0, 1], P[0, 2]
    p10, p11, p12 = P[1, 0], P[1, 1], P[1, 2]
    p20, p21, p22 = P[2, 0], P[2, 1], P[2, 2]
    for i in range(length):  # vector
        v0, v1, v2 = u0[i], u1[i], u2[i]
        y0[i] += p00 * v0 + p01 * v1 + p02 * v2
        y1[i] += p10 * v0 + p11 * v1 + p12 * v2
        y2[i] += p20 * v0 + p21 * v1 + p22 * v2


@kernel
def next_square(P: Reals, u: Reals, y: Reals, length: int, row: Reals) -> None:
    """row -= |y + P u|², of a tile on the diagonal."""
    widest_vectors()
    u0, u1, u2 = u[0], u[1], u[2]
    y0, y1, y2 = y[0], y[1], y[2]
    p00, p10, p11, p20, p21, p22 = P[0, 0], P[1, 0], P[1, 1], P[2, 0], P[2, 1], P[2, 2]
    for i in range(length):  # vector
        v0, v1, v2 = u0[i], u1[i], u2[i]
        z0 = y0[i] + p00 * v0
        z1 = y1[i] + p10 * v0 + p11 * v1
        z2 = y2[i] + p20 * v0 + p21 * v1 + p22 * v2
        row[i] -= z0 * z0 + z1 * z1 + z2 * z2


@kernel
def subtract_square(x: Reals, mean: float, offset: float, factor: float, length: int, row: Reals) -> None:
    """row -= (factor (x - mean) - offset)²."""
    widest_vectors()
    for i in range(length):  # vector
        z = factor * (x[i] - mean) - offset
        row[i] -= z * z


@kernel
def normalise(joint: Reals, length: int, top: Reals, total: Reals) -> None:
    """Joint becomes exp(joint - top), top its maximum over the components, total its sum over them."""
    widest_vectors()
    K = joint.shape[0]
    # so that a row infinitely far from every component is equally near to all, not NaN
    top[:length] = np.finfo(joint.dtype).min
    total[:length] = 0
    for k in range(K):
        row = joint[k]
        for i in range(length):  # vector
            top[i] = row[i] if row[i] > top[i] else top[i]
    for k in range(K):
        row = joint[k]
        for i in range(length):  # vector
            row[i] = exp(row[i] - top[i])
            total[i] += row[i]


@kernel
def log_likelihood(weights: Reals, length: int, top: Reals, total: Reals) -> float:
    """Return Σ w (top + log total); total becomes w / total."""
    widest_vectors()
    summed: float = top[0] - top[0]  # a zero of the dtype: a wider one would halve the vectors
    for i in range(length):  # vector
        summed += weights[i] * (top[i] + log(total[i]))
        total[i] = weights[i] / total[i]
    return summed


@kernel
def invert_total(top: Reals, total: Reals, length: int, log_density: Reals) -> None:
    """log_density = top + log total; total becomes 1 / total."""
    widest_vectors()
    for i in range(length):  # vector
        log_density[i] = top[i] + log(total[i])
        total[i] = 1 / total[i]


@kernel
def multiply(r: Reals, scale: Reals, length: int, share: Reals) -> None:
    """share = r · scale."""
    widest_vectors()
    for i in range(length):  # vector
        share[i] = r[i] * scale[i]


@kernel
def start_highest(row: Reals, length: int, top: Reals, label: Integers) -> None:
    """top = row, the label 0."""
    widest_vectors()
    for i in range(length):  # vector
        top[i] = row[i]
        label[i] = 0


@kernel
def keep_higher(row: Reals, k: int, length: int, top: Reals, label: Integers) -> None:
    """top and label become the row's and k where it is higher."""
    widest_vectors()
    for i in range(length):  # vector
        higher = row[i] > top[i]
        top[i] = row[i] if higher else top[i]
        label[i] = k if higher else label[i]


@kernel
def first_moments(
    x: Reals, mean: Reals, scale: Reals, length: int, r: Reals, zeroth: Floats, first: Floats, second: Floats
) -> None:
    """Multiply r by `scale`, and add its moments over the first tile."""
    widest_vectors()
    x0, x1, x2 = x[0], x[1], x[2]
    m0, m1, m2 = mean[0], mean[1], mean[2]
    s = s0 = s1 = s2 = s00 = s10 = s11 = s20 = s21 = s22 = m0 - m0
    for i in range(length):  # vector
        share = r[i] * scale[i]
        r[i] = share
        u0, u1, u2 = x0[i] - m0, x1[i] - m1, x2[i] - m2
        r0, r1, r2 = share * u0, share * u1, share * u2
        s += share
        s0 += r0
        s1 += r1
        s2 += r2
        s00 += r0 * u0
        s10 += r1 * u0
        s11 += r1 * u1
        s20 += r2 * u0
        s21 += r2 * u1
        s22 += r2 * u2
    zeroth[0] += s
    first[0] += s0
    first[1] += s1
    first[2] += s2
    second[0, 0] += s00
    second[1, 0] += s10
    second[1, 1] += s11
    second[2, 0] += s20
    second[2, 1] += s21
    second[2, 2] += s22


@kernel
def next_moments(r: Reals, u: Reals, length: int, first: Floats, second: Floats) -> None:
    """Add the moments of a further tile on the diagonal."""
    widest_vectors()
    x0, x1, x2 = u[0], u[1], u[2]
    s0 = s1 = s2 = s00 = s10 = s11 = s20 = s21 = s22 = r[0] - r[0]
    for i in range(length):  # vector
        u0, u1, u2 = x0[i], x1[i], x2[i]
        r0, r1, r2 = r[i] * u0, r[i] * u1, r[i] * u2
        s0 += r0
        s1 += r1
        s2 += r2
        s00 += r0 * u0
        s10 += r1 * u0
        s11 += r1 * u1
        s20 += r2 * u0
        s21 += r2 * u1
        s22 += r2 * u2
    first[0] += s0
    first[1] += s1
    first[2] += s2
    second[0, 0] += s00
    second[1, 0] += s10
    second[1, 1] += s11
    second[2, 0] += s20
    second[2, 1] += s21
    second[2, 2] += s22


@kernel
def cross_moments(r: Reals, u: Reals, v: Reals, length: int, second: Floats) -> None:
    """Add Σ r u vᵀ of two tiles."""
    widest_vectors()
    x0, x1, x2 = u[0], u[1], u[2]
    y0, y1, y2 = v[0], v[1], v[2]
    s00 = s01 = s02 = s10 = s11 = s12 = s20 = s21 = s22 = r[0] - r[0]
    for i in range(length):  # vector
        r0, r1, r2 = r[i] * x0[i], r[i] * x1[i], r[i] * x2[i]
        v0, v1, v2 = y0[i], y1[i], y2[i]
        s00 += r0 * v0
        s01 += r0 * v1
        s02 += r0 * v2
        s10 += r1 * v0
        s11 += r1 * v1
        s12 += r1 * v2
        s20 += r2 * v0
        s21 += r2 * v1
        s22 += r2 * v2
    second[0, 0] += s00
    second[0, 1] += s01
    second[0, 2] += s02
    second[1, 0] += s10
    second[1, 1] += s11
    second[1, 2] += s12
    second[2, 0] += s20
    second[2, 1] += s21
    second[2, 2] += s22


@kernel
def scale(r: Reals, scale: Reals, length: int) -> float:
    """Multiply r by `scale`; return its sum."""
    widest_vectors()
    summed: float = r[0] - r[0]
    for i in range(length):  # vector
        r[i] *= scale[i]
        summed += r[i]
    return summed


@kernel
def channel_moments(x: Reals, mean: float, r: Reals, length: int, first: Floats, second: Floats) -> None:
    """Add Σ r (x - mean) and Σ r (x - mean)² of one channel."""
    widest_vectors()
    s0 = s00 = r[0] - r[0]
    for i in range(length):  # vector
        u = x[i] - mean
        s0 += r[i] * u
        s00 += r[i] * u * u
    first[0] += s0
    second[0] += s00
