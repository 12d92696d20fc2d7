"""The posterior of each pixel's label, given those of its neighbours: the mean field of a Potts prior."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.histogram.histogram import Histogram
from pixture.parallel import LEAST_ROWS, available_threads, map_slabs
from pixture.segmentation.field.kernels import mean_field as kernels
from pixture.segmentation.field.neighbourhood import Neighbourhood

CERTAIN = 1e6
"""The sharpness at which each pixel has its most probable label: iterated conditional modes (Besag 1986)."""

MANY_PLANES = 16
"""Planes from which threads take whole ones: fewer passes over what does not fit in the cache."""


def _nothing() -> Array:
    return np.zeros((0, 1, 1, 1), np.float32)


@dataclass(frozen=True, eq=False)
class Grid:
    """The pixels of an image as the field sees them.

    Attributes
    ----------
    rows
        (planes, rows, columns) uint32: each pixel's row of the histogram's sample; the number of rows where
        masked.
    near
        Which pixels are neighbours.
    spans
        (planes, rows, 2): the first column of each line that is not masked, and the one past the last.
    contrast
        (n, planes, rows, columns) uint8, how alike neighbours are; empty in the first axis where that is not
        looked at.
    evidence
        (labels, planes, rows, columns) float32: what is known of each pixel beside its value, as logarithms;
        empty in the first axis where that is nothing.
    threads
        As in `Choices`.
    odd
        Whether the first plane, and the first row, is an odd one: of a piece, where it begins in the whole.
        Even lines are updated before odd ones.
    joint
        (K, planes, rows, columns) float32: each pixel's row of the table, looked up before; empty in the
        first axis where it is looked up in every update.
    """

    rows: Integers
    near: Neighbourhood
    spans: Integers
    contrast: Integers
    evidence: Array = field(default_factory=_nothing)
    threads: int | None = None
    odd: tuple[int, int] = (0, 0)
    joint: Array = field(default_factory=_nothing)

    @property
    def slab(self) -> int:
        """Lines that a thread takes at once."""
        return max(1, LEAST_ROWS // int(self.rows.shape[2]))


def grid_of(
    histogram: Histogram,
    near: Neighbourhood,
    contrast: Integers,
    evidence: Array | None = None,
    *,
    threads: int | None = None,
) -> Grid:
    """Return an image's pixels as the field sees them; `contrast` as `contrast.contrast_weights` has it.

    `evidence` is (labels, *shape of the image).
    """
    rows = histogram.rows(threads=threads).reshape(-1, *histogram.shape[-2:])
    spans = spans_of(rows, histogram.sample.size)
    if evidence is None:
        return Grid(rows, near, spans, contrast, threads=threads)
    known = np.ascontiguousarray(evidence, np.float32).reshape(len(evidence), *rows.shape)
    return Grid(rows, near, spans, contrast, known, threads)


def spans_of(rows: Integers, masked: int) -> Integers:
    """Return of each line the first column whose row is not `masked`, and the one past the last."""
    there = rows < masked
    width = rows.shape[2]
    any_there = there.any(axis=2)
    first = np.where(any_there, there.argmax(axis=2), 0)
    last = np.where(any_there, width - there[:, :, ::-1].argmax(axis=2), 0)
    return np.stack([first, last], axis=2)


def without_neighbours(grid: Grid, table: Array) -> Array:
    """Return the posteriors of a table's rows at every pixel, (K, planes, rows, columns) float32."""
    of_row = alone(table)
    q = np.empty((table.shape[1], *grid.rows.shape), np.float32)
    spread(of_row, grid.rows, q, grid.threads)
    if len(grid.evidence):
        update(q, grid, table, 0.0)
    return q


def spread(of_row: Array, rows: Integers, out: Array, threads: int | None) -> None:
    """Write what is known of each row (rows + 1, n) for each pixel into `out`, (n, *shape of rows)."""
    of_pixel, flat = rows.reshape(-1), out.reshape(len(out), -1)

    def work(start: int, stop: int) -> None:
        kernels.spread(of_row, of_pixel, start, stop, flat)

    map_slabs(work, of_pixel.size, threads=threads)


