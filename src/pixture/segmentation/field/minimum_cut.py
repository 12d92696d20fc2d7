"""The most probable labelling of two labels, all pixels together: a minimum cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.segmentation.field.mean_field import Grid

FINEST = 2**16
"""What log-odds of 1 count for: a flow is of whole numbers."""

LARGEST = 2**24
"""What the couplings of a pixel count for together, at most: the flow's numbers have 32 bits."""

FEW = 0.01
"""Where fewer of the open pixels than this are settled by themselves, a flow settles the others."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """All pairs of neighbours along one offset.

    Attributes
    ----------
    one, other
        Where the first ones and the second ones stand.
    coupling
        int64, what it counts that the labels of a pair agree.
    """

    one: tuple[slice, ...]
    other: tuple[slice, ...]
    coupling: Integers

    def __repr__(self) -> str:
        return f"<Pairs: {self.coupling.size:,}>"


def minimum_cut(odds: Array, grid: Grid, there: Mask, strength: float) -> Mask:
    """Return where the second of two labels is, in the most probable of all labellings.

    It maximises Σ_i odds_i [l_i = 1] + β Σ_ij w_ij [l_i = l_j] over all labellings l (Greig, Porteous and
    Seheult 1989; Boykov and Jolly 2001); among equals it has the fewest pixels of the second label.

    Pixels whose odds outweigh all of their neighbours, whatever labels these have, are settled by themselves,
    and count as odds of their neighbours; a maximum flow settles the rest. But for numbers that are rounded
    to whole 65,536ths (coarser where β is above 256) this is exact.

    Parameters
    ----------
    odds
        (planes, rows, columns): the log-odds of the second label without neighbours.
    grid
        The pixels.
    there
        (planes, rows, columns), which pixels take part.
    strength
        β.
    """
    scale = min(float(FINEST), LARGEST / max(strength, 1.0))
    left = np.clip(odds.astype(np.float64) * scale, -4 * LARGEST, 4 * LARGEST).round().astype(np.int64)
    pairs = pairs_of(grid, strength * scale)
    label, open_ = np.zeros(there.shape, bool), there.copy()
    while True:
        settled = open_ & (np.abs(left) > _reach(pairs, open_))
        label |= settled & (left > 0)
        sign = settled * np.sign(left)
        waiting = open_ & ~settled
        for of in pairs:
            left[of.other] += of.coupling * sign[of.one] * waiting[of.other]
            left[of.one] += of.coupling * sign[of.other] * waiting[of.one]
        enough = np.count_nonzero(settled) <= FEW * np.count_nonzero(open_)
        open_ = waiting
        if enough:
            break
    if open_.any():
        label[open_] = _side_of_source(left, open_, pairs)
    return label


def pairs_of(grid: Grid, weight: float) -> list[Pairs]:
    """Return all pairs of neighbours, and what each counts where that of an offset is `weight` w_ij."""
    found = []
    shape = grid.rows.shape
    for n, offset in enumerate(grid.near.offsets.tolist()):
        one = tuple(
            slice(max(0, -step), length - max(0, step)) for step, length in zip(offset, shape, strict=True)
        )
        other = tuple(
            slice(max(0, step), length - max(0, -step)) for step, length in zip(offset, shape, strict=True)
        )
        size = tuple(max(0, side.stop - side.start) for side in one)
        if 0 in size:
            continue
        each = weight * float(grid.near.weights[n])
        likeness = grid.contrast[n][one] / 255 if len(grid.contrast) else np.ones(size)
        found.append(Pairs(one, other, np.round(each * likeness).astype(np.int64)))
    return found


def _reach(pairs: list[Pairs], open_: Mask) -> Integers:
    """Return how much the open neighbours of each pixel count together."""
    reach = np.zeros(open_.shape, np.int64)
    for of in pairs:
        reach[of.one] += of.coupling * open_[of.other]
        reach[of.other] += of.coupling * open_[of.one]
    return reach


def _side_of_source(left: Integers, open_: Mask, pairs: list[Pairs]) -> Mask:
    """Return of each open pixel whether it is on the source's side of the minimum cut, (n,)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    count = int(np.count_nonzero(open_))
    number = np.full(open_.shape, -1, np.int64)
    number[open_] = np.arange(count)
    odds = left[open_]
    source, sink = count, count + 1
    towards, away = np.flatnonzero(odds > 0), np.flatnonzero(odds < 0)
    starts, ends, capacities = (
        [np.full(towards.size, source), away],
        [towards, np.full(away.size, sink)],
        [odds[towards], -odds[away]],
    )
    for of in pairs:
        both = (open_[of.one] & open_[of.other]) & (of.coupling > 0)
        one, other, coupling = number[of.one][both], number[of.other][both], of.coupling[both]
        starts += [one, other]
        ends += [other, one]
        capacities += [coupling, coupling]
    places = np.concatenate(starts), np.concatenate(ends)
    shape = (count + 2, count + 2)
    graph = csr_array((np.concatenate(capacities).astype(np.int32), places), shape=shape)
    rest = csr_array(graph - maximum_flow(graph, source, sink).flow)
    rest.eliminate_zeros()
    reached = breadth_first_order(rest, source, return_predecessors=False)
    found = np.zeros(count + 2, bool)
    found[reached] = True
    return found[:count]
