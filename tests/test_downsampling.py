"""Area means: against their definition, exact, in the image's own units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture.errors import ChoiceError
from pixture.imaging.downsampling import block_means, reduce, reduction
from pixture.imaging.image_from_array import image_from_array
from tests import reference_full_resolution as reference


@given(
    st.integers(1, 23),
    st.integers(1, 23),
    st.integers(1, 4),
    st.integers(1, 9),
    st.sampled_from(["u1", "i2", "u2", "i4", "f4", "f8"]),
    st.booleans(),
    st.integers(0, 99),
)
def test_means_are_those_of_the_definition(
    rows: int, columns: int, channels: int, factor: int, dtype: str, masked: bool, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    pixels = draw.integers(0, 120, (rows, columns, channels)).astype(dtype)
    mask = draw.random((rows, columns)) < 0.5 if masked else None
    if mask is not None and pixels.dtype.kind == "f":
        pixels[~mask] = np.nan
    means, takes_part = block_means(pixels, factor, mask=mask)
    expected, through = reference.area_means(
        pixels, factor, np.ones((rows, columns), bool) if mask is None else mask
    )
    assert means.dtype == np.float32
    np.testing.assert_array_equal(means, expected.astype(np.float32))
    np.testing.assert_array_equal(takes_part, through)


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4"])
def test_sums_of_the_largest_integers_are_exact(dtype: str) -> None:
    top = np.iinfo(dtype).max
    means, _ = block_means(np.full((600, 600, 1), top, dtype), 300)
    assert (means == np.float32(top)).all()


def test_threads_change_nothing() -> None:
    pixels = np.random.default_rng(0).random((301, 77, 3)).astype(np.float32)
    one, two = (block_means(pixels, 3, threads=threads)[0] for threads in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_an_image_keeps_its_axes_and_gets_larger_pixels() -> None:
    grey = reduce(image_from_array(np.eye(6, dtype=np.uint16)), 4)
    assert (grey.axes, grey.shape, grey.spacing, grey.mask) == ("yx", (2, 2), (4.0, 4.0), None)
    colour = reduce(image_from_array(np.zeros((6, 9, 3), np.uint8)), 2)
    assert (colour.axes, colour.shape) == ("yxc", (3, 5))
    image = image_from_array(np.zeros((6, 9)))
    assert reduce(image, 1) is image


def test_a_block_takes_part_if_half_of_its_pixels_do() -> None:
    mask = np.array([[1, 0, 1, 0, 1], [1, 0, 0, 0, 0]])
    reduced = reduce(image_from_array(np.arange(10.0).reshape(2, 5), mask=mask), 2)
    assert reduced.mask is not None
    np.testing.assert_array_equal(reduced.mask, [[True, False, True]])
    np.testing.assert_array_equal(reduced.pixels, [[2.5, 2.0, 4.0]])


@given(st.integers(1, 10**8), st.integers(1, 10**6))
def test_the_reduction_is_the_least_that_leaves_so_many(pixels: int, most: int) -> None:
    factor = reduction(pixels, most)
    assert pixels <= most * factor**2
    assert factor == 1 or pixels > most * (factor - 1) ** 2


def test_a_factor_below_one_is_refused() -> None:
    with pytest.raises(ChoiceError, match="from 1; got 0"):
        reduce(image_from_array(np.zeros((3, 3))), 0)
