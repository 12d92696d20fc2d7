"""Posteriors as they are kept: in 16 bits, with the most probable label."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers
from pixture.compilation.jit import kernel, widest_vectors

ONE = 65535
"""What a probability of 1 is kept as."""


@kernel
def _rounded(q: Array, out: Integers) -> None:
    """Out = ONE · q, rounded."""
    widest_vectors()
    for x in range(out.shape[0]):  # vector
        out[x] = np.uint16(np.int32(q[x] * np.float32(ONE) + np.float32(0.5)))


@kernel
def _first_best(q: Array, k: int, best: Array, labels: Integers) -> None:
    """Where q is above best: best = q, labels = k."""
    for x in range(labels.shape[0]):  # vector
        above = q[x] > best[x]
        labels[x] = k if above else labels[x]
        best[x] = q[x] if above else best[x]


@kernel
def keep(q: Array, start: int, stop: int, planes: Integers, labels: Integers) -> None:
    """Write the posteriors of pixels start … stop - 1 in 16 bits, and each one's label, the first of equals.

    `q` is (K, pixels) float32, `planes` (K, pixels) uint16, `labels` (pixels,).
    """
    best = q[0, start:stop].copy()
    here = labels[start:stop]
    here[:] = 0
    _rounded(best, planes[0, start:stop])
    for k in range(1, q.shape[0]):
        of = q[k, start:stop]
        _rounded(of, planes[k, start:stop])
        _first_best(of, k, best, here)
