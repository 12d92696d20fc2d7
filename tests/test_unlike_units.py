"""Channels of unlike units need no preparation: a factor and a shift of each change nothing but the units.

Factors that are powers of two change no digit of any value, over as many orders as units differ by, and
answers differ by the rounding of sums alone. Others round every value, and a shift takes digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import UnlikeChannelsWarning
from pixture.arrays import Array, Floats
from pixture.imaging.common_scale import on_one_scale
from pixture.imaging.feature_space.perceptual_planes import perceptual_planes
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.mixture.model_selection.split_and_merge import splits
from pixture.options.fitting import INITS, CovarianceName, InitName
from pixture.segmentation.foreground.automatic_foreground import automatic_foreground

SIDE = 24

SCALED: tuple[CovarianceName, ...] = ("full", "tied", "diagonal")
"""Structures whose variances make up for a channel's unit."""


def picture(seed: int, channels: int) -> Floats:
    """Three classes, each with a shape and correlations of its own, (SIDE, SIDE, channels)."""
    generator = np.random.default_rng(seed)
    labels = np.zeros((SIDE, SIDE), int)
    labels[:, SIDE // 2 :] = 1
    labels[SIDE // 3 : 2 * SIDE // 3, SIDE // 3 : 2 * SIDE // 3] = 2
    roots = 0.4 * generator.normal(0, 1, (3, channels, channels)) + np.eye(channels)
    means = generator.normal(0, 3, (3, channels))
    noise = generator.normal(0, 1, (SIDE, SIDE, channels))
    found: Floats = means[labels] + np.einsum("hwij,hwj->hwi", roots[labels], noise)
    return found


def binary_units(seed: int, channels: int) -> Floats:
    """Factors from 6e-5 to 1e6, all of them powers of two."""
    factors: Floats = np.exp2(np.random.default_rng(seed).integers(-14, 21, channels).astype(float))
    return factors


def decimal_units(seed: int, channels: int) -> tuple[Floats, Floats]:
    """Factors from 1e-4 to 1e6, and shifts of twenty or so of the channels' deviations."""
    generator = np.random.default_rng(seed)
    factors = 10 ** generator.uniform(-4, 6, channels)
    return factors, factors * generator.normal(0, 20, channels)


seeds = st.integers(0, 2**32 - 1)
# three channels are red, green and blue where that is possible
several = st.sampled_from((2, 4, 5))


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("covariance", SCALED)
@given(seed=seeds, channels=several)
@settings(max_examples=6)
def test_units_change_no_fit(covariance: CovarianceName, init: InitName, seed: int, channels: int) -> None:
    pixels = picture(seed, channels)
    options: dict[str, Any] = {"covariance": covariance, "init": init, "smooth": "off", "seed": seed % 7}
    one = pixture.segment(pixels, 3, **options)

    factors = binary_units(seed, channels)
    same = pixture.segment(pixels * factors, 3, **options)
    np.testing.assert_array_equal(same.labels, one.labels)
    np.testing.assert_allclose(same.mixture.means, one.mixture.means * factors, rtol=1e-8)
    np.testing.assert_allclose(same.fit.log_likelihood, one.fit.log_likelihood - np.log(factors).sum())
    assert same.fit.iterations == one.fit.iterations

    factors, shifts = decimal_units(seed, channels)
    alike = pixture.segment(pixels * factors + shifts, 3, **options)
    assert np.mean(alike.labels == one.labels) > 0.99
    np.testing.assert_allclose(
        alike.fit.log_likelihood + np.log(factors).sum(), one.fit.log_likelihood, atol=1e-3
    )


@pytest.mark.parametrize("covariance", SCALED)
@given(seed=seeds, channels=st.sampled_from((2, 4, 12)))
@settings(max_examples=2)
def test_units_change_no_number_of_components(covariance: CovarianceName, seed: int, channels: int) -> None:
    """Twelve channels are compared in their principal components."""
    pixels, factors = picture(seed, channels), binary_units(seed, channels)
    one = pixture.segment(pixels, "auto", covariance=covariance)
    other = pixture.segment(pixels * factors, "auto", covariance=covariance)
    assert one.selection is not None
    assert other.selection is not None
    assert other.selection.best.components == one.selection.best.components
    np.testing.assert_array_equal(other.labels, one.labels)


@pytest.mark.parametrize(
    "options",
    [
        {"smooth": "light"},
        {"smooth": "auto"},
        {"smooth": 2.0},
        {"features": "channels,position:0.3"},
        {"features": "channels:0.4,texture"},
        {"accelerate": False, "n_init": 2},
        {"covariance_floor": 0.0},
    ],
    ids=str,
)
@given(seed=seeds, channels=several)
@settings(max_examples=5)
def test_units_change_nothing_else(options: dict[str, Any], seed: int, channels: int) -> None:
    pixels, factors = picture(seed, channels), binary_units(seed, channels)
    one = pixture.segment(pixels, 3, **options)
    other = pixture.segment(pixels * factors, 3, **options)
    np.testing.assert_array_equal(other.labels, one.labels)
    np.testing.assert_allclose(other.probabilities(), one.probabilities(), atol=1e-4)


@given(seed=seeds, channels=several)
@settings(max_examples=5)
def test_units_change_no_regions_and_no_foreground(seed: int, channels: int) -> None:
    pixels = picture(seed, channels)
    factors, shifts = decimal_units(seed, channels)
    scaled = pixels * factors + shifts
    one, other = (pixture.regions(array).labels for array in (pixels, scaled))
    np.testing.assert_array_equal(one, other)
    masks = [automatic_foreground(pixture.image_from_array(array)).mask for array in (pixels, scaled)]
    assert np.mean(masks[0] == masks[1]) > 0.99


@given(seed=seeds, channels=several)
@settings(max_examples=20)
def test_units_change_no_split(seed: int, channels: int) -> None:
    values = picture(seed, channels).reshape(-1, channels)
    factors = binary_units(seed, channels)

    def split(values: Floats) -> list[Floats]:
        sample = WeightedSample(values)
        start = pixture.fit(sample, 2, max_iter=3).mixture
        return [found.means for found in splits(start, sample.variance_floor(), sample, 4)]

    for one, other in zip(split(values), split(values * factors), strict=True):
        np.testing.assert_allclose(one * factors, other, rtol=1e-9)


# --- three channels: colour, or bands of unlike units


def test_three_channels_of_unlike_units_are_no_colour() -> None:
    pixels = picture(0, 3)
    pixels -= pixels.min()
    reflectance, elevation, radar = np.moveaxis(pixels / pixels.max(), -1, 0)
    bands = np.stack([reflectance, 300 + 120 * elevation, -25 + 20 * radar], axis=-1)
    image = pixture.image_from_array(bands)
    assert not image.is_colour
    assert image.lightness.tolist() == [1, 0, 0]
    for factors in (np.array([1.0, 0.5, 8.0]), np.array([0.25, 2.0, 1.0])):
        other = pixture.image_from_array(bands * factors)
        np.testing.assert_array_equal(perceptual_planes(other), perceptual_planes(image))
        np.testing.assert_array_equal(pixture.segment(other, 3).labels, pixture.segment(image, 3).labels)
    with pytest.raises(pixture.ChoiceError, match="3 channels of unlike units"):
        pixture.segment(bands, 2, features="lab")
    # what is shown has all three in it
    shown = pixture.segment(bands, 3).overlay()
    assert shown.shape == (SIDE, SIDE, 3)


@pytest.mark.parametrize("kind", ["u1", "u2", "unit", "hundred", "one is constant"])
def test_colour_stays_colour(kind: str) -> None:
    unit = np.random.default_rng(0).uniform(0, 1, (9, 9, 3)) * [1.0, 0.3, 0.01]
    kinds: dict[str, Array] = {
        "u1": (255 * unit).astype(np.uint8),
        "u2": (65_535 * unit).astype(np.uint16),
        "unit": unit,
        "hundred": 100 * unit * [1, 1, 30],
        "one is constant": 100 * unit * [1, 1, 0],
    }
    assert pixture.image_from_array(kinds[kind]).is_colour


def test_masked_pixels_say_nothing_of_the_scale() -> None:
    rows = np.array([[1.0, 2.0, 3.0], [4.0, 3.0, 2.0], [1e9, 0.0, 0.0]])
    assert not on_one_scale(rows, None)
    assert on_one_scale(rows, np.array([True, True, False]))


# --- one variance for all channels


def test_spherical_covariances_of_unlike_units_are_warned_of() -> None:
    values = picture(0, 4).reshape(-1, 4)
    with pytest.warns(UnlikeChannelsWarning, match=r'Take "diagonal" covariances, or divide each channel'):
        pixture.fit(values * [1.0, 1e3, 1.0, 1e-2], 2, covariance="spherical")
    pixture.fit(values * [1.0, 7.0, 1.0, 1.0], 2, covariance="spherical")
    constant = np.column_stack([values, np.full(len(values), 1e6)])
    pixture.fit(constant, 2, covariance="spherical")
