"""The tree of merges: superpixels are its leaves, and each merge of two regions is a node.

A tree is two plain arrays, as in higra: `parents[i]` is the node that node i was merged into, and a root is
its own parent. The n leaves are the nodes 0 … n - 1, in the order of the superpixels' labels (leaf i is the
superpixel labelled i + 1); merges follow in the order in which they were made. Every merge has two
children, and heights never fall on the way to a root. Superpixels that touch nowhere (a mask lies between
them) are never merged, so a tree may have several roots.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats, Integers


@dataclass(frozen=True, eq=False)
class MergeTree:
    """Which regions are merged into which, and how strong the boundary is that disappears.

    Attributes
    ----------
    parents
        (nodes,) int64: the node each node was merged into; a root is its own parent.
    heights
        (nodes,) float64: 0 for leaves; else the strength of the boundary that the merge removed, in units
        in which 1 is where the automatic cut lies.
    pixels
        (nodes,) int64: how many pixels each node has.
    """

    parents: Integers
    heights: Floats
    pixels: Integers

    @property
    def leaves(self) -> int:
        """How many superpixels the tree is made of."""
        roots = int(np.count_nonzero(self.parents == np.arange(len(self.parents))))
        return (len(self.parents) + roots) // 2
