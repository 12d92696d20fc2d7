"""A recording is the fit itself, with every mixture on the way, each component under one number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture.arrays import Array
from pixture.mixture.comparison.principal_plane import principal_plane
from pixture.mixture.em.em import summarise
from pixture.mixture.model.synthetic_points import synthetic
from pixture.mixture.model.weighted_sample import WeightedSample


@given(seed=st.integers(0, 50), components=st.integers(1, 5), dimension=st.integers(1, 4))
def test_a_recording_is_the_fit(seed: int, components: int, dimension: int) -> None:
    values = np.random.default_rng(seed).normal(0, 1, (80, dimension)) * np.arange(1, dimension + 1)
    recording = pixture.record(values, components, seed=seed, n_init=2)
    fit = pixture.fit(values, components, seed=seed, n_init=2, accelerate=False)
    np.testing.assert_array_equal(recording.fit.history, fit.history)
    np.testing.assert_array_equal(recording.fit.mixture.means, fit.mixture.means)
    np.testing.assert_array_equal([step.log_likelihood for step in recording.steps], fit.history)
    assert [step.iteration for step in recording.steps] == list(range(fit.iterations + 1))
    np.testing.assert_array_equal(recording.steps[-1].mixture.covariances, fit.mixture.covariances)
    sample = WeightedSample(values)
    for step in recording.steps:
        likelihood = summarise(sample, step.mixture).log_likelihood / sample.total_weight
        assert likelihood == pytest.approx(step.log_likelihood, rel=1e-12)


def test_a_component_keeps_its_number_though_others_are_dropped() -> None:
    values = np.concatenate([np.full((50, 1), 0.0), np.full((50, 1), 10.0)]) + np.linspace(0, 1, 100)[:, None]
    # the second component is where no data are: after one iteration nothing belongs to it
    start = pixture.Mixture([0.4, 0.2, 0.4], [[9.0], [1e5], [1.0]], [1.0, 1.0, 1.0], "spherical")
    with pytest.warns(pixture.FewerComponentsWarning):
        recording = pixture.record(values, init=start)
    first, last = recording.steps[0], recording.steps[-1]
    assert recording.components == 3
    np.testing.assert_array_equal(first.components, [0, 1, 2])
    np.testing.assert_array_equal(last.components, [0, 1])
    # sorted as in the end: 0 is near 1, 1 near 10; the one dropped comes last
    np.testing.assert_array_equal(first.mixture.means.ravel(), [1.0, 9.0, 1e5])
    assert last.mixture.means[0, 0] < 2 < 9 < last.mixture.means[1, 0]


def test_components_are_numbered_as_the_segmentation_s_labels(china: Array) -> None:
    result = pixture.segment(china[::4, ::4], 4, init="random", seed=3, accelerate=False)
    recording = result.record()
    np.testing.assert_array_equal(recording.fit.mixture.means, result.mixture.means)
    np.testing.assert_array_equal(recording.steps[-1].mixture.means, result.mixture.means)
    np.testing.assert_array_equal(recording.fit.history, result.fit.history)


def test_on_step_is_told_and_may_stop_it() -> None:
    values, _ = synthetic(200, 3, seed=1)
    recording = pixture.record(values, 3, init="random", on_step=lambda step: step.iteration == 2)
    assert len(recording.steps) == 3
    assert recording.fit.stop is pixture.Stop.ASKED


def test_a_mixture_that_was_given_has_no_way_to_it(china: Array) -> None:
    small = china[::8, ::8]
    result = pixture.segment(small, 2)
    applied = pixture.apply(result.mixture, small)
    with pytest.raises(pixture.ChoiceError, match="given"):
        applied.record()
    started = pixture.segment(small, init=result.mixture)
    np.testing.assert_array_equal(started.record().steps[0].mixture.means, result.mixture.means)


def test_synthetic_points_are_of_their_mixture() -> None:
    values, mixture = synthetic(200_000, 3, spread=0.7, seed=5)
    found = pixture.fit(values, init=mixture).mixture
    np.testing.assert_allclose(found.means, mixture.means, atol=0.05)
    np.testing.assert_allclose(found.covariances, mixture.covariances, atol=0.05)
    np.testing.assert_allclose(found.weights, mixture.weights, atol=0.005)
    again, _ = synthetic(200_000, 3, spread=0.7, seed=5)
    np.testing.assert_array_equal(values, again)


@pytest.mark.parametrize(
    "wrong", [{"points": 0}, {"components": 0}, {"spread": 0.0}, {"spread": np.nan}, {"seed": -1}]
)
def test_synthetic_refuses_what_is_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(pixture.ChoiceError, match=next(iter(wrong))):
        synthetic(**wrong)  # type: ignore[arg-type]  # that is what is tested


@given(seed=st.integers(0, 50), dimension=st.integers(2, 6))
def test_the_plane_of_greatest_spread(seed: int, dimension: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.normal(0, 1, (60, dimension)) @ generator.normal(0, 1, (dimension, dimension))
    weights = generator.integers(1, 4, 60)
    plane = principal_plane(WeightedSample(values, weights))
    np.testing.assert_allclose(plane @ plane.T, np.eye(2), atol=1e-12)
    if dimension > 2:
        covariance = np.cov(values.T, fweights=weights)
        spread = np.linalg.eigvalsh(covariance)[::-1]
        np.testing.assert_allclose(np.diag(plane @ covariance @ plane.T), spread[:2], rtol=1e-9)


def test_one_channel_has_no_plane() -> None:
    with pytest.raises(pixture.SampleError, match="two channels"):
        principal_plane(WeightedSample([1.0, 2.0]))


@given(seed=st.integers(0, 50))
def test_projecting_a_mixture_is_projecting_its_data(seed: int) -> None:
    generator = np.random.default_rng(seed)
    root = generator.normal(0, 1, (3, 3))
    mixture = pixture.Mixture([1.0], generator.normal(0, 5, (1, 3)), (root @ root.T + np.eye(3))[None])
    directions = generator.normal(0, 1, (2, 3))
    seen = mixture.projected(directions)
    points = np.linalg.cholesky(mixture.covariances[0])
    np.testing.assert_allclose(seen.means[0], directions @ mixture.means[0])
    np.testing.assert_allclose(seen.covariances[0], (directions @ points) @ (directions @ points).T)
    for wrong in (np.eye(2), np.ones(3)):
        with pytest.raises(pixture.MixtureError, match="Directions"):
            mixture.projected(wrong)
