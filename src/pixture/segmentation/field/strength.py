"""What the labels of an image say of their prior: how strongly neighbours agree, how likely each label is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.parallel import map_slabs
from pixture.segmentation.field.kernels import mean_field as kernels
from pixture.segmentation.field.mean_field import Grid
from pixture.segmentation.field.neighbourhood import Neighbourhood

WEAKEST, STRONGEST = 0.0, 6.0
"""Between these the strength is sought. In a smooth image whole areas agree and the likelihood rises without
end; a stronger prior rounds off what is thin."""

LEAST_CHANCE = 1e-6
"""Before its neighbours and its value are seen, a pixel has each label with at least this probability."""

ENOUGH = 2**14
"""Pixels that settle the prior."""

_STEPS = 20
_EXACT = 1e-3


@dataclass(frozen=True, eq=False)
class Lines:
    """The pixels of evenly spaced lines that are not masked.

    Attributes
    ----------
    agreements
        (K, n): Σ_j w_ij q_jk, how their neighbours agree.
    here
        (K, n), their posteriors.
    """

    agreements: Floats
    here: Floats

    def __repr__(self) -> str:
        return f"<Lines: {self.here.shape[1]:,} pixels>"


def estimated_prior(lines: Lines, chances: Floats, strength: float, *, fixed: bool) -> tuple[Floats, float]:
    """Return the logarithms α of the labels' chances, and the strength β, that posteriors bear out.

    They maximise the pseudo-likelihood Σ_i [Σ_k q_ik (α_k + β n_ik) - log Σ_k exp(α_k + β n_ik)], where
    n_ik = Σ_j w_ij q_jk (Besag 1975), by Newton's method; it is concave. Evenly spaced lines stand for the
    image.
    A label's chance is not its share of the pixels: where neighbours agree, they make a frequent label
    frequent, and its share would count twice.

    Parameters
    ----------
    lines
        Posteriors of some pixels, and how their neighbours agree.
    chances
        (K,) α, where the search starts.
    strength
        β, where the search starts, `WEAKEST` to `STRONGEST`.
    fixed
        Whether the strength is given.
    """
    agreements, here = lines.agreements, lines.here
    K = len(here)
    of_each, agreeing = here.sum(axis=1), float(np.einsum("kn,kn", here, agreements))
    found = np.append(chances, strength)
    for _ in range(_STEPS):
        scores = found[:K, None] + found[K] * agreements
        # few rows, added up one after the other: many times as fast as along an axis
        shares = np.exp(scores - reduce(np.maximum, scores))
        shares /= reduce(np.add, shares)
        # of α and β: the slope of the pseudo-likelihood, and its bend
        weighted = shares * agreements
        expected = reduce(np.add, weighted)
        held = shares.sum(axis=1)
        slope = np.append(of_each - held, agreeing - weighted.sum())
        bend = np.zeros((K + 1, K + 1))
        bend[:K, :K] = np.diag(held) - np.einsum("kn,ln", shares, shares)
        bend[:K, K] = bend[K, :K] = weighted.sum(axis=1) - np.einsum("kn,n", shares, expected)
        bend[K, K] = np.einsum("kn,kn", weighted, agreements) - np.einsum("n,n", expected, expected)
        free = np.arange(1, K if fixed else K + 1)  # of all α the same may be taken off: the first stays
        ridge = 1e-6 * max(1.0, float(np.trace(bend))) * np.eye(free.size)
        step = np.linalg.solve(bend[np.ix_(free, free)] + ridge, slope[free]) if free.size else np.zeros(0)
        before = found.copy()
        found[free] += np.clip(step, -2.0, 2.0)
        if not fixed:
            found[K] = min(max(found[K], WEAKEST), STRONGEST)
        found[:K] -= _log_sum(found[:K])
        found[:K] = np.maximum(found[:K], np.log(LEAST_CHANCE))
        if np.abs(found - before).max() < _EXACT:
            break
    return found[:K], float(found[K])


def _log_sum(logs: Floats) -> float:
    top = logs.max()
    return float(top + np.log(np.exp(logs - top).sum()))


def some_lines(q: Array, grid: Grid) -> Lines:
    """Return what the posteriors (K, planes, rows, columns) are along evenly spaced lines of pixels."""
    _, height, width = grid.rows.shape
    there = np.flatnonzero(grid.spans[:, :, 1].ravel() > grid.spans[:, :, 0].ravel())
    numbers = spaced(there, width).tolist()

    def work(start: int, stop: int) -> list[tuple[Array, Array]]:
        return [
            line_of(q, grid.near, grid.contrast, *divmod(numbers[place], height))
            for place in range(start, stop)
        ]

    made = map_slabs(work, len(numbers), threads=grid.threads, size=grid.slab)
    return lines_of([line for of_slab in made for line in of_slab])


def spaced(lines: Integers, width: int) -> Integers:
    """Return enough evenly spaced ones of lines of this many pixels each."""
    return lines[:: max(1, lines.size * width // ENOUGH)]


def line_of(q: Array, near: Neighbourhood, contrast: Integers, plane: int, row: int) -> tuple[Array, Array]:
    """Return how the neighbours of a line's pixels agree, and their posteriors, (K, columns) float32 each.

    Posteriors, neighbours and contrast are as in `mean_field.Grid`, of what holds the line and the lines
    around it.
    """
    K, _, height, width = q.shape
    of = np.empty((1, K, width), np.float32)
    line = plane * height + row
    kernels.agreements(q, near.offsets, near.weights, contrast, line, line + 1, of)
    return of[0], q[:, plane, row].copy()


def lines_of(made: list[tuple[Array, Array]]) -> Lines:
    """Return lines together."""
    of, at = (np.concatenate(parts, axis=1) for parts in zip(*made, strict=True))
    there = at.sum(axis=0) > 0  # not masked
    return Lines(of[:, there].astype(np.float64), at[:, there].astype(np.float64))
