"""The laws of EM on weighted samples."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture import Choices, Fit, Mixture, SampleError, Step, Stop, WeightedSample, fit
from pixture.arrays import Floats
from pixture.errors import ChoiceError, CollapsedComponentWarning, FewerComponentsWarning
from pixture.mixture.em.em import maximise, maximise_likelihood, summarise
from pixture.options.fitting import INITS, CovarianceName, InitName
from tests import reference
from tests.strategies import Problem, moved, problems

STEPS = 8


def run(
    values: npt.ArrayLike, weights: npt.ArrayLike, start: Mixture, steps: int = STEPS, floor: float = 0.0
) -> Fit:
    """EM for exactly `steps` iterations, whatever they gain."""
    sample = WeightedSample(values, weights)
    least = np.full(sample.dimension, floor)
    found = maximise_likelihood(start, lambda mixture: summarise(sample, mixture), least, steps, -np.inf)
    return replace(found, mixture=found.mixture.ordered())


def a_fit(mixture: Mixture, stop: Stop, history: Iterable[float]) -> Fit:
    """A fit of so many steps, of which only the log-likelihood is looked at."""
    steps = tuple(Step(0, n, mixture, float(v), np.arange(mixture.components)) for n, v in enumerate(history))
    return Fit(mixture, stop, steps, partial(summarise, WeightedSample(mixture.means)))


def assert_same(one: Fit, other: Fit, rtol: float = 1e-7) -> None:
    """The same parameters, log-likelihood and number of steps, but for rounding."""
    assert one.iterations == other.iterations
    np.testing.assert_allclose(one.history, other.history, rtol=rtol, atol=rtol)
    a, b = one.mixture, other.mixture
    np.testing.assert_allclose(a.weights, b.weights, rtol=rtol, atol=rtol)
    spread = np.sqrt(np.abs(a.covariances).max())
    np.testing.assert_allclose(a.means, b.means, rtol=rtol, atol=rtol * spread)
    np.testing.assert_allclose(a.covariances, b.covariances, rtol=rtol, atol=rtol * spread**2)


@given(problems())
def test_em_equals_its_twin(problem: Problem) -> None:
    start = problem.start.ordered()
    got = run(problem.values, problem.weights, start, steps=4)
    weights, means, covariances, history = reference.em(
        problem.values, problem.weights, (start.weights, start.means, start.covariances), start.covariance, 4
    )
    expected = Mixture(weights, means, covariances, start.covariance).ordered()
    assert_same(got, a_fit(expected, Stop.MAX_ITER, history[: got.iterations + 1]))


@given(problems())
def test_integer_weights_are_repeated_rows(problem: Problem) -> None:
    repeated = np.repeat(problem.values, problem.weights.astype(int), axis=0)
    assert_same(
        run(problem.values, problem.weights, problem.start),
        run(repeated, np.ones(len(repeated)), problem.start),
    )


@given(problems(), st.integers(1, 20))
def test_zero_weight_is_the_row_removed(problem: Problem, removed: int) -> None:
    weights = problem.weights.copy()
    weights[:removed] = 0
    assert_same(
        run(problem.values, weights, problem.start),
        run(problem.values[removed:], problem.weights[removed:], problem.start),
    )


@given(problems(), st.sampled_from((1e-6, 0.1, 3.0, 1e9)))
def test_scaling_all_weights_changes_nothing(problem: Problem, factor: float) -> None:
    assert_same(
        run(problem.values, problem.weights, problem.start),
        run(problem.values, factor * problem.weights, problem.start),
    )


@given(problems(rows=100), st.integers(1, 99))
def test_split_and_merge_is_the_whole(problem: Problem, at: int) -> None:
    parts = [
        WeightedSample(problem.values[rows], problem.weights[rows]) for rows in (slice(at), slice(at, None))
    ]
    merged = maximise_likelihood(
        problem.start,
        lambda mixture: summarise(parts[0], mixture) + summarise(parts[1], mixture),
        np.zeros(problem.values.shape[1]),
        STEPS,
        -np.inf,
    )
    assert_same(
        run(problem.values, problem.weights, problem.start), replace(merged, mixture=merged.mixture.ordered())
    )


@given(problems())
def test_moments_about_another_reference_are_the_same_moments(problem: Problem) -> None:
    moments = summarise(WeightedSample(problem.values, problem.weights), problem.start)
    away = moments.about(moments.reference + np.sqrt(np.abs(problem.start.covariances).max()))
    np.testing.assert_allclose(away.means, moments.means, rtol=1e-9)
    size = np.abs(moments.scatters).max()
    np.testing.assert_allclose(away.scatters, moments.scatters, rtol=1e-6, atol=1e-8 * size)
    both = moments + away
    np.testing.assert_allclose(both.zeroth, 2 * moments.zeroth)
    np.testing.assert_allclose(both.scatters, 2 * moments.scatters, rtol=1e-6, atol=1e-8 * size)


@pytest.mark.parametrize("covariance", ["full", "tied", "diagonal", "spherical"])
def test_the_threads_change_no_bit(covariance: CovarianceName, generator: np.random.Generator) -> None:
    values = generator.normal(0, 1, (200_001, 2)) + 3 * generator.integers(0, 3, (200_001, 1))
    one, *others = (
        fit(values, 3, covariance=covariance, threads=threads, max_iter=5, seed=1) for threads in (1, 2, 7)
    )
    for other in others:
        np.testing.assert_array_equal(one.history, other.history)
        np.testing.assert_array_equal(one.mixture.means, other.mixture.means)
        np.testing.assert_array_equal(one.mixture.covariances, other.mixture.covariances)


@given(problems(), st.sampled_from((0.0, 0.02, 0.3)))
def test_the_log_likelihood_never_falls(problem: Problem, floor: float) -> None:
    """Not even with the floor active: the M-step is exact under it, once the start obeys it."""
    spread = float(np.var(problem.values))
    sample = WeightedSample(problem.values, problem.weights)
    least = np.full(sample.dimension, floor * spread)
    start = maximise(summarise(sample, problem.start), problem.start.covariance, least)
    history = run(problem.values, problem.weights, start, steps=30, floor=floor * spread).history
    assert (np.diff(history) >= -1e-9 * np.abs(history[:-1]).max()).all()


@given(problems(), st.randoms(use_true_random=False))
def test_permuting_components_permutes_the_answer(problem: Problem, random: Random) -> None:
    order = list(range(problem.start.components))
    random.shuffle(order)
    assert_same(
        run(problem.values, problem.weights, problem.start),
        run(problem.values, problem.weights, problem.start.permuted(order)),
    )


@given(problems(structure="full"))
def test_permuting_channels_permutes_the_answer(problem: Problem) -> None:
    start = problem.start
    turned = Mixture(start.weights, start.means[:, ::-1], start.covariances[:, ::-1, ::-1])
    one = run(problem.values, problem.weights, start).mixture
    other = run(problem.values[:, ::-1], problem.weights, turned).mixture
    order = other.means[:, -1].argsort()
    np.testing.assert_allclose(one.means, other.means[order][:, ::-1], rtol=1e-7)
    np.testing.assert_allclose(one.weights, other.weights[order], rtol=1e-7)


@given(problems(), st.sampled_from((1e-3, 7.0)), st.sampled_from((-3.0, 200.0)))
def test_shifting_and_scaling_values_shifts_and_scales_the_answer(
    problem: Problem, scale: float, shift: float
) -> None:
    one = run(problem.values, problem.weights, problem.start)
    other = run(problem.values * scale + shift, problem.weights, moved(problem.start, scale, shift))
    expected = moved(one.mixture, scale, shift)
    jacobian = problem.values.shape[1] * np.log(scale)
    assert_same(a_fit(expected, one.stop, one.history - jacobian), other, rtol=1e-5)


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("covariance", ["full", "tied", "diagonal", "spherical"])
def test_rescaling_the_data_changes_no_start(
    init: InitName, covariance: CovarianceName, generator: np.random.Generator
) -> None:
    """From the data on, floor and start included: nothing has a scale of its own."""
    values = generator.normal(0, 1, (400, 2)) + 4 * generator.integers(0, 3, (400, 1))
    one = fit(values, 3, init=init, covariance=covariance, seed=3)
    other = fit(values * 64 + 1024, 3, init=init, covariance=covariance, seed=3)
    assert one.iterations == other.iterations
    np.testing.assert_allclose(one.mixture.means * 64 + 1024, other.mixture.means, rtol=1e-6)
    np.testing.assert_allclose(one.mixture.covariances * 64**2, other.mixture.covariances, rtol=1e-6)


@pytest.mark.parametrize("init", INITS)
def test_a_seed_gives_the_same_fit_again(init: InitName, generator: np.random.Generator) -> None:
    values = generator.normal(0, 1, (300, 3))
    one, other = (fit(values, 4, init=init, seed=7, n_init=2) for _ in range(2))
    np.testing.assert_array_equal(one.history, other.history)


@pytest.mark.parametrize("init", INITS)
def test_separated_clusters_are_found(init: InitName, generator: np.random.Generator) -> None:
    truth = np.array([[0.0, 0.0], [12.0, 3.0], [25.0, -4.0]])
    values = np.concatenate([generator.normal(centre, (1, 2), (500, 2)) for centre in truth])
    found = fit(values, 3, init=init, n_init=10, tol=1e-8).mixture
    np.testing.assert_allclose(found.means, truth, atol=0.4)
    np.testing.assert_allclose(found.matrices(), [np.diag([1, 4])] * 3, atol=0.6)


def test_the_best_of_several_starts_is_kept(generator: np.random.Generator) -> None:
    values = generator.normal(0, 1, (300, 2)) + 5 * generator.integers(0, 4, (300, 2))
    reached: dict[int, float] = {}

    def note(step: Step) -> None:
        reached[step.start] = step.log_likelihood

    best = fit(values, 6, init="random", n_init=6, on_step=note)
    assert len(reached) == 6
    assert best.log_likelihood == max(reached.values())
    assert reached[best.start] == best.log_likelihood


def test_components_come_sorted(generator: np.random.Generator) -> None:
    values = np.concatenate([generator.normal(centre, 1, (100, 1)) for centre in (30, -5, 12)])
    means = fit(values, 3).mixture.means[:, 0]
    assert (np.diff(means) > 0).all()


def test_on_step_sees_every_iteration_and_may_stop(generator: np.random.Generator) -> None:
    values = generator.normal(0, 1, (200, 2))
    seen: list[Step] = []

    def watch(step: Step) -> bool:
        seen.append(step)
        return step.iteration == 3

    result = fit(values, 3, tol=0, accelerate=False, on_step=watch)
    assert [step.iteration for step in seen] == [0, 1, 2, 3]
    assert result.stop is Stop.ASKED
    assert result.iterations == 3
    np.testing.assert_array_equal([step.log_likelihood for step in seen], result.history)
    alone = fit(values, 3, accelerate=False, on_step=lambda step: True)
    assert alone.iterations == 0
    # those on subsamples are counted, but not told of
    seen.clear()
    result = fit(values, 3, on_step=lambda step: seen.append(step))
    assert [step.iteration for step in seen] == list(range(seen[0].iteration, result.iterations + 1))
    assert seen[0].iteration > 0


def test_every_stop_has_a_reason_and_advice(generator: np.random.Generator) -> None:
    values = generator.normal(0, 1, (200, 2))
    assert fit(values, 2, max_iter=1, tol=0).stop is Stop.MAX_ITER
    assert fit(values, 1).stop is Stop.CONVERGED
    assert "max_iter" in Stop.MAX_ITER.value


def test_constant_data_have_an_answer() -> None:
    with pytest.warns(FewerComponentsWarning, match="only 1 distinct value, so the mixture has 1 component "):
        result = fit(np.full((50, 3), 7.5), 4)
    assert result.mixture.components == 1
    np.testing.assert_allclose(result.mixture.means, 7.5)
    assert np.isfinite(result.log_likelihood)


def test_fewer_distinct_values_than_components(generator: np.random.Generator) -> None:
    values = generator.integers(0, 3, (90, 1)).astype(float)
    with pytest.warns(FewerComponentsWarning, match="only 3 distinct values"):
        result = fit(values, 5)
    np.testing.assert_allclose(result.mixture.means.ravel(), [0, 1, 2], atol=1e-6)


def test_a_component_that_answers_for_nothing_is_dropped_and_said(generator: np.random.Generator) -> None:
    values = generator.normal(0, 1, (300, 1))
    start = Mixture([0.5, 0.5], [[0.0], [1e6]], [1.0, 1.0], "spherical")
    with pytest.warns(FewerComponentsWarning, match="1 of 2 components answered for none"):
        result = fit(values, init=start)
    assert result.mixture.components == 1


def flat(kind: str, generator: np.random.Generator) -> Floats:
    """Data on which a covariance without a floor would not be positive definite."""
    values: Floats = generator.normal(0, 1, (300, 3))
    match kind:
        case "line":
            values = values[:, :1] * np.array([1.0, -2.0, 0.5])
        case "constant channel":
            values[:, 1] = 4
        case "saturated":
            values = np.clip(values, -10, 0.3)
        case "duplicates":
            values = np.repeat(values[:5], 60, axis=0)
    return values


@pytest.mark.parametrize("kind", ["line", "constant channel", "saturated", "duplicates"])
@pytest.mark.parametrize("covariance", ["full", "tied", "diagonal", "spherical"])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_ill_conditioned_data_have_an_answer(
    kind: str, covariance: CovarianceName, offset: float, generator: np.random.Generator
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerComponentsWarning)
        result = fit(flat(kind, generator) + offset, 4, covariance=covariance)
    assert np.isfinite(result.history).all()
    assert np.isfinite(result.mixture.covariances).all()


def test_float32_values_are_kept_and_fit_alike(generator: np.random.Generator) -> None:
    values = generator.normal(0, 1, (1000, 2)).astype(np.float32)
    sample = WeightedSample(values)
    assert sample.channels.dtype == np.float32
    start = Mixture([0.5, 0.5], [[-1, 0], [1, 0]], np.repeat(np.eye(2)[None], 2, axis=0))
    assert_same(fit(sample, init=start), fit(values.astype(np.float64), init=start), rtol=1e-6)


def bad_samples() -> Iterator[tuple[object, object, str]]:
    yield np.zeros((0, 2)), None, "n, d >= 1"
    yield np.zeros((2, 2, 2)), None, r"rows of numbers, \(n, d\); got .* Of an image .*reshape"
    yield [["a"]], None, "real numbers"
    yield [[1j]], None, "real numbers"
    yield [[np.nan]], None, "finite"
    yield [[1.0]], [1, 2], "one weight a row"
    yield [[1.0], [2.0]], [1, -1], "not negative"
    yield [[1.0], [2.0]], [0, 0], "nothing to fit"
    yield [[1.0], [2.0]], [np.nan, 1], "finite"
    yield [[1.0]], ["x"], "real numbers"


@pytest.mark.parametrize(("values", "weights", "message"), list(bad_samples()))
def test_bad_samples_are_refused(values: object, weights: object, message: str) -> None:
    with pytest.raises(SampleError, match=message):
        WeightedSample(values, weights)  # type: ignore[arg-type]  # wrong on purpose


def test_a_sample_does_not_change_with_the_array_it_was_made_of() -> None:
    values = np.ones((3, 1))
    sample = WeightedSample(values)
    values[:] = 5
    assert (sample.values == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        sample.channels[0, 0] = 2


def test_a_start_of_other_channels_is_refused() -> None:
    with pytest.raises(ChoiceError, match="2 channels, the data 1"):
        fit([[1.0], [2.0]], init=Mixture([1.0], [[0.0, 0.0]], [1.0], "spherical"))


@given(problems())
def test_a_sample_s_mean_and_variance(problem: Problem) -> None:
    sample = WeightedSample(problem.values, problem.weights)
    np.testing.assert_allclose(sample.mean, np.average(problem.values, axis=0, weights=problem.weights))
    np.testing.assert_allclose(
        sample.variance, np.cov(problem.values.T, fweights=problem.weights.astype(int), ddof=0).reshape(
            sample.dimension, sample.dimension
        ).diagonal(), rtol=1e-6,
    )  # fmt: skip


def test_thinning_keeps_heavy_rows_and_the_total_share(generator: np.random.Generator) -> None:
    weights = np.ones(10_000)
    weights[17] = 10_000
    thin = WeightedSample(np.arange(10_000.0), weights).thinned(1000, generator.random())
    assert thin.size <= 1000
    assert thin.weights[thin.values[:, 0] == 17] == pytest.approx(500, abs=1)
    whole = WeightedSample([1.0, 2.0])
    assert whole.thinned(2) is whole


@pytest.mark.parametrize(
    ("rows", "expected"), [([[0.0], [0.0]], 1), ([[0.0, 1.0], [0.0, 2.0], [-0.0, 1.0]], 2)]
)
def test_distinct_rows_are_counted(rows: list[list[float]], expected: int) -> None:
    assert WeightedSample(rows).distinct(10) == expected


def test_rows_of_no_weight_are_not_distinct_values() -> None:
    assert WeightedSample([[1.0], [2.0]], [1, 0]).distinct(5) == 1
    late = np.zeros(6000)
    late[-1] = 1
    assert WeightedSample(late).distinct(5) == 2


def test_choices_refuse_what_is_out_of_range() -> None:
    for wrong in (
        {"components": 0},
        {"components": 2.5},
        {"components": True},
        {"components": 70_000},
        {"covariance": "round"},
        {"init": "best"},
        {"n_init": 0},
        {"max_iter": -1},
        {"tol": float("nan")},
        {"tol": -1.0},
        {"seed": -1},
        {"covariance_floor": -1e-3},
        {"threads": 0},
        {"accelerate": "yes"},
    ):
        with pytest.raises(ChoiceError, match=next(iter(wrong))):
            Choices(**wrong)


@pytest.mark.parametrize("scale", [1e-170, 1e-155, 1e152, 1e200, 1e308])
def test_values_whose_squares_float64_cannot_hold_are_refused(
    scale: float, generator: np.random.Generator
) -> None:
    with pytest.raises(SampleError, match=r"cannot hold with its digits. Multiply"):
        fit(generator.uniform(-0.9, 0.9, (300, 2)) * scale, 3)


@pytest.mark.parametrize("scale", [1e-140, 1e-20, 1e20, 1e140])
@pytest.mark.parametrize("init", INITS)
def test_very_small_and_very_large_values_are_fitted_as_any(
    scale: float, init: InitName, generator: np.random.Generator
) -> None:
    values = generator.normal(0, 1, (300, 2)) + 6 * generator.integers(0, 2, (300, 1))
    one, other = fit(values, 2, init=init), fit(values * scale, 2, init=init)
    np.testing.assert_allclose(other.mixture.means / scale, one.mixture.means, rtol=1e-6)


def test_a_few_absurd_values_leave_the_floor_as_it_is(generator: np.random.Generator) -> None:
    values = generator.normal(0, 1, 1000)
    floor = WeightedSample(values).variance_floor()
    values[:50] = -9999
    assert WeightedSample(values).variance_floor() == pytest.approx(floor, rel=0.3)
    assert WeightedSample(np.full(9, 3.0)).variance_floor() > 0
    mostly = np.zeros(1000)
    mostly[:100] = generator.normal(0, 1, 100)
    assert WeightedSample(mostly).variance_floor() > 0


def test_the_floor_does_not_drown_beside_a_large_variance(generator: np.random.Generator) -> None:
    """Channels that are copies of one another, of a variance 1e18 times the floor."""
    values = np.repeat(generator.integers(0, 2**32, (400, 1)).astype(float), 3, axis=1)
    result = fit(WeightedSample(values, resolution=1), 3)
    assert np.isfinite(result.history).all()
    copies = np.repeat(generator.integers(0, 2**16, (400, 1)), 3, axis=1)
    with pytest.warns(CollapsedComponentWarning, match="components 0, 1 have no extent"):
        tiny = fit(copies, 2, covariance_floor=1e-9)
    assert np.isfinite(tiny.history).all()


def test_choices_may_be_numpy_s() -> None:
    choices = Choices(components=np.int64(3), tol=np.float32(0.5), seed=np.uint8(1))  # type: ignore[arg-type]  # at run time they will do
    assert json.loads(json.dumps(choices.as_dict()))["components"] == 3
    assert type(choices.tol) is float


def test_a_start_below_the_floor_is_no_convergence(generator: np.random.Generator) -> None:
    values = np.concatenate([generator.normal(centre, 1, 500) for centre in (0, 4)])
    start = Mixture([0.5, 0.5], [[0.5], [3.0]], [1e-3, 1e-3], "spherical")
    result = fit(values, init=start, covariance_floor=1.0, tol=1e-6)
    assert result.iterations > 3
    np.testing.assert_allclose(result.mixture.means.ravel(), [0, 4], atol=0.3)
