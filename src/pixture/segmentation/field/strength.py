"""How strongly neighbours agree in an image: the strength of the prior, by pseudo-likelihood."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Floats
from pixture.parallel import map_slabs
from pixture.segmentation.field.kernels import mean_field as kernels
from pixture.segmentation.field.mean_field import Grid

WEAKEST, STRONGEST = 0.0, 6.0
"""Between these the strength is sought. In a smooth image whole areas agree and the likelihood rises without
end; a stronger prior rounds off what is thin."""

ENOUGH = 2**16
"""Pixels that settle the strength."""

_STEPS = 20
_EXACT = 1e-3


def estimated_strength(q: Array, grid: Grid, weights: Floats, *, before: float) -> float:
    """Return the strength β that the posteriors of neighbours bear out, `WEAKEST` to `STRONGEST`.

    It maximises the pseudo-likelihood Σ_i [β Σ_k q_ik n_ik - log Σ_k w_k exp(β n_ik)], where n_ik = Σ_j w_ij
    q_jk (Besag 1975), by Newton's method; it is concave in β. Evenly spaced lines of the image stand for all.

    Parameters
    ----------
    q
        (K, planes, rows, columns), the posteriors.
    grid
        The pixels.
    weights
        (K,), the components' shares.
    before
        Where the search starts.
    """
    planes, height, width = grid.rows.shape
    lines = planes * height
    step = max(1, lines * width // ENOUGH)
    agreements, here = _some_lines(q, grid, step)
    logs = np.log(weights)[:, None]
    beta = before
    for _ in range(_STEPS):
        scores = logs + beta * agreements
        shares = np.exp(scores - scores.max(axis=0))
        shares /= shares.sum(axis=0)
        expected = (shares * agreements).sum(axis=0)
        slope = float(((here * agreements).sum(axis=0) - expected).sum())
        bend = float(((shares * agreements**2).sum(axis=0) - expected**2).sum())
        moved = beta + (slope / bend if bend > 0 else np.copysign(STRONGEST, slope))
        moved = min(max(moved, WEAKEST), STRONGEST)
        if abs(moved - beta) < _EXACT:
            return moved
        beta = moved
    return beta


def _some_lines(q: Array, grid: Grid, step: int) -> tuple[Floats, Floats]:
    """Return how neighbours of the pixels of every step-th line agree, and their posteriors, (K, n) each."""
    K = len(q)
    planes, height, width = grid.rows.shape
    numbers = range(0, planes * height, step)

    def work(start: int, stop: int) -> tuple[Array, Array]:
        of = np.empty((stop - start, K, width), np.float32)
        at = np.empty((K, stop - start, width), np.float32)
        for place in range(start, stop):
            line = numbers[place]
            kernels.agreements(
                q, grid.near.offsets, grid.near.weights, grid.contrast, line, line + 1,
                of[place - start : place - start + 1],
            )  # fmt: skip
            at[:, place - start] = q[:, line // height, line % height]
        return of.swapaxes(0, 1), at

    made = map_slabs(work, len(numbers), threads=grid.threads, size=grid.slab)
    of, at = (np.concatenate(parts, axis=1).reshape(K, -1) for parts in zip(*made, strict=True))
    there = at.sum(axis=0) > 0  # not masked
    return of[:, there].astype(np.float64), at[:, there].astype(np.float64)
