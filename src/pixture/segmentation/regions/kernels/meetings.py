"""Where the leaves of a tree of merges meet: lowest common ancestors in a handful of steps.

Walking up the tree itself takes as many steps as it is deep, and where one region swallows its neighbours one
by one that is as many as there are leaves. So the merges are told once more as links between leaves, the
lesser side's to the greater's (union by size, without compression): each path is then at most log₂ n links,
which were made in ascending order, and two leaves meet in the merge that made the last link on the way.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Integers
from pixture.compilation.jit import kernel

NEVER = -1
"""The merge in which two leaves meet that never do."""


@kernel
def link(children: Integers, links: Integers, made_by: Integers) -> None:
    """Write the leaf that each leaf is linked to, and the node of the merge that made the link.

    A leaf that is linked to none is its own link, and its node is that after the last.
    """
    leaves = links.shape[0]
    nodes = leaves + children.shape[0]
    sizes = np.ones(leaves, np.int64)
    of_node = np.empty(nodes, np.int64)
    for leaf in range(leaves):
        links[leaf] = leaf
        made_by[leaf] = nodes
        of_node[leaf] = leaf
    for merge in range(children.shape[0]):
        greater, lesser = of_node[children[merge, 0]], of_node[children[merge, 1]]
        if sizes[greater] < sizes[lesser]:
            greater, lesser = lesser, greater
        links[lesser] = greater
        made_by[lesser] = leaves + merge
        sizes[greater] += sizes[lesser]
        of_node[leaves + merge] = greater


@kernel
def meeting(links: Integers, made_by: Integers, a: int, b: int) -> int:
    """Return the node in which two leaves meet: themselves if they are one, `NEVER` if they never do."""
    node = a
    while a != b:
        if made_by[a] <= made_by[b]:
            if links[a] == a:
                return NEVER
            node = made_by[a]
            a = links[a]
        else:
            node = made_by[b]
            b = links[b]
    return node


@kernel
def meetings(links: Integers, made_by: Integers, a: Integers, b: Integers, out: Integers) -> None:
    """out[i] = the node in which the leaves a[i] and b[i] meet."""
    for i in range(out.shape[0]):
        out[i] = meeting(links, made_by, a[i], b[i])
