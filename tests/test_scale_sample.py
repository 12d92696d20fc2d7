"""A source in pieces has the sample of the image in memory, whatever its values are."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture.imaging import window as windows
from pixture.imaging.grey_as_colour import as_grey
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image_from_array import image_from_array
from pixture.mixture.em.em import summarise
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.model.sample_in_parts import SampleInParts
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import Choices
from pixture.scale.sample import counting
from pixture.scale.sample.counting import Counts, TooManyValuesError
from pixture.scale.sample.source_sample import source_sample
from pixture.scale.sources.source import ImageSource
from pixture.scale.workers import Threads


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few thousand pixels."""
    monkeypatch.setattr(windows, "ONE_PIECE", 1000)
    monkeypatch.setattr(windows, "PIECE_NUMBERS", 2**12)
    monkeypatch.setattr(windows, "SHORTEST", 16)
    monkeypatch.setattr(windows, "LONGEST", 64)


GENERATOR = np.random.default_rng(7)


def blobs(shape: tuple[int, ...], dtype: str, scale: float) -> np.ndarray:
    levels = GENERATOR.integers(0, 3, shape[:2])
    noise = GENERATOR.normal(0, 3, shape)
    picked = np.array([40.0, 110.0, 190.0])[levels]
    return ((picked.reshape(picked.shape + (1,) * (len(shape) - 2)) + noise) * scale).astype(dtype)


COUNTED = {
    "grey": blobs((130, 170), "u1", 1),
    "colour": blobs((130, 170, 3), "u1", 1),
    "four bytes": blobs((130, 170, 4), "u1", 1),
    "16 bits": blobs((130, 170), "u2", 30),
    "signed": blobs((130, 170, 2), "i2", 1) - 100,
    "many narrow channels": blobs((130, 170, 5), "u2", 0.1),
    "levels of floats": blobs((130, 170, 2), "u1", 0.2).astype("f4") / 8,
    "grey stored as colour": np.repeat(blobs((130, 170, 1), "u1", 1), 3, axis=2),
}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("masked", [False, True])
def test_counted_values_are_those_in_memory(name: str, masked: bool) -> None:
    pixels = COUNTED[name]
    mask = GENERATOR.random(pixels.shape[:2]) < 0.7 if masked else None
    image = image_from_array(pixels, axes="yxc"[: pixels.ndim], mask=mask)
    expected = histogram(as_grey(image)).sample
    found = source_sample(ImageSource(image), Threads(2))
    sample = found.sample
    assert isinstance(sample, WeightedSample)
    assert np.array_equal(sample.values, expected.values)
    assert np.array_equal(sample.weights, expected.weights)
    assert sample.channels.dtype == expected.channels.dtype
    assert sample.resolution == expected.resolution
    assert np.array_equal(found.direction, as_grey(image).lightness)


@pytest.mark.parametrize("dtype", ["f4", "f8", "u2"])
@pytest.mark.parametrize("masked", [False, True])
def test_continuous_values_come_in_parts(dtype: str, masked: bool) -> None:
    pixels = blobs((400, 433, 4), dtype, 200.123)
    mask = GENERATOR.random(pixels.shape[:2]) < 0.7 if masked else None
    image = image_from_array(pixels, axes="yxc", mask=mask)
    whole = histogram(image).sample
    found = source_sample(ImageSource(image), Threads(2))
    sample = found.sample
    assert isinstance(sample, SampleInParts)
    assert sample.size == whole.size
    assert sample.resolution == whole.resolution
    exact = whole.values.astype(np.float64)
    np.testing.assert_allclose(sample.mean, exact.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(sample.variance, exact.var(axis=0), rtol=1e-12)
    np.testing.assert_allclose(sample.spans, whole.spans, rtol=1e-6)
    mixture = fit_sample(whole, Choices(3)).mixture
    one, other = summarise(sample, mixture), summarise(whole, mixture)
    np.testing.assert_allclose(one.zeroth, other.zeroth, rtol=1e-5)
    np.testing.assert_allclose(one.log_likelihood, other.log_likelihood, rtol=1e-6)


def test_the_answer_is_the_same_for_any_number_of_threads() -> None:
    image = image_from_array(blobs((300, 333, 3), "f4", 1.37), axes="yxc")
    fits = [
        fit_sample(source_sample(ImageSource(image), Threads(count)).sample, Choices(3))
        for count in (1, 2, 5)
    ]
    for fit in fits[1:]:
        assert np.array_equal(fit.mixture.means, fits[0].mixture.means)
        assert fit.log_likelihood == fits[0].log_likelihood


CODES = st.dictionaries(st.integers(0, 2**64 - 1) | st.integers(0, 9), st.integers(1, 2**40), max_size=30)


@given(one=CODES, other=CODES)
def test_counts_add_as_those_of_all_the_codes_together(one: dict[int, int], other: dict[int, int]) -> None:
    counted = (
        Counts(
            np.array(sorted(each), np.uint64),
            np.array([each[code] for code in sorted(each)], np.int64),
            most=99,
        )
        for each in (one, other)
    )
    found = next(counted) + next(counted)
    expected = Counter(one) + Counter(other)
    assert found.codes.tolist() == sorted(expected)
    assert found.counts.tolist() == [expected[code] for code in sorted(expected)]
    assert found.codes.dtype == np.uint64


def test_a_sum_of_counts_ends_where_there_are_too_many() -> None:
    some, more = (Counts(np.arange(at, at + 4, dtype=np.uint64), np.ones(4, np.int64), 6) for at in (0, 2))
    assert (some + more).codes.size == 6
    with pytest.raises(TooManyValuesError):
        some + Counts(np.arange(9, 12, dtype=np.uint64), np.ones(3, np.int64), 6)


@pytest.mark.parametrize("distinct", [99, 100, 101])
def test_as_many_values_are_counted_as_may_be(distinct: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "FIRST_CODES", 32)
    values = np.repeat(np.arange(distinct, dtype=np.uint64) * 1_000_003, 64).astype("u4")
    source = ImageSource(image_from_array(values.reshape(distinct, 64)))
    coding = counting.coding_of_all(source.description)
    assert coding is not None
    count = counting.CountPieces(source, coding, 100)
    if distinct > 100:
        with pytest.raises(TooManyValuesError):
            count(source.description.pieces)
        return
    found = count(source.description.pieces)
    assert found is not None
    assert found.counts.tolist() == [64] * distinct
