"""The compiled passes over a sample: arrays in, arrays out.

Values come with channels as rows (d, n). A pass takes them block by block, each copied to the start of a
cache line, so that its rows, log densities and sums stay in the first two levels of cache, and no array
of all rows by all components exists. The innermost loops run over neighbouring rows without branches;
those marked *vector* must stay vector code for the passes to be fast, and `tests/test_vectors.py` reads
LLVM's remarks to hold it. What would break them: an index at start + i instead of a slice from 0 (numba
tests its sign), a call into libm, a float64 literal beside float32 arithmetic, an exception.

Dense covariances go in tiles of three channels. A tile's loop holds what it sums in registers: for a
colour ten sums, all the moments a component has. More channels are tiles against tiles, nine sums to six
loads, so that a pass over a hundred bands is bound by arithmetic, not by the cache.

`Gaussians` says how a mixture comes here; its dtype, float32 or float64, is that of the arithmetic within
a block. Sums over blocks are float64 always. One source serves dense and diagonal covariances, since
numba prunes a branch on an argument's `ndim`. Each kernel has a naive twin in `tests/reference.py`.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Integers, Reals
from pixture.compiled import exp, kernel, log, widest_vectors
from pixture.mixture.gaussians import TILE, Gaussians

BLOCK = 256
"""Rows of a block where a row needs little."""

LINE = 64
"""Bytes of a cache line, and of the widest vector."""

_CACHE = 48_000
_LEAST, _MOST = 512, 1024


@kernel
def _block_rows(columns: int, itemsize: int) -> int:
    """Return the rows of a block: long loops cost least, but what a block holds should stay in the cache."""
    rows = _CACHE // (columns * itemsize) // _LEAST * _LEAST
    return min(max(rows, _LEAST), _MOST)


@kernel
def _lines(rows: int, length: int, like: Reals) -> Reals:
    """Return an empty (rows, length) array of `like`'s dtype that starts a cache line."""
    itemsize = like.itemsize
    raw = np.empty(rows * length + LINE // itemsize, like.dtype)
    skip = (-raw.ctypes.data % LINE) // itemsize  # an address, in a kernel
    return raw[skip : skip + rows * length].reshape(rows, length)


@kernel
def _copy(values: Reals, start: int, length: int, x: Reals) -> None:
    for j in range(values.shape[0]):
        from_row, to_row = values[j, start : start + length], x[j]
        for i in range(length):  # vector
            to_row[i] = from_row[i]


@kernel
def _subtract(x: Reals, mean: Reals, length: int, u: Reals) -> None:
    """U = x - mean."""
    widest_vectors()
    for j in range(mean.size):
        at, of, to = mean[j], x[j], u[j]
        for i in range(length):  # vector
            to[i] = of[i] - at


@kernel
def _first_square(
    x: Reals, mean: Reals, offset: Reals, P: Reals, constant: float, length: int, row: Reals
) -> None:
    """Row = constant - |P (x - mean) - offset|² over the first tile."""
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
def _add_product(P: Reals, u: Reals, length: int, y: Reals) -> None:
    """Y += P u, of a tile below the diagonal."""
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
def _next_square(P: Reals, u: Reals, y: Reals, length: int, row: Reals) -> None:
    """Row -= |y + P u|², of a tile on the diagonal."""
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
def _subtract_square(x: Reals, mean: float, offset: float, factor: float, length: int, row: Reals) -> None:
    """Row -= (factor (x - mean) - offset)²."""
    widest_vectors()
    for i in range(length):  # vector
        z = factor * (x[i] - mean) - offset
        row[i] -= z * z


@kernel
def _log_joint(x: Reals, length: int, g: Gaussians, factors: Reals, joint: Reals, u: Reals, y: Reals) -> None:
    """joint[k, i] = log(weight_k · density_k(x_i)), less the shift of the constants."""
    K, D = g.means.shape
    for k in range(K):
        row = joint[k]
        if factors.ndim == 2:
            row[:length] = g.constants[k]
            for j in range(D):
                _subtract_square(x[j], g.means[k, j], g.offsets[k, j], factors[k, j], length, row)
        else:
            P = factors[k]
            _first_square(x, g.means[k], g.offsets[k], P, g.constants[k], length, row)
            if D > TILE:
                _subtract(x, g.means[k], length, u)
            for j in range(TILE, D, TILE):
                for a in range(TILE):
                    y[a, :length] = -g.offsets[k, j + a]
                for m in range(0, j, TILE):
                    _add_product(P[j : j + TILE, m : m + TILE], u[m : m + TILE], length, y)
                _next_square(P[j : j + TILE, j : j + TILE], u[j : j + TILE], y, length, row)


@kernel
def _normalise(joint: Reals, length: int, top: Reals, total: Reals) -> None:
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
def _log_likelihood(weights: Reals, length: int, top: Reals, total: Reals) -> float:
    """Return Σ w (top + log total); total becomes w / total."""
    widest_vectors()
    summed = 0.0
    for i in range(length):  # vector
        summed += weights[i] * (top[i] + log(total[i]))
        total[i] = weights[i] / total[i]
    return summed


@kernel
def _first_moments(
    x: Reals, mean: Reals, scale: Reals, length: int, r: Reals, zeroth: Floats, first: Floats, second: Floats
) -> None:
    """Multiply r by `scale`, and add its moments over the first tile."""
    widest_vectors()
    x0, x1, x2 = x[0], x[1], x[2]
    m0, m1, m2 = mean[0], mean[1], mean[2]
    s = s0 = s1 = s2 = s00 = s10 = s11 = s20 = s21 = s22 = m0 - m0  # zeros of the dtype
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
def _next_moments(r: Reals, u: Reals, length: int, first: Floats, second: Floats) -> None:
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
def _cross_moments(r: Reals, u: Reals, v: Reals, length: int, second: Floats) -> None:
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
def _scale(r: Reals, scale: Reals, length: int) -> float:
    """Multiply r by `scale`; return its sum."""
    widest_vectors()
    summed: float = r[0] - r[0]
    for i in range(length):  # vector
        r[i] *= scale[i]
        summed += r[i]
    return summed


@kernel
def _channel_moments(x: Reals, mean: float, r: Reals, length: int, first: Floats, second: Floats) -> None:
    """Add Σ r (x - mean) and Σ r (x - mean)² of one channel."""
    widest_vectors()
    s0 = s00 = r[0] - r[0]
    for i in range(length):  # vector
        u = x[i] - mean
        s0 += r[i] * u
        s00 += r[i] * u * u
    first[0] += s0
    second[0] += s00


@kernel
def expect(
    values: Reals,
    weights: Reals,
    start: int,
    stop: int,
    g: Gaussians,
    zeroth: Floats,
    first: Floats,
    second: Floats,
) -> float:
    """Add the E-step's moments of the rows start … stop - 1 about g.means; return their log-likelihood.

    zeroth (K,) gets Σ w r, first (K, D) Σ w r (x - m), and second Σ w r (x - m)(x - m)ᵀ: the lower
    triangle of (K, D, D) by tiles (above the diagonal of a diagonal tile, nothing), or (K, d), the diagonal
    alone; as `g.factors`. The log-likelihood lacks the shift of the constants.
    """
    K, D = g.means.shape
    many = D if second.ndim == 3 and D > TILE else 0  # rows of the deviations, where they are kept
    rows = _block_rows(K + D + many + 2, g.means.itemsize)
    joint, x = _lines(K, rows, g.means), _lines(D, rows, g.means)
    u, y, sums = _lines(many, rows, g.means), _lines(TILE, rows, g.means), _lines(2, rows, g.means)
    x[values.shape[0] :] = 0
    top, total = sums[0], sums[1]
    log_likelihood = 0.0
    for block in range(start, stop, rows):
        length = min(rows, stop - block)
        _copy(values, block, length, x)
        _log_joint(x, length, g, g.factors, joint, u, y)
        _normalise(joint, length, top, total)
        log_likelihood += _log_likelihood(weights[block : block + length], length, top, total)
        for k in range(K):
            r, mean = joint[k], g.means[k]
            if second.ndim == 2:
                zeroth[k] += _scale(r, total, length)
                for j in range(D):
                    _channel_moments(x[j], mean[j], r, length, first[k, j : j + 1], second[k, j : j + 1])
            else:
                _first_moments(x, mean, total, length, r, zeroth[k : k + 1], first[k], second[k])
                if D > TILE:
                    _subtract(x, mean, length, u)
                for j in range(TILE, D, TILE):
                    v, of = u[j : j + TILE], second[k, j : j + TILE]
                    _next_moments(r, v, length, first[k, j : j + TILE], of[:, j : j + TILE])
                    for m in range(0, j, TILE):
                        _cross_moments(r, v, u[m : m + TILE], length, of[:, m : m + TILE])
    return log_likelihood


@kernel
def responsibilities(
    values: Reals, start: int, stop: int, g: Gaussians, shares: Reals, log_density: Reals
) -> None:
    """Write the responsibilities (K, stop - start) of the rows start … stop - 1, and their log densities.

    The log densities lack the shift of the constants.
    """
    widest_vectors()
    K, D = g.means.shape
    many = D if g.factors.ndim == 3 and D > TILE else 0
    rows = _block_rows(K + D + many + 2, g.means.itemsize)
    joint, x = _lines(K, rows, g.means), _lines(D, rows, g.means)
    u, y, sums = _lines(many, rows, g.means), _lines(TILE, rows, g.means), _lines(2, rows, g.means)
    x[values.shape[0] :] = 0
    top, total = sums[0], sums[1]
    for block in range(start, stop, rows):
        length = min(rows, stop - block)
        _copy(values, block, length, x)
        _log_joint(x, length, g, g.factors, joint, u, y)
        _normalise(joint, length, top, total)
        density = log_density[block - start : block - start + length]
        for i in range(length):  # vector
            density[i] = top[i] + log(total[i])
            total[i] = 1 / total[i]
        for k in range(K):
            row, share = joint[k], shares[k, block - start : block - start + length]
            for i in range(length):  # vector
                share[i] = row[i] * total[i]


@kernel
def classify(values: Reals, start: int, stop: int, g: Gaussians, labels: Integers) -> None:
    """labels[i] = the component of highest log joint density of row i, the first of equals."""
    widest_vectors()
    K, D = g.means.shape
    many = D if g.factors.ndim == 3 and D > TILE else 0
    rows = _block_rows(K + D + many + 1, g.means.itemsize)
    joint, x = _lines(K, rows, g.means), _lines(D, rows, g.means)
    u, y, top = _lines(many, rows, g.means), _lines(TILE, rows, g.means), _lines(1, rows, g.means)[0]
    x[values.shape[0] :] = 0
    for block in range(start, stop, rows):
        length = min(rows, stop - block)
        _copy(values, block, length, x)
        _log_joint(x, length, g, g.factors, joint, u, y)
        label = labels[block : block + length]
        for i in range(length):  # vector
            top[i] = joint[0, i]
            label[i] = 0
        for k in range(1, K):
            row = joint[k]
            for i in range(length):  # vector
                higher = row[i] > top[i]
                top[i] = row[i] if higher else top[i]
                label[i] = k if higher else label[i]


@kernel
def approach(
    values: Reals, weights: Reals, start: int, stop: int, centre: Floats, scale: Floats, nearest: Floats
) -> float:
    """Lower nearest[i] to the squared distance of row i to `centre`; return Σ w · nearest.

    Squared distances are Σ_j scale_j (x_j - centre_j)².
    """
    d = centre.shape[0]
    squared = np.empty(BLOCK)
    potential = 0.0
    for block in range(start, stop, BLOCK):
        length = min(BLOCK, stop - block)
        for i in range(length):
            squared[i] = 0.0
        for j in range(d):
            at, stretch, x = centre[j], scale[j], values[j, block : block + length]
            for i in range(length):  # vector
                u = x[i] - at
                squared[i] += stretch * u * u
        w = weights[block : block + length]
        least = nearest[block : block + length]
        for i in range(length):  # vector
            least[i] = squared[i] if squared[i] < least[i] else least[i]
            potential += w[i] * least[i]
    return potential


@kernel
def assign(values: Reals, start: int, stop: int, centres: Floats, scale: Floats, labels: Integers) -> None:
    """labels[i] = the centre nearest to row i, by the distance of `approach`; the first of equals."""
    K, d = centres.shape
    squared = np.empty(BLOCK)
    nearest = np.empty(BLOCK)
    for block in range(start, stop, BLOCK):
        length = min(BLOCK, stop - block)
        label = labels[block : block + length]
        for i in range(length):
            nearest[i] = np.inf
            label[i] = 0
        for k in range(K):
            for i in range(length):
                squared[i] = 0.0
            for j in range(d):
                at, stretch, x = centres[k, j], scale[j], values[j, block : block + length]
                for i in range(length):  # vector
                    u = x[i] - at
                    squared[i] += stretch * u * u
            for i in range(length):  # vector
                closer = squared[i] < nearest[i]
                nearest[i] = squared[i] if closer else nearest[i]
                label[i] = k if closer else label[i]


@kernel
def gather(
    values: Reals,
    weights: Reals,
    start: int,
    stop: int,
    labels: Integers,
    reference: Floats,
    zeroth: Floats,
    first: Floats,
    second: Floats,
) -> None:
    """Add the moments of rows that belong wholly to their label, about `reference`.

    A row with a negative label belongs to none. Of a dense second moment, the lower triangle.
    """
    d = reference.shape[1]
    deviation = np.empty(d)
    for i in range(start, stop):
        k = labels[i]
        if k < 0:
            continue
        w = weights[i]
        zeroth[k] += w
        for j in range(d):
            deviation[j] = values[j, i] - reference[k, j]
            along = w * deviation[j]
            first[k, j] += along
            if second.ndim == 2:
                second[k, j] += along * deviation[j]
            else:
                for m in range(j + 1):
                    second[k, j, m] += along * deviation[m]
