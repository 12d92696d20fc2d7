"""The tree of merges: its cuts, where regions meet, contours, tables, merges and splits by hand, its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixture import image_from_array
from pixture.arrays import Integers
from pixture.errors import ChoiceError, ImageError, ReadError, TreeError
from pixture.segmentation.regions.contour_map import contour_map, contours, outlines
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree, cut
from pixture.segmentation.regions.merge_tree.tree_file import read_tree, regions_in, write_tree
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.regions.regions_of_tree import regions_of
from tests.reference_regions import in_raster_order

SEEDS = st.integers(0, 2**32 - 1)


def random_tree(seed: int, leaves: int, roots: int = 1) -> MergeTree:
    """Return a tree of random merges whose heights often are equal."""
    rng = np.random.default_rng(seed)
    parents, heights = list(range(leaves)), [0.0] * leaves
    pixels = rng.integers(1, 9, leaves).tolist()
    open_nodes = list(range(leaves))
    while len(open_nodes) > roots:
        a, b = sorted(rng.choice(len(open_nodes), 2, replace=False).tolist())
        b, a = open_nodes.pop(b), open_nodes.pop(a)
        x = len(parents)
        parents[a] = parents[b] = x
        parents.append(x)
        heights.append(max(heights[a], heights[b]) + float(rng.integers(0, 3)) / 2)
        pixels.append(pixels[a] + pixels[b])
        open_nodes.append(x)
    return MergeTree(parents, heights, pixels)  # type: ignore[arg-type]  # lists are taken too


def example(seed: int = 0, rows: int = 9, columns: int = 11) -> Regions:
    """Return regions of random superpixels, with masked pixels."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 7, (rows, columns))
    labels = in_raster_order(coarse.astype(np.int32))
    leaves = int(labels.max())
    tree = random_tree(seed, leaves)
    counts = np.bincount(labels.ravel(), minlength=leaves + 1)[1:]
    pixels = np.concatenate([counts, np.zeros(tree.merges, int)])
    for node, parent in enumerate(tree.parents):
        if parent != node:
            pixels[parent] += pixels[node]
    tree = MergeTree(tree.parents, tree.heights, pixels)
    image = image_from_array(rng.integers(0, 255, (rows, columns, 3), np.uint8), mask=labels > 0)
    return regions_of(image, labels, tree, height=1.0)


def together(tree: MergeTree, height: float) -> list[set[int]]:
    """Return the sets of leaves whose merges lie up to a height, by following each leaf upwards."""
    top: dict[int, set[int]] = {}
    for leaf in range(tree.leaves):
        node = leaf
        while tree.parents[node] != node and tree.heights[tree.parents[node]] <= height:
            node = int(tree.parents[node])
        top.setdefault(node, set()).add(leaf)
    return sorted(top.values(), key=min)


def parts(labels: Integers) -> list[set[int]]:
    return sorted(({int(i) for i in np.flatnonzero(labels == label)} for label in np.unique(labels)), key=min)


@settings(deadline=None, max_examples=60)
@given(
    seed=SEEDS, leaves=st.integers(1, 20), roots=st.integers(1, 3), height=st.sampled_from([0.0, 0.5, 1, 3])
)
def test_cuts(seed: int, leaves: int, roots: int, height: float) -> None:
    tree = random_tree(seed, leaves, min(roots, leaves))
    assert parts(cut(tree, height=height)) == together(tree, height)
    assert parts(cut(tree)) == together(tree, 1.0)
    before = cut(tree, regions=len(tree.roots))
    assert before.max() == len(tree.roots)
    for count in range(len(tree.roots), leaves + 1):
        labels = cut(tree, regions=count)
        assert labels.max() == count
        assert len(np.unique(np.stack([before, labels]), axis=1).T) == count  # nested
        before = labels
    assert cut(tree, detail=0).max() == len(tree.roots)
    assert cut(tree, detail=1).max() == leaves


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"regions": 4}, "3"),
        ({"regions": 0}, "regions"),
        ({"regions": 1.5}, "whole number"),
        ({"detail": 1.2}, "detail"),
        ({"detail": float("nan")}, "detail"),
        ({"height": -1}, "height"),
        ({"height": 1, "detail": 0.5}, "one of"),
    ],
)
def test_cuts_that_there_are_not(choice: dict[str, float], said: str) -> None:
    tree = MergeTree([3, 3, 4, 4, 4], [0, 0, 0, 0.5, 2], [6, 6, 4, 12, 16])  # type: ignore[arg-type]  # lists, as a user gives
    with pytest.raises(ChoiceError, match=said):
        cut(tree, **choice)  # type: ignore[arg-type]  # wrong on purpose


def test_parts_that_do_not_touch_are_at_least_so_many_regions() -> None:
    tree = MergeTree([0, 1, 2], [0, 0, 0], [1, 1, 1])  # type: ignore[arg-type]  # lists, as a user gives
    with pytest.raises(ChoiceError, match="do not touch"):
        cut(tree, regions=2)


