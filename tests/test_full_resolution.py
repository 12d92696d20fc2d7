"""Area means, and outlines brought to full resolution: they follow edges and keep every label whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label as connected

import pixture
from pixture import image_from_array
from pixture.arrays import Array, Integers
from pixture.imaging.reduce import reduce, reduction
from pixture.segmentation.regions.full_resolution import bring_to_full_resolution

SEEDS = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=40)
@given(
    seed=SEEDS,
    rows=st.integers(1, 30),
    columns=st.integers(1, 30),
    factor=st.integers(1, 7),
    kind=st.sampled_from(["u1", "u2", "f4"]),
    masked=st.booleans(),
)
def test_area_means(seed: int, rows: int, columns: int, factor: int, kind: str, masked: bool) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 200, (rows, columns, 2)).astype(kind)
    mask = rng.random((rows, columns)) < 0.6 if masked else np.ones((rows, columns), bool)
    mask[0, 0] = True
    found = reduce(image_from_array(pixels, axes="yxc", mask=mask), factor)
    for y in range(-(-rows // factor)):
        for x in range(-(-columns // factor)):
            block = np.s_[y * factor : (y + 1) * factor, x * factor : (x + 1) * factor]
            inside = mask[block]
            takes_part = 2 * inside.sum() >= inside.size
            assert (found.mask is None and takes_part) or (
                found.mask is not None and found.mask[y, x] == takes_part
            )
            if takes_part:
                np.testing.assert_allclose(found.pixels[y, x], pixels[block][inside].mean(axis=0), rtol=1e-5)


@settings(deadline=None)
@given(pixels=st.integers(1, 10**9), most=st.integers(1, 10**6))
def test_as_little_is_reduced_as_needs_be(pixels: int, most: int) -> None:
    factor = reduction(pixels, most)
    assert pixels <= most * factor**2
    assert factor == 1 or pixels > most * (factor - 1) ** 2


def wavy(rows: int, columns: int, noise: float, seed: int = 0) -> tuple[Array, Integers]:
    """Return a picture of three regions with curved outlines, and which each pixel belongs to."""
    y, x = np.mgrid[:rows, :columns]
    truth = 1 + (x > columns * 0.45 + 0.08 * columns * np.sin(6 * y / rows)).astype(np.int32)
    truth[np.hypot(y - 0.4 * rows, x - 0.75 * columns) < 0.17 * rows] = 3
    colours = np.array([[0, 0, 0], [90, 120, 60], [150, 140, 130], [60, 70, 160]])
    picture = colours[truth] + np.random.default_rng(seed).normal(0, noise, (rows, columns, 3))
    return picture.clip(0, 255).astype(np.uint8), truth


@pytest.mark.parametrize("factor", [2, 5, 8])
def test_outlines_follow_the_image(factor: int) -> None:
    picture, truth = wavy(160, 240, 10)
    middles = [np.minimum(np.arange(factor // 2, n + factor // 2, factor), n - 1) for n in truth.shape]
    coarse = np.ascontiguousarray(truth[np.ix_(*middles)])
    enlarged = np.repeat(np.repeat(coarse, factor, axis=0), factor, axis=1)[:160, :240]
    found = bring_to_full_resolution(coarse, picture, factor)
    assert (found != truth).mean() < 0.35 * (enlarged != truth).mean()
    for threads in (1, 3):
        again = bring_to_full_resolution(coarse, picture, factor, threads=threads)
        np.testing.assert_array_equal(again, found)


@settings(deadline=None, max_examples=15)
@given(seed=SEEDS, factor=st.integers(2, 9), masked=st.booleans())
def test_every_label_stays_and_stays_whole(seed: int, factor: int, masked: bool) -> None:
    rng = np.random.default_rng(seed)
    picture, _ = wavy(72, 90, 60, seed % 1000)
    h, w = -(-72 // factor), -(-90 // factor)
    coarse = ((np.arange(h)[:, None] // 3) * 50 + np.arange(w)[None] // 4 + 1).astype(np.int32)
    mask = None
    if masked:
        mask = np.ones((72, 90), bool)
        mask[rng.integers(72)] = False
    found = bring_to_full_resolution(coarse, picture, factor, mask=mask)
    assert set(np.unique(found)) - {0} == set(np.unique(coarse))
    if mask is None:
        for name in np.unique(coarse):
            assert connected(found == name)[1] == 1
    else:
        assert (found[~mask] == 0).all()
        assert (found[mask] > 0).all()


def test_a_factor_of_one_changes_nothing() -> None:
    picture, truth = wavy(20, 30, 5)
    assert bring_to_full_resolution(truth, picture, 1) is truth


def test_regions_of_a_large_image_have_its_own_outlines() -> None:
    picture, truth = wavy(800, 1200, 8)
    found = pixture.regions(picture)
    assert found.count == 3
    agree = [max((found.labels[truth == name] == own).mean() for own in (1, 2, 3)) for name in (1, 2, 3)]
    assert min(agree) > 0.995


def test_a_part_too_small_for_the_reduced_image_is_a_region() -> None:
    picture, _ = wavy(800, 1200, 8)
    mask = np.zeros((800, 1200), bool)
    mask[:600] = True
    mask[700:702, 300:302] = True
    found = pixture.regions(picture, mask=mask)
    assert (found.labels[mask] > 0).all()
    assert (found.labels[~mask] == 0).all()
    assert (found.labels == found.labels[700, 300]).sum() == 4
