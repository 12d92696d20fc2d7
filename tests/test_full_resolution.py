"""Outlines at full resolution: the kernels against their twins, the laws, and known curved borders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from pixture.arrays import Array, Integers, Mask
from pixture.errors import ChoiceError, ImageError
from pixture.segmentation.regions import full_resolution
from pixture.segmentation.regions.full_resolution import bring_to_full_resolution
from pixture.segmentation.regions.kernels import filling
from pixture.segmentation.regions.kernels import full_resolution as kernels
from pixture.segmentation.regions.kernels.local_means import local_means, pure_cells
from tests import reference_full_resolution as reference


def connected_labels(values: Array) -> Integers:
    """Labels 1 … n of the connected pieces of equal values."""
    out = np.zeros(values.shape, np.int32)
    for value in np.unique(values):
        pieces, _ = ndimage.label(values == value)
        out[pieces > 0] = pieces[pieces > 0] + out.max()
    return out


def pieces_of(labels: Integers, label: int) -> int:
    return int(ndimage.label(labels == label)[1])


def enlarged(labels: Integers, factor: int, shape: tuple[int, ...]) -> Integers:
    return np.repeat(np.repeat(labels, factor, 0), factor, 1)[: shape[0], : shape[1]]


def scene(size: int, factor: int, noise: float, seed: int) -> tuple[Array, Integers, Integers]:
    """An image of curved, anti-aliased pieces, the truth, and the truth on the image reduced."""
    draw = np.random.default_rng(seed)
    fields = [
        ndimage.zoom(ndimage.gaussian_filter(draw.standard_normal((64, 64)), 6), 2 * size / 64)
        for _ in range(5)
    ]
    fine = np.argmax(fields, axis=0)
    colours = np.array([[60, 60, 60], [120, 60, 90], [60, 150, 60], [150, 150, 60], [100, 100, 180]], float)
    image = colours[fine].reshape(size, 2, size, 2, 3).mean(axis=(1, 3))
    image = np.clip(image + noise * draw.standard_normal(image.shape), 0, 255).astype(np.uint8)
    truth = fine[1::2, 1::2]
    counts = np.stack(
        [(truth == k).reshape(size // factor, factor, -1, factor).sum(axis=(1, 3)) for k in range(5)]
    )
    return image, truth, counts.argmax(axis=0)


def wrong_near_borders(labels: Integers, truth: Integers, reach: int) -> float:
    edges = (np.diff(truth, axis=0, prepend=truth[:1]) != 0) | (
        np.diff(truth, axis=1, prepend=truth[:, :1]) != 0
    )
    band = ndimage.distance_transform_edt(~edges) <= reach
    return float((labels != truth)[band].mean())


def brought(image: Array, classes: Integers, factor: int) -> Integers:
    """The class of each pixel once the connected pieces of the reduced classes are brought up."""
    cells = connected_labels(classes)
    names = np.zeros(cells.max() + 1, int)
    names[cells] = classes
    return names[bring_to_full_resolution(cells, image, factor)]


@pytest.mark.parametrize(("factor", "noise", "share"), [(10, 5.0, 0.2), (10, 20.0, 0.35), (4, 10.0, 0.6)])
def test_known_curved_borders_are_found(factor: int, noise: float, share: float) -> None:
    image, truth, classes = scene(400, factor, noise, 1)
    plain = wrong_near_borders(enlarged(classes, factor, truth.shape), truth, factor)
    assert wrong_near_borders(brought(image, classes, factor), truth, factor) < share * plain


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
@pytest.mark.parametrize("factor", [2, 3, 5, 7, 10, 16])
def test_a_sharp_edge_off_the_grid_is_found_exactly(factor: int, dtype: str) -> None:
    for edge in range(3 * factor - factor // 2, 3 * factor + factor // 2 + 1):
        image = np.where(np.arange(6 * factor) < edge, 20, 200).astype(dtype) * np.ones(
            (5 * factor, 1), dtype
        )
        cells = np.repeat(np.array([[1, 1, 1, 2, 2, 2]], np.int32), 5, 0)
        labels = bring_to_full_resolution(cells, image, factor)
        np.testing.assert_array_equal(labels, np.where(np.arange(6 * factor) < edge, 1, 2)[None] + 0 * labels)
        labels = bring_to_full_resolution(cells.T.copy(), image.T.copy(), factor)
        np.testing.assert_array_equal(
            labels, np.where(np.arange(6 * factor) < edge, 1, 2)[:, None] + 0 * labels
        )


def test_a_constant_image_keeps_straight_outlines_and_takes_steps_off() -> None:
    straight = np.repeat(np.array([[1, 1, 2, 2, 3]], np.int32), 4, 0)
    for cells in (straight, straight.T):
        flat = np.zeros((8 * cells.shape[0], 8 * cells.shape[1]), np.uint8)
        np.testing.assert_array_equal(
            bring_to_full_resolution(cells, flat, 8), enlarged(cells, 8, flat.shape)
        )
    stairs = (np.add.outer(np.arange(12), np.arange(12)) > 11).astype(np.int32) + 1
    labels = bring_to_full_resolution(stairs, np.zeros((96, 96), np.uint8), 8)
    moved = labels != enlarged(stairs, 8, labels.shape)
    assert 0 < moved.mean() < 0.05
    line = np.add.outer(np.arange(96), np.arange(96))
    off = np.abs(line - 99)[labels != np.where(line > 99, 2, 1)]
    assert off.max(initial=0) < 6  # enlarged labels are up to 8 off


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(2, 11), st.integers(1, 4), st.integers(0, 999))
def test_every_label_survives_connected(rows: int, columns: int, factor: int, kinds: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    shape = -(-rows // factor), -(-columns // factor)
    cells = connected_labels(draw.integers(0, kinds, shape))
    image = draw.integers(0, 255, (rows, columns, 2), np.uint8)
    labels = bring_to_full_resolution(cells, image, factor)
    assert labels.dtype == np.int32
    assert labels.shape == (rows, columns)
    np.testing.assert_array_equal(np.unique(labels), np.arange(1, cells.max() + 1))
    assert all(pieces_of(labels, label) == 1 for label in range(1, cells.max() + 1))


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 30), st.integers(4, 30), st.integers(2, 6), st.integers(0, 999))
def test_a_mask_is_never_jumped(rows: int, columns: int, factor: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    mask = ndimage.gaussian_filter(draw.standard_normal((rows, columns)), 1.5) > -0.05
    _, takes_part = reference.area_means(np.zeros((rows, columns, 1)), factor, mask)
    values = np.where(takes_part, draw.integers(0, 2, takes_part.shape), -1)
    cells = connected_labels(values)
    cells[~takes_part] = 0
    image = draw.random((rows, columns)).astype(np.float32)
    image[~mask] = np.nan
    labels = bring_to_full_resolution(cells, image, factor, mask=mask)
    assert (labels[~mask] == 0).all()
    assert set(np.unique(labels)) <= {0, *np.unique(cells)}
    # each connected piece of what takes part has the labels of its own reduced pixels, or none at all
    parts, count = ndimage.label(mask)
    of_cell = enlarged(cells, factor, mask.shape)
    for part in range(1, count + 1):
        here = parts == part
        known = {int(label) for label in of_cell[here]} - {0}
        assert {int(label) for label in labels[here]} <= (known or {0}) | _straddling(cells, factor, here)


def _straddling(cells: Integers, factor: int, here: Mask) -> set[int]:
    """Labels of the reduced pixels beside those of a part: levels between meet them, too."""
    touched = np.zeros(cells.shape, bool)
    ys, xs = np.nonzero(here)
    touched[ys // factor, xs // factor] = True
    return {int(label) for label in cells[ndimage.binary_dilation(touched, np.ones((3, 3), bool))]}


def test_a_gap_wider_than_reduced_pixels_parts_what_lies_beside_it() -> None:
    image = np.full((40, 64), 50, np.uint8)
    mask = np.ones(image.shape, bool)
    mask[:, 24:40] = False
    cells = np.repeat(np.array([[1, 1, 1, 0, 0, 2, 2, 2]], np.int32), 5, 0)
    labels = bring_to_full_resolution(cells, image, 8, mask=mask)
    np.testing.assert_array_equal(labels, enlarged(cells, 8, image.shape))
    mask[:, 22:40] = False
    mask[:, 36:40] = True  # of a reduced pixel that does not take part
    labels = bring_to_full_resolution(cells, image, 8, mask=mask)
    assert (labels[:, :22] == 1).all()
    assert (labels[:, 22:36] == 0).all()
    assert (labels[:, 36:] == 2).all()


def test_an_island_that_nothing_reaches_has_no_label() -> None:
    mask = np.zeros((12, 12), bool)
    mask[:, :6] = True
    mask[5, 9] = True
    cells = np.array([[1, 0], [1, 0]], np.int32)
    labels = bring_to_full_resolution(cells, np.zeros((12, 12)), 6, mask=mask)
    np.testing.assert_array_equal(labels, np.where(np.arange(12) < 6, 1, 0) + np.zeros((12, 1), int))


def test_threads_change_nothing() -> None:
    image, _, classes = scene(400, 5, 10.0, 2)
    cells = connected_labels(classes)
    one, two = (bring_to_full_resolution(cells, image, 5, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one, two)
    assert image.shape[0] > 2 * full_resolution.STRIP


def test_flips_and_a_quarter_turn_turn_the_answer_but_for_near_ties() -> None:
    image, _, classes = scene(400, 5, 10.0, 3)
    cells = connected_labels(classes)
    labels = bring_to_full_resolution(cells, image, 5)
    for turn in (np.flipud, np.fliplr, np.rot90):
        there = bring_to_full_resolution(np.ascontiguousarray(turn(cells)), turn(image), 5)
        assert (there != turn(labels)).mean() < 0.002


@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
def test_units_change_little(dtype: str) -> None:
    image, _, classes = scene(200, 5, 10.0, 4)
    cells = connected_labels(classes)
    labels = bring_to_full_resolution(cells, image, 5)
    scaled = (image * np.array([257.0, 16.0, 64.0])).astype(dtype)
    assert (bring_to_full_resolution(cells, scaled, 5) != labels).mean() < 0.001


def test_a_factor_of_one_gives_the_labels_back() -> None:
    cells = np.ones((3, 4), np.int32)
    assert bring_to_full_resolution(cells, np.zeros((3, 4)), 1) is cells


def test_one_row_and_nothing_labelled() -> None:
    row = np.where(np.arange(30) < 13, 0, 9)[None]
    labels = bring_to_full_resolution(np.array([[1, 2, 2]], np.int32), row, 10)
    np.testing.assert_array_equal(labels, np.where(row == 0, 1, 2))
    nothing = bring_to_full_resolution(np.zeros((1, 3), np.int32), row, 10, mask=row > 99)
    assert not nothing.any()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ChoiceError, match="from 1; got 0"):
        bring_to_full_resolution(np.ones((1, 1), np.int32), np.zeros((3, 3)), 0)
    with pytest.raises(ImageError, match="are 2 x 3; got 2 x 2"):
        bring_to_full_resolution(np.ones((2, 2), np.int32), np.zeros((8, 12)), 4)
    with pytest.raises(ImageError, match="mask is 2 x 2, the image 8 x 12"):
        bring_to_full_resolution(np.ones((2, 3), np.int32), np.zeros((8, 12)), 4, mask=np.ones((2, 2), bool))


@given(st.integers(1, 9), st.integers(1, 140), st.integers(1, 3), st.integers(0, 99))
def test_boundary_blocks_and_local_means_are_their_twins(
    rows: int, columns: int, kinds: int, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, kinds, (rows, columns)).astype(np.int32)
    places = kernels.boundary_blocks(labels, 0, rows)
    assert [(at >> 32, at & 0xFFFFFFFF) for at in places.tolist()] == reference.boundary_blocks(labels)
    few = labels[:, :12]
    means: Array = draw.random((*few.shape, 2)).astype(np.float32)
    pure = np.empty(few.shape, bool)
    out: Array = np.empty_like(means)
    pure_cells(few, 0, rows, pure)
    local_means(few, means, 2, 0, rows, pure, out)
    np.testing.assert_allclose(out, reference.local_means(few, means, 2), rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(2, 3), st.booleans(), st.integers(0, 9999))
def test_settling_is_its_twin(rows: int, columns: int, side: int, masked: bool, seed: int) -> None:
    draw = np.random.default_rng(seed)
    cells = connected_labels(draw.integers(0, 2, (rows, columns)))
    labels = enlarged(cells, side, (rows * side, columns * side)).copy()
    pixels = draw.random((*labels.shape, 2)).astype(np.float32)
    mask = draw.random(labels.shape) < 0.8 if masked else np.ones(labels.shape, bool)
    means = draw.random((*cells.shape, 2)).astype(np.float32)
    scale = np.array([8.0, 12.0], np.float32)
    expected = reference.settle(labels, pixels, mask, cells, means, scale, side, 4, 0.7, 6.0, 2.0)
    kernels.settle(
        kernels.boundary_blocks(labels, 0, len(labels)),
        0,
        len(labels),
        4,
        0.7,
        6.0,
        2.0,
        full_resolution.shares(labels.shape[0], 1, side),
        full_resolution.shares(labels.shape[1], 1, side),
        labels,
        pixels,
        mask if masked else np.empty((0, 0), bool),
        cells,
        full_resolution.positions(labels.shape[0], rows, 1, side),
        full_resolution.positions(labels.shape[1], columns, 1, side),
        means.reshape(-1, 2),
        scale,
    )
    np.testing.assert_array_equal(labels, expected)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 999))
def test_filling_takes_the_nearest_label_through_what_is_open(rows: int, columns: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    mask = draw.random((rows, columns)) < 0.7
    labels = (draw.integers(1, 9, (rows, columns)) * (draw.random((rows, columns)) < 0.1)).astype(np.int32)
    filled = labels.copy()
    filling.fill(filled, mask)
    steps = reference.steps_to(labels > 0, mask)
    np.testing.assert_array_equal(filled[labels > 0], labels[labels > 0])
    given_one = mask & (labels == 0)
    np.testing.assert_array_equal(filled[given_one] > 0, np.isfinite(steps[given_one]))
    assert not filled[~mask & (labels == 0)].any()
    for label in np.unique(filled[given_one & (filled > 0)]):
        own = reference.steps_to(labels == label, mask)
        here = given_one & (filled == label)
        np.testing.assert_array_equal(own[here], steps[here])


def test_can_go_is_the_law_in_three_by_three() -> None:
    ring = ((1, 2), (0, 2), (0, 1), (0, 0), (1, 0), (2, 0), (2, 1), (2, 2))
    for bits in range(255):  # one within its label has nowhere to go
        window = np.zeros((3, 3), int)
        window[1, 1] = 1
        for k, at in enumerate(ring):
            window[at] = bits >> k & 1
        assert kernels.CAN_GO[bits] == reference.can_go(window)
