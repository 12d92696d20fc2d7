"""Fitting draws first changes the way, not what a fit is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture import Mixture, Stop, WeightedSample, fit, histogram, image_from_array
from pixture.arrays import Array
from pixture.choices import COVARIANCES, INITS, Choices, CovarianceName, InitName
from pixture.mixture.em import subsampling
from pixture.mixture.em.em import maximise_likelihood, summarise
from pixture.mixture.em.initialization import initial_mixture
from pixture.mixture.em.squarem import leap, maximise_in_leaps
from pixture.mixture.em.subsampling import start_from_draws
from pixture.mixture.model.moments import Moments
from tests.strategies import Problem, problems


@given(problems())
def test_a_given_mixture_is_where_the_fit_starts(problem: Problem) -> None:
    sample = WeightedSample(problem.values, problem.weights)
    one, other = (fit(sample, init=problem.start, accelerate=choice) for choice in (True, False))
    assert one.draws == other.draws == ()
    np.testing.assert_array_equal(one.history, other.history)


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("covariance", COVARIANCES)
def test_the_fit_itself_is_em_on_all_of_the_data(
    init: InitName, covariance: CovarianceName, flower: Array
) -> None:
    sample = histogram(image_from_array(flower)).sample
    found = fit(sample, 4, covariance=covariance, init=init, seed=3)
    most = (2**12, 2**14, 2**16)
    assert all(draw.rows <= rows for draw, rows in zip(found.draws, most, strict=True))
    assert (np.diff(found.history) > -1e-9).all()
    for draw in found.draws:
        assert (np.diff(draw.history) > -1e-9).all()
    # where it stopped, one more iteration over everything gains less than the tolerance
    again = fit(sample, init=found.mixture, max_iter=1)
    assert found.stop is again.stop is Stop.CONVERGED
    assert again.history[0] == pytest.approx(found.log_likelihood, rel=1e-12)


def test_draws_have_places_for_many_components(flower: Array) -> None:
    sample = histogram(image_from_array(flower)).sample
    found = fit(sample, 200, max_iter=2)
    assert found.draws[0].rows > subsampling.FEW
    assert found.mixture.components == 200


def test_draws_have_rows_for_many_channels(generator: np.random.Generator) -> None:
    found = fit(generator.normal(size=(30_000, 60)), 12, max_iter=1)
    assert found.draws[0].rows >= 8 * 60 * 12


@given(problems())
def test_leaps_never_fall_and_end_where_a_step_gains_little(problem: Problem) -> None:
    sample = WeightedSample(problem.values, problem.weights)
    floor = sample.variance_floor()

    def summarise_here(mixture: Mixture) -> Moments:
        return summarise(sample, mixture)

    leapt = maximise_in_leaps(problem.start, summarise_here, floor, 2000, 1e-9)
    plain = maximise_likelihood(problem.start, summarise_here, floor, 1, 1e-9)
    assert (np.diff(leapt.history) > -1e-9).all()
    np.testing.assert_allclose(leapt.history[:2], plain.history, rtol=1e-12)
    if leapt.stop is Stop.CONVERGED:
        again = maximise_likelihood(leapt.mixture, summarise_here, floor, 1, 0)
        assert abs(again.history[-1] - leapt.history[-1]) < 1e-8


@given(problems(), st.floats(0.55, 0.95), st.integers(0, 2**32 - 1))
def test_a_leap_lands_where_steps_that_shrink_evenly_end(problem: Problem, factor: float, seed: int) -> None:
    end = problem.start
    scale = np.abs(end.means).max() + 1.0
    away = np.random.default_rng(seed).normal(0, scale, end.means.shape)
    first, second, third = (
        Mixture(end.weights, end.means + factor**step * away, end.covariances, end.covariance)
        for step in range(3)
    )
    found = leap(first, second, third, np.zeros(end.dimension))
    assert found is not None
    np.testing.assert_allclose(found.means, end.means, atol=1e-8 * scale)
    np.testing.assert_allclose(found.weights, end.weights, rtol=1e-12)
    np.testing.assert_allclose(found.covariances, end.covariances, rtol=1e-9, atol=1e-12)


def test_a_draw_that_sees_one_row_of_a_component_has_a_floor() -> None:
    """Ten rows far away have an extent in the whole; the few that a draw sees may have none."""
    generator = np.random.default_rng(0)
    values = generator.normal(0, 1, (200_000, 2))
    values[::20_000] = generator.normal(90, 1, (10, 2))
    sample = WeightedSample(values)
    start, draws = start_from_draws(sample, 2, Choices(2), sample.rounding_floor(), generator)
    assert min(draw.rows for draw in draws) < 2**13
    variances = np.linalg.eigvalsh(start.matrices())
    assert (variances >= 0.99 * sample.variance_floor().min()).all()


@given(st.integers(0, 2**32 - 1))
def test_without_it_there_are_no_draws(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(200, 2))
    found = fit(values, 2, seed=seed, accelerate=False)
    assert found.draws == ()
    assert [draw.rows for draw in fit(values, 2, seed=seed).draws] == [200, 200]  # all there are


def test_max_iter_bounds_the_draws_too(flower: Array) -> None:
    found = fit(histogram(image_from_array(flower)).sample, 3, max_iter=2)
    assert [draw.history.size for draw in found.draws] == [3, 3, 3]
    assert found.history.size <= 3


def test_quantiles_are_tried_once(flower: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[InitName] = []

    def counted(*given: Any, **named: Any) -> Mixture:
        tried.append(given[3])
        return initial_mixture(*given, **named)

    monkeypatch.setattr(subsampling, "initial_mixture", counted)
    sample = histogram(image_from_array(flower)).sample
    fit(sample, 3, init="quantiles")
    fit(sample, 3, init="random")
    assert tried == ["quantiles"] + ["random"] * subsampling.RUNS


@pytest.mark.slow
@pytest.mark.parametrize("components", [3, 5])
def test_the_optimum_is_as_good_on_average(components: int, china: Array, flower: Array) -> None:
    gains = []
    for pixels in (china, flower):
        sample = histogram(image_from_array(pixels)).sample
        for seed in range(6):
            fast, plain = (fit(sample, components, seed=seed, accelerate=choice) for choice in (True, False))
            gains.append(fast.log_likelihood - plain.log_likelihood)
            assert fast.steps < plain.steps
    assert np.mean(gains) > -0.01
