"""The histogram is the image: the same values, the same counts, the same fit, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture import MaskedValuesWarning, WeightedSample, fit, histogram, image_from_array
from pixture.arrays import Array, Integers, Mask
from pixture.imaging.histogram import channel_packing
from pixture.imaging.image import Image
from pixture.imaging.kernels import counting
from pixture.options.fitting import CovarianceName
from tests import reference
from tests.strategies import images


def some_mask(shape: tuple[int, ...], seed: int) -> Mask | None:
    if seed == 0:
        return None
    mask = np.random.default_rng(seed).random(shape) < 0.6
    mask.flat[0] = True
    return mask


def channels(image: Image) -> Array:
    return image.rows.reshape(*image.shape, -1)


def ascending(sample: WeightedSample) -> tuple[Array, Array]:
    """Values, ascending, the first channel counting most, and their weights."""
    order = np.lexsort(sample.values.T[::-1])
    return sample.values[order], sample.weights[order]


@given(images(), st.integers(0, 5))
def test_it_equals_its_twin(pixels: Array, seed: int) -> None:
    image = image_from_array(pixels, axes="yx" if pixels.ndim == 2 else "yxc")
    mask = some_mask(image.shape, seed)
    found = histogram(image.masked(mask))
    values, counts = reference.distinct(pixels, mask)
    if found.sample.size == counts.sum() > len(values):  # too many distinct values: a row a pixel
        rows = image.rows if mask is None else image.rows[mask.ravel()]
        np.testing.assert_array_equal(found.sample.values, rows.astype(float))
    else:
        found_values, found_counts = ascending(found.sample)
        np.testing.assert_array_equal(found_values, values.astype(float))
        np.testing.assert_array_equal(found_counts, counts)
    assert found.sample.resolution == 1


@given(images(), st.integers(0, 5))
def test_spreading_each_row_s_values_gives_the_image_back(pixels: Array, seed: int) -> None:
    image = image_from_array(pixels, axes="yx" if pixels.ndim == 2 else "yxc")
    mask = some_mask(image.shape, seed)
    found = histogram(image.masked(mask), threads=2)
    for c in range(image.channels):
        back = found.spread(np.ascontiguousarray(found.sample.values[:, c]), fill=np.nan)
        expected = channels(image)[..., c].astype(float)
        if mask is not None:
            expected = np.where(mask, expected, np.nan)
        np.testing.assert_array_equal(back, expected)


@pytest.mark.parametrize("bits", [0, 8, 23])
def test_the_table_and_the_hash_agree(
    bits: int, monkeypatch: pytest.MonkeyPatch, generator: np.random.Generator
) -> None:
    image = image_from_array(generator.integers(0, 40, (60, 70, 3), dtype=np.uint8))
    by_table = histogram(image)
    monkeypatch.setattr(channel_packing, "TABLE_BITS", bits)
    by_hash = histogram(image)
    for one, other in zip(ascending(by_table.sample), ascending(by_hash.sample), strict=True):
        np.testing.assert_array_equal(one, other)
    one, other = (found.sample.values[found.rows()] for found in (by_table, by_hash))
    np.testing.assert_array_equal(one, other)


@given(st.lists(st.integers(0, 16), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_interleaving_is_one_to_one_and_keeps_each_channel_s_order(bits: list[int], seed: int) -> None:
    bits = [min(b, channel_packing.TABLE_BITS // len(bits)) for b in bits]
    low = tuple(np.random.default_rng(seed).integers(-(2**15), 2**14, len(bits)).tolist())
    interleaved = channel_packing.Interleaved(low, tuple(bits), np.dtype("u2"))
    codes = np.unique(np.random.default_rng(seed).integers(0, 1 << sum(bits), 500))
    values = interleaved.values(codes)
    patterns = interleaved.patterns(values.T.astype(np.int64))
    back = np.zeros(codes.size, dtype=np.int64)
    for c, table in enumerate(interleaved.tables):
        back |= table[patterns[:, c]]
        assert (values[c] >= low[c]).all()
        assert (values[c] < low[c] + (1 << bits[c])).all()
    np.testing.assert_array_equal(back, codes)
    if len(bits) == 1:
        assert (np.diff(values[0]) > 0).all()


def test_values_that_hardly_repeat_are_not_counted(generator: np.random.Generator) -> None:
    pixels = generator.integers(0, 2**16, (400, 400, 3), dtype=np.uint16)
    found = histogram(image_from_array(pixels))
    assert found.sample.size == 160_000
    np.testing.assert_array_equal(found.sample.values, pixels.reshape(-1, 3))


@pytest.mark.parametrize("dtype", [np.uint16, np.int16])
def test_four_channels_of_all_sixteen_bits_are_counted(dtype: type, generator: np.random.Generator) -> None:
    limits = np.iinfo(dtype)
    colours = generator.integers(limits.min, limits.max, (500, 4), dtype=dtype, endpoint=True)
    colours[0], colours[1] = limits.min, limits.max
    pixels = colours[generator.integers(0, 500, (90, 100))]
    pixels[0, :2] = colours[:2]
    found = histogram(image_from_array(pixels))
    assert found.counted
    values, counts = reference.distinct(pixels, None)
    np.testing.assert_array_equal(found.sample.values, values)
    np.testing.assert_array_equal(found.sample.weights, counts)
    for c in range(4):
        back = found.spread(np.ascontiguousarray(found.sample.values[:, c]), fill=0)
        np.testing.assert_array_equal(back, pixels[..., c])


def test_sixteen_bits_are_counted_as_sixteen_bits() -> None:
    ramp = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    assert histogram(image_from_array(ramp)).sample.size == 65_536


@pytest.mark.parametrize("at", [0, 4095, 4096, 8191, 8192, 8199])
def test_extremes_are_found_wherever_they_are(at: int) -> None:
    """A code is as wide as the values are, also where blocks of pixels begin and end."""
    pixels = np.full((8200, 3), 700, np.uint16)
    pixels[at] = (5, 900, 60_000)
    found = channel_packing.coding_of(pixels, np.empty(0, bool))
    assert isinstance(found, channel_packing.Packed | channel_packing.Interleaved)
    assert found.low == (5, 700, 700)
    assert found.bits == (10, 8, 16)
    mask = np.ones(8200, bool)
    mask[(at + 1) % 8200] = False
    pixels[~mask] = 0, 65_535, 0
    assert channel_packing.coding_of(pixels, mask) == found


@given(images(), st.integers(0, 5), st.sampled_from((1, 2, 3, 7)))
def test_the_threads_change_nothing(pixels: Array, seed: int, threads: int) -> None:
    image = image_from_array(pixels, axes="yx" if pixels.ndim == 2 else "yxc")
    image = image.masked(some_mask(image.shape, seed))
    one, many = histogram(image, threads=1), histogram(image, threads=threads)
    np.testing.assert_array_equal(one.sample.channels, many.sample.channels)
    np.testing.assert_array_equal(one.sample.weights, many.sample.weights)
    np.testing.assert_array_equal(one.rows(), many.rows())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("times", [254, 255, 256, 510, 511, 70_000])
def test_counters_that_overflow_are_carried(times: int, threads: int) -> None:
    pixels = np.append(np.zeros(times, np.uint8), [3, 3, 200])[None]
    sample = histogram(image_from_array(pixels), threads=threads).sample
    np.testing.assert_array_equal(sample.values.ravel(), [0, 3, 200])
    np.testing.assert_array_equal(sample.weights, [times, 2, 1])


STRETCHED = np.stack(np.meshgrid(*[np.arange(0, 256, 7)] * 3), axis=-1).reshape(-1, 3)
PATTERNED = {
    "whole numbers as float64": np.arange(65_536.0).view(np.int64),
    "whole numbers as float32": np.arange(65_536, dtype=np.float32).view(np.int32).astype(np.int64),
    "8 bits shifted to 16": (STRETCHED << 8) @ (1 << np.array([32, 16, 0])),
    "8 bits stretched to 16": (STRETCHED * 257) @ (1 << np.array([32, 16, 0])),
}


@pytest.mark.parametrize("codes", PATTERNED.values(), ids=PATTERNED.keys())
def test_patterns_in_the_codes_do_not_crowd_the_hash_table(codes: Integers) -> None:
    """A run of taken slots is what a search has to go through; at random it is a few dozen at the most."""
    slots = np.full(2**18, counting.EMPTY, np.int32)
    counting.rehash(codes, codes.size, slots)
    taken = np.flatnonzero(slots != counting.EMPTY)
    assert taken.size == codes.size
    runs = np.diff(np.flatnonzero(np.diff(taken, prepend=-2, append=2**18 + 2) > 1))
    assert runs.max() < 64


def test_hash_tables_grow(generator: np.random.Generator) -> None:
    """Past the first table's 16,384 rows, in each of several parts."""
    colours = generator.integers(0, 2**16, (30_000, 3), dtype=np.uint16)
    pixels = colours[generator.integers(0, 30_000, (500, 600))]
    found = histogram(image_from_array(pixels), threads=2)
    values, counts = reference.distinct(pixels, None)
    np.testing.assert_array_equal(found.sample.values, values)
    np.testing.assert_array_equal(found.sample.weights, counts)


