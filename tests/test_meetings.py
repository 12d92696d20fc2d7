"""Where the leaves of a tree of merges meet, how deep it may be, and that cuts of any kind are nested."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture.segmentation.regions.merge_tree.merge_tree import (
    MergeTree,
    common_node,
    cut,
    height_of,
    meeting_heights,
    meeting_nodes,
)
from tests import reference_merge_tree as reference
from tests.reference_merge_tree import trees

PARENTS, HEIGHTS, PIXELS = [3, 3, 4, 4, 4], [0, 0, 0, 0.5, 2], [6, 6, 4, 12, 16]


def tree_of(parents: Any = PARENTS, heights: Any = HEIGHTS, pixels: Any = PIXELS) -> MergeTree:
    return MergeTree(np.array(parents), np.array(heights), np.array(pixels))


@given(trees(), st.lists(st.floats(0, 1), min_size=2, max_size=4))
def test_cuts_are_nested(tree: MergeTree, details: list[float]) -> None:
    """Of any two cuts of any kind, each region of the finer lies within one of the coarser."""
    cuts = [cut(tree, detail=detail) for detail in details]
    cuts += [cut(tree, regions=regions) for regions in range(len(tree.roots), tree.leaves + 1)]
    cuts += [cut(tree, height=height) for height in (0.0, 0.5, 3.0)]
    cuts.sort(key=lambda found: found.max())
    for coarse, fine in itertools.pairwise(cuts):
        pairs = set(zip(fine.tolist(), coarse.tolist(), strict=True))
        assert len(pairs) == fine.max()


@given(trees())
def test_detail_is_a_height(tree: MergeTree) -> None:
    assert cut(tree, detail=0).max() == len(tree.roots)
    assert cut(tree, detail=1).max() == tree.leaves
    assert np.array_equal(cut(tree, detail=0.5), cut(tree))
    assert np.array_equal(cut(tree, detail=0.2), cut(tree, height=height_of(0.2)))


@given(trees())
def test_leaves_meet_in_their_lowest_common_ancestor(tree: MergeTree) -> None:
    a, b = (pair.ravel() for pair in np.indices((tree.leaves, tree.leaves)))
    assert meeting_nodes(tree, a, b).tolist() == [
        reference.meeting(tree, *pair) for pair in zip(a.tolist(), b.tolist(), strict=True)
    ]
    assert meeting_heights(tree, a, b).tolist() == [
        reference.meeting_height(tree, *pair) for pair in zip(a.tolist(), b.tolist(), strict=True)
    ]


@given(trees(), st.data())
def test_several_leaves_meet_in_the_lowest_node_above_all(tree: MergeTree, data: st.DataObject) -> None:
    leaves = data.draw(st.lists(st.integers(0, tree.leaves - 1), min_size=1, unique=True))
    above = set.intersection(*(set(reference.ancestors(tree, leaf)) for leaf in leaves))
    assert common_node(tree, np.array(leaves)) == min(above, default=-1)


def test_a_chain_is_no_deeper_to_ask_than_any_other_tree() -> None:
    """One region swallows thirty thousand others one by one; a pair meets where the later was swallowed."""
    n = 30_000
    parents = np.concatenate([[n], np.arange(n, 2 * n - 1), np.arange(n + 1, 2 * n - 1), [2 * n - 2]])
    sizes = np.concatenate([np.ones(n), np.arange(2, n + 1)]).astype(int)
    tree = MergeTree(parents, np.concatenate([np.zeros(n), np.arange(1.0, n)]), sizes)
    a, b = np.random.default_rng(0).integers(0, n, (2, 100_000))
    expected = np.where(a == b, 0, np.maximum(a, b))
    assert np.array_equal(meeting_heights(tree, a, b), expected)
    assert cut(tree, regions=3).tolist()[-3:] == [1, 2, 3]


@given(trees())
def test_children_are_those_whose_parent_it_is(tree: MergeTree) -> None:
    assert tree.merges == len(tree.children) == len(tree.parents) - tree.leaves
    for merge, children in enumerate(tree.children):
        assert (tree.parents[children] == tree.leaves + merge).all()
        assert children[0] < children[1]
    assert (np.diff(tree.heights[tree.order]) >= 0).all()


def test_a_tree_is_not_changed_by_who_gave_it() -> None:
    parents = np.array(PARENTS)
    tree = tree_of(parents)
    parents[:] = 0
    assert tree.parents.tolist() == PARENTS
    with pytest.raises(ValueError, match="read-only"):
        tree.heights[0] = 1
