"""The compiled loops over trees: merging a graph's regions pair by pair, and isotonic regression.

A heap holds each edge once and knows where: an edge whose distance changes moves. Half-edges 2e and 2e + 1
lie in the linked lists of edge e's two ends; those of an edge that is gone are dropped when they are met.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.compiled import exact, kernel

_TINY = 1e-300
NONE = -1


@kernel
def chi_square(a: Floats, b: Floats) -> float:
    """½ Σ (a − b)² / (a + b), bins empty in both counting nothing."""
    total = 0.0
    for k in range(a.size):  # vector
        difference = a[k] - b[k]
        total += difference * difference / (a[k] + b[k] + _TINY)
    return 0.5 * total


@exact
def _apart(
    strength: float,
    length: float,
    chi: float,
    smaller: float,
    whole: float,
    region_weight: float,
    exponent: float,
    offset: float,
) -> float:
    """Divide as written: equal distances are equal, wherever this is compiled into."""
    share = smaller / whole
    apart: float = (strength / length + region_weight * chi) * (share / (share + offset)) ** exponent
    return apart


@kernel
def distance(
    strength: float,
    length: float,
    a: Floats,
    b: Floats,
    smaller: float,
    whole: float,
    region_weight: float,
    exponent: float,
    offset: float,
) -> float:
    """Return the distance of two regions.

    `strength` is the sum of length × strength over their boundary, `smaller` the area of the smaller one and
    `whole` that of the image.
    """
    return _apart(strength, length, chi_square(a, b), smaller, whole, region_weight, exponent, offset)


@kernel
def blend(a: Floats, b: Floats, part: float, out: Floats) -> None:
    """out = b + part (a - b): the histogram of two regions together, the same again if theirs are equal."""
    for k in range(out.size):  # vector
        out[k] = b[k] + part * (a[k] - b[k])


@kernel
def _before(e: int, f: int, key: Floats, lower: Integers, upper: Integers) -> bool:
    if key[e] != key[f]:
        return bool(key[e] < key[f])
    if lower[e] != lower[f]:
        return bool(lower[e] < lower[f])
    return bool(upper[e] < upper[f])


@kernel
def _sift(
    at: int, size: int, heap: Integers, position: Integers, key: Floats, lower: Integers, upper: Integers
) -> None:
    """Move the edge at a place of the heap up or down to where it belongs."""
    e = heap[at]
    while at > 0 and _before(e, heap[(at - 1) // 2], key, lower, upper):
        heap[at] = heap[(at - 1) // 2]
        position[heap[at]] = at
        at = (at - 1) // 2
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and _before(heap[child + 1], heap[child], key, lower, upper):
            child += 1
        if not _before(heap[child], e, key, lower, upper):
            break
        heap[at] = heap[child]
        position[heap[at]] = at
        at = child
    heap[at] = e
    position[e] = at


@kernel
def _remove(
    e: int, size: int, heap: Integers, position: Integers, key: Floats, lower: Integers, upper: Integers
) -> int:
    """Take an edge out of the heap; return the size left."""
    at, last = position[e], size - 1
    position[e] = NONE
    if at != last:
        heap[at] = heap[last]
        position[heap[at]] = at
        _sift(at, last, heap, position, key, lower, upper)
    return last


@kernel
def merge(
    lower: Integers,
    upper: Integers,
    strength: Floats,
    length: Floats,
    histograms: Floats,
    area: Floats,
    regions: int,
    region_weight: float,
    exponent: float,
    offset: float,
    parents: Integers,
    heights: Floats,
) -> int:
    """Merge the nearest two regions until no edge is left; return the number of nodes.

    Everything is overwritten: `strength` holds the sums of length × strength, `histograms` and `area` the
    leaves' first and then the merges'. heights[x] is the distance at which node x was made, not less than its
    children's.
    """
    edges, most = lower.size, area.size
    total = 0.0
    for i in range(regions):
        total += area[i]
    head, tail = np.full(most, NONE, np.int64), np.full(most, NONE, np.int64)
    following = np.full(2 * edges, NONE, np.int64)
    for half in range(2 * edges):
        node = lower[half // 2] if half % 2 == 0 else upper[half // 2]
        if head[node] == NONE:
            head[node] = half
        else:
            following[tail[node]] = half
        tail[node] = half
    key = np.empty(edges)
    heap, position = np.arange(edges), np.arange(edges)
    for e in range(edges):
        a, b = lower[e], upper[e]
        key[e] = distance(
            strength[e],
            length[e],
            histograms[a],
            histograms[b],
            min(area[a], area[b]),
            total,
            region_weight,
            exponent,
            offset,
        )
    for at in range(edges):
        _sift(at, at + 1, heap, position, key, lower, upper)
    edge_to = np.empty(most, np.int64)
    seen_by = np.full(most, NONE, np.int64)
    size, x = edges, regions
    while size > 0:
        nearest = heap[0]
        a, b = lower[nearest], upper[nearest]
        size = _remove(nearest, size, heap, position, key, lower, upper)
        parents[a], parents[b], parents[x] = x, x, x
        heights[x] = max(key[nearest], heights[a], heights[b])
        area[x] = area[a] + area[b]
        of_x = histograms[x]
        blend(histograms[a], histograms[b], area[a] / area[x], of_x)
        for node in (a, b):
            half = head[node]
            while half != NONE:
                after = following[half]
                e = half // 2
                if position[e] != NONE:
                    other = upper[e] if lower[e] == node else lower[e]
                    if seen_by[other] == x:
                        into = edge_to[other]
                        strength[into] += strength[e]
                        length[into] += length[e]
                        size = _remove(e, size, heap, position, key, lower, upper)
                    else:
                        seen_by[other], edge_to[other] = x, e
                        following[half] = NONE
                        if head[x] == NONE:
                            head[x] = half
                        else:
                            following[tail[x]] = half
                        tail[x] = half
                half = after
        half = head[x]
        while half != NONE:
            e = half // 2
            other = upper[e] if lower[e] == a or lower[e] == b else lower[e]
            # the heap is in order but for this edge; x is the greatest node yet
            lower[e], upper[e] = other, x
            key[e] = distance(
                strength[e],
                length[e],
                histograms[other],
                of_x,
                min(area[other], area[x]),
                total,
                region_weight,
                exponent,
                offset,
            )
            _sift(position[e], size, heap, position, key, lower, upper)
            half = following[half]
        x += 1
    return x


@kernel
def _meld(a: int, b: int, value: Floats, left: Integers, right: Integers) -> int:
    """Join two skew heaps, the greatest value on top; return the root."""
    root, above = NONE, NONE
    while a != NONE and b != NONE:
        if value[b] > value[a]:
            a, b = b, a
        if above == NONE:
            root = a
        else:
            left[above] = a
        above, a, right[a], left[a] = a, right[a], left[a], NONE
    rest = b if a == NONE else a
    if above == NONE:
        return rest
    left[above] = rest
    return root


@kernel
def pool(parents: Integers, value: Floats, weight: Floats) -> None:
    """Overwrite the values by their isotonic regression; a node's parent follows it, or is itself.

    From the leaves up: a node takes in the greatest block below it as long as that is above its own mean.
    """
    n = parents.size
    left, right = np.full(n, NONE, np.int64), np.full(n, NONE, np.int64)
    below = np.full(n, NONE, np.int64)  # the heap of the blocks that hang from a block
    taken = np.full(n, NONE, np.int64)  # the block that took this one in
    for x in range(n):
        while below[x] != NONE and value[below[x]] > value[x]:
            y = below[x]
            rest = _meld(left[y], right[y], value, left, right)
            below[x] = _meld(rest, below[y], value, left, right)
            taken[y] = x
            together = weight[x] + weight[y]
            value[x] += (value[y] - value[x]) * (weight[y] / together)
            weight[x] = together
        if parents[x] != x:
            left[x], right[x] = NONE, NONE
            below[parents[x]] = _meld(below[parents[x]], x, value, left, right)
    for x in range(n - 1, -1, -1):
        if taken[x] != NONE:
            value[x] = value[taken[x]]
