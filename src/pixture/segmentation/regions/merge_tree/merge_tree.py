"""The tree of merges: superpixels are its leaves, and each merge of two regions is a node.

A tree is two plain arrays, as in higra: `parents[i]` is the node that node i was merged into, and a root is
its own parent. The n leaves are the nodes 0 … n - 1, in the order of the superpixels' labels (leaf i is the
superpixel labelled i + 1); merges follow in the order in which they were made. Every merge has two
children, and heights never fall on the way to a root. Superpixels that touch nowhere (a mask lies between
them) are never merged, so a tree may have several roots.

A cut makes some of the merges: those up to a height, or the first so many in the order of their heights (and,
among equal ones, in that in which they were made). So of two cuts one always refines the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np

from pixture.arrays import Floats, Integers, Mask
from pixture.errors import ChoiceError, TreeError
from pixture.segmentation.regions.kernels.meetings import NEVER, link, meetings
from pixture.wording import plural

AUTOMATIC_HEIGHT = 1.0
"""The height of the cut that nothing else is asked for: heights are in units of it."""


class Links(NamedTuple):
    """The merges as links between leaves: for each leaf, the one it is linked to, and which merge did it."""

    to: Integers
    made_by: Integers


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

    Raises
    ------
    TreeError
        The arrays are no tree of merges.

    Examples
    --------
    Three superpixels, of which the first two are merged at .5, and the third joins them at 2:

    >>> tree = MergeTree([3, 3, 4, 4, 4], [0, 0, 0, 0.5, 2], [6, 6, 4, 12, 16])
    >>> tree.leaves, tree.children.tolist(), tree.roots.tolist()
    (3, [[0, 1], [2, 3]], [4])
    >>> cut(tree), cut(tree, regions=3)
    (array([1, 1, 2], dtype=int32), array([1, 2, 3], dtype=int32))
    """

    parents: Integers
    heights: Floats
    pixels: Integers

    def __post_init__(self) -> None:
        for name, kinds, dtype in (("parents", "ui", np.int64), ("heights", "uif", np.float64),
                                   ("pixels", "ui", np.int64)):  # fmt: skip
            given = np.asarray(getattr(self, name))
            if given.ndim != 1 or given.dtype.kind not in kinds or len(given) != np.size(self.parents):
                raise TreeError(
                    "A tree of merges has a parent, a height and a number of pixels for each node, in three "
                    f"arrays of one length; got {name} of {given.dtype}, shape {given.shape}."
                )
            kept = given.astype(dtype)  # a copy: nobody else writes to it
            kept.flags.writeable = False
            object.__setattr__(self, name, kept)
        _refuse_what_is_no_tree(self)

    def __repr__(self) -> str:
        return f"<MergeTree of {plural(self.leaves, 'superpixel')}, {plural(len(self.roots), 'root')}>"

    @cached_property
    def roots(self) -> Integers:
        """The nodes that are merged into none, ascending."""
        return np.flatnonzero(self.parents == np.arange(len(self.parents)))

    @property
    def leaves(self) -> int:
        """How many superpixels the tree is made of."""
        return (len(self.parents) + len(self.roots)) // 2

    @property
    def merges(self) -> int:
        """How many merges there are: nodes that are no leaves."""
        return len(self.parents) - self.leaves

    @cached_property
    def children(self) -> Integers:
        """(merges, 2): the nodes that each merge made one, the lower first; row i is node `leaves` + i."""
        merged = np.flatnonzero(self.parents != np.arange(len(self.parents)))
        by_parent = merged[np.argsort(self.parents[merged], kind="stable")]
        return by_parent.reshape(-1, 2)

    @cached_property
    def order(self) -> Integers:
        """(merges,): the nodes of the merges from the lowest on; equal ones as they were made."""
        return self.leaves + np.argsort(self.heights[self.leaves :], kind="stable")

    @cached_property
    def links(self) -> Links:
        """The merges as links between leaves: what `kernels.meetings` finds common ancestors with."""
        links, made_by = np.empty(self.leaves, np.int64), np.empty(self.leaves, np.int64)
        link(self.children, links, made_by)
        return Links(links, made_by)


def cut(
    tree: MergeTree,
    *,
    regions: int | None = None,
    height: float | None = None,
    detail: float | None = None,
) -> Integers:
    """Return the region of each leaf when some of the merges are made, (leaves,) int32, 1 … N.

    Regions are numbered in the order of their first leaves. Of the three choices at most one is given; with
    none, the cut is the automatic one, at height 1.

    Parameters
    ----------
    regions
        How many regions there are.
    height
        Merges up to this height are made.
    detail
        0 … 1: the cut at height (1 - detail)/detail. With 0, all merges are made; .5 is the automatic cut;
        with 1, none are.

    Raises
    ------
    ChoiceError
        More than one choice is given, or one is out of its range.
    """
    return regions_under(tree, made(tree, regions=regions, height=height, detail=detail))


def made(
    tree: MergeTree,
    *,
    regions: int | None = None,
    height: float | None = None,
    detail: float | None = None,
) -> Mask:
    """Return which nodes are merges that a cut makes, (nodes,); the choices are those of `cut`.

    Raises
    ------
    ChoiceError
        As in `cut`.
    """
    given = {"regions": regions, "height": height, "detail": detail}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise ChoiceError(f"A cut has one of {', '.join(given)}; got {' and '.join(named)}. Leave one out.")
    if regions is not None:
        found: Mask = np.zeros(len(tree.parents), dtype=bool)
        found[tree.order[: tree.leaves - _whole_in_range(tree, regions)]] = True
        return found
    if detail is not None:
        height = height_of(detail)
    else:
        height = AUTOMATIC_HEIGHT if height is None else _not_negative(height)
    found = tree.heights <= height
    found[: tree.leaves] = False
    return found


