"""The passes of mixtures of Student's t: the Gaussian ones, with a tail on every square.

A block goes as in `passes`: the squares δ = |P (x - m)|² come from the same loops. A t distribution then
needs 1 + δ/ν, its logarithm and its inverse, one of each; whatever follows is made of them. A row weighs in a
component's moments by its latent precision u, so that what lies far away hardly counts. Each pass has a naive
twin in `tests/reference.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pixture.arrays import Floats, Integers, Reals
from pixture.compilation.jit import exact, kernel, log, widest_vectors
from pixture.mixture.kernels.passes import block_of, log_joint
from pixture.mixture.kernels.tiles import (
    channel_moments,
    copy,
    cross_moments,
    first_moments,
    invert_total,
    keep_higher,
    log_likelihood,
    multiply,
    next_moments,
    normalise,
    scale,
    start_highest,
    subtract,
)
from pixture.mixture.model.packed_gaussians import TILE, Gaussians


class Tails(NamedTuple):
    """What makes t distributions of K Gaussians whose constants are 0.

    log(weight · density) = constant - half · log(1 + δ/ν), and u = ratio / (1 + δ/ν).

    Attributes
    ----------
    constants
        (K,), the log weight and log normalising constant, less the largest of them (`shift`).
    halves
        (K,), (ν + d) / 2.
    twice_inverses
        (K,), 2 / ν: the kernels' squares are δ/2.
    ratios
        (K,), (ν + d) / ν.
    log_ratios
        (K,), their logarithms.
    """

    constants: Reals
    halves: Reals
    twice_inverses: Reals
    ratios: Reals
    log_ratios: Reals


@exact
def _log_of_sum(one: float, x: float, y: float, inverse: float) -> float:
    """Return log(1 + x), where y is 1 + x rounded and inverse is 1 / y.

    The correction is what the rounding took: of many degrees of freedom x is tiny, and the logarithm counts
    as many times. Its arithmetic must stay as it stands.
    """
    logarithm: float = log(y) + (x - (y - one)) * inverse
    return logarithm


@kernel
def add_tail(t: Tails, k: int, length: int, row: Reals, precision: Reals, unevenness: Reals) -> None:
    """Row becomes log(weight · density) from -δ/2; precision is u, unevenness log u - u + 1."""
    widest_vectors()
    constant, half, twice_inverse = t.constants[k], t.halves[k], t.twice_inverses[k]
    ratio, log_ratio = t.ratios[k], t.log_ratios[k]
    one: Any = row.dtype.type(1)
    # beyond, all distances are one: infinity would make NaN of the correction
    farthest: Any = np.finfo(row.dtype).max * row.dtype.type(1e-8)
    for i in range(length):  # vector
        x = -row[i] * twice_inverse
        x = x if x < farthest else farthest
        y = one + x
        inverse = one / y
        logarithm = _log_of_sum(one, x, y, inverse)
        u = ratio * inverse
        row[i] = constant - half * logarithm
        precision[i] = u
        unevenness[i] = (log_ratio - logarithm) - (u - one)


@kernel
def share_out(
    r: Reals, scale: Reals, unevenness: Reals, length: int, zeroth: Floats, summed_unevenness: Floats
) -> None:
    """Multiply r by `scale`, and add its sum, and that of r · unevenness."""
    widest_vectors()
    s = s1 = r[0] - r[0]
    for i in range(length):  # vector
        share = r[i] * scale[i]
        r[i] = share
        s += share
        s1 += share * unevenness[i]
    zeroth[0] += s
    summed_unevenness[0] += s1


@kernel
def expect(
    values: Reals,
    weights: Reals,
    start: int,
    stop: int,
    g: Gaussians,
    t: Tails,
    zeroth: Floats,
    first: Floats,
    second: Floats,
) -> float:
    """Add the E-step's moments of the rows start … stop - 1 about g.means; return their log-likelihood.

    zeroth (3, K) gets Σ w r, Σ w r (log u - u + 1) and Σ w r u; first (K, D) Σ w r u (x - m), and second,
    shaped as `g.factors`, the lower triangle of Σ w r u (x - m)(x - m)ᵀ, or its diagonal alone. The
    log-likelihood lacks the shift of the constants.
    """
    K, D = g.means.shape
    many = D if second.ndim == 5 else 0  # deviations are kept where they serve several tiles
    work = block_of(3 * K + 2 + D + many + min(many, TILE), g.means)
    joint, precisions, unevennesses = work[:K], work[K : 2 * K], work[2 * K : 3 * K]
    work = work[3 * K :]
    top, total, x = work[0], work[1], work[2 : 2 + D]
    u, y = work[2 + D : 2 + D + many], work[2 + D + many :]
    rows = work.shape[1]
    x[values.shape[0] :] = 0
    summed = 0.0
    for block in range(start, stop, rows):
        length = min(rows, stop - block)
        copy(values, block, length, x)
        log_joint(x, length, g, g.factors, joint, u, y)
        for k in range(K):
            add_tail(t, k, length, joint[k], precisions[k], unevennesses[k])
        normalise(joint, length, top, total)
        summed += log_likelihood(weights[block : block + length], length, top, total)
        for k in range(K):
            r, precision, mean = joint[k], precisions[k], g.means[k]
            share_out(r, total, unevennesses[k], length, zeroth[0, k : k + 1], zeroth[1, k : k + 1])
            if second.ndim == 2:
                zeroth[2, k] += scale(r, precision, length)
                for j in range(D):
                    channel_moments(x[j], mean[j], r, length, first[k, j : j + 1], second[k, j : j + 1])
            elif second.ndim == 3:
                first_moments(x, mean, precision, length, r, zeroth[2, k : k + 1], first[k], second[k])
            else:
                of = second[k]
                first_moments(x, mean, precision, length, r, zeroth[2, k : k + 1], first[k], of[0, 0])
                subtract(x, mean, length, u)
                for a in range(1, D // TILE):
                    v = u[TILE * a : TILE * a + TILE]
                    next_moments(r, v, length, first[k, TILE * a : TILE * a + TILE], of[a, a])
                    for b in range(a):
                        cross_moments(r, v, u[TILE * b : TILE * b + TILE], length, of[a, b])
    return summed


@kernel
def responsibilities(
    values: Reals, start: int, stop: int, g: Gaussians, t: Tails, shares: Reals, log_density: Reals
) -> None:
    """Write the responsibilities (K, stop - start) of the rows start … stop - 1, and their log densities.

    The log densities lack the shift of the constants.
    """
    K, D = g.means.shape
    many = D if g.factors.ndim == 5 else 0
    work = block_of(K + 4 + D + many + min(many, TILE), g.means)
    joint, work = work[:K], work[K:]
    top, total, precision, unevenness, x = work[0], work[1], work[2], work[3], work[4 : 4 + D]
    u, y = work[4 + D : 4 + D + many], work[4 + D + many :]
    rows = work.shape[1]
    x[values.shape[0] :] = 0
    for block in range(start, stop, rows):
        length = min(rows, stop - block)
        copy(values, block, length, x)
        log_joint(x, length, g, g.factors, joint, u, y)
        for k in range(K):
            add_tail(t, k, length, joint[k], precision, unevenness)
        normalise(joint, length, top, total)
        invert_total(top, total, length, log_density[block - start : block - start + length])
        for k in range(K):
            multiply(joint[k], total, length, shares[k, block - start : block - start + length])


@kernel
def classify(values: Reals, start: int, stop: int, g: Gaussians, t: Tails, labels: Integers) -> None:
    """labels[i] = the component of highest log joint density of row i, the first of equals."""
    K, D = g.means.shape
    many = D if g.factors.ndim == 5 else 0
    work = block_of(K + 3 + D + many + min(many, TILE), g.means)
    joint, work = work[:K], work[K:]
    top, precision, unevenness, x = work[0], work[1], work[2], work[3 : 3 + D]
    u, y = work[3 + D : 3 + D + many], work[3 + D + many :]
    rows = work.shape[1]
    x[values.shape[0] :] = 0
    for block in range(start, stop, rows):
        length = min(rows, stop - block)
        copy(values, block, length, x)
        log_joint(x, length, g, g.factors, joint, u, y)
        label = labels[block : block + length]
        for k in range(K):
            add_tail(t, k, length, joint[k], precision, unevenness)
        start_highest(joint[0], length, top, label)
        for k in range(1, K):
            keep_higher(joint[k], k, length, top, label)
