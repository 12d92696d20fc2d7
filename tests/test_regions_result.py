"""What regions say of themselves: labels, boundaries, a table; merged and split by hand; saved."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture.arrays import Integers
from pixture.errors import ChoiceError, TreeError, WriteError
from pixture.imaging.image_from_array import image_from_array
from pixture.segmentation.regions.contour_map import contour_map, contours, outlines
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.regions.regions_of_tree import regions_of
from tests import reference_merge_tree as reference
from tests.reference_merge_tree import wholes

TREE = MergeTree(np.array([3, 3, 4, 4, 4]), np.array([0, 0, 0, 0.5, 2]), np.array([4, 2, 2, 6, 8]))
SUPERPIXELS = np.array([[1, 1, 2, 3], [1, 1, 2, 3]], np.int32)
IMAGE = image_from_array(np.array([[1, 1, 3, 9], [1, 1, 3, 9]], np.uint8))


def three() -> Regions:
    return regions_of(IMAGE, SUPERPIXELS, TREE, regions=3)


@given(wholes())
def test_labels_are_numbered_as_they_are_read(found: Regions) -> None:
    labels = found.labels
    assert labels.dtype == np.int32
    assert np.array_equal(labels == 0, found.superpixels == 0)
    seen = labels[labels > 0]
    _, first = np.unique(seen, return_index=True)
    assert seen[np.sort(first)].tolist() == list(range(1, found.count + 1))


@given(wholes())
def test_the_contour_map_is_the_naive_one(found: Regions) -> None:
    naive = reference.contours(found.superpixels, found.tree)
    assert np.array_equal(found.boundaries(), naive.astype(np.float32))
    naive = reference.contour_map(found.superpixels, found.tree)
    assert np.array_equal(contour_map(found.superpixels, found.tree), naive.astype(np.float32))


@given(wholes(), st.sampled_from((0.0, 0.5, 1.25)))
def test_boundaries_above_a_height_are_the_outlines_of_its_cut(found: Regions, height: float) -> None:
    lines = outlines(found.cut(height=height).labels)
    assert np.array_equal(lines, found.boundaries() > height)
    assert np.array_equal(lines, reference.outlines(found.cut(height=height).labels))


def test_threads_change_no_contour() -> None:
    generator = np.random.default_rng(0)
    blocks = np.arange(1, 401, dtype=np.int32).reshape(20, 20)
    superpixels = np.repeat(np.repeat(blocks, 30, axis=0), 40, axis=1)
    tree = reference.random_tree(np.full(400, 1200), 1, 3)
    one = contours(superpixels, tree, threads=1)
    assert np.array_equal(one, contours(superpixels, tree, threads=5))
    image = image_from_array(generator.normal(0, 1, (*superpixels.shape, 3)).astype(np.float32))
    tables = [regions_of(image, superpixels, tree, regions=50, threads=threads).table() for threads in (1, 5)]
    assert tables[0] == tables[1]


@given(wholes())
def test_the_table_is_the_naive_one(found: Regions) -> None:
    rows = found.table()
    naive = reference.rows_of(found.labels, found.image)
    assert len(rows) == len(naive) == found.count
    for row, expected in zip(rows, naive, strict=True):
        assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-9)
    json.dumps(rows, allow_nan=False)


@given(wholes())
def test_the_table_s_nodes_are_the_tree_s(found: Regions) -> None:
    tree = found.tree
    for row in found.table():
        leaves = np.flatnonzero(found.members == row["region"])
        node = row["node"]
        assert all(node in reference.ancestors(tree, leaf) for leaf in leaves.tolist())
        assert tree.pixels[node] == row["pixels"]
        if tree.parents[node] == node:
            assert row["parent"] is row["strength"] is None
        else:
            assert row["parent"] == tree.parents[node]
            assert row["strength"] == tree.heights[row["parent"]]


def test_deviations_are_taken_from_the_region_s_own_mean() -> None:
    values = np.array([[1e8, 1e8 + 1, 1e8, 1e8 + 1]])
    tree = MergeTree(np.array([2, 2, 2]), np.array([0, 0, 1.0]), np.array([2, 2, 4]))
    found = regions_of(image_from_array(values), np.array([[1, 1, 2, 2]], np.int32), tree, regions=1)
    assert found.table()[0]["spread"] == pytest.approx(0.5)


def test_sizes_are_in_the_image_s_unit_where_it_is_known() -> None:
    found = regions_of(replace(IMAGE, spacing=(0.5, 2.0)), SUPERPIXELS, TREE, regions=3)
    row = found.table()[2]
    assert (row["area"], row["y"], row["x"]) == (2.0, 0.25, 6.0)
    assert "area" not in three().table()[0]


@given(wholes())
def test_strength_is_where_two_regions_become_one(found: Regions) -> None:
    for a in found.ids.tolist():
        for b in found.ids.tolist():
            strength = found.strength(a, b)
            assert strength == found.strength(b, a)
            if a == b:
                assert strength == 0
                continue
            one, other = (found.superpixels[found.labels == region][0] for region in (a, b))
            assert strength == reference.meeting_height(found.tree, one - 1, other - 1)
            if math.isfinite(strength):
                together = found.cut(height=strength).labels
                assert len(np.unique(together[np.isin(found.labels, (a, b))])) == 1


@given(wholes(), st.data())
def test_a_split_undoes_a_merge(found: Regions, data: st.DataObject) -> None:
    if found.count < 2:
        return
    pair = st.lists(st.sampled_from(found.ids.tolist()), min_size=2, max_size=2, unique=True)
    a, b = sorted(data.draw(pair))
    merged = found.merge(b, a)
    assert merged.count == found.count - 1
    assert np.array_equal(merged.labels, np.where(found.labels == b, a, found.labels))
    again = merged.split(a)
    assert np.array_equal(again.labels, found.labels)  # the lower number was the first in reading order
    assert np.array_equal(merged.cut(regions=found.count).labels, found.cut(regions=found.count).labels)


@given(wholes())
def test_a_region_is_split_into_the_children_of_its_node(found: Regions) -> None:
    tree = found.tree
    for row in found.table():
        region = row["region"]
        if row["node"] < tree.leaves:
            with pytest.raises(ChoiceError, match="one superpixel"):
                found.split(region)
            continue
        split = found.split(region)
        others = found.labels != region
        assert np.array_equal(split.labels[others], found.labels[others])
        nodes = {new["region"]: new["node"] for new in split.table()}
        assert {nodes[region], nodes[found.count + 1]} == set(
            tree.children[row["node"] - tree.leaves].tolist()
        )


def test_numbers_that_are_free_are_taken_first() -> None:
    merged = three().merge(1, 2)
    assert merged.ids.tolist() == [1, 3]
    assert merged.split(1).ids.tolist() == [1, 2, 3]
    assert merged.merge(3, 1).split(1).labels[0].tolist() == [1, 1, 1, 2]


def test_parts_that_never_meet_are_merged_and_split_by_hand() -> None:
    tree = MergeTree(np.arange(2), np.zeros(2), np.array([2, 2]))
    found = regions_of(image_from_array(np.eye(2)), np.array([[1, 1], [2, 2]], np.int32), tree)
    assert found.strength(1, 2) == math.inf
    merged = found.merge(1, 2)
    (row,) = merged.table()
    assert row["node"] is row["parent"] is row["strength"] is None
    assert np.array_equal(merged.split(1).labels, found.labels)


def test_what_cannot_be_merged_split_or_asked_is_refused() -> None:
    found = three()
    with pytest.raises(ChoiceError, match=r"There is no region 9; they are 1, 2, 3 \(3 in all\)"):
        found.merge(1, 9)
    with pytest.raises(ChoiceError, match="takes two regions or more to merge; got 1"):
        found.merge(1)
    with pytest.raises(ChoiceError, match="two regions or more"):
        found.merge(2, 2)
    with pytest.raises(ChoiceError, match="Region 2 is one superpixel, the least there is"):
        found.split(2)
    for a, b in ((0, 1), (7, 7)):
        with pytest.raises(ChoiceError, match="There is no region"):
            found.strength(a, b)


@pytest.mark.parametrize(
    ("superpixels", "said"),
    [
        (SUPERPIXELS.astype(np.int64), "Superpixels are int32"),
        (SUPERPIXELS[:1], "whose shape is"),
        (np.where(SUPERPIXELS == 3, 4, SUPERPIXELS).astype(np.int32), "got labels from 1 to 4"),
        (np.where(SUPERPIXELS == 3, -1, SUPERPIXELS).astype(np.int32), "got labels from -1 to 2"),
        (np.where(SUPERPIXELS == 3, 2, SUPERPIXELS).astype(np.int32), "some of which no pixel has"),
        (np.array([[1, 1, 2, 3], [1, 1, 2, 2]], np.int32), "superpixel 2 has 3 pixels, leaf 1 of the tree 2"),
    ],
)
def test_superpixels_of_another_tree_are_refused(superpixels: Integers, said: str) -> None:
    with pytest.raises(TreeError, match=said):
        regions_of(IMAGE, superpixels, TREE)


def test_superpixels_and_mask_agree() -> None:
    masked = IMAGE.masked(SUPERPIXELS != 3)
    with pytest.raises(TreeError, match="Every pixel that takes part is in a superpixel"):
        regions_of(masked, SUPERPIXELS, TREE)


def test_outlines_are_one_pixel_of_the_size_shown() -> None:
    shown = three().outlined()
    assert shown.shape == (8, 16, 3)  # four times, being so small
    lines = (shown == (255, 225, 25)).all(axis=-1)
    assert np.flatnonzero(lines[0]).tolist() == [7, 11]
    assert lines.all(axis=0).sum() == 2


def test_a_set_is_saved_and_says_what_it_holds(tmp_path: Path) -> None:
    found = three()
    paths = found.save(tmp_path, stem="a")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)
    assert paths[-1].name == "a.regions.json"
    numbers = pixture.read(tmp_path / "a.regions.png").pixels
    assert numbers.dtype == np.uint16
    assert np.array_equal(numbers, found.labels)
    grey = pixture.read(tmp_path / "a.boundaries.png").pixels
    assert grey.dtype == np.uint16
    assert grey[0].tolist() == [0, 21845, 43690, 0]
    with (tmp_path / "a.regions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["pixels"] for row in rows] == ["4", "2", "2"]
    assert json.loads(paths[-1].read_text(encoding="utf-8"))["regions"] == 3
    before = {path: path.read_bytes() for path in paths}
    with pytest.raises(WriteError, match="would be overwritten"):
        found.cut(regions=1).save(tmp_path, stem="a")
    assert before == {path: path.read_bytes() for path in paths}
    found.save(tmp_path, stem="a", overwrite=True)
    assert before == {path: path.read_bytes() for path in paths}


def test_a_record_is_json_at_any_height(tmp_path: Path) -> None:
    path = three().cut(height=math.inf).save(tmp_path, stem="a")[-1]

    def refused(constant: str) -> None:
        raise AssertionError(constant)

    record = json.loads(path.read_text(encoding="utf-8"), parse_constant=refused)
    assert record["choices"]["height"] == "inf"
