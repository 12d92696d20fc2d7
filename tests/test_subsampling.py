"""Fitting subsamples first changes the way, not what a fit is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture import Mixture, Stop, WeightedSample, fit, histogram, image_from_array
from pixture.arrays import Array
from pixture.mixture.em import fit_result, subsampling
from pixture.mixture.em.em import maximise_likelihood, summarise
from pixture.mixture.em.initialization import initial_mixture
from pixture.mixture.em.squarem import extrapolated, maximise_with_extrapolation
from pixture.mixture.em.subsampling import steps_on_subsamples
from pixture.mixture.model.moments import Moments
from pixture.options.fitting import COVARIANCES, INITS, Choices, CovarianceName, InitName
from tests.strategies import Problem, problems


@given(problems())
def test_a_given_mixture_is_where_the_fit_starts(problem: Problem) -> None:
    sample = WeightedSample(problem.values, problem.weights)
    one, other = (fit(sample, init=problem.start, accelerate=choice) for choice in (True, False))
    assert one.iterations_on_subsamples == other.iterations_on_subsamples == 0
    np.testing.assert_array_equal(one.history, other.history)


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("covariance", COVARIANCES)
def test_the_fit_itself_is_em_on_all_of_the_data(
    init: InitName, covariance: CovarianceName, flower: Array
) -> None:
    sample = histogram(image_from_array(flower)).sample
    found = fit(sample, 4, covariance=covariance, init=init, seed=3)
    rows = [step.subsample for step in found.steps]
    small = sorted({n for n in rows if n is not None})
    assert list(dict.fromkeys(rows)) == [*small, None]
    assert all(n <= most for n, most in zip(small, (2**12, 2**14, 2**16), strict=False))
    for here in (*small, None):
        run = [step.log_likelihood for step in found.steps if step.subsample == here]
        assert (np.diff(run) > -1e-9).all()
    # where it stopped, one more iteration over everything gains less than the tolerance
    again = fit(sample, init=found.mixture, max_iter=1)
    assert found.stop is again.stop is Stop.CONVERGED
    assert again.history[0] == pytest.approx(found.log_likelihood, rel=1e-12)


def test_every_log_likelihood_is_that_of_all_of_the_data(flower: Array) -> None:
    sample = histogram(image_from_array(flower)).sample
    found = fit(sample, 3, seed=1)
    assert found.steps[-1].mixture is found.mixture
    assert [step.iteration for step in found.steps] == list(range(found.iterations + 1))
    assert 0 < found.iterations_on_subsamples < found.iterations
    for step, value in zip(found.steps, found.history, strict=True):
        here = summarise(sample, step.mixture).log_likelihood / sample.total_weight
        assert here == pytest.approx(value, rel=1e-12)
    assert found.history[-1] == found.log_likelihood
    assert any(step.extrapolated for step in found.steps)
    assert not found.steps[-1].extrapolated


def test_a_fit_of_many_numbers_keeps_evenly_spaced_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=(300, 2))
    whole = fit(values, 3, tol=0, max_iter=60, accelerate=False)
    monkeypatch.setattr(fit_result, "MOST_NUMBERS", 400)
    thin = fit(values, 3, tol=0, max_iter=60, accelerate=False)
    assert len(thin.steps) < 24 < len(whole.steps)
    assert thin.iterations == whole.iterations
    assert thin.log_likelihood == whole.log_likelihood
    known = {step.iteration: value for step, value in zip(whole.steps, whole.history, strict=True)}
    assert [known[step.iteration] for step in thin.steps] == thin.history.tolist()
    assert thin.steps[0].iteration == 0


def test_subsamples_have_places_for_many_components(flower: Array) -> None:
    sample = histogram(image_from_array(flower)).sample
    found = fit(sample, 200, max_iter=2)
    rows = found.steps[0].subsample
    assert rows is not None
    assert rows > subsampling.FEW
    assert found.mixture.components == 200


def test_subsamples_have_rows_for_many_channels(generator: np.random.Generator) -> None:
    found = fit(generator.normal(size=(30_000, 60)), 12, max_iter=1)
    rows = found.steps[0].subsample
    assert rows is not None
    assert rows >= 8 * 60 * 12


@given(problems())
def test_extrapolated_steps_never_fall_and_end_where_a_step_gains_little(problem: Problem) -> None:
    sample = WeightedSample(problem.values, problem.weights)
    floor = sample.variance_floor()

    def summarise_here(mixture: Mixture) -> Moments:
        return summarise(sample, mixture)

    ahead = maximise_with_extrapolation(problem.start, summarise_here, floor, 2000, 1e-9)
    plain = maximise_likelihood(problem.start, summarise_here, floor, 1, 1e-9)
    assert (np.diff(ahead.history) > -1e-9).all()
    np.testing.assert_allclose(ahead.history[:2], plain.history, rtol=1e-12)
    if ahead.stop is Stop.CONVERGED:
        again = maximise_likelihood(ahead.mixture, summarise_here, floor, 1, 0)
        assert abs(again.history[-1] - ahead.history[-1]) < 1e-8


@given(problems(), st.floats(0.55, 0.95), st.integers(0, 2**32 - 1))
def test_an_extrapolated_step_lands_where_steps_that_shrink_evenly_end(
    problem: Problem, factor: float, seed: int
) -> None:
    end = problem.start
    scale = np.abs(end.means).max() + 1.0
    away = np.random.default_rng(seed).normal(0, scale, end.means.shape)
    first, second, third = (
        Mixture(end.weights, end.means + factor**step * away, end.covariances, end.covariance)
        for step in range(3)
    )
    found = extrapolated(first, second, third, np.zeros(end.dimension))
    assert found is not None
    np.testing.assert_allclose(found.means, end.means, atol=1e-8 * scale)
    np.testing.assert_allclose(found.weights, end.weights, rtol=1e-12)
    np.testing.assert_allclose(found.covariances, end.covariances, rtol=1e-9, atol=1e-12)


def test_a_subsample_that_sees_one_row_of_a_component_has_a_floor() -> None:
    """Ten rows far away have an extent in the whole; the few that a subsample sees may have none."""
    generator = np.random.default_rng(0)
    values = generator.normal(0, 1, (200_000, 2))
    values[::20_000] = generator.normal(90, 1, (10, 2))
    sample = WeightedSample(values)
    steps = steps_on_subsamples(sample, 2, Choices(2), sample.rounding_floor(), generator)
    assert min(step.subsample or sample.size for step in steps) < 2**13
    variances = np.linalg.eigvalsh(steps[-1].mixture.matrices())
    assert (variances >= 0.99 * sample.variance_floor().min()).all()


@given(st.integers(0, 2**32 - 1))
def test_without_it_there_are_no_subsamples(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(200, 2))
    found = fit(values, 2, seed=seed, accelerate=False)
    assert found.iterations_on_subsamples == 0
    # all there are: no subsample
    assert all(step.subsample is None for step in fit(values, 2, seed=seed).steps)


def test_max_iter_bounds_the_subsamples_too(flower: Array) -> None:
    found = fit(histogram(image_from_array(flower)).sample, 3, max_iter=2)
    sizes = {step.subsample for step in found.steps if step.subsample is not None}
    assert found.iterations_on_subsamples == 2 * len(sizes)


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
            assert fast.iterations - fast.iterations_on_subsamples < plain.iterations
    assert np.mean(gains) > -0.01
