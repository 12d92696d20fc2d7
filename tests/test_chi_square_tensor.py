"""The tensor gives the chi-square distance of two half-windows at every angle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixture.arrays import Array
from pixture.segmentation.regions.boundaries.chi_square_tensor import (
    chi_square_tensor,
    collapsed,
    contrast,
    halved,
    tensor_pyramid,
)
from tests import reference_chi_square as reference


def soft_maps(seed: int, count: int, rows: int, columns: int, certain: float = 4.0) -> Array:
    """Return random posteriors: most of them near 0 or 1, many exactly 0."""
    generator = np.random.default_rng(seed)
    logits = certain * generator.normal(size=(count, rows, columns))
    shares = np.exp(logits - logits.max(axis=0))
    shares /= shares.sum(axis=0)
    shares[shares < 1e-3] = 0
    return np.asarray(shares, dtype=np.float32)


SHAPES = st.tuples(st.integers(1, 80), st.integers(1, 140))


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=SHAPES,
    sigma=st.sampled_from([0.7, 1.5, 2.5]),
    angle=st.floats(0, 6.3),
)
def test_the_tensor_is_the_chi_square_distance_at_any_angle(
    seed: int, shape: tuple[int, int], sigma: float, angle: float
) -> None:
    maps = soft_maps(seed, 3, *shape)
    xx, xy, yy = chi_square_tensor(maps, sigma).astype(np.float64)
    c, s = np.cos(angle), np.sin(angle)
    reach = 4 if sigma <= 1.5 else 8
    expected = reference.chi_square(maps, sigma, reach, angle)
    np.testing.assert_allclose(c * c * xx + 2 * c * s * xy + s * s * yy, expected, rtol=2e-4, atol=2e-5)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), shape=SHAPES)
def test_mirroring_the_maps_mirrors_the_tensor_to_the_last_bit(seed: int, shape: tuple[int, int]) -> None:
    maps = soft_maps(seed, 4, *shape)
    xx, xy, yy = chi_square_tensor(maps, 1.5)
    across = chi_square_tensor(np.ascontiguousarray(maps[:, :, ::-1]), 1.5)[:, :, ::-1]
    down = chi_square_tensor(np.ascontiguousarray(maps[:, ::-1]), 1.5)[:, ::-1]
    for mirrored in (across, down):
        np.testing.assert_array_equal(mirrored, [xx, -xy, yy])


def test_turning_the_maps_turns_the_tensor() -> None:
    maps = soft_maps(1, 5, 40, 70)
    xx, xy, yy = chi_square_tensor(maps, 2.5)
    turned = chi_square_tensor(np.ascontiguousarray(np.rot90(maps, axes=(1, 2))), 2.5)
    expected = np.array([np.rot90(yy), -np.rot90(xy), np.rot90(xx)])
    np.testing.assert_allclose(turned, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_change_nothing(threads: int) -> None:
    maps = soft_maps(2, 6, 150, 130)
    np.testing.assert_array_equal(
        chi_square_tensor(maps, 1.5, threads=threads), chi_square_tensor(maps, 1.5, threads=1)
    )


def test_a_hole_has_no_boundary_with_anything() -> None:
    mask = np.ones((40, 60), bool)
    mask[10:25, 20:45] = False
    maps = np.stack([mask, np.zeros_like(mask)]).astype(np.float32)
    tensor = chi_square_tensor(maps, 1.5, coverage=mask.astype(np.float32))
    assert contrast(tensor)[mask].max() < 1e-2
    unmasked = chi_square_tensor(maps, 1.5)
    assert contrast(unmasked)[mask].max() > 0.3  # which is what the coverage is for


def test_what_a_hole_is_surrounded_by_is_compared_by_what_takes_part() -> None:
    """Two halves with a hole somewhere else: the boundary between them is as strong as without the hole."""
    halves = np.zeros((2, 40, 60), np.float32)
    halves[0, :, :30], halves[1, :, 30:] = 1, 1
    mask = np.ones((40, 60), bool)
    mask[:, 50:] = False
    masked = chi_square_tensor(halves * mask, 1.5, coverage=mask.astype(np.float32))
    np.testing.assert_allclose(
        masked[:, :, :45], chi_square_tensor(halves, 1.5)[:, :, :45], rtol=1e-3, atol=1e-5
    )


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 33), columns=st.integers(1, 33))
def test_halving(seed: int, rows: int, columns: int) -> None:
    plane = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    np.testing.assert_allclose(halved(plane), reference.halved(plane), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(halved(np.ascontiguousarray(plane[::-1])), halved(plane)[::-1])
    np.testing.assert_array_equal(halved(np.ascontiguousarray(plane[:, ::-1])), halved(plane)[:, ::-1])


@settings(deadline=None)
@given(rows=st.integers(1, 40), columns=st.integers(1, 40), levels=st.integers(1, 4))
def test_a_pyramid_of_constants_adds_up(rows: int, columns: int, levels: int) -> None:
    pyramid = tensor_pyramid(rows, columns, levels)
    for level, tensor in enumerate(pyramid):
        tensor += level + 1
    np.testing.assert_allclose(collapsed(pyramid), sum(range(levels + 1)), rtol=1e-6)


def test_doubling_keeps_a_ramp_where_it_is() -> None:
    """What was halved is put back in its place, whatever the size: no shift by half a pixel."""
    for rows, columns in ((20, 30), (21, 31)):
        ramp = (np.arange(rows)[:, None] + 2.0 * np.arange(columns)).astype(np.float32)
        pyramid = [np.zeros((3, rows, columns), np.float32), np.repeat(halved(ramp)[None], 3, axis=0)]
        restored = collapsed(pyramid)
        np.testing.assert_allclose(restored[0][2:-2, 2:-2], ramp[2:-2, 2:-2], rtol=1e-5)


def test_contrast_is_the_root_of_the_greater_eigenvalue() -> None:
    tensor = chi_square_tensor(soft_maps(3, 5, 30, 50), 1.5)
    matrices = np.moveaxis(tensor[[0, 1, 1, 2]], 0, -1).reshape(30, 50, 2, 2).astype(np.float64)
    expected = np.sqrt(np.linalg.eigvalsh(matrices)[..., 1].clip(0))
    np.testing.assert_allclose(contrast(tensor), expected, rtol=1e-4, atol=1e-5)