def height_of(detail: float) -> float:
    """Return the height of the cut of a detail, 0 … 1.

    >>> height_of(0), height_of(0.5), height_of(0.2)
    (inf, 1.0, 4.0)

    Raises
    ------
    ChoiceError
        The detail is not within 0 and 1.
    """
    share = _share(detail)
    if share == 1:
        return -math.inf  # not even merges of height 0
    return (1 - share) / share if share > 0 else math.inf


def regions_under(tree: MergeTree, made: Mask) -> Integers:
    """Return the region of each leaf, (leaves,) int32, 1 … N by first leaf, where some merges are made.

    Parameters
    ----------
    made
        (nodes,): which merges are. Where one is, those of its children are.
    """
    nodes = np.arange(len(tree.parents))
    up = np.where(made[tree.parents], tree.parents, nodes)
    while True:  # each pass doubles how far up a node looks
        further = up[up]
        if np.array_equal(further, up):
            break
        up = further
    return numbered(up[: tree.leaves])


def numbered(keys: Integers) -> Integers:
    """Return equal keys as equal numbers, int32, from 1 in the order in which they first appear.

    >>> numbered(np.array([7, 7, 3, 7, 9]))
    array([1, 1, 2, 1, 3], dtype=int32)
    """
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(1, len(first) + 1)
    return rank[inverse]


def meeting_nodes(tree: MergeTree, a: Integers, b: Integers) -> Integers:
    """Return the lowest common ancestor of each pair of leaves, (pairs,) int64; -1 of leaves that never meet.

    >>> tree = MergeTree([3, 3, 4, 4, 4], [0, 0, 0, 0.5, 2], [6, 6, 4, 12, 16])
    >>> meeting_nodes(tree, np.array([0, 0, 2]), np.array([1, 2, 2]))
    array([3, 4, 2])
    """
    links, made_by = tree.links
    first, second = np.broadcast_arrays(np.asarray(a, np.int64), np.asarray(b, np.int64))
    found = np.empty(first.shape, np.int64)
    meetings(links, made_by, first.ravel(), second.ravel(), found.reshape(-1))
    return found


def meeting_heights(tree: MergeTree, a: Integers, b: Integers) -> Floats:
    """Return the height at which each pair of leaves becomes one region, (pairs,); inf if never."""
    nodes = meeting_nodes(tree, a, b)
    return np.where(nodes == NEVER, np.inf, tree.heights[nodes])


def common_node(tree: MergeTree, leaves: Integers) -> int:
    """Return the lowest node that all of these leaves, at least one, are under; -1 where there is none."""
    meets = meeting_nodes(tree, leaves[:1], leaves)
    return NEVER if (meets == NEVER).any() else int(meets.max())  # nodes further up have higher numbers


def _not_negative(height: object) -> float:
    if isinstance(height, bool) or not isinstance(height, Real) or not float(height) >= 0:
        raise ChoiceError(f"height must be a number of at least 0; got {height!r}.")
    return float(height)


def _share(detail: object) -> float:
    if isinstance(detail, bool) or not isinstance(detail, Real) or not 0 <= float(detail) <= 1:
        raise ChoiceError(
            "detail must be a number from 0 (as few regions as can be) to 1 (every superpixel); "
            f"got {detail!r}."
        )
    return float(detail)


def _whole_in_range(tree: MergeTree, regions: object) -> int:
    if isinstance(regions, bool) or not isinstance(regions, Integral) or int(regions) < 1:
        raise ChoiceError(f"regions must be a whole number of at least 1; got {regions!r}.")
    count = int(regions)
    if count > tree.leaves:
        raise ChoiceError(
            f"The image has {plural(tree.leaves, 'superpixel')}, so there are at most as many regions; "
            f"got regions={count:,}."
        )
    if count < len(tree.roots):
        raise ChoiceError(
            f"The mask leaves {len(tree.roots):,} parts that do not touch, so there are at least "
            f"{plural(len(tree.roots), 'region')}; got regions={count:,}."
        )
    return count


def _refuse_what_is_no_tree(tree: MergeTree) -> None:
    parents, heights, pixels = tree.parents, tree.heights, tree.pixels
    nodes = np.arange(len(parents))

    def refuse(what: str) -> None:
        raise TreeError(f"This is no tree of merges: {what}.")

    if not len(parents):
        refuse("it has no nodes")
    if (parents < nodes).any() or parents.max() >= len(parents):
        refuse("each node's parent must be a later node, or the node itself if it is a root")
    leaves, odd = divmod(len(parents) + len(tree.roots), 2)
    merged = np.sort(parents[parents != nodes])
    if odd or not np.array_equal(merged, np.repeat(nodes[leaves:], 2)):
        refuse("every node that is no leaf must have exactly two children, and leaves must come first")
    if not np.isfinite(heights).all() or heights[:leaves].any() or (heights[parents] < heights).any():
        refuse("heights must be finite, 0 at the leaves, and never fall towards a root")
    if (pixels[:leaves] < 1).any() or (pixels[leaves:] != pixels[tree.children].sum(axis=1)).any():
        refuse("leaves must have at least a pixel, and a merge those of its two children")
