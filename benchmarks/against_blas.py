"""One EM pass beside the same pass handed to BLAS, from one channel to hyperspectral ones.

Where there are many channels, an E-step is mostly matrix products, which is what a BLAS is best at. This is
why the kernels take tiles of channels instead.
"""

from __future__ import annotations

from functools import partial
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.data import plain_mixture, uniform_rows
from benchmarks.report import Claim, Row, Section
from benchmarks.timing import Rounds, median_of, ratio, side_by_side
from pixture.arrays import Floats, Reals
from pixture.mixture.em.em import summarise
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample

CHANNELS = (1, 3, 8, 24, 64, 156)
NUMBERS = 6_000_000
"""Rows times channels."""

K, BLOCK = 5, 4096
"""Components; rows of a block for BLAS: of 512 to 16,384 within 7 % of the best at d = 3, 24 and 156."""


def against_blas() -> Section:
    """Time both at every number of channels, in float32 and float64."""
    rows: list[Row] = []
    rounds: Rounds = {}
    worst = np.inf
    for dtype in (np.float32, np.float64):
        for d in CHANNELS:
            values: Reals = uniform_rows(NUMBERS // d, d)
            if dtype is np.float64:
                values = values.astype(np.float64)
            mixture, sample = plain_mixture(K, d), WeightedSample(values)
            sides = {
                "ours": median_of(partial(summarise, sample, mixture, threads=1), 3),
                "BLAS": median_of(partial(blas_pass, values, mixture), 3),
            }
            with threadpool_limits(1, "blas"):
                taken = side_by_side(sides)
            times = ratio(taken["BLAS"], taken["ours"])
            worst = min(worst, times)
            flops = K * (2 * d * d + 8 * d) * len(values)
            rows.append(
                {
                    "dtype": np.dtype(dtype).name,
                    "d": d,
                    "rows": len(values),
                    "ours, ms": 1e3 * median(taken["ours"]),
                    "BLAS, ms": 1e3 * median(taken["BLAS"]),
                    "BLAS / ours": times,
                    "ours, Gflop/s": flops / median(taken["ours"]) / 1e9,
                }
            )
            rounds |= {f"{np.dtype(dtype).name}, d = {d}: {name}": times for name, times in taken.items()}
    claims = [Claim("a pass handed to BLAS / ours, the worst of 1 to 156 channels", worst, "least", 1.0)]
    notes = [
        f"K = {K}, full covariances, both on one thread: only BLAS's products would take more. BLAS: NumPy, "
        f"blocks of {BLOCK:,} rows, whitening and second moments as matrix products.",
        "Flops: those of the lower triangles, of the whitening and of the second moments.",
    ]
    return Section("One pass, beside BLAS", rows, notes, claims, rounds)


def blas_pass(values: Reals, mixture: Mixture) -> tuple[Floats, Floats, Floats, float]:
    """Return the moments of one E-step about the means, and the log-likelihood, by matrix products."""
    K, d = mixture.means.shape
    dtype = values.dtype
    factors = mixture.factors.astype(dtype)
    means = mixture.means.astype(dtype)
    halves = np.log(np.diagonal(mixture.factors, axis1=1, axis2=2)).sum(axis=1)
    constants = (np.log(mixture.weights) + halves - d / 2 * np.log(2 * np.pi)).astype(dtype)
    zeroth, first, second = np.zeros(K), np.zeros((K, d)), np.zeros((K, d, d))
    summed = 0.0
    for at in range(0, len(values), BLOCK):
        x = values[at : at + BLOCK]
        joint = np.empty((K, len(x)), dtype)
        for k in range(K):
            whitened = (x - means[k]) @ factors[k].T
            joint[k] = constants[k] - np.einsum("ij,ij->i", whitened, whitened) / 2
        top = joint.max(axis=0)
        joint -= top
        np.exp(joint, out=joint)
        total = joint.sum(axis=0)
        summed += float((top + np.log(total)).sum(dtype=np.float64))
        joint /= total
        zeroth += joint.sum(axis=1)
        for k in range(K):
            u = x - means[k]
            weighed = joint[k][:, None] * u
            first[k] += weighed.sum(axis=0)
            second[k] += weighed.T @ u
    return zeroth, first, second, summed
