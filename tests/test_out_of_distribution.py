"""A model applied to an image of another kind says so; to one of its own kind it says nothing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from pixture import Mixture, apply, fit_images
from pixture.arrays import Array
from pixture.errors import UnlikeModelWarning
from pixture.options.fitting import COVARIANCES, CovarianceName


def stained(seed: int, shift: float = 0.0) -> Array:
    """Pink tissue with violet nuclei, on white."""
    generator = np.random.default_rng(seed)
    kinds = np.array([[235, 232, 238], [220, 150, 190], [110, 60, 150]])[generator.integers(0, 3, (40, 40))]
    return np.clip(kinds + shift + generator.normal(0, 9, kinds.shape), 0, 255).astype(np.uint8)


def fluorescent(seed: int) -> Array:
    """Dim nuclei on black."""
    generator = np.random.default_rng(seed)
    light = np.where(generator.random((40, 40, 1)) < 0.2, 60, 6)
    return np.clip(light + generator.normal(0, 2, (40, 40, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_an_image_of_another_kind_is_told(covariance: CovarianceName) -> None:
    model = fit_images([stained(0), stained(1)], 3, covariance=covariance)
    for seed in range(3):  # of its own kind, a little lighter or darker
        apply(model, stained(seed + 5, shift=6.0 * (seed - 1)))
    with pytest.warns(UnlikeModelWarning, match=r"100\.0% of its pixels.*labels mean little"):
        apply(model, fluorescent(0))
    with pytest.warns(UnlikeModelWarning):
        apply(fit_images([fluorescent(0)], 2, covariance=covariance), stained(0))


def test_a_mixture_needs_no_record_of_what_it_was_fitted_to() -> None:
    mixture = fit_images([stained(0)], 3).mixture
    apply(mixture, stained(1))
    with pytest.warns(UnlikeModelWarning):
        apply(mixture, fluorescent(0))


def test_a_few_strange_pixels_are_no_other_kind() -> None:
    """Burnt-out ones, whose log-likelihood pulls that of the image far down."""
    model = fit_images([stained(0)], 3)
    pixels = stained(1)
    pixels[:12] = [0, 255, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert apply(model, pixels).fit.log_likelihood < -40


def test_a_component_of_no_weight_draws_nothing() -> None:
    mixture = Mixture([1.0, 0.0], [[10.0], [200.0]], [4.0, 4.0], "spherical")
    apply(mixture, np.array([[9, 10, 11]], np.uint8))
    with pytest.warns(UnlikeModelWarning):
        apply(mixture, np.array([[199, 200, 201]], np.uint8))
