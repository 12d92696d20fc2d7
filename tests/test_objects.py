"""Objects: beside plain loops and scikit-image, turned and mirrored, split where they touch, on disk."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import pixture
from pixture.arrays import Array, Integers, Mask
from pixture.errors import (
    ChoiceError,
    ImageError,
    ManySpecksWarning,
    MaskedValuesWarning,
    OlderReportWarning,
    WriteError,
)
from pixture.segmentation.evaluation.annotations import read_labels
from pixture.segmentation.evaluation.object_scores import object_scores
from pixture.segmentation.objects import split_touching
from pixture.segmentation.objects.pieces import filled
from pixture.segmentation.objects.split_touching import DEPTH

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.one_of(st.tuples(st.integers(1, 9), st.integers(1, 9)), st.tuples(*[st.integers(1, 5)] * 3))


def speckled(seed: int, shape: tuple[int, ...], most: int = 2) -> Integers:
    """Classes 0 … most - 1, at random."""
    return np.random.default_rng(seed).integers(0, most, shape)


def disc(shape: tuple[int, int], row: float, column: float, radius: float, wide: float = 1) -> Mask:
    rows, columns = np.indices(shape)
    return np.asarray(np.hypot(rows - row, (columns - column) / wide) < radius)


def flooded(classes: Integers, connectivity: int) -> Integers:
    """Connected pieces by flooding from each first pixel in reading order."""
    labels, count = np.zeros(classes.shape, int), 0
    for start in np.ndindex(classes.shape):
        if classes[start] == 0 or labels[start]:
            continue
        count += 1
        todo = [start]
        labels[start] = count
        while todo:
            at = todo.pop()
            for step in np.ndindex((3,) * classes.ndim):
                move = np.array(step) - 1
                beside = tuple(np.array(at) + move)
                if np.abs(move).sum() > connectivity or not all(
                    0 <= place < length for place, length in zip(beside, classes.shape, strict=True)
                ):
                    continue
                if classes[beside] == classes[start] and not labels[beside]:
                    labels[beside] = count
                    todo.append(beside)
    return labels


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES, most=st.integers(2, 4), connectivity=st.integers(1, 2))
def test_pieces_are_those_of_flooding(
    seed: int, shape: tuple[int, ...], most: int, connectivity: int
) -> None:
    classes = speckled(seed, shape, most)
    found = pixture.find_objects(
        classes, split="none", fill_holes=False, min_size=0, connectivity=connectivity
    )
    expected = flooded(classes, connectivity)
    np.testing.assert_array_equal(found.labels, expected)
    assert found.labels.dtype == np.uint16
    assert found.count == expected.max()
    assert found.dropped == 0
    assert found.classes is not None
    for number in range(1, found.count + 1):
        assert set(classes[found.labels == number]) == {found.classes[number - 1]}


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES, least=st.integers(0, 6))
def test_small_ones_are_dropped_and_counted(seed: int, shape: tuple[int, ...], least: int) -> None:
    mask = speckled(seed, shape) > 0
    every = pixture.find_objects(mask, split="none", fill_holes=False, min_size=0)
    found = pixture.find_objects(mask, split="none", fill_holes=False, min_size=least)
    sizes = np.bincount(every.labels.ravel(), minlength=every.count + 1)
    sizes[0] = 0
    np.testing.assert_array_equal(found.labels > 0, sizes[every.labels] >= max(least, 1))
    assert found.dropped == ((sizes > 0) & (sizes < least)).sum()
    assert found.count + found.dropped == every.count
    again = pixture.find_objects(found.labels > 0, split="none", fill_holes=False, min_size=0)
    np.testing.assert_array_equal(again.labels, found.labels)


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES)
def test_numbers_are_in_reading_order_without_gaps(seed: int, shape: tuple[int, ...]) -> None:
    found = pixture.find_objects(speckled(seed, shape, 3))
    numbers, first = np.unique(found.labels, return_index=True)
    first = first[numbers > 0]
    assert numbers[numbers > 0].tolist() == list(range(1, found.count + 1))
    assert (np.diff(first) > 0).all()
    assert not found.labels.flags.writeable


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES, connectivity=st.integers(1, 3))
def test_holes_are_what_cannot_be_left(seed: int, shape: tuple[int, ...], connectivity: int) -> None:
    mask = speckled(seed, shape) > 0
    connectivity = min(connectivity, len(shape))
    outside = np.pad(~mask, 1, constant_values=True)
    of_background = flooded(outside.astype(int), 1 if connectivity > 1 else len(shape))
    expected = of_background != of_background[(0,) * len(shape)]
    inner = expected[(slice(1, -1),) * len(shape)]
    np.testing.assert_array_equal(filled(mask, connectivity), inner)
    found = pixture.find_objects(mask, min_size=0, connectivity=connectivity)
    np.testing.assert_array_equal(found.labels > 0, inner)


def test_a_hole_belongs_to_the_inner_of_two_classes() -> None:
    classes = np.zeros((13, 13), int)
    classes[1:12, 1:12], classes[2:11, 2:11] = 1, 0
    classes[4:9, 4:9], classes[5:8, 5:8] = 2, 0
    found = pixture.find_objects(classes, min_size=0)
    assert found.count == 2
    assert [row["class"] for row in found.table()] == [1, 2]
    assert [row["pixels"] for row in found.table()] == [121 - 25, 25]


Disc = tuple[float, float, float, float]
SCENES: dict[str, tuple[tuple[int, int], list[Disc], int]] = {
    "two discs": ((40, 70), [(20, 20, 14, 1), (20, 46, 14, 1)], 2),
    "two discs, small": ((12, 20), [(6, 6, 4.5, 1), (6, 13, 4.5, 1)], 2),
    "two discs, large": ((200, 330), [(100, 90, 70, 1), (100, 220, 70, 1)], 2),
    "a large one and a small one": ((60, 80), [(30, 28, 25, 1), (30, 60, 9, 1)], 2),
    "three in a row": ((40, 100), [(20, 20, 14, 1), (20, 46, 14, 1), (20, 72, 14, 1)], 3),
    "one disc": ((40, 40), [(20, 20, 14, 1)], 1),
    "one ellipse": ((40, 100), [(20, 50, 12, 3.5)], 1),
    "a long ellipse": ((30, 200), [(15, 100, 9, 10)], 1),
    "an ellipse of few pixels": ((9, 16), [(4, 8, 2.5, 2.5)], 1),
}


@pytest.mark.parametrize("name", SCENES)
def test_discs_that_touch_are_split_and_what_is_convex_is_not(name: str) -> None:
    shape, parts, count = SCENES[name]
    drawn = [disc(shape, *part) for part in parts]
    mask = np.logical_or.reduce(drawn)
    found = pixture.find_objects(mask)
    assert found.count == count
    assert pixture.find_objects(mask, split="none").count == 1
    truth = np.zeros(shape, int)
    for number, one in enumerate(drawn, 1):
        truth[one & (truth == 0)] = number
    assert object_scores(found.labels, truth).matched[6] == count  # IoU above .8


@settings(deadline=None, max_examples=60)
@given(seed=SEEDS, shape=SHAPES, connectivity=st.integers(1, 2))
def test_peaks_are_the_maxima_that_rise_by_a_share(
    seed: int, shape: tuple[int, ...], connectivity: int
) -> None:
    from skimage.measure import label
    from skimage.morphology import local_maxima, reconstruction

    rng = np.random.default_rng(seed)
    heights = ndimage.gaussian_filter(rng.random(shape) + 0.1, 0.6)
    logarithm = np.log(heights)
    ball = ndimage.generate_binary_structure(len(shape), connectivity)
    # a share of the height is a difference of logarithms: the h-maxima of those
    flat = reconstruction(logarithm + np.log(1 - DEPTH), logarithm, footprint=ball)
    padded = np.pad(flat, 1, constant_values=-99)
    tops = label(local_maxima(padded, footprint=ball), connectivity=connectivity)
    peaks = split_touching._peaks(heights, np.ones(shape, bool), connectivity, 0)
    assert len(peaks) == tops.max()
    inner = tops[(slice(1, -1),) * len(shape)]
    assert sorted(inner.reshape(-1)[peaks]) == list(range(1, len(peaks) + 1))


def turned(array: Array, turns: int, mirrored: bool) -> Array:
    """The array turned and mirrored in its last two axes."""
    out = np.rot90(array, turns, axes=(-2, -1))
    return np.ascontiguousarray(out[..., ::-1] if mirrored else out)


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, turns=st.integers(0, 3), mirrored=st.booleans(), split=st.booleans())
def test_turning_and_mirroring_changes_no_object(seed: int, turns: int, mirrored: bool, split: bool) -> None:
    rng = np.random.default_rng(seed)
    mask = np.logical_or.reduce(
        [disc((60, 60), row, column, radius) for row, column, radius in rng.uniform(4, (55, 55, 11), (9, 3))]
    )
    choice = "touching" if split else "none"
    found = pixture.find_objects(mask, split=choice, min_size=0)
    again = pixture.find_objects(turned(mask, turns, mirrored), split=choice, min_size=0)
    assert found.count == again.count
    # where a pixel of a neck goes, if it is as near to either, depends on the order of the rows
    agree = object_scores(again.labels, turned(found.labels, turns, mirrored))
    assert agree.matched[9 if not split else 0] >= found.count - (1 if split else 0)
    if not split:
        assert agree.average_precision == 1


def test_spacing_is_respected_in_a_volume() -> None:
    planes, rows, columns = np.indices((11, 40, 70))

    def ball(column: float) -> Mask:
        return np.asarray(
            np.sqrt((4.0 * (planes - 5)) ** 2 + (rows - 20) ** 2 + (columns - column) ** 2) < 15
        )

    volume = ball(20) | ball(46)
    found = pixture.find_objects(volume, spacing=(4, 1, 1))
    assert found.count == 2
    assert list(found.spacing) == [4, 1, 1]
    row = found.table()[0]
    assert row["volume"] == 4 * row["pixels"]
    assert row["equivalent_diameter"] == pytest.approx(30, rel=0.03)
    assert (row["z"], row["y"]) == (4 * row["plane"], row["row"])
    assert {"front", "back"} <= row.keys()
    assert "perimeter" not in row
    # a rod that is long only because planes are thick stays one
    rod = np.sqrt((planes - 5) ** 2 / 25 + (rows - 20) ** 2 / 9 + (columns - 20) ** 2 / 9) < 1
    assert pixture.find_objects(rod, spacing=(8, 1, 1)).count == 1


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS, shape=SHAPES, channels=st.integers(1, 3), scale=st.sampled_from([1.0, 0.25]))
def test_measures_are_scikit_image_s(seed: int, shape: tuple[int, ...], channels: int, scale: float) -> None:
    from skimage.measure import regionprops_table

    rng = np.random.default_rng(seed)
    spacing = (scale,) * len(shape)
    pixels = rng.normal(1e6, 1, (*shape, channels))
    image = None
    if len(shape) == 2:
        image = pixture.Image(pixels, "yxc", spacing)
    found = pixture.find_objects(speckled(seed, shape, 3), image, min_size=0, spacing=spacing)
    if found.count == 0:
        assert found.table() == []
        return
    names = {"label": "object", "num_pixels": "pixels", "equivalent_diameter_area": "equivalent_diameter"}
    box: tuple[str, ...] = ("top", "left", "bottom", "right")
    centre: tuple[str, ...] = ("row", "column")
    if len(shape) == 2:
        names |= {"perimeter": "perimeter", "eccentricity": "eccentricity"}
    else:
        box, centre = ("front", "top", "left", "back", "bottom", "right"), ("plane", "row", "column")
    columns = found.columns
    plain = regionprops_table(found.labels, spacing=spacing, properties=tuple(names))
    for theirs, ours in names.items():
        np.testing.assert_allclose(columns[ours], plain[theirs], atol=1e-7, err_msg=ours)
    table = regionprops_table(found.labels, properties=("bbox", "centroid"))
    for axis, name in enumerate(box):
        np.testing.assert_array_equal(columns[name], table[f"bbox-{axis}"])
    for axis, name in enumerate(centre):
        np.testing.assert_allclose(columns[name], table[f"centroid-{axis}"])
    if image is not None:
        suffixes = {1: [""], 2: ["_channel_1", "_channel_2"], 3: ["_red", "_green", "_blue"]}[channels]
        for channel, suffix in enumerate(suffixes):
            held = [pixels[found.labels == n, channel] for n in range(1, found.count + 1)]
            np.testing.assert_allclose(columns[f"mean{suffix}"], [one.mean() for one in held], rtol=1e-14)
            spread = columns[f"standard_deviation{suffix}"]
            np.testing.assert_allclose(spread, [one.std() for one in held], atol=1e-9)


def test_an_ellipse_of_pixels_that_are_not_square_is_a_disc() -> None:
    from skimage.measure import regionprops

    mask = disc((40, 90), 20, 44, 15, wide=2)
    found = pixture.find_objects(mask, spacing=(2, 1))
    assert found.count == 1
    row = found.table()[0]
    assert row["eccentricity"] == pytest.approx(regionprops(found, spacing=(2, 1))[0].eccentricity)
    assert row["eccentricity"] < 0.2
    assert row["area"] == 2 * row["pixels"]
    assert "perimeter" not in row
    assert pixture.find_objects(mask).table()[0]["eccentricity"] == pytest.approx(0.75**0.5, abs=0.01)


def test_large_numbers_of_classes_are_classes_too() -> None:
    classes = speckled(0, (6, 7), 4)
    large = np.where(classes, classes + 2**40, 0)
    small, found = pixture.find_objects(classes), pixture.find_objects(large)
    np.testing.assert_array_equal(found.labels, small.labels)
    assert found.classes is not None
    assert small.classes is not None
    np.testing.assert_array_equal(found.classes, small.classes + 2**40)


def test_libraries_take_objects_for_their_labels() -> None:
    from skimage.measure import regionprops

    found = pixture.find_objects(np.indices((20, 20)).sum(axis=0) % 10 < 5)
    for given_as in (found, found.labels, np.asarray(found)):
        assert [one.area for one in regionprops(given_as)] == [row["pixels"] for row in found.table()]
    assert np.array(found).flags.writeable
    assert np.asarray(found, np.int64).dtype == np.int64
    assert (found.shape, found.ndim, found.dtype) == ((20, 20), 2, np.dtype(np.uint16))
    with pytest.raises(ValueError, match="must be copied"):
        found.__array__(np.int64, copy=False)


def test_classes_and_their_names() -> None:
    classes = np.array([[0, 0, 5, 5], [2, 2, 5, 5], [2, 0, 0, 1]])
    found = pixture.find_objects(classes, classes={5: "nucleus", 2: "grain", 0: "rest"}, min_size=2)
    assert [(row["class"], row["class_name"], row["pixels"]) for row in found.table()] == [
        (0, "rest", 2),
        (5, "nucleus", 4),
        (2, "grain", 3),
        (0, "rest", 2),
    ]
    assert repr(found) == "<Objects: 4 of 3 classes, 4 x 3>"
    some = pixture.find_objects(classes, classes=[5, 9], min_size=0)
    assert some.classes is not None
    assert some.classes.tolist() == [5]
    assert pixture.find_objects(classes > 0).classes is None
    result = pixture.segment(np.repeat([[10, 11, 200, 201]], 4, axis=0).astype(np.uint8), 2)
    found = pixture.find_objects(result)
    assert (found.count, found.image is result.image) == (1, True)


def test_masked_pixels_are_background() -> None:
    mask = np.ones((6, 6), bool)
    mask[2:4, 2:4] = False
    image = pixture.image_from_array(np.arange(36.0).reshape(6, 6), mask=mask)
    found = pixture.find_objects(np.ones((6, 6), bool), image)
    np.testing.assert_array_equal(found.labels > 0, mask)
    assert found.count == 1
    assert found.table()[0]["pixels"] == 32
    assert found.table()[0]["mean"] == np.arange(36.0).reshape(6, 6)[mask].mean()


def test_dead_pixels_split_nothing() -> None:
    mask = disc((60, 60), 30, 30, 25)
    pixels = np.where(np.random.default_rng(0).random(mask.shape) < 0.01, np.nan, 1.0)
    with pytest.warns(MaskedValuesWarning):
        image = pixture.image_from_array(pixels)
    found = pixture.find_objects(mask, image)
    assert found.count == 1
    np.testing.assert_array_equal(found.labels > 0, mask & np.isfinite(pixels))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (1, 1, 1), (1, 1, 9), (3, 1, 3)], ids=str)
def test_the_smallest_images(shape: tuple[int, ...]) -> None:
    for split in ("touching", "none"):
        empty = pixture.find_objects(np.zeros(shape, bool), split=split)
        assert (empty.count, empty.table()) == (0, [])
        assert pixture.find_objects(np.zeros(shape, int)).count == 0
        full = pixture.find_objects(np.ones(shape, bool), split=split)
        assert full.count == 1
        assert full.table()[0]["pixels"] == np.prod(shape)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, shape=SHAPES)
def test_probabilities_deepen_necks_alone(seed: int, shape: tuple[int, ...]) -> None:
    mask = speckled(seed, shape) > 0
    sure = pixture.find_objects(mask, probabilities=np.ones(shape), min_size=0)
    np.testing.assert_array_equal(sure.labels, pixture.find_objects(mask, min_size=0).labels)
    doubtful = np.random.default_rng(seed).random(shape)
    found = pixture.find_objects(mask, probabilities=doubtful, min_size=0, fill_holes=False)
    np.testing.assert_array_equal(found.labels > 0, mask)


def test_a_doubtful_neck_splits() -> None:
    mask = np.ones((15, 30), bool)
    likely = np.ones((15, 30))
    likely[:, 14:16] = 0.5
    mask[[0, -1]], mask[:, [0, -1]] = False, False
    assert pixture.find_objects(mask).count == 1
    assert pixture.find_objects(mask, probabilities=likely).count == 2


def test_more_than_16_bits(tmp_path: Path) -> None:
    mask = np.zeros((520, 520), bool)
    mask[::2, ::2] = True
    found = pixture.find_objects(mask)
    assert found.count == 67_600
    assert found.labels.dtype == np.uint32
    paths = found.save(tmp_path, stem="many")
    assert [path.name for path in paths] == ["many.objects.tif", "many.objects.csv", "many.objects.json"]
    np.testing.assert_array_equal(tifffile.imread(paths[0]), found.labels)
    with pytest.warns(OlderReportWarning, match="another run"):
        pixture.find_objects(mask[:10, :10]).save(tmp_path, stem="many", overwrite=True)


def test_a_million_specks_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixture.segmentation.objects.find_objects.MANY", 99)
    mask = np.zeros((20, 22), bool)
    mask[::2, ::2] = True
    with pytest.warns(ManySpecksWarning, match=r"110 connected pieces.*smooth.*min_size.*got None"):
        assert pixture.find_objects(mask).count == 110


@pytest.mark.parametrize("coloured", [False, True])
def test_files_are_read_back(tmp_path: Path, coloured: bool) -> None:
    shape = (40, 70)
    mask = disc(shape, 20, 20, 14) | disc(shape, 20, 46, 14)
    pixels = np.random.default_rng(0).integers(0, 255, (*shape, 3) if coloured else shape, np.uint8)
    found = pixture.find_objects(mask.astype(int), pixels, classes={1: "cell"})
    paths = found.save(tmp_path, stem="cells")
    assert [path.suffix for path in paths] == [".png", ".csv", ".jpg", ".json"]
    np.testing.assert_array_equal(read_labels(paths[0]), found.labels)
    with paths[1].open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row, expected in zip(rows, found.table(), strict=True):
        assert row == {name: str(value) for name, value in expected.items()}
    assert {"mean_green" if coloured else "mean"} <= rows[0].keys()
    record = json.loads(paths[3].read_text())
    assert (record["objects"], record["class_names"]) == (2, {"1": "cell"})
    assert pixture.read(paths[2]).channels == 3
    with pytest.raises(WriteError, match="overwrite"):
        found.save(tmp_path, stem="cells")
    empty = pixture.find_objects(np.zeros(shape, bool), pixels).save(tmp_path, stem="none")
    assert len(empty[1].read_text().splitlines()) == 1


@pytest.mark.parametrize("planes", [1, 3, 4])
def test_a_volume_is_a_stack(tmp_path: Path, planes: int) -> None:
    found = pixture.find_objects(speckled(0, (planes, 5, 6), 3))
    paths = found.save(tmp_path)
    assert [path.name for path in paths] == ["image.objects.tif", "image.objects.csv", "image.objects.json"]
    np.testing.assert_array_equal(tifffile.imread(paths[0]).reshape(found.shape), found.labels)
    if planes > 1:
        np.testing.assert_array_equal(read_labels(paths[0]), found.labels)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"foreground": np.zeros((3, 4))}, ImageError, r"float64, shape \(3, 4\).*array > 0.5"),
        ({"foreground": np.zeros(4, bool)}, ImageError, r"shape \(4,\)"),
        ({"foreground": np.zeros((0, 4), bool)}, ImageError, r"shape \(0, 4\)"),
        ({"foreground": "cells.png"}, ImageError, "'cells.png'"),
        ({"foreground": np.full((3, 4), -1)}, ImageError, "the least is -1"),
        ({"image": np.zeros((4, 3))}, ImageError, r"\(4, 3\); got \(3, 4\)"),
        ({"min_size": -1}, ChoiceError, "0 or more.*got -1"),
        ({"min_size": 1.5}, ChoiceError, "got 1.5"),
        ({"split": "tuoching"}, ChoiceError, "Did you mean 'touching'"),
        ({"split": 3}, ChoiceError, "touching, none; got 3"),
        ({"connectivity": 3}, ChoiceError, "1 to 2 here; got 3"),
        ({"classes": [1]}, ChoiceError, "no classes"),
        ({"foreground": np.ones((3, 4), int), "classes": "nucleus"}, ChoiceError, "got 'nucleus'"),
        ({"foreground": np.ones((3, 4), int), "classes": [-1]}, ChoiceError, r"got \[-1\]"),
        ({"probabilities": np.ones((4, 3))}, ImageError, r"shape, \(3, 4\); got float64, shape \(4, 3\)"),
        ({"probabilities": np.full((3, 4), np.nan)}, ImageError, "0 to 1; got nan"),
        ({"probabilities": np.full((3, 4), 255)}, ImageError, "got 255"),
        ({"spacing": (1, 1, 1)}, ChoiceError, "each of 2 axes; got 1, 1, 1"),
        ({"spacing": (0, 1)}, ChoiceError, "above 0"),
    ],
    ids=str,
)
def test_what_is_refused(arguments: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said) as raised:
        pixture.find_objects(**{"foreground": np.ones((3, 4), bool), **arguments})
    assert "\n" not in str(raised.value)


def test_threads_change_nothing() -> None:
    classes = speckled(3, (50, 60), 9)
    one, many = (pixture.find_objects(classes, threads=threads) for threads in (1, 4))
    np.testing.assert_array_equal(one.labels, many.labels)


def test_objects_hold_numbers_of_pixels() -> None:
    with pytest.raises(ImageError, match="uint16 or uint32"):
        pixture.Objects(np.zeros((3, 4)))  # type: ignore[arg-type]  # is refused


def test_a_split_does_not_rest_on_what_else_is_in_the_image() -> None:
    generator = np.random.default_rng(3)
    pairs = []
    for _ in range(60):
        down, across = generator.integers(9, 15, 2).tolist()
        pairs.append(
            np.logical_or.reduce([disc((64, 64), 20 + k * down, 20 + k * across, 11) for k in range(3)])
        )
    together = pixture.find_objects(np.hstack(pairs), min_size=0).labels
    for number, alone in enumerate(pairs):
        expected = pixture.find_objects(alone, min_size=0).labels
        part = together[:, 64 * number : 64 * (number + 1)]
        _, found = np.unique(part, return_inverse=True)
        places = np.unique(np.stack([expected.ravel(), found.ravel()]), axis=1)
        assert places.shape[1] == len(np.unique(expected)) == len(np.unique(found))
