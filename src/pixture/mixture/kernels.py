"""The compiled passes over a sample: arrays in, arrays out.

Every pass works on blocks of `BLOCK` rows, whose channels and log densities stay in the first-level
cache. Values come with channels as rows (d, n), so that the innermost loops run over neighbouring rows
without branches; those marked *vector* must stay so for the passes to be fast. They index slices from 0,
never an array at start + i: numba would test that index for its sign, which LLVM cannot vectorise.

A component's Gaussian enters as its mean m, a factor P of its precision (PᵀP = Σ⁻¹) and a constant c:
log(weight · density) = c - ½ |P (x - m)|². P is (d, d), lower triangular, or (d,) where the covariance is
diagonal; one source serves both, since numba prunes the branch on `factors.ndim`.

Each kernel has a naive twin in `tests/reference.py`.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Floats, Integers, Reals
from pixture.compiled import exp, kernel, log

BLOCK = 256
"""Rows of a block: (d + K + 3) · 256 · 8 bytes fit 32 KB up to d + K = 13."""


@kernel
def _log_joint(
    values: Reals,
    start: int,
    length: int,
    constants: Floats,
    means: Floats,
    factors: Floats,
    joint: Floats,
    deviation: Floats,
    whitened: Floats,
) -> None:
    """joint[k, i] = log(weight_k · density_k(x_i)) for the rows start … start + length - 1."""
    K, d = means.shape
    for k in range(K):
        row = joint[k]
        constant = constants[k]
        for i in range(length):
            row[i] = constant
        if factors.ndim == 2:
            for j in range(d):
                mean, factor, x = means[k, j], factors[k, j], values[j, start : start + length]
                for i in range(length):  # vector
                    z = factor * (x[i] - mean)
                    row[i] -= 0.5 * z * z
        else:
            for j in range(d):
                mean, x, u = means[k, j], values[j, start : start + length], deviation[j]
                for i in range(length):  # vector
                    u[i] = x[i] - mean
            for j in range(d):
                factor, u = factors[k, j, 0], deviation[0]
                for i in range(length):  # vector
                    whitened[i] = factor * u[i]
                for m in range(1, j + 1):
                    factor, u = factors[k, j, m], deviation[m]
                    for i in range(length):  # vector
                        whitened[i] += factor * u[i]
                for i in range(length):  # vector
                    row[i] -= 0.5 * whitened[i] * whitened[i]


@kernel
def _normalise(joint: Floats, length: int, top: Floats, total: Floats) -> None:
    """Joint becomes exp(joint - top), top its maximum over the components, total its sum over them."""
    K = joint.shape[0]
    for i in range(length):
        top[i] = joint[0, i]
        total[i] = 0.0
    for k in range(1, K):
        row = joint[k]
        for i in range(length):  # vector
            top[i] = row[i] if row[i] > top[i] else top[i]
    for k in range(K):
        row = joint[k]
        for i in range(length):  # vector
            row[i] = exp(row[i] - top[i])
            total[i] += row[i]


@kernel
def _mirror(second: Floats) -> None:
    """Copy the lower triangles, which the sums fill, to the upper ones."""
    K, d, _ = second.shape
    for k in range(K):
        for j in range(d):
            for m in range(j):
                second[k, m, j] = second[k, j, m]


@kernel
def expect(
    values: Reals,
    weights: Reals,
    start: int,
    stop: int,
    constants: Floats,
    means: Floats,
    factors: Floats,
    zeroth: Floats,
    first: Floats,
    second: Floats,
) -> float:
    """Add the E-step's moments of the rows start … stop - 1 about `means`; return their log-likelihood.

    zeroth (K,) gets Σ w r, first (K, d) Σ w r (x - m), and second Σ w r (x - m)(x - m)ᵀ: (K, d, d), or
    (K, d), the diagonal alone; as `factors`.
    """
    K, d = means.shape
    joint = np.empty((K, BLOCK))
    deviation = np.empty((d, BLOCK))
    scratch = np.empty(BLOCK)
    top = np.empty(BLOCK)
    total = np.empty(BLOCK)
    log_likelihood = 0.0
    for block in range(start, stop, BLOCK):
        length = min(BLOCK, stop - block)
        _log_joint(values, block, length, constants, means, factors, joint, deviation, scratch)
        _normalise(joint, length, top, total)
        w = weights[block : block + length]
        for i in range(length):  # vector
            log_likelihood += w[i] * (top[i] + log(total[i]))
            total[i] = w[i] / total[i]
        for k in range(K):
            r = joint[k]
            along = 0.0
            for i in range(length):  # vector
                r[i] *= total[i]
                along += r[i]
            zeroth[k] += along
            for j in range(d):
                mean, x, u = means[k, j], values[j, block : block + length], deviation[j]
                for i in range(length):  # vector
                    u[i] = x[i] - mean
            for j in range(d):
                u = deviation[j]
                along = 0.0
                for i in range(length):  # vector
                    scratch[i] = r[i] * u[i]
                    along += scratch[i]
                first[k, j] += along
                if factors.ndim == 2:
                    along = 0.0
                    for i in range(length):  # vector
                        along += scratch[i] * u[i]
                    second[k, j] += along
                else:
                    for m in range(j + 1):
                        v = deviation[m]
                        along = 0.0
                        for i in range(length):  # vector
                            along += scratch[i] * v[i]
                        second[k, j, m] += along
    if factors.ndim == 3:
        _mirror(second)
    return log_likelihood


@kernel
def responsibilities(
    values: Reals,
    start: int,
    stop: int,
    constants: Floats,
    means: Floats,
    factors: Floats,
    shares: Array,
    log_density: Floats,
) -> None:
    """Write the responsibilities (K, stop - start) and the log densities of the rows start … stop - 1."""
    K, d = means.shape
    joint = np.empty((K, BLOCK))
    deviation = np.empty((d, BLOCK))
    scratch = np.empty(BLOCK)
    top = np.empty(BLOCK)
    total = np.empty(BLOCK)
    for block in range(start, stop, BLOCK):
        length = min(BLOCK, stop - block)
        _log_joint(values, block, length, constants, means, factors, joint, deviation, scratch)
        _normalise(joint, length, top, total)
        density = log_density[block - start : block - start + length]
        for i in range(length):  # vector
            density[i] = top[i] + log(total[i])
            total[i] = 1.0 / total[i]
        for k in range(K):
            row = joint[k]
            share = shares[k, block - start : block - start + length]
            for i in range(length):  # vector
                share[i] = row[i] * total[i]


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
    """Add the moments of rows that belong wholly to their label, about `reference`; as `expect` otherwise.

    A row with a negative label belongs to none.
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
    if second.ndim == 3:
        _mirror(second)
