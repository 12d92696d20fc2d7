"""What regions of volumes are made of, beside naive twins: supervoxels, faces, gradients, contrasts, maps."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.imaging.image_from_array import image_from_array
from pixture.segmentation.regions.boundaries.gradient import gradient_magnitude, smoothed_volume
from pixture.segmentation.regions.boundaries.mutual_information import co_occurrence, co_occurrence_of_values
from pixture.segmentation.regions.contour_map import contour_map, contours, outlines
from pixture.segmentation.regions.kernels.merging import contrasts
from pixture.segmentation.regions.kernels.tallies import add_of_values
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.regions.regions_of_tree import regions_of
from pixture.segmentation.regions.superpixels.faces import shared_faces
from pixture.segmentation.regions.superpixels.measures import places
from pixture.segmentation.regions.superpixels.watershed import watershed
from tests import reference_merge_tree as reference
from tests.reference_regions import in_raster_order

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 6))


def flooded(strength: Array, mask: Mask) -> Integers:
    """Flood in rising order: each voxel joins its lowest labelled neighbour of six, or begins a basin."""
    basins = np.zeros(strength.shape, np.int32)
    found = 0
    for flat in np.argsort(strength.ravel(), kind="stable"):
        at = np.unravel_index(flat, strength.shape)
        if not mask[at]:
            continue
        lowest, joined = np.inf, 0
        for other in neighbours(tuple(map(int, at)), strength.shape):
            if basins[other] > 0 and strength[other] < lowest:
                lowest, joined = strength[other], basins[other]
        if joined == 0:
            found += 1
            joined = found
        basins[at] = joined
    return in_raster_order(basins)


def neighbours(at: tuple[int, ...], shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The six voxels that share a face with one, in raster order."""
    found = [tuple(at[a] + way * (a == axis) for a in range(3)) for axis in range(3) for way in (-1, 1)]
    return sorted(
        o for o in found if all(0 <= along < length for along, length in zip(o, shape, strict=True))
    )


