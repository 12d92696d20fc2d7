"""The passes over a sample: arrays in, arrays out.

Values come with channels as rows (d, n). A pass takes them block by block, each copied to the start of a
cache line, so that its rows, log densities and sums stay in the first two levels of cache, and no array
of all rows by all components exists. Dense covariances go in tiles of three channels.

`Gaussians` says how a mixture comes here; its dtype, float32 or float64, is that of the arithmetic within
a block. Sums over blocks are float64 always. One source serves diagonal covariances, dense ones of one tile
and of many: numba prunes a branch on the `ndim` of an argument (not of an argument's field, which is why
factors come beside `Gaussians`), so what a colour does not need is not compiled for it. Each pass has a
naive twin in `tests/reference.py`.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Integers, Reals
from pixture.compilation.jit import kernel
from pixture.mixture.kernels.tiles import (
    add_product,
    channel_moments,
    copy,
    cross_moments,
    first_moments,
    first_square,
    invert_total,
    keep_higher,
    log_likelihood,
    multiply,
    next_moments,
    next_square,
    normalise,
    scale,
    start_highest,
    subtract,
    subtract_square,
)
from pixture.mixture.model.packed_gaussians import TILE, Gaussians

LINE = 64
"""Bytes of a cache line, and of the widest vector."""

_CACHE = 160_000
_LEAST, _MOST = 512, 4096


@kernel
def block_of(columns: int, like: Reals) -> Reals:
    """Return an empty (columns, rows) array of `like`'s dtype, which starts a cache line, for a block's work.

    Long loops cost least, but what a block holds should stay in the cache.
    """
    itemsize = like.itemsize
    rows = min(max(_CACHE // (columns * itemsize) // _LEAST * _LEAST, _LEAST), _MOST)
    raw = np.empty(columns * rows + LINE // itemsize, like.dtype)
    skip = (-raw.ctypes.data % LINE) // itemsize  # an address, in a kernel
    return raw[skip : skip + columns * rows].reshape(columns, rows)


@kernel
def log_joint(x: Reals, length: int, g: Gaussians, factors: Reals, joint: Reals, u: Reals, y: Reals) -> None:
    """joint[k, i] = log(weight_k · density_k(x_i)), less the shift of the constants."""
    K, D = g.means.shape
    for k in range(K):
        row = joint[k]
        if factors.ndim == 2:
            row[:length] = g.constants[k]
            for j in range(D):
                subtract_square(x[j], g.means[k, j], g.offsets[k, j], factors[k, j], length, row)
        elif factors.ndim == 3:
            first_square(x, g.means[k], g.offsets[k], factors[k], g.constants[k], length, row)
        else:
            P = factors[k]
            first_square(x, g.means[k], g.offsets[k], P[0, 0], g.constants[k], length, row)
            subtract(x, g.means[k], length, u)
            for t in range(1, D // TILE):
                for a in range(TILE):
                    y[a, :length] = -g.offsets[k, TILE * t + a]
                for s in range(t):
                    add_product(P[t, s], u[TILE * s : TILE * s + TILE], length, y)
                next_square(P[t, t], u[TILE * t : TILE * t + TILE], y, length, row)


@kernel
def log_joints(values: Reals, start: int, stop: int, g: Gaussians, out: Reals) -> None:
    """Write log(weight_k · density_k(x)), (K, n), of the rows start … stop - 1, less the constants' shift."""
    K, D = g.means.shape
    many = D if g.factors.ndim == 5 else 0
    work = block_of(K + D + many + min(many, TILE), g.means)
    joint, x = work[:K], work[K : K + D]
    u, y = work[K + D : K + D + many], work[K + D + many :]
    rows = work.shape[1]
    x[values.shape[0] :] = 0
    for block in range(start, stop, rows):
        length = min(rows, stop - block)
        copy(values, block, length, x)
        log_joint(x, length, g, g.factors, joint, u, y)
        for k in range(K):
            row, to = joint[k], out[k, block : block + length]
            for i in range(length):  # vector
                to[i] = row[i]


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

    zeroth (K,) gets Σ w r, first (K, D) Σ w r (x - m), and second, shaped as `g.factors`, the lower triangle
    of Σ w r (x - m)(x - m)ᵀ, or its diagonal alone. The log-likelihood lacks the shift of the constants.
    """
    K, D = g.means.shape
    many = D if second.ndim == 5 else 0  # deviations are kept where they serve several tiles
    work = block_of(K + 2 + D + many + min(many, TILE), g.means)
    joint, top, total, x = work[:K], work[K], work[K + 1], work[K + 2 : K + 2 + D]
    u, y = work[K + 2 + D : K + 2 + D + many], work[K + 2 + D + many :]
    rows = work.shape[1]
    x[values.shape[0] :] = 0
    summed = 0.0
    for block in range(start, stop, rows):
        length = min(rows, stop - block)
        copy(values, block, length, x)
        log_joint(x, length, g, g.factors, joint, u, y)
        normalise(joint, length, top, total)
        summed += log_likelihood(weights[block : block + length], length, top, total)
        for k in range(K):
            r, mean = joint[k], g.means[k]
            if second.ndim == 2:
                zeroth[k] += scale(r, total, length)
                for j in range(D):
                    channel_moments(x[j], mean[j], r, length, first[k, j : j + 1], second[k, j : j + 1])
            elif second.ndim == 3:
                first_moments(x, mean, total, length, r, zeroth[k : k + 1], first[k], second[k])
            else:
                of = second[k]
                first_moments(x, mean, total, length, r, zeroth[k : k + 1], first[k], of[0, 0])
                subtract(x, mean, length, u)
                for t in range(1, D // TILE):
                    v = u[TILE * t : TILE * t + TILE]
                    next_moments(r, v, length, first[k, TILE * t : TILE * t + TILE], of[t, t])
                    for s in range(t):
                        cross_moments(r, v, u[TILE * s : TILE * s + TILE], length, of[t, s])
    return summed


@kernel
def responsibilities(
    values: Reals, start: int, stop: int, g: Gaussians, shares: Reals, log_density: Reals
) -> None:
    """Write the responsibilities (K, stop - start) of the rows start … stop - 1, and their log densities.

    The log densities lack the shift of the constants.
    """
    K, D = g.means.shape
    many = D if g.factors.ndim == 5 else 0
    work = block_of(K + 2 + D + many + min(many, TILE), g.means)
    joint, top, total, x = work[:K], work[K], work[K + 1], work[K + 2 : K + 2 + D]
    u, y = work[K + 2 + D : K + 2 + D + many], work[K + 2 + D + many :]
    rows = work.shape[1]
    x[values.shape[0] :] = 0
    for block in range(start, stop, rows):
        length = min(rows, stop - block)
        copy(values, block, length, x)
        log_joint(x, length, g, g.factors, joint, u, y)
        normalise(joint, length, top, total)
        invert_total(top, total, length, log_density[block - start : block - start + length])
        for k in range(K):
            multiply(joint[k], total, length, shares[k, block - start : block - start + length])


@kernel
def classify(values: Reals, start: int, stop: int, g: Gaussians, labels: Integers) -> None:
    """labels[i] = the component of highest log joint density of row i, the first of equals."""
    K, D = g.means.shape
    many = D if g.factors.ndim == 5 else 0
    work = block_of(K + 1 + D + many + min(many, TILE), g.means)
    joint, top, x = work[:K], work[K], work[K + 1 : K + 1 + D]
    u, y = work[K + 1 + D : K + 1 + D + many], work[K + 1 + D + many :]
    rows = work.shape[1]
    x[values.shape[0] :] = 0
    for block in range(start, stop, rows):
        length = min(rows, stop - block)
        copy(values, block, length, x)
        log_joint(x, length, g, g.factors, joint, u, y)
        label = labels[block : block + length]
        start_highest(joint[0], length, top, label)
        for k in range(1, K):
            keep_higher(joint[k], k, length, top, label)
