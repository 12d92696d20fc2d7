"""From boundary strength to the tree of merges: each piece does what its naive twin does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label as connected

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.errors import ChoiceError, ImageError
from pixture.segmentation.regions.boundaries.mutual_information import (
    co_occurrence,
    edge_information,
    pointwise_mutual_information,
)
from pixture.segmentation.regions.boundaries.spectral_embedding import spectral_difference, spectral_embedding
from pixture.segmentation.regions.constants import Constants
from pixture.segmentation.regions.merge_tree.gains import heights_by_gains, with_fewest_regions
from pixture.segmentation.regions.merge_tree.isotonic_regression import tree_regression
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree, cut
from pixture.segmentation.regions.merge_tree.region_merging import MergeWeights, merge_hierarchically
from pixture.segmentation.regions.superpixels.adjacency import adjacency, boundary_mean, region_sums
from pixture.segmentation.regions.superpixels.watershed import watershed
from tests import reference_regions as reference

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.tuples(st.integers(1, 14), st.integers(1, 14))
WEIGHTS = MergeWeights(chi_square=(0.7, 0.4), entropy=(0.1, -0.2), size=0.3)


def surface(seed: int, shape: tuple[int, int], levels: int) -> tuple[Array, Mask]:
    """Return strengths, of few levels (with ties) or of many, and a mask."""
    rng = np.random.default_rng(seed)
    strength = rng.integers(0, levels, shape).astype(np.float32) if levels else rng.random(shape, np.float32)
    return strength, rng.random(shape) < 0.85


@settings(deadline=None, max_examples=150)
@given(seed=SEEDS, shape=SHAPES, levels=st.sampled_from([0, 1, 3, 10]))
def test_the_watershed_floods(seed: int, shape: tuple[int, int], levels: int) -> None:
    strength, mask = surface(seed, shape, levels)
    np.testing.assert_array_equal(watershed(strength), reference.watershed(strength, np.ones(shape, bool)))
    found = watershed(strength, mask)
    np.testing.assert_array_equal(found, reference.watershed(strength, mask))
    for superpixel in range(1, int(found.max()) + 1):
        assert connected(found == superpixel)[1] == 1


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS, shape=SHAPES)
def test_basins_turn_and_flip_with_the_image(seed: int, shape: tuple[int, int]) -> None:
    strength, _ = surface(seed, shape, 0)
    expected = watershed(strength)
    turns: tuple[tuple[Callable[..., Array], Callable[..., Array]], ...] = (
        (np.flipud, np.flipud),
        (np.fliplr, np.fliplr),
        (np.rot90, partial(np.rot90, k=-1)),
    )
    for there, back in turns:
        found = back(watershed(np.ascontiguousarray(there(strength))))
        np.testing.assert_array_equal(reference.in_raster_order(found), expected)


def test_what_is_no_surface_is_refused() -> None:
    with pytest.raises(ImageError, match="finite"):
        watershed(np.array([[0, np.nan]]))
    with pytest.raises(ImageError, match="rows and columns"):
        watershed(np.zeros(3))
    with pytest.raises(ImageError, match="mask"):
        watershed(np.zeros((2, 2)), np.ones((1, 2), bool))


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES, parts=st.integers(1, 6), radius=st.sampled_from([1.0, 3.0]))
def test_boundaries_and_their_strength(seed: int, shape: tuple[int, int], parts: int, radius: float) -> None:
    rng = np.random.default_rng(seed)
    labels = reference.in_raster_order(rng.integers(0, parts + 1, shape).astype(np.int32))
    graph = adjacency(labels, radius)
    expected = reference.cracks(labels)
    assert [tuple(pair) for pair in graph.pairs.tolist()] == list(expected)
    assert graph.length.tolist() == [len(edge) for edge in expected.values()]
    xx, yy = rng.random((2, *shape), np.float32)
    tensor = np.stack([xx, (2 * rng.random(shape, np.float32) - 1) * np.sqrt(xx * yy), yy])
    if expected:
        means = boundary_mean(graph, tensor)
        naive = reference.boundary_mean(labels, tensor, radius)
        # where the two principal axes are equally long, rounding chooses between them
        agree = np.isclose(means, naive, rtol=1e-4, atol=1e-5)
        assert agree.mean() >= 0.7 or len(agree) < 4
    maps = rng.random((3, *shape), np.float32)
    np.testing.assert_allclose(region_sums(labels, maps), reference.region_sums(labels, maps), rtol=1e-5)


def test_the_strength_of_a_straight_boundary_is_its_own_direction_s() -> None:
    labels = np.ones((20, 30), np.int32)
    labels[:, 15:] = 2
    tensor = np.stack([np.full((20, 30), value, np.float32) for value in (4, 0, 9)])
    np.testing.assert_allclose(boundary_mean(adjacency(labels), tensor), [2])
    np.testing.assert_allclose(
        boundary_mean(adjacency(np.ascontiguousarray(labels.T)), tensor.swapaxes(1, 2)), [3]
    )


def test_what_occurs_together_more_than_by_chance_has_information() -> None:
    stripes = np.tile([[1.0], [0.0]], (32, 64)).astype(np.float32)
    other = np.zeros_like(stripes)
    other[:, 32:] = 1
    maps = np.stack([stripes * (1 - other), (1 - stripes) * (1 - other), other])
    joint = co_occurrence(maps, (3, 5), step=1)
    np.testing.assert_allclose(joint, joint.T)
    np.testing.assert_allclose(joint.sum(), 1)
    information = pointwise_mutual_information(joint)
    of_edges = edge_information(np.eye(3), information, np.array([[0, 1], [0, 2]]))
    assert of_edges[0] > of_edges[1] + 1  # the stripes belong together
    mask = np.ones((64, 64), bool)
    mask[:, 32:] = False
    assert co_occurrence(maps * mask, (3, 5), step=1, mask=mask)[2].sum() < 1e-6


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, n=st.integers(1, 30), chance=st.floats(0.02, 0.6))
def test_the_embedding_is_a_dense_solver_s(seed: int, n: int, chance: float) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.argwhere(np.triu(rng.random((n, n)) < chance, 1))
    weights, areas = rng.uniform(0.2, 2, len(pairs)), rng.uniform(0.5, 3, n)
    values, coordinates = spectral_embedding(pairs, weights, areas, 4)
    expected_values, expected = reference.embedding(pairs, weights, areas, 4)
    np.testing.assert_allclose(values, expected_values, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        spectral_difference(values, coordinates, pairs),
        spectral_difference(expected_values, expected, pairs),
        rtol=1e-3,
        atol=1e-5,
    )


def test_a_large_embedding_is_a_dense_solver_s() -> None:
    """Large enough that Lanczos is used."""
    rng = np.random.default_rng(0)
    side = 20
    at = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate([np.stack([at[:, :-1], at[:, 1:]], -1).reshape(-1, 2),
                            np.stack([at[:-1], at[1:]], -1).reshape(-1, 2)])  # fmt: skip
    weights, areas = np.exp(rng.normal(0, 2, len(pairs))), rng.uniform(0.5, 3, side * side)
    values, coordinates = spectral_embedding(pairs, weights, areas, 8)
    expected_values, expected = reference.embedding(pairs, weights, areas, 8)
    np.testing.assert_allclose(values, expected_values, rtol=1e-3)
    np.testing.assert_allclose(
        spectral_difference(values, coordinates, pairs),
        spectral_difference(expected_values, expected, pairs),
        rtol=0.05,
        atol=1e-3,
    )


Graph = tuple[Integers, Floats, Floats, tuple[Floats, Floats], Integers]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    n = draw(st.integers(1, 14))
    every = [(u, v) for u in range(n) for v in range(u + 1, n)]
    chosen = sorted(draw(st.sets(st.sampled_from(every), max_size=3 * n))) if every else []
    rng = np.random.default_rng(draw(SEEDS))
    edges = len(chosen)
    return (
        np.array(chosen, np.int32).reshape(-1, 2),
        rng.random(edges),
        rng.integers(1, 4, edges).astype(float),
        (rng.dirichlet(np.ones(5), n), rng.dirichlet(np.ones(3), n)),
        rng.integers(1, 4, n),
    )


@settings(deadline=None, max_examples=150)
@given(graphs())
def test_the_heap_merges_as_brute_force_does(graph: Graph) -> None:
    tree = merge_hierarchically(*graph, WEIGHTS)
    parents, distances, areas = reference.merge(*graph, WEIGHTS)
    np.testing.assert_array_equal(tree.parents, parents)
    np.testing.assert_allclose(tree.heights, np.exp(distances))
    np.testing.assert_array_equal(tree.pixels, areas)
    assert (tree.heights[tree.parents] >= tree.heights).all()


def test_equal_distances_are_merged_in_the_order_of_their_nodes() -> None:
    pairs = np.array([[2, 3], [0, 1], [1, 2]])
    same = np.full((4, 2), 0.5)
    tree = merge_hierarchically(
        pairs, np.ones(3), np.ones(3), [same], np.ones(4, int), MergeWeights((1.0,), (0.0,))
    )
    assert tree.parents.tolist() == [4, 4, 5, 5, 6, 6, 6] or tree.parents.tolist() == [4, 4, 5, 6, 5, 6, 6]


def test_weights_that_fit_no_group_are_refused() -> None:
    with pytest.raises(ChoiceError, match="weight for each group"):
        merge_hierarchically(
            np.array([[0, 1]]), np.ones(1), np.ones(1), [np.ones((2, 1))], np.ones(2, int), WEIGHTS
        )


@st.composite
def trees(draw: st.DrawFn) -> tuple[Integers, Floats, Floats]:
    n = draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(SEEDS))
    parents = np.array([rng.integers(x + 1, n) if x < n - 1 and rng.random() < 0.9 else x for x in range(n)])
    return parents, rng.normal(size=n), rng.uniform(0.2, 2, n)


@settings(deadline=None, max_examples=60)
@given(trees())
def test_regression_along_a_tree(tree: tuple[Integers, Floats, Floats]) -> None:
    parents, values, weights = tree
    found = tree_regression(parents, values, weights)
    assert (found[parents] >= found - 1e-12).all()
    np.testing.assert_allclose(found, reference.tree_regression(parents, values, weights), atol=1e-9)


@settings(deadline=None, max_examples=60)
@given(trees(), st.floats(-2, 2))
def test_a_cut_of_the_regressed_values_is_the_best_pruning(
    tree: tuple[Integers, Floats, Floats], threshold: float
) -> None:
    parents, values, weights = tree
    found = tree_regression(parents, values, weights)
    if np.abs(found - threshold).min() > 1e-6:
        kept = reference.best_pruning(parents, weights * (values - threshold))
        assert kept == set(np.flatnonzero(found > threshold).tolist())


def gains_of_splits(tree: MergeTree, histograms: Floats, areas: Floats) -> tuple[Floats, Floats]:
    """Return each split's gain at the automatic cut, and the weight of its height, from their definition."""
    constants = Constants()
    members = [{leaf} for leaf in range(tree.leaves)]
    for a, b in tree.children:
        members.append(members[a] | members[b])
    gains, weights = np.zeros(tree.merges), np.zeros(tree.merges)
    for i, (a, b) in enumerate(tree.children):
        p, e = {}, {}
        for node in (a, b, tree.leaves + i):
            leaves = sorted(members[node])
            p[node] = areas[leaves].sum() / areas.sum()
            e[node] = reference.entropy(np.average(histograms[leaves], axis=0, weights=areas[leaves]))
        x, q = tree.leaves + i, p[a] / p[tree.leaves + i]
        weights[i] = p[x] * reference.entropy(np.array([q, 1 - q]))
        js = p[x] * e[x] - p[a] * e[a] - p[b] * e[b]
        gains[i] = weights[i] * (np.log(tree.heights[x]) - constants.cut_distance)
        gains[i] += constants.entropy_gain * js - constants.region_cost
    return gains, weights


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_cuts_by_gains_are_cuts_at_a_height(graph: Graph) -> None:
    """The automatic cut keeps the splits of the pruning whose total gain is greatest."""
    tree = merge_hierarchically(*graph, WEIGHTS)
    if not tree.merges:
        return
    gains, weights = gains_of_splits(tree, graph[3][0], graph[4].astype(float))
    parents = tree.parents[tree.leaves :] - tree.leaves
    kept = reference.best_pruning(parents, gains)
    found = heights_by_gains(tree, graph[3][0], Constants())
    logarithms = np.log(found.heights[tree.leaves :])
    if np.abs(logarithms).min() > 1e-9:
        assert kept == set(np.flatnonzero(logarithms > 0).tolist())
        assert cut(found).max() == len(tree.roots) + len(kept)
    # below it, the boundary's own height, but no more than a tenth of what it lacks allows
    regressed = reference.tree_regression(parents, gains / weights, weights)
    own = np.log(tree.heights[tree.leaves :]) - Constants().cut_distance
    expected = np.where(regressed > 0, regressed, np.minimum(own, regressed / 10))
    np.testing.assert_allclose(logarithms, expected, atol=1e-7)


@pytest.mark.parametrize(
    ("heights", "expected"),
    [((0.7, 0.8, 0.9), 3), ((0.3, 0.55, 0.9), 1), ((0.3, 0.5, 2), 2), ((0.3, 0.65, 2), 3), ((2, 2, 2), 4)],
)
def test_the_automatic_cut_leaves_three_regions_if_there_are_boundaries(
    heights: tuple[float, ...], expected: int
) -> None:
    tree = MergeTree(
        np.array([4, 4, 5, 6, 5, 6, 6]),
        np.array([0, 0, 0, 0, *heights], float),
        np.array([1, 1, 1, 1, 2, 3, 4]),
    )
    found = with_fewest_regions(tree, Constants())
    assert cut(found).max() == expected
    np.testing.assert_array_equal(cut(found, regions=2), cut(tree, regions=2))


def test_a_single_superpixel_is_a_tree() -> None:
    tree = merge_hierarchically(
        np.empty((0, 2), int),
        np.empty(0),
        np.empty(0),
        [np.ones((1, 2)), np.ones((1, 2))],
        np.ones(1, int),
        WEIGHTS,
    )
    assert isinstance(tree, MergeTree)
    assert heights_by_gains(tree, np.ones((1, 2)), Constants()).leaves == 1