def alone(table: Array) -> Array:
    """Return the posterior of each row of a table, (rows + 1, K) float32, where neighbours have no say."""
    of_row: Array = np.exp(table - table.max(axis=1, keepdims=True))
    of_row /= of_row.sum(axis=1, keepdims=True)
    of_row[of_row < kernels.LEAST] = 0
    of_row[-1] = 0
    return of_row


def all_active(grid: Grid) -> Integers:
    """Return `active` for `update` such that every pixel is updated, (planes, rows, blocks) uint8."""
    planes, height, width = grid.rows.shape
    return np.ones((planes, height, -(-width // kernels.BLOCK)), np.uint8)


def update(
    q: Array,
    grid: Grid,
    table: Array,
    strength: float,
    *,
    sharpness: float = 1.0,
    active: Integers | None = None,
) -> float:
    """Update every pixel's posterior, in place, from its values' and its neighbours'; return by how much.

    q_k(i) ∝ exp(s (log w_k N(x_i; m_k, S_k) + e_k(i) + β Σ_j w_ij q_k(j))): the mean-field equation of a
    Potts prior (Zhang 1992; Celeux, Forbes and Peyrard 2003), solved line by line, e being the evidence.

    Parameters
    ----------
    q
        (K, planes, rows, columns) float32.
    grid
        The pixels.
    table
        (rows + 1, K) float32: what the value of each row says of each label.
    strength
        β.
    sharpness
        s: 1, or `CERTAIN`.
    active
        Which blocks of pixels can change: those of `all_active` at first, and after each update what it left
        of them, as long as table, strength and sharpness stay. Overwritten. None: all.

    Returns
    -------
    float
        The mean, over the pixels, of the share of the posterior that moved to another label, 0 to 1.
    """
    planes, height, _ = grid.rows.shape
    weights = np.float32(strength) * grid.near.weights
    can_change = all_active(grid) if active is None else active

    def lines(kind: int, start: int, stop: int) -> float:
        return kernels.update(
            q, grid.rows, table, grid.joint, grid.evidence, grid.near.offsets, weights, grid.contrast,
            grid.spans, can_change, sharpness, kind, start, stop,
        )  # fmt: skip

    odd_plane, odd_row = grid.odd

    def whole_planes(odd: int, start: int, stop: int) -> float:
        # a plane's odd rows follow its even ones while it is in the cache: no plane beside it changes now
        moved = 0.0
        for plane in range(start, stop):
            for kind in (2 * odd + odd_row, 2 * odd + 1 - odd_row):
                of_plane = (height - kind % 2 + 1) // 2
                moved += lines(kind, plane * of_plane, (plane + 1) * of_plane)
        return moved

    moved = 0.0
    if planes >= MANY_PLANES:
        for odd in (odd_plane, 1 - odd_plane):
            count = (planes - odd + 1) // 2
            moved += sum(map_slabs(partial(whole_planes, odd), count, threads=grid.threads, size=1))
    else:
        first = 2 * odd_plane + odd_row
        for kind in (first ^ number for number in range(kernels.LINES)):
            count = ((planes - kind // 2 + 1) // 2) * ((height - kind % 2 + 1) // 2)
            moved += sum(map_slabs(partial(lines, kind), count, threads=grid.threads, size=grid.slab))
    return moved / (2 * grid.rows.size)


def weights_of_rows(q: Array, grid: Grid, rows: int) -> Floats:
    """Return how much of each row's pixels each component answers for, (K, rows) float64.

    To the 65,536th of a pixel: whole numbers add up to the same sum in any order, on any number of threads.
    """
    flat, of = q.reshape(len(q), -1), grid.rows.ravel()
    parts = min(available_threads() if grid.threads is None else grid.threads, max(1, of.size // LEAST_ROWS))
    size = -(-of.size // parts)
    sums = np.zeros((parts, rows + 1, len(q)), np.int64)

    def work(start: int, stop: int) -> None:
        kernels.tally(flat, of, start, stop, sums[start // size])

    map_slabs(work, of.size, threads=grid.threads, size=size)
    found: Floats = sums.sum(axis=0)[:-1].T / kernels.ONE
    return found