def volumes(seed: int, shape: tuple[int, ...]) -> Regions:
    """Regions of a small volume: superpixels in any order, a mask, a tree with any merges."""
    rng = np.random.default_rng(seed)
    mask = rng.random(shape) < rng.choice([0.7, 1.0])
    mask.flat[rng.integers(mask.size)] = True
    drawn = rng.integers(0, rng.integers(1, 9), shape)
    _, there = np.unique(drawn[mask], return_inverse=True)
    superpixels = np.zeros(shape, np.int32)
    superpixels[mask] = 1 + rng.permutation(there.max() + 1)[there]
    count = int(superpixels.max())
    pixels = np.bincount(superpixels.ravel(), minlength=count + 1)[1:]
    tree = reference.random_tree(pixels, int(rng.integers(1, min(2, count) + 1)), seed)
    values = rng.integers(0, 256, shape).astype(np.uint8)
    image = image_from_array(values, axes="zyx", spacing=(3.0, 2.0, 0.5), unit="mm").masked(mask)
    return regions_of(image, superpixels, tree, height=float(rng.choice([0.0, 0.5, 1.0, 3.0])))


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES, levels=st.sampled_from((3, 1000)))
def test_the_watershed_floods(seed: int, shape: tuple[int, int, int], levels: int) -> None:
    rng = np.random.default_rng(seed)
    strength = rng.integers(0, levels, shape).astype(np.float32)
    mask = rng.random(shape) < 0.8
    assert np.array_equal(watershed(strength, mask), flooded(strength, mask))
    one, other = watershed(strength, threads=1), watershed(strength, threads=5)
    assert np.array_equal(one, other)
    if shape[0] == 1:
        assert np.array_equal(one[0], watershed(strength[0]))


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES)
def test_faces_are_counted_one_by_one(seed: int, shape: tuple[int, int, int]) -> None:
    labels = np.random.default_rng(seed).integers(0, 5, shape).astype(np.int32)
    spacing, areas = (3.0, 2.0, 0.5), (1.0, 1.5, 6.0)
    naive: dict[tuple[int, int], float] = {}
    for at in np.ndindex(*shape):
        for axis in range(3):
            other = tuple(at[a] + (a == axis) for a in range(3))
            if other[axis] < shape[axis] and 0 != labels[at] != labels[other] != 0:
                u, v = sorted((int(labels[at]) - 1, int(labels[other]) - 1))
                naive[u, v] = naive.get((u, v), 0.0) + areas[axis]
    found = shared_faces(labels, 4, spacing)
    assert list(map(tuple, found.pairs.tolist())) == sorted(naive)
    np.testing.assert_allclose(found.areas, [naive[pair] for pair in sorted(naive)])


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (4.0, 1.0, 0.5)])
def test_the_gradient_is_that_of_a_smoothed_volume(masked: bool, spacing: tuple[float, ...]) -> None:
    rng = np.random.default_rng(0)
    planes = rng.normal(50, 20, (2, 7, 12, 15)).astype(np.float32)
    mask = rng.random(planes.shape[1:]) < (0.8 if masked else 2)
    sigmas = [1.2 / size for size in spacing]

    def blur(values: Array) -> Floats:
        return gaussian_filter(
            values.astype(np.float64), sigmas, radius=[max(1, math.ceil(4 * s)) for s in sigmas]
        )

    covered = blur(mask)
    squares = np.zeros(mask.shape)
    for plane in planes:
        smooth = blur(np.where(mask, plane, 0)) / covered
        np.testing.assert_allclose(
            smoothed_volume(plane, 1.2, spacing, mask=mask if masked else None), smooth, rtol=1e-4
        )
        for at in map(tuple, np.argwhere(mask)):
            for axis in range(3):
                ends = []
                for way in (-1, 1):
                    other = tuple(at[a] + way * (a == axis) for a in range(3))
                    inside = 0 <= other[axis] < mask.shape[axis] and mask[other]
                    ends.append(smooth[other] if inside else smooth[at])
                squares[at] += ((ends[1] - ends[0]) / (2 * spacing[axis])) ** 2
    found = [
        gradient_magnitude(planes, 1.2, spacing, mask=mask if masked else None, threads=threads)
        for threads in (1, 5)
    ]
    np.testing.assert_allclose(found[0], np.sqrt(squares), rtol=1e-3, atol=1e-3)
    assert np.array_equal(found[0], found[1])


def test_contrast_is_chi_square_above_chance() -> None:
    """Of samples of one distribution it is little in the mean; of sure ones, the chi-square distance."""
    rng = np.random.default_rng(0)
    n, bins = 400, 8
    histograms = rng.multinomial(30, np.full(bins, 1 / bins), 2 * n) / 30
    pairs = np.arange(2 * n).reshape(n, 2)
    sizes, found = np.full(2 * n, 30), np.empty(n)
    contrasts(histograms, sizes, pairs, found)
    a, b = histograms[::2], histograms[1::2]
    chi = 0.5 * ((a - b) ** 2 / np.maximum(a + b, 1e-300)).sum(axis=1)
    assert found.mean() < 0.35 * chi.mean()
    contrasts(histograms, np.full(2 * n, 10**9), pairs, found)
    np.testing.assert_allclose(found, chi, rtol=1e-6)


def test_histograms_are_sums_over_voxels() -> None:
    rng = np.random.default_rng(0)
    labels, rows, table = rng.integers(0, 5, 200), rng.integers(0, 7, 200), rng.random((7, 3), np.float32)
    found = np.zeros((4, 3))
    add_of_values(labels.astype(np.int32), rows, table, 0, 200, found)
    naive = [table[rows[labels == label]].sum(axis=0, dtype=np.float64) for label in (1, 2, 3, 4)]
    np.testing.assert_allclose(found, naive)


