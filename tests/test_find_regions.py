"""Regions of whole images: what must not matter does not, and every image has an answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixture import image_from_array
from pixture.arrays import Array, Integers
from pixture.errors import ImageError
from pixture.segmentation.regions.find_regions import regions


def scene(rows: int = 96, columns: int = 140, seed: int = 0) -> Array:
    """Return an 8-bit colour scene: sky, a striped field, a disc and a smaller one, with noise."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    picture = np.empty((rows, columns, 3))
    picture[:] = (120, 160, 220)
    field = y > 0.6 * rows
    picture[field] = np.where(((x + y) // 3 % 2 == 0)[..., None], (70, 140, 60), (110, 170, 90))[field]
    picture[np.hypot(y - 0.4 * rows, x - 0.3 * columns) < 0.22 * rows] = (200, 60, 50)
    picture[np.hypot(y - 0.3 * rows, x - 0.75 * columns) < 0.12 * rows] = (240, 220, 80)
    return (picture + generator.normal(0, 5, picture.shape)).clip(0, 255).astype(np.uint8)


def shared(one: Integers, other: Integers) -> float:
    """Return the share of pixels in the regions of two labellings that match best."""
    pairs = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(pairs, (one.ravel(), other.ravel()), 1)
    return float(pairs.max(axis=1).sum() / one.size)


def test_the_scene_falls_into_its_parts() -> None:
    found = regions(scene())
    labels = found.labels
    assert found.count == 4
    assert labels[5, 5] == 1
    assert len({labels[38, 42], labels[29, 105], labels[90, 70], labels[5, 5]}) == 4


@pytest.mark.parametrize("shape", [(96, 140), (97, 141)], ids=["even", "odd"])
def test_flips_and_turns_give_the_regions_flipped_and_turned(shape: tuple[int, int]) -> None:
    """But for rounding: sums over turned rows are taken in another order, and may break near-ties anew."""
    picture = scene(*shape)
    labels = regions(picture).labels
    turns: tuple[tuple[Callable[..., Array], Callable[..., Array]], ...] = (
        (np.fliplr, np.fliplr),
        (np.flipud, np.flipud),
        (np.rot90, partial(np.rot90, k=-1)),
    )
    for there, back in turns:
        other = back(regions(np.ascontiguousarray(there(picture))).labels)
        assert shared(labels, other) > 0.99
        assert shared(other, labels) > 0.99


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_change_nothing(threads: int) -> None:
    one, other = regions(scene(), threads=1), regions(scene(), threads=threads)
    np.testing.assert_array_equal(one.superpixels, other.superpixels)
    np.testing.assert_array_equal(one.tree.parents, other.tree.parents)
    np.testing.assert_array_equal(one.tree.heights, other.tree.heights)


def test_what_is_masked_changes_nothing_and_has_no_boundary() -> None:
    picture, mask = scene(), np.ones((96, 140), bool)
    mask[40:70, 60:100] = False
    other = picture.copy()
    other[~mask] = np.random.default_rng(1).integers(0, 256, (int((~mask).sum()), 3))
    one, two = (regions(p, mask=mask) for p in (picture, other))
    np.testing.assert_array_equal(one.labels, two.labels)
    np.testing.assert_array_equal(one.tree.heights, two.tree.heights)
    assert (one.labels[~mask] == 0).all()
    assert (one.labels[mask] > 0).all()


def test_parts_that_a_mask_keeps_apart_are_never_one_region() -> None:
    mask = np.ones((96, 140), bool)
    mask[:, 60:64] = False
    found = regions(scene(), mask=mask, detail=0)
    assert found.count == 2 == len(found.tree.roots)


def test_bands_in_any_order_give_the_same_regions() -> None:
    generator = np.random.default_rng(3)
    bands = scene().astype(np.float64) @ generator.uniform(0, 1, (3, 6))
    bands += generator.normal(0, 2, bands.shape)
    one, other = regions(bands), regions(np.ascontiguousarray(bands[..., [4, 2, 0, 5, 1, 3]]))
    assert shared(one.labels, other.labels) > 0.99


def test_cuts_are_nested_and_heights_monotone() -> None:
    found = regions(scene())
    tree = found.tree
    assert (tree.heights[tree.parents] >= tree.heights).all()
    before = found.cut(detail=0).labels
    for detail in (0.1, 0.3, 0.5, 0.7, 0.9, 1):
        after = found.cut(detail=detail).labels
        assert len(np.unique(np.stack([before.ravel(), after.ravel()]), axis=1).T) == after.max()
        before = after
    assert found.cut(detail=1).count == tree.leaves


@settings(deadline=None, max_examples=12)
@given(
    rows=st.integers(1, 12),
    columns=st.integers(1, 40),
    channels=st.sampled_from([1, 2, 3, 7]),
    kind=st.sampled_from(["u1", "u2", "f4"]),
    constant=st.booleans(),
)
def test_every_image_has_an_answer(rows: int, columns: int, channels: int, kind: str, constant: bool) -> None:
    generator = np.random.default_rng(rows * columns)
    pixels = np.full((rows, columns, channels), 7, kind)
    if not constant:
        pixels = generator.integers(0, 200, pixels.shape).astype(kind)
    found = regions(image_from_array(pixels, axes="yxc"))
    assert found.labels.min() == 1
    assert found.labels.max() == found.count
    if constant:
        assert found.count == 1


def test_one_pixel_that_takes_part() -> None:
    mask = np.zeros((9, 9), bool)
    mask[4, 4] = True
    found = regions(scene(9, 9), mask=mask)
    assert found.count == 1
    assert found.labels.sum() == 1


def test_no_pixel_that_takes_part_is_refused() -> None:
    with pytest.raises(ImageError, match="no pixel"):
        regions(scene(9, 9), mask=np.zeros((9, 9), bool))


def test_any_seed_gives_nearly_the_same_regions() -> None:
    without = regions(scene())
    for seed in range(3):
        assert shared(without.labels, regions(scene(), seed=seed).labels) > 0.98


def three_regions(rows: int, columns: int, noise: float) -> tuple[Array, Integers]:
    """Return a picture of three regions with curved outlines, and which each pixel belongs to."""
    y, x = np.mgrid[:rows, :columns]
    truth = 1 + (x > columns * 0.45 + 0.08 * columns * np.sin(6 * y / rows)).astype(np.int32)
    truth[np.hypot(y - 0.4 * rows, x - 0.75 * columns) < 0.17 * rows] = 3
    colours = np.array([[0, 0, 0], [90, 120, 60], [150, 140, 130], [60, 70, 160]])
    picture = colours[truth] + np.random.default_rng(0).normal(0, noise, (rows, columns, 3))
    return picture.clip(0, 255).astype(np.uint8), truth


def test_regions_of_a_large_image_have_its_own_outlines() -> None:
    picture, truth = three_regions(800, 1200, 8)
    found = regions(picture)
    assert found.count == 3
    agree = [max((found.labels[truth == name] == own).mean() for own in (1, 2, 3)) for name in (1, 2, 3)]
    assert min(agree) > 0.995


def test_a_part_too_small_for_the_reduced_image_is_a_region() -> None:
    picture, _ = three_regions(800, 1200, 8)
    mask = np.zeros((800, 1200), bool)
    mask[:600] = True
    mask[700:702, 300:302] = True
    found = regions(picture, mask=mask)
    assert (found.labels[mask] > 0).all()
    assert (found.labels[~mask] == 0).all()
    assert (found.labels == found.labels[700, 300]).sum() == 4


@pytest.mark.parametrize("spread", [0, 1, 5, 20])
def test_white_noise_is_one_region(spread: float) -> None:
    noise = 128 + spread * np.random.default_rng(0).normal(size=(240, 320))
    assert regions(noise.clip(0, 255).astype(np.uint8)).count == 1


def test_a_disc_on_a_ground_is_two_regions() -> None:
    y, x = np.mgrid[:240, :320]
    disc = np.where(np.hypot(y - 120, x - 160) < 60, 170, 90)
    assert regions((disc + np.random.default_rng(0).normal(0, 5, disc.shape)).astype(np.uint8)).count == 2
