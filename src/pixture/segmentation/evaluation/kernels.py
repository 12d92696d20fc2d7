"""The compiled matching of two sets of places: nearest pairs first, then as many as can be."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Integers
from pixture.compilation.jit import kernel

NONE = -1


@kernel
def match_nearest(one: Integers, other: Integers, partner: Integers, partner_of_other: Integers) -> None:
    """Match pairs in their order, where both are still free; partners are NONE before."""
    for e in range(one.size):
        if partner[one[e]] == NONE and partner_of_other[other[e]] == NONE:
            partner[one[e]], partner_of_other[other[e]] = other[e], one[e]


@kernel
def match(start: Integers, to: Integers, partner: Integers, partner_of_other: Integers) -> None:
    """Enlarge a matching of a bipartite graph to the greatest size (Hopcroft and Karp 1973).

    The neighbours of node i are to[start[i] : start[i + 1]]. Whoever is matched stays matched, perhaps with
    another. Many shortest augmenting paths that share no node are found in each phase, which is O(edges), and
    there are at most √nodes phases.
    """
    n = partner.size
    level, queue = np.empty(n, np.int64), np.empty(n, np.int64)
    next_edge, path = np.empty(n, np.int64), np.empty(n, np.int64)
    while True:
        head = tail = 0
        for i in range(n):
            level[i] = NONE
            next_edge[i] = start[i]
            if partner[i] == NONE:
                level[i] = 0
                queue[tail] = i
                tail += 1
        reached = False
        while head < tail:
            i = queue[head]
            head += 1
            for e in range(start[i], start[i + 1]):
                other = partner_of_other[to[e]]
                if other == NONE:
                    reached = True
                elif level[other] == NONE:
                    level[other] = level[i] + 1
                    queue[tail] = other
                    tail += 1
        if not reached:
            return
        for root in range(n):
            if partner[root] != NONE:
                continue
            depth = 0
            path[0] = root
            while depth >= 0:
                i = path[depth]
                if next_edge[i] == start[i + 1]:
                    level[i] = NONE  # leads nowhere
                    depth -= 1
                    if depth >= 0:
                        next_edge[path[depth]] += 1
                    continue
                other = partner_of_other[to[next_edge[i]]]
                if other == NONE:
                    for k in range(depth + 1):  # what was matched along the path, moves on
                        of = path[k]
                        partner[of] = to[next_edge[of]]
                        partner_of_other[partner[of]] = of
                    for k in range(depth + 1):
                        level[path[k]] = NONE
                    break
                if level[other] == level[i] + 1:
                    depth += 1
                    path[depth] = other
                else:
                    next_edge[i] += 1
