"""A class as narrow as the step between integers keeps its label, however rare it is."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture import WeightedSample, fit, segment
from pixture.errors import LabelWithoutPixelsWarning
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import COVARIANCES, CovarianceName


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4", "f8", "?"])
@pytest.mark.parametrize("share", [0.3, 0.003, 2e-5])
def test_a_mask_is_its_own_segmentation(dtype: str, share: float) -> None:
    generator = np.random.default_rng(0)
    mask = generator.random((300, 300)) < share
    mask[7, 9] = True
    pixels = mask.astype("u1" if dtype == "?" else dtype)
    np.testing.assert_array_equal(segment(pixels, 2).labels, mask)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(2, 8), st.sampled_from(COVARIANCES))
def test_each_of_n_values_has_its_own_label(seed: int, d: int, n: int, covariance: CovarianceName) -> None:
    """Values that are neighbours, one step apart, of shares down to one in ten million."""
    generator = np.random.default_rng(seed)
    values = {(0,) * d}
    while len(values) < n:
        step = np.zeros(d, int)
        step[generator.integers(d)] = generator.choice([-1, 1])
        values.add(tuple(np.add(sorted(values)[generator.integers(len(values))], step).tolist()))
    weights = np.round(10 ** generator.uniform(0, 7, n))
    sample = WeightedSample(np.array(sorted(values), dtype=float) + 90, weights, resolution=1.0)
    found = fit(sample, n, covariance=covariance, seed=seed % 100)
    assert len(set(posterior.labels(found.mixture, sample).tolist())) == n


def test_a_rare_class_beside_a_heavy_one_among_others() -> None:
    generator = np.random.default_rng(1)
    pixels = np.full((400, 400), 100, np.uint8)
    pixels[:200] = generator.normal(180, 8, (200, 400)).clip(150, 255)
    pixels[250, :3] = 101
    start = Mixture([0.499, 0.001, 0.5], [[100.0], [101.0], [180.0]], [0.1, 0.1, 64.0], "spherical")
    labels = segment(pixels, init=start).labels
    np.testing.assert_array_equal(labels == 1, pixels == 101)


def test_a_label_without_a_pixel_is_told_by_name() -> None:
    """A narrow component within a wide one of twenty times its weight is nowhere the more probable."""
    generator = np.random.default_rng(0)
    pixels = np.round(generator.normal(100, 10, (60, 60))).astype(np.uint8)
    start = Mixture([0.5, 0.45, 0.05], [[100.0], [100.0], [100.0]], [100.0, 110.0, 104.0], "spherical")
    with pytest.warns(LabelWithoutPixelsWarning, match="No pixel has label") as caught:
        result = segment(pixels, init=start, max_iter=1)
    absent = np.setdiff1d(np.arange(3), np.unique(result.labels))
    np.testing.assert_array_equal(result.labels_without_pixels, absent)
    assert absent.size
    assert all(str(label) in str(caught[0].message) for label in absent)


def test_no_label_is_missed_without_cause() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = segment(np.array([[3, 4, 90], [5, 91, 92]], np.uint8), 2)
    assert result.labels_without_pixels.size == 0
