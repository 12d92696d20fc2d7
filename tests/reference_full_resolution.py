"""Naive twins of what reduces images and brings outlines to full resolution."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from pixture.arrays import Array, Floats, Integers, Mask, Reals

SIDES = ((0, 1), (-1, 0), (0, -1), (1, 0))
"""Right, above, left, below."""


def area_means(pixels: Array, factor: int, mask: Mask) -> tuple[Floats, Mask]:
    rows, columns = -(-pixels.shape[0] // factor), -(-pixels.shape[1] // factor)
    means = np.zeros((rows, columns, pixels.shape[2]))
    takes_part = np.zeros((rows, columns), bool)
    for y in range(rows):
        for x in range(columns):
            block = np.s_[y * factor : (y + 1) * factor, x * factor : (x + 1) * factor]
            through = mask[block]
            takes_part[y, x] = through.mean() >= 0.5
            if through.any():
                means[y, x] = pixels[block][through].astype(float).mean(axis=0)
    return means, takes_part


def local_means(labels: Integers, means: Array, radius: int) -> Array:
    rows, columns = labels.shape
    pure = np.zeros(labels.shape, bool)
    for y, x in np.ndindex(*labels.shape):
        beside = [(y + v, x + u) for v, u in SIDES if 0 <= y + v < rows and 0 <= x + u < columns]
        pure[y, x] = all(labels[at] == labels[y, x] for at in beside)
    out = np.empty(means.shape)
    for y, x in np.ndindex(*labels.shape):
        near = np.s_[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
        own = labels[near] == labels[y, x]
        taken = own & pure[near] if (own & pure[near]).any() else own
        out[y, x] = means[near][taken].mean(axis=0)
    return out


def boundary_blocks(labels: Integers) -> list[tuple[int, int]]:
    rows, columns = labels.shape
    return [
        (y, x)
        for y, x in np.ndindex(rows, columns)
        if any(
            0 <= y + v < rows and 0 <= x + u < columns and labels[y + v, x + u] != labels[y, x]
            for v, u in SIDES
        )
    ]


def can_go(window: Integers) -> bool:
    """Whether the label in the middle of 3 x 3 stays connected there without the middle, and goes on."""
    own = window == window[1, 1]
    own[1, 1] = False
    pieces, _ = ndimage.label(own)
    return len({int(pieces[1 + v, 1 + u]) for v, u in SIDES if own[1 + v, 1 + u]}) == 1


def length(window: Integers, label: int) -> float:
    """The length of boundary in 3 x 3 around the middle, if that had this label."""
    weights = np.array([[0.5**0.5, 1, 0.5**0.5], [1, 0, 1], [0.5**0.5, 1, 0.5**0.5]])
    return float(weights[window != label].sum())


def distance(
    label: int, value: Array, cell: tuple[int, int], cells: Integers, means: Reals, scale: Reals
) -> float | None:
    """To the local mean of the label's nearest cell, at most two away each way; None without one."""
    near = [
        ((v**2 + u**2, v, u), (cell[0] + v, cell[1] + u))
        for v in range(-2, 3)
        for u in range(-2, 3)
        if 0 <= cell[0] + v < cells.shape[0] and 0 <= cell[1] + u < cells.shape[1]
    ]
    for _, at in sorted(near):
        if cells[at] == label:
            return float((scale * (value - means[at]) ** 2).sum())
    return None


def share(label: int, place: tuple[float, float], cells: Integers) -> float:
    """The label's share at a place in units of cells, by the quadratic B-spline; edges are continued."""

    def spline(t: float) -> float:
        t = abs(t)
        return 0.75 - t * t if t < 0.5 else (1.5 - t) ** 2 / 2 if t < 1.5 else 0.0

    padded = np.pad(cells, 1, mode="edge")
    return sum(
        spline(place[0] - (y - 0.5)) * spline(place[1] - (x - 0.5))
        for y, x in np.ndindex(*padded.shape)
        if padded[y, x] == label
    )


def settle(
    labels: Integers,
    pixels: Array,
    mask: Mask,
    cells: Integers,
    means: Reals,
    scale: Reals,
    side: float,
    rounds: int,
    length_cost: float,
    most: float,
    nearness: float,
) -> Integers:
    """One strip; `side` is that of a cell in blocks, a whole number."""
    labels = labels.copy()
    rows, columns = labels.shape
    now = boundary_blocks(labels)
    for turn in range(rounds):
        waiting = set(now)
        coming: list[tuple[int, int]] = []
        for y, x in now[::-1] if turn % 2 else now:
            waiting.discard((y, x))
            window = np.pad(labels, 1, constant_values=-1)[y : y + 3, x : x + 3]
            own = int(labels[y, x])
            beside = [(y + v, x + u) for v, u in SIDES if 0 <= y + v < rows and 0 <= x + u < columns]
            if own == 0 or not mask[y, x] or not can_go(window):
                continue
            if not any(labels[at] == own and mask[at] for at in beside):
                continue
            cell = int(y // side), int(x // side)
            place = (y + 0.5) / side, (x + 0.5) / side
            stay = distance(own, pixels[y, x], cell, cells, means, scale)
            best, taken = -1e-4, own
            for at in beside:
                other = int(labels[at])
                if other in (0, own) or not mask[at]:
                    continue
                leave = distance(other, pixels[y, x], cell, cells, means, scale)
                if leave is None:
                    continue
                evidence = -most if stay is None else max(-most, min(most, leave - stay))
                longer = length(window, other) - length(window, own)
                farther = share(own, place, cells) - share(other, place, cells)
                cost = evidence + length_cost * longer + nearness * farther
                if cost < best:
                    best, taken = cost, other
            if taken == own:
                continue
            was = {at: int(labels[at]) for at in beside}
            labels[y, x] = taken
            for at in beside:
                if was[at] > 0 and was[at] != taken and at not in waiting:
                    waiting.add(at)
                    coming.append(at)
        now = coming
    return labels


def steps_to(labelled: Mask, open_to: Mask) -> Floats:
    """Steps by sides through open pixels to a labelled open one; infinite where there is no way."""
    steps = np.where(labelled & open_to, 0.0, np.inf)
    for _ in range(labelled.size):
        padded = np.pad(steps, 1, constant_values=np.inf)
        near = np.minimum.reduce([padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]])
        steps = np.where(open_to, np.minimum(steps, near + 1), np.inf)
    return steps
