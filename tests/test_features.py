"""Planes of features: equal distances look equally far apart, whatever the image's kind; derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import correlate1d

from pixture import image_from_array
from pixture.arrays import Array
from pixture.errors import MaskedValuesWarning
from pixture.imaging.feature_space.lab_colour import lab
from pixture.imaging.feature_space.perceptual_planes import perceptual_planes
from pixture.imaging.feature_space.scale_space import derivatives, gaussian_taps, smoothed
from tests.reference_chi_square import gaussian


def noise(shape: tuple[int, ...], seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 30), columns=st.integers(1, 30))
def test_colour_becomes_lab(seed: int, rows: int, columns: int) -> None:
    pixels = noise((rows, columns, 3), seed)
    planes = perceptual_planes(image_from_array(pixels, axes="yxc"))
    np.testing.assert_allclose(np.moveaxis(planes, 0, -1), lab(pixels / 255), atol=2e-3)


def test_grey_becomes_lightness_alone() -> None:
    grey = noise((9, 12))
    planes = perceptual_planes(image_from_array(grey))
    colours = perceptual_planes(image_from_array(np.repeat(grey[..., None], 3, axis=-1)))
    np.testing.assert_array_equal(planes[0], colours[0])
    assert planes.shape == (1, 9, 12)
    np.testing.assert_allclose(colours[1:], 0, atol=1e-2)


def test_grey_saved_as_colour_is_grey() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (6, 9)).astype(np.uint8)
    mask = np.ones((6, 9), bool)
    mask[0] = False
    pixels = np.repeat(grey[..., None], 3, axis=2)
    pixels[0, :, 1] = 7  # masked: what it holds does not count
    found = perceptual_planes(image_from_array(pixels, mask=mask))
    np.testing.assert_array_equal(found, perceptual_planes(image_from_array(grey, mask=mask)))


@pytest.mark.parametrize(
    "made",
    [
        lambda eight: eight.astype(np.uint16) * 257,
        lambda eight: eight.astype(np.float32) / 255,
        lambda eight: eight.astype(np.float64) / 255,
    ],
    ids=["16-bit", "float32", "float64"],
)
def test_depth_changes_nothing(made: object) -> None:
    eight = noise((20, 20, 3))
    eight[0, 0] = 255
    planes = perceptual_planes(image_from_array(made(eight)))  # type: ignore[operator]  # a parameter is an object to the checker
    np.testing.assert_allclose(planes, perceptual_planes(image_from_array(eight)), atol=2e-3)


def test_12_bits_fill_the_range() -> None:
    pixels = np.array([[0, 4095]], np.uint16)
    np.testing.assert_allclose(perceptual_planes(image_from_array(pixels))[0], [[0, 100]], atol=1e-2)


def test_values_of_no_known_range_are_stretched() -> None:
    pixels = np.linspace(-1000, 3000, 5000, dtype=np.float32).reshape(50, 100)  # Hounsfield units
    planes = perceptual_planes(image_from_array(pixels))
    np.testing.assert_allclose(planes.min(), 0, atol=1e-5)
    np.testing.assert_allclose(planes.max(), 100, atol=1e-3)
    np.testing.assert_array_equal(
        perceptual_planes(image_from_array(7 * pixels - 3)).round(2), planes.round(2)
    )


def test_bands_in_any_order_and_unit_give_the_same_planes() -> None:
    generator = np.random.default_rng(0)
    bands = (generator.normal(size=(30, 40, 2)) @ generator.normal(size=(2, 6))).astype(np.float64)
    bands += 0.1 * generator.normal(size=bands.shape)
    planes = perceptual_planes(image_from_array(bands))
    assert planes.shape == (4, 30, 40)
    np.testing.assert_allclose(planes[0].std(), 20, rtol=1e-3)
    other = perceptual_planes(image_from_array(bands[..., [3, 1, 5, 0, 2, 4]] * 1000 + 5))
    np.testing.assert_allclose(np.abs(other[1:]), np.abs(planes[1:]), atol=2e-2)
    np.testing.assert_allclose(other[0], planes[0], atol=2e-2)


def test_what_masked_pixels_hold_changes_nothing() -> None:
    pixels = noise((20, 30, 3))
    mask = np.ones((20, 30), bool)
    mask[5:9, 4:20] = False
    other = pixels.copy()
    other[~mask] = 255 - other[~mask]
    first, second = (perceptual_planes(image_from_array(p, mask=mask)) for p in (pixels, other))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first[:, 6, 6], first[:, mask].mean(axis=1), rtol=1e-4)


def test_nan_is_masked_and_leaves_no_trace() -> None:
    pixels = noise((10, 10)).astype(np.float32) / 255
    pixels[3, 4] = np.nan
    with pytest.warns(MaskedValuesWarning):
        image = image_from_array(pixels)
    assert np.isfinite(perceptual_planes(image)).all()


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    sigma=st.floats(0.4, 3),
)
def test_smoothing_is_a_convolution_with_a_gaussian(seed: int, rows: int, columns: int, sigma: float) -> None:
    plane = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    kernel = gaussian(sigma, max(1, int(np.ceil(4 * sigma))))
    expected = correlate1d(
        correlate1d(plane.astype(float), kernel, 0, mode="reflect"), kernel, 1, mode="reflect"
    )
    np.testing.assert_allclose(smoothed(plane, sigma), expected, atol=1e-5)
    np.testing.assert_array_equal(smoothed(plane[:, ::-1].copy(), sigma), smoothed(plane, sigma)[:, ::-1])
    np.testing.assert_array_equal(smoothed(plane, sigma, threads=1), smoothed(plane, sigma, threads=3))


def test_taps_sum_to_one() -> None:
    taps = gaussian_taps(1.3, 5)
    assert taps[0] + 2 * sum(taps[1:]) == pytest.approx(1, abs=1e-6)


def test_derivatives_of_a_quadratic() -> None:
    y, x = np.mgrid[-20:21, -20:21].astype(np.float32)
    plane = 1 + 2 * x - 3 * y + 0.5 * x * x - 0.25 * x * y + 0.75 * y * y
    for sigma in (1.0, 2.0):
        lx, ly, lxx, lxy, lyy = derivatives(plane, sigma)[:, 20, 20]
        np.testing.assert_allclose([lx / sigma, ly / sigma], [2, -3], rtol=1e-3)
        np.testing.assert_allclose(np.array([lxx, lxy, lyy]) / sigma**2, [1, -0.25, 1.5], rtol=1e-3)