@given(images(), st.sampled_from((np.float32, np.float64)), st.sampled_from((0.1, 1 / 255, -1.0)))
def test_floats_of_few_values_are_counted(pixels: Array, dtype: type, scale: float) -> None:
    floats: Array = np.tile((pixels % 7 * scale).astype(dtype), (60, 1) + (1,) * (pixels.ndim - 2))
    floats[0] *= -0.0  # which is no value of its own
    found = histogram(image_from_array(floats, axes="yx" if pixels.ndim == 2 else "yxc"))
    values, counts = reference.distinct(floats + 0.0, None)
    assert found.sample.resolution == 0
    if found.counted:
        found_values, found_counts = ascending(found.sample)
        np.testing.assert_array_equal(found_values, values)
        np.testing.assert_array_equal(found_counts, counts)
    else:
        assert len(values) > floats.size // 8 or floats.shape[-1] > 3
    for c in range(floats.shape[2] if floats.ndim == 3 else 1):
        back = found.spread(np.ascontiguousarray(found.sample.values[:, c]), fill=0)
        np.testing.assert_array_equal(back, floats if floats.ndim == 2 else floats[..., c])


def test_masked_nan_among_few_values_stays_out() -> None:
    floats = np.tile(np.array([0.5, np.nan, 2.0, 2.0], np.float32), (40, 40))
    with pytest.warns(MaskedValuesWarning):
        image = image_from_array(floats)
    found = histogram(image)
    np.testing.assert_array_equal(found.sample.values.ravel(), [0.5, 2.0])
    np.testing.assert_array_equal(found.spread(np.array([1.0, 2.0]), fill=9.0)[0, :4], [1, 9, 2, 2])