@pytest.mark.parametrize(
    "arrays",
    [
        ([1, 1], [0, 0], [1, 2]),
        ([2, 2, 2], [0, 0, -1], [1, 1, 2]),
        ([2, 2, 2], [0, 0, 1], [1, 1, 3]),
        ([2, 2, 2], [0, 1, 1], [1, 1, 2]),
        ([3, 3, 3, 3], [0, 0, 0, 1], [1, 1, 1, 3]),
        ([2, 2, 1], [0, 0, 1], [1, 1, 2]),
        ([2, 2, 2], [0, 0, np.nan], [1, 1, 2]),
        ([], [], []),
    ],
)
def test_what_is_no_tree_is_refused(arrays: tuple[list[int], list[float], list[int]]) -> None:
    with pytest.raises(TreeError):
        MergeTree(*arrays)  # type: ignore[arg-type]  # wrong on purpose


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS)
def test_contours_are_where_ancestors_meet(seed: int) -> None:
    found = example(seed)
    tree, labels = found.tree, found.superpixels

    def ancestors(leaf: int) -> list[int]:
        way = [leaf]
        while tree.parents[way[-1]] != way[-1]:
            way.append(int(tree.parents[way[-1]]))
        return way

    def strength(one: int, other: int) -> float:
        if one == other or one == 0 or other == 0:
            return 0.0
        shared = [node for node in ancestors(one - 1) if node in ancestors(other - 1)]
        return float(tree.heights[shared[0]]) if shared else np.inf

    rows, columns = labels.shape
    expected = np.zeros((rows, columns), np.float32)
    doubled = contour_map(labels, tree)
    for y in range(rows):
        for x in range(columns):
            right = strength(int(labels[y, x]), int(labels[y, x + 1])) if x + 1 < columns else 0
            below = strength(int(labels[y, x]), int(labels[y + 1, x])) if y + 1 < rows else 0
            expected[y, x] = max(right, below)
            if x + 1 < columns:
                assert doubled[2 * y + 1, 2 * x + 2] == np.float32(right)
    np.testing.assert_array_equal(contours(labels, tree), expected)
    for height in (0.0, 0.5, 1.0, 2.5):
        np.testing.assert_array_equal(found.boundaries() > height, outlines(found.cut(height=height).labels))


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_the_table_is_measured_region_by_region(seed: int) -> None:
    found = example(seed)
    pixels = found.image.pixels.astype(float)
    for row in found.table():
        inside = found.labels == row["region"]
        y, x = np.nonzero(inside)
        assert row["pixels"] == inside.sum()
        assert (row["top"], row["left"], row["bottom"], row["right"]) == (
            y.min(),
            x.min(),
            y.max() + 1,
            x.max() + 1,
        )
        assert (row["row"], row["column"]) == pytest.approx((y.mean(), x.mean()))
        means = [value for name, value in row.items() if name.startswith("mean")]
        spreads = [value for name, value in row.items() if name.startswith("spread")]
        assert means == pytest.approx(pixels[inside].mean(axis=0).tolist())
        assert spreads == pytest.approx(pixels[inside].std(axis=0).tolist(), abs=1e-6)
    assert sum(row["share"] for row in found.table()) == pytest.approx(1)


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_merging_and_splitting_by_hand(seed: int) -> None:
    found = example(seed).cut(detail=0.9)
    if found.count < 3:
        return
    a, b = int(found.ids[0]), int(found.ids[2])
    merged = found.merge(a, b)
    np.testing.assert_array_equal(merged.labels, np.where(found.labels == b, a, found.labels))
    assert found.strength(a, b) >= found.tree.heights[0]
    whole = found.cut(regions=1)
    halves = whole.split(1)
    np.testing.assert_array_equal(halves.labels, found.cut(regions=2).labels)
    np.testing.assert_array_equal(halves.merge(1, 2).labels, whole.labels)
    with pytest.raises(ChoiceError, match="no region"):
        found.merge(a, 10_000)
    with pytest.raises(ChoiceError, match="cannot be split"):
        found.cut(detail=1).split(1)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_a_tree_file_gives_the_tree_back(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = example(seed)
    path = write_tree(found, tmp_path_factory.mktemp("tree") / "a.regions.safetensors")
    superpixels, tree = read_tree(path)
    np.testing.assert_array_equal(superpixels, found.superpixels)
    for name in ("parents", "heights", "pixels"):
        np.testing.assert_array_equal(getattr(tree, name), getattr(found.tree, name))
    again = regions_in(path, found.image, detail=0.7)
    np.testing.assert_array_equal(again.labels, found.cut(detail=0.7).labels)


def test_a_tree_file_cut_short_or_of_another_image_is_refused(tmp_path: Path) -> None:
    found = example()
    path = write_tree(found, tmp_path / "a.regions.safetensors")
    whole = path.read_bytes()
    for length in (0, 5, 60, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ReadError):
            read_tree(path)
    rng = np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            read_tree(path)
        except ReadError:
            continue
    path.write_bytes(whole)
    other = image_from_array(255 - found.image.pixels, mask=found.image.mask)
    with pytest.raises(ImageError, match="another image"):
        regions_in(path, other)
    with pytest.raises(ImageError):
        regions_in(path, image_from_array(np.zeros((3, 3), np.uint8)))