def test_pairs_of_values_are_those_of_maps() -> None:
    """Of all pairs of an image along its rows, what occurs together is what `co_occurrence` counts."""
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(3), 6).T.astype(np.float32)
    rows = rng.integers(0, 6, (1, 20, 30))
    mask = rng.random(rows.shape) < 0.9
    steps = [(0, 2, 0), (0, 0, 2), (0, 1, 1), (0, 1, -1), (3, 0, 0)]
    maps = shares[:, rows[0]]
    np.testing.assert_allclose(
        co_occurrence_of_values(rows, shares, steps, mask), co_occurrence(maps, (2,), 1, mask[0]), rtol=1e-5
    )
    assert not co_occurrence_of_values(rows[:, :1, :1], shares, steps).any()


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES)
def test_places_and_tables_are_the_naive_ones(seed: int, shape: tuple[int, int, int]) -> None:
    found = volumes(seed, shape)
    where = places(found.superpixels, found.tree.leaves, threads=2)
    for leaf in range(found.tree.leaves):
        at = np.argwhere(found.superpixels == leaf + 1)
        assert where.boxes[leaf].tolist() == [*at.min(axis=0), *(at.max(axis=0) + 1)]
        assert where.sums[leaf].tolist() == at.sum(axis=0).tolist()
        assert where.first[leaf] == np.flatnonzero(found.superpixels == leaf + 1)[0]
    for row in found.table():
        at = np.argwhere(found.labels == row["region"])
        assert [row[name] for name in ("plane", "row", "column")] == pytest.approx(at.mean(axis=0).tolist())
        assert [row[name] for name in ("z", "y", "x")] == pytest.approx(
            (at.mean(axis=0) * (3, 2, 0.5)).tolist()
        )
        assert [row[name] for name in ("front", "top", "left")] == at.min(axis=0).tolist()
        assert [row[name] for name in ("back", "bottom", "right")] == (at.max(axis=0) + 1).tolist()
        assert row["volume"] == 3 * len(at) == pytest.approx(1000 * row["volume_ml"])
        assert row["mean"] == pytest.approx(found.image.pixels[found.labels == row["region"]].mean())


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES)
def test_boundaries_are_the_naive_ones(seed: int, shape: tuple[int, int, int]) -> None:
    found = volumes(seed, shape)
    pixels, tree = found.superpixels, found.tree
    strongest, lines = np.zeros(shape), np.zeros(shape, bool)
    every = np.zeros([2 * length + 1 for length in shape])
    for at in np.ndindex(*shape):
        for axis in range(3):
            other = tuple(at[a] + (a == axis) for a in range(3))
            if other[axis] == shape[axis]:
                continue
            crack = crack_strength(pixels, tree, at, other)
            strongest[at] = max(float(strongest[at]), crack)
            lines[at] |= 0 != found.labels[at] != found.labels[other] != 0
            every[tuple(at[a] + other[a] + 1 for a in range(3))] = crack
    for meeting in (2, 3):  # where faces meet in lines, and lines in points
        for at in itertools.product(*(range(length) for length in every.shape)):
            even = [a for a in range(3) if at[a] % 2 == 0]
            if len(even) == meeting:
                ends = [
                    tuple(at[a] + way * (a == axis) for a in range(3)) for axis in even for way in (-1, 1)
                ]
                inside = [e for e in ends if all(0 <= i < n for i, n in zip(e, every.shape, strict=True))]
                every[at] = max(float(every[end]) for end in inside)
    assert np.array_equal(contours(pixels, tree, threads=2), strongest.astype(np.float32))
    assert np.array_equal(found.boundaries(), strongest.astype(np.float32))
    assert np.array_equal(outlines(found.labels), lines)
    assert np.array_equal(contour_map(pixels, tree), every.astype(np.float32))


def crack_strength(pixels: Integers, tree: MergeTree, one: tuple[int, ...], other: tuple[int, ...]) -> float:
    a, b = int(pixels[one]), int(pixels[other])
    return 0.0 if a == b or 0 in (a, b) else reference.meeting_height(tree, a - 1, b - 1)
