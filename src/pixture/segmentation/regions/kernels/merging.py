"""The compiled loops over trees: merging a graph's regions pair by pair, and isotonic regression.

A heap holds each edge once and knows where: an edge whose distance changes moves. Half-edges 2e and 2e + 1
lie in the linked lists of edge e's two ends; those of an edge that is gone are dropped when they are met.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.compilation.jit import kernel

_TINY = 1e-300
LEAST_SHARE = 1e-5
"""Added to shares of the image before their logarithm is taken."""
NONE = -1


@kernel
def chi_square(a: Floats, b: Floats) -> float:
    """½ Σ (a − b)² / (a + b), bins empty in both counting nothing."""
    total = 0.0
    for k in range(a.size):  # vector
        difference = a[k] - b[k]
        total += difference * difference / (a[k] + b[k] + _TINY)
    return 0.5 * total


@kernel
def entropy(shares: Floats) -> float:
    """−Σ p log₂ p, in bits."""
    total = 0.0
    for k in range(shares.size):
        if shares[k] > 0:
            total -= shares[k] * np.log2(shares[k])
    return total


@kernel
def contrasts(histograms: Floats, pixels: Integers, pairs: Integers, out: Floats) -> None:
    """out[i] = the chi-square distance of a pair's histograms above that of chance, 0 where it is below.

    Of two samples of n and m from one distribution of B bins it is (B − 1) (1/n + 1/m) / 4 in the mean; B is
    taken as 2 to the power of the entropy of both together.
    """
    both = np.empty(histograms.shape[1])
    for i in range(out.size):
        u, v = pairs[i, 0], pairs[i, 1]
        a, b, n, m = histograms[u], histograms[v], float(pixels[u]), float(pixels[v])
        for k in range(both.size):
            both[k] = (n * a[k] + m * b[k]) / (n + m)
        chance = 0.25 * (2.0 ** entropy(both) - 1.0) * (1.0 / n + 1.0 / m)
        above = chi_square(a, b) - chance
        out[i] = above if above > 0.0 else 0.0


@kernel
def distance(
    strength: float,
    length: float,
    a: int,
    b: int,
    histograms: Floats,
    ends: Integers,
    entropies: Floats,
    area: Floats,
    whole: float,
    size_weight: float,
    of_groups: Floats,
) -> float:
    """Return the distance of regions a and b that `merging.merge_hierarchically` describes.

    `strength` is the sum of length × strength over their boundary. `of_groups` (groups, 2) are the weights of
    the chi-square and of the least entropy of each group of bins.
    """
    found: float = strength / length + size_weight * np.log(min(area[a], area[b]) / whole + LEAST_SHARE)
    begin = 0
    for g in range(ends.size):
        end = ends[g]
        found += of_groups[g, 0] * chi_square(histograms[a, begin:end], histograms[b, begin:end])
        found += of_groups[g, 1] * min(entropies[a, g], entropies[b, g])
        begin = end
    return found


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
    ends: Integers,
    area: Floats,
    regions: int,
    size_weight: float,
    of_groups: Floats,
    parents: Integers,
    heights: Floats,
) -> int:
    """Merge the nearest two regions until no edge is left; return the number of nodes.

    Everything is overwritten: `strength` holds the sums of length × strength, `histograms` and `area` the
    leaves' first and then the merges'; `ends` are the ends of the groups of bins. heights[x] is the distance
    at which node x was made, not less than its children's.
    """
    edges, most = lower.size, area.size
    whole = 0.0
    entropies = np.zeros((most, ends.size))
    for i in range(regions):
        whole += area[i]
        _entropies(histograms[i], ends, entropies[i])
        heights[i] = -np.inf
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
    edge_to = np.empty(most, np.int64)
    seen_by = np.full(most, NONE, np.int64)
    changed, count = np.arange(edges), edges
    size, x = edges, regions
    a, b = NONE, NONE
    while size > 0:
        # one place alone computes distances, so that equal ones are equal to the last bit
        for i in range(count):
            e = changed[i]
            if x > regions:
                # the heap is in order but for this edge; the merge just made is the greatest node yet
                lower[e], upper[e] = upper[e] if lower[e] == a or lower[e] == b else lower[e], x - 1
            key[e] = distance(
                strength[e],
                length[e],
                lower[e],
                upper[e],
                histograms,
                ends,
                entropies,
                area,
                whole,
                size_weight,
                of_groups,
            )
            if x > regions:
                _sift(position[e], size, heap, position, key, lower, upper)
        if x == regions:
            for at in range(1, edges):
                _sift(at, at + 1, heap, position, key, lower, upper)
        nearest = heap[0]
        a, b = lower[nearest], upper[nearest]
        size = _remove(nearest, size, heap, position, key, lower, upper)
        parents[a], parents[b], parents[x] = x, x, x
        heights[x] = max(key[nearest], heights[a], heights[b])
        area[x] = area[a] + area[b]
        part = area[a] / area[x]
        of_a, of_b, of_x = histograms[a], histograms[b], histograms[x]
        for k in range(of_x.size):  # vector
            of_x[k] = of_b[k] + part * (of_a[k] - of_b[k])
        _entropies(of_x, ends, entropies[x])
        count = 0
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
                        changed[count] = e
                        count += 1
                        following[half] = NONE
                        if head[x] == NONE:
                            head[x] = half
                        else:
                            following[tail[x]] = half
                        tail[x] = half
                half = after
        x += 1
    return x


@kernel
def _entropies(histogram: Floats, ends: Integers, out: Floats) -> None:
    begin = 0
    for g in range(ends.size):
        out[g] = entropy(histogram[begin : ends[g]])
        begin = ends[g]


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
        above, a = a, right[a]
        right[above], left[above] = left[above], NONE
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
            # a mean of two lies between them, whatever the rounding
            value[x] = min(value[y], value[x] + (value[y] - value[x]) * (weight[y] / together))
            weight[x] = together
        if parents[x] != x:
            left[x], right[x] = NONE, NONE
            below[parents[x]] = _meld(below[parents[x]], x, value, left, right)
    for x in range(n - 1, -1, -1):
        if taken[x] != NONE:
            value[x] = value[taken[x]]


@kernel
def add_to_parents(parents: Integers, sums: Floats) -> None:
    """Add each node's row of `sums` (nodes, B) to its parent's: what holds of leaves, of every node."""
    for i in range(parents.shape[0]):
        parent = parents[i]
        if parent != i:
            into, row = sums[parent], sums[i]
            for k in range(sums.shape[1]):  # vector
                into[k] += row[k]
