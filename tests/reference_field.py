"""Naive twins of the spatial prior: each written as its definition reads."""

from __future__ import annotations

import itertools

import numpy as np

from pixture.arrays import Array, Floats, Integers


def neighbours_of(shape: tuple[int, ...], at: tuple[int, ...], steps: int) -> list[tuple[int, ...]]:
    """The pixels that differ by at most 1 along every axis, and along no more than `steps` of them."""
    found = []
    for offset in itertools.product((-1, 0, 1), repeat=len(shape)):
        there = tuple(a + b for a, b in zip(at, offset, strict=True))
        inside = all(0 <= a < n for a, n in zip(there, shape, strict=True))
        if 0 < sum(map(abs, offset)) <= steps and inside:
            found.append(there)
    return found


def couplings(shape: tuple[int, ...], steps: int, spacing: tuple[float, ...]) -> Floats:
    """(pixels, pixels): how much each counts for each, in inverse proportion to the distance.

    Those of a pixel with all its neighbours sum to 1.
    """
    places = list(np.ndindex(shape))
    index = {place: number for number, place in enumerate(places)}

    def length(a: tuple[int, ...], b: tuple[int, ...]) -> float:
        return float(np.sqrt(sum(((p - q) * s) ** 2 for p, q, s in zip(a, b, spacing, strict=True))))

    centre = tuple(1 for _ in shape)
    whole = sum(1 / length(centre, there) for there in neighbours_of((3,) * len(shape), centre, steps))
    found = np.zeros((len(places), len(places)))
    for place in places:
        for there in neighbours_of(shape, place, steps):
            found[index[place], index[there]] = 1 / length(place, there) / whole
    return found


def updated(q: Floats, joint: Floats, coupling: Floats, kinds: Integers) -> Floats:
    """One update of posteriors (K, pixels): the pixels of each kind at once, one kind after the other."""
    q = q.copy()
    for kind in range(4):
        scores = joint + q @ coupling.T
        shares = np.exp(scores - scores.max(axis=0))
        shares /= shares.sum(axis=0)
        q[:, kinds == kind] = shares[:, kinds == kind]
    return q


def kinds_of(shape: tuple[int, ...]) -> Integers:
    """Which pixels are updated at once: by whether their plane and their row are even."""
    volume = (1, *shape)[-3:]
    planes, rows, _ = np.indices(volume)
    found: Integers = (2 * (planes % 2) + rows % 2).ravel()
    return found


def labellings(pixels: int, labels: int) -> Integers:
    """Every labelling, (labels^pixels, pixels)."""
    return np.array(list(itertools.product(range(labels), repeat=pixels)))


def log_probabilities(every: Integers, joint: Floats, coupling: Floats) -> Floats:
    """The log probability of labellings, up to a constant: of values, and of neighbours that agree."""
    found: Floats = joint[every, np.arange(every.shape[1])].sum(axis=1)
    for a, b in zip(*np.nonzero(np.triu(coupling)), strict=True):
        found += coupling[a, b] * (every[:, a] == every[:, b])
    return found


def pieces(labels: Array) -> int:
    """How many connected pieces of one label there are, corners not counted."""
    seen, count = np.zeros(labels.shape, bool), 0
    for place in np.ndindex(labels.shape):
        if seen[place]:
            continue
        count += 1
        waiting = [place]
        seen[place] = True
        while waiting:
            here = waiting.pop()
            for there in neighbours_of(labels.shape, here, 1):
                if not seen[there] and labels[there] == labels[here]:
                    seen[there] = True
                    waiting.append(there)
    return count