def test_floats_are_taken_pixel_by_pixel(generator: np.random.Generator) -> None:
    pixels = generator.normal(0, 1, (20, 30)).astype(np.float32)
    found = histogram(image_from_array(pixels))
    assert found.sample.resolution == 0
    assert found.sample.channels.dtype == np.float32
    np.testing.assert_array_equal(found.spread(found.sample.channels[0], 0), pixels)


@given(st.integers(0, 2**32 - 1), st.sampled_from((None, 1, 3)), st.sampled_from(("full", "diagonal")))
def test_histogram_em_equals_pixel_em(seed: int, bands: int | None, covariance: CovarianceName) -> None:
    """Parameters, log-likelihood and number of steps, to convergence."""
    generator = np.random.default_rng(seed)
    step = 60 * (np.arange(40) > 22)  # two plateaus and noise
    pixels = generator.normal(90, 12, (30, 40, bands or 1)) + step[:, None]
    if bands is None:
        pixels = pixels[..., 0]
    pixels = pixels.clip(0, 255)
    assert_histogram_equals_pixels(pixels.astype(np.uint8), 2, covariance)


@pytest.mark.parametrize("covariance", ["full", "tied", "diagonal", "spherical"])
def test_histogram_em_equals_pixel_em_on_a_photograph(china: Array, covariance: CovarianceName) -> None:
    assert_histogram_equals_pixels(china, 4, covariance)


def assert_histogram_equals_pixels(pixels: Array, components: int, covariance: CovarianceName) -> None:
    image = image_from_array(pixels)
    counted = histogram(image).sample
    assert counted.size < image.size
    start = fit(counted, components, covariance=covariance, max_iter=1, tol=0).mixture
    by_value = fit(counted, init=start)
    by_pixel = fit(WeightedSample(image.rows, resolution=1), init=start)
    assert by_value.iterations == by_pixel.iterations
    assert by_value.stop is by_pixel.stop
    np.testing.assert_allclose(by_value.history, by_pixel.history, rtol=1e-9)
    np.testing.assert_allclose(by_value.mixture.weights, by_pixel.mixture.weights, rtol=1e-7)
    np.testing.assert_allclose(by_value.mixture.means, by_pixel.mixture.means, rtol=1e-7)
    np.testing.assert_allclose(
        by_value.mixture.covariances, by_pixel.mixture.covariances, rtol=1e-6, atol=1e-9
    )
