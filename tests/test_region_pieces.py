"""Edge cases of the region graph: ties, halved maps, long boundaries, images turned round."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixture.arrays import Array, Integers
from pixture.segmentation.regions.boundaries.mutual_information import co_occurrence
from pixture.segmentation.regions.boundaries.spectral_embedding import spectral_difference, spectral_embedding
from pixture.segmentation.regions.merge_tree.region_merging import MergeWeights, merge_hierarchically
from pixture.segmentation.regions.superpixels.adjacency import adjacency, boundary_mean, region_sums
from pixture.segmentation.regions.superpixels.watershed import watershed
from tests import reference_regions as reference

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.tuples(st.integers(1, 14), st.integers(1, 14))


@settings(deadline=None, max_examples=300)
@given(seed=SEEDS, n=st.integers(2, 14))
def test_ties_are_broken_as_brute_force_breaks_them(seed: int, n: int) -> None:
    """Whole numbers, equal histograms and lengths 1, 2 or 4: every sum and quotient is exact."""
    rng = np.random.default_rng(seed)
    pairs = np.argwhere(np.triu(rng.random((n, n)) < rng.uniform(0.1, 0.9), 1))
    strength, length = rng.integers(0, 3, len(pairs)).astype(float), rng.choice([1.0, 2.0, 4.0], len(pairs))
    bins, areas = np.full((n, 2), 0.5), np.ones(n, int)
    weights = MergeWeights((1.0,), (0.0,))
    tree = merge_hierarchically(pairs, strength, length, [bins], areas, weights)
    parents, distances, _ = reference.merge(pairs, strength, length, (bins,), areas, weights)
    np.testing.assert_array_equal(tree.parents, parents)
    np.testing.assert_allclose(tree.heights[n:], np.exp(distances[n:]))


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES, parts=st.integers(1, 5), K=st.integers(1, 18))
def test_halved_maps_have_the_sums_of_maps_doubled_again(
    seed: int, shape: tuple[int, int], parts: int, K: int
) -> None:
    rng = np.random.default_rng(seed)
    labels = reference.in_raster_order(rng.integers(0, parts + 1, shape).astype(np.int32))
    maps = rng.random((K, *shape), np.float32)
    np.testing.assert_allclose(region_sums(labels, maps), reference.region_sums(labels, maps), rtol=1e-5)
    half = rng.random((K, (shape[0] + 1) // 2, (shape[1] + 1) // 2), np.float32)
    doubled = half.repeat(2, axis=1).repeat(2, axis=2)[:, : shape[0], : shape[1]]
    found = region_sums(labels, half)
    np.testing.assert_allclose(found, reference.region_sums(labels, doubled), rtol=1e-5, atol=1e-5)


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS, shape=SHAPES, K=st.integers(1, 6), step=st.integers(1, 3))
def test_what_occurs_together_is_counted_pair_by_pair(
    seed: int, shape: tuple[int, int], K: int, step: int
) -> None:
    maps = np.random.default_rng(seed).random((K, *shape), np.float32)
    found = co_occurrence(maps, (2, 5), step)
    np.testing.assert_allclose(found, reference.co_occurrence(maps, (2, 5), step), rtol=1e-5)
    np.testing.assert_array_equal(found, found.T)


def test_a_long_boundary_takes_no_longer_a_crack() -> None:
    """Looking at all pairs of its cracks would take minutes."""
    columns = 60_000
    labels = np.ones((2, columns), np.int32)
    labels[1] = 2
    tensor = np.zeros((3, 2, columns), np.float32)
    tensor[2] = 4
    adjacency(labels[:, :8])  # compiled
    start = time.perf_counter()
    graph = adjacency(labels)
    assert time.perf_counter() - start < 5
    assert graph.length.tolist() == [columns]
    np.testing.assert_allclose(boundary_mean(graph, tensor), [2])


@pytest.mark.parametrize("cracks", [60, 64, 65, 200])
def test_short_and_long_boundaries_have_the_same_normals(cracks: int) -> None:
    """However many cracks an edge has, each is seen with those within the radius alone."""
    steps = np.cumsum(np.arange(cracks) % 7 == 0)
    labels = (np.arange(steps.max() + 4)[:, None] > steps + 1).astype(np.int32) + 1
    graph = adjacency(labels)
    edge = list(zip(graph.p.tolist(), graph.q.tolist(), strict=True))
    found = np.stack([graph.ny, graph.nx], 1)
    np.testing.assert_allclose(
        found[:, :, None] * found[:, None, :], reference.normal_matrices(edge, cracks, 3.0), atol=1e-5
    )


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, np.rot90], ids=["flipud", "fliplr", "rot90"])
def test_pieces_turn_with_the_image(turn: Callable[..., Array]) -> None:
    rng = np.random.default_rng(3)
    strength = rng.random((40, 50), np.float32)

    def measures(surface: Array, number: Callable[[Integers], Integers]) -> Array:
        labels = number(watershed(surface))
        graph = adjacency(labels)
        means = boundary_mean(graph, np.stack([surface, np.zeros_like(surface), surface]))
        areas = np.bincount(labels.ravel())[1:]
        eigenvalues, coordinates = spectral_embedding(graph.pairs, 1 / (0.1 + means), areas)
        apart = spectral_difference(eigenvalues, coordinates, graph.pairs)
        return np.column_stack([graph.pairs, graph.length, means, apart])

    expected = watershed(strength)
    turned = np.ascontiguousarray(turn(strength))

    def as_before_turning(labels: Integers) -> Integers:
        number = np.zeros(int(labels.max()) + 1, np.int32)
        number[labels] = turn(expected)
        return number[labels]

    np.testing.assert_allclose(
        measures(turned, as_before_turning), measures(strength, lambda labels: labels), rtol=1e-4
    )


def test_constant_narrow_and_nearly_masked_images() -> None:
    assert watershed(np.zeros((300, 400), np.float32)).max() == 1
    assert watershed(np.array([[3.0], [1.0], [2.0], [1.5], [9.0]])).ravel().tolist() == [1, 1, 1, 2, 2]
    mask = np.zeros((5, 6), bool)
    assert watershed(np.zeros((5, 6)), mask).max() == 0
    mask[2, 3] = True
    labels = watershed(np.zeros((5, 6)), mask)
    assert labels.sum() == labels[2, 3] == 1
    graph = adjacency(labels)
    assert graph.pairs.shape == (0, 2)
    assert graph.regions == 1
    assert spectral_embedding(graph.pairs, np.empty(0), np.ones(1))[1].shape == (1, 0)
