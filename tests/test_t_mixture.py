"""Mixtures of Student's t: they equal their twins, keep EM's laws, and are not pulled by outliers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixture.arrays import Floats, Reals
from pixture.errors import MixtureError, SampleError
from pixture.mixture.em.em import maximise, summarise
from pixture.mixture.extensions.student_t import StudentMixture
from pixture.mixture.extensions.student_t_em import (
    LEAST_ESTIMATE,
    MOST_ESTIMATE,
    StudentMoments,
    maximise_student,
    summarise_student,
)
from pixture.mixture.extensions.student_t_posterior import each_slab_student, labels_student
from pixture.mixture.kernels import student_t as passes
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.posterior import log_density, responsibilities
from pixture.mixture.model.weighted_sample import WeightedSample
from tests import reference, test_vectors
from tests.strategies import Problem, moved, problems

WAYS = ("fixed", "free", "shared")


@dataclass(frozen=True)
class StudentProblem:
    """A problem whose start has tails."""

    values: Floats
    weights: Floats
    start: StudentMixture


def told(
    mixture: StudentMixture, sample: WeightedSample, threads: int | None = None
) -> tuple[Floats, Floats]:
    """Responsibilities (K, n) and log densities (n,), out of the slabs."""
    shares, density = np.empty((mixture.components, sample.size)), np.empty(sample.size)

    def write(start: int, stop: int, here: Floats, log_density: Floats) -> None:
        shares[:, start:stop], density[start:stop] = here, log_density

    each_slab_student(mixture, sample, write, threads)
    return shares, density


def responsibilities_student(
    mixture: StudentMixture, sample: WeightedSample, *, threads: int | None = None
) -> Floats:
    return told(mixture, sample, threads)[0]


def log_density_student(
    mixture: StudentMixture, sample: WeightedSample, *, threads: int | None = None
) -> Floats:
    return told(mixture, sample, threads)[1]


def with_degrees(mixture: Mixture, degrees: Any) -> StudentMixture:
    return StudentMixture(mixture.weights, mixture.means, mixture.covariances, degrees, mixture.covariance)


@st.composite
def student_problems(draw: st.DrawFn, rows: int = 60, channels: int = 4) -> StudentProblem:
    problem: Problem = draw(problems(rows=rows, channels=channels))
    degrees = draw(st.lists(st.sampled_from((0.5, 1.0, 3.0, 10.0, 150.0)), min_size=4, max_size=4))
    start = with_degrees(problem.start, degrees[: problem.start.components])
    return StudentProblem(problem.values, problem.weights, start)


def twin_joint(mixture: StudentMixture, values: Floats) -> Floats:
    return reference.student_log_joint(
        values, mixture.weights, mixture.means, mixture.scales.matrices(), mixture.degrees
    )


def step(moments: StudentMoments, mixture: StudentMixture, way: str, floor: float = 0.0) -> StudentMixture:
    return maximise_student(
        moments,
        mixture,
        np.full(mixture.dimension, floor),
        estimate_degrees=way != "fixed",
        shared_degrees=way == "shared",
    )


def climb(sample: WeightedSample, start: StudentMixture, way: str, steps: int) -> StudentMixture:
    mixture = start
    for _ in range(steps):
        mixture = step(summarise_student(sample, mixture), mixture, way)
    return mixture


def assert_same(got: StudentMixture, expected: StudentMixture, rtol: float = 1e-7) -> None:
    size = np.abs(expected.covariances).max()
    np.testing.assert_allclose(got.weights, expected.weights, rtol=rtol, atol=1e-9)
    np.testing.assert_allclose(got.means, expected.means, rtol=rtol, atol=rtol * np.sqrt(size))
    np.testing.assert_allclose(got.covariances, expected.covariances, rtol=rtol, atol=rtol * size)
    np.testing.assert_allclose(got.degrees, expected.degrees, rtol=100 * rtol)


def draw_t(generator: np.random.Generator, rows: int, mean: Floats, scale: Floats, degrees: float) -> Floats:
    """Rows of a t distribution: a Gaussian's, divided by the root of a Gamma's."""
    deviations = generator.multivariate_normal(np.zeros(len(mean)), scale, rows)
    return mean + deviations / np.sqrt(generator.chisquare(degrees, rows) / degrees)[:, None]


@given(student_problems(rows=900, channels=8))
@settings(max_examples=20)
def test_the_e_step_equals_its_twin(problem: StudentProblem) -> None:
    mixture, values, weights = problem.start, problem.values, problem.weights
    got = summarise_student(WeightedSample(values, weights), mixture)
    joint = twin_joint(mixture, values)
    shares = reference.responsibilities(joint)
    precisions = reference.student_precisions(
        values, mixture.means, mixture.scales.matrices(), mixture.degrees
    )
    zeroth, first, second = reference.moments(values, weights, shares * precisions, mixture.means)
    if not mixture.scales.dense:
        second = np.diagonal(second, axis1=1, axis2=2)
    size, heaviest = np.abs(second).max(), zeroth.max()
    np.testing.assert_allclose(got.weighted.zeroth, zeroth, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got.weighted.first, first, rtol=1e-8, atol=1e-9 * np.sqrt(size * heaviest))
    np.testing.assert_allclose(got.weighted.second, second, rtol=1e-8, atol=1e-9 * size)
    np.testing.assert_allclose(got.zeroth, weights @ shares, rtol=1e-9, atol=1e-9)
    unevenness = weights @ (shares * (np.log(precisions) - precisions + 1))
    np.testing.assert_allclose(got.unevenness, unevenness, rtol=1e-9, atol=1e-9)
    assert got.log_likelihood == pytest.approx(weights @ reference.log_density(joint), rel=1e-9)
    assert got.weighted.log_likelihood == got.log_likelihood


@given(student_problems(rows=900, channels=8))
@settings(max_examples=20)
def test_float32_arithmetic_equals_float64_to_its_precision(problem: StudentProblem) -> None:
    values, weights = problem.values.astype(np.float32), problem.weights.astype(np.float32)
    sample, mixture = WeightedSample(values, weights), problem.start
    assert sample.channels.dtype == np.float32
    got = summarise_student(sample, mixture)
    exact = summarise_student(WeightedSample(values.astype(np.float64), weights), mixture)
    about, total = exact.weighted.about(got.weighted.reference), sample.total_weight
    size, heaviest = np.abs(about.second).max(), about.zeroth.max()
    np.testing.assert_allclose(got.weighted.zeroth, about.zeroth, rtol=1e-4, atol=1e-5 * heaviest)
    np.testing.assert_allclose(
        got.weighted.first, about.first, rtol=1e-4, atol=1e-5 * np.sqrt(size * heaviest)
    )
    np.testing.assert_allclose(got.weighted.second, about.second, rtol=1e-4, atol=1e-5 * size)
    np.testing.assert_allclose(got.zeroth, exact.zeroth, rtol=1e-4, atol=1e-5 * total)
    np.testing.assert_allclose(got.unevenness, exact.unevenness, rtol=1e-4, atol=1e-6 * total)
    assert abs(got.log_likelihood - exact.log_likelihood) / total <= 1e-5


@given(student_problems(rows=300, channels=8))
def test_the_posterior_equals_its_twin(problem: StudentProblem) -> None:
    mixture, sample = problem.start, WeightedSample(problem.values)
    joint = twin_joint(mixture, problem.values)
    got = responsibilities_student(mixture, sample)
    np.testing.assert_allclose(got.T, reference.responsibilities(joint), atol=1e-6)
    np.testing.assert_allclose(got.sum(axis=0), 1, atol=1e-6)
    density = log_density_student(mixture, sample)
    np.testing.assert_allclose(density, reference.log_density(joint), rtol=1e-9, atol=1e-9)
    labels = labels_student(mixture, sample)
    assert labels.dtype == np.uint8
    np.testing.assert_allclose(joint[np.arange(len(joint)), labels], joint.max(axis=1), rtol=1e-9)


@given(student_problems(rows=100), st.sampled_from(WAYS))
def test_runs_equal_their_twin(problem: StudentProblem, way: str) -> None:
    sample, mixture = WeightedSample(problem.values, problem.weights), problem.start
    history = []
    for _ in range(4):
        moments = summarise_student(sample, mixture)
        history.append(moments.log_likelihood / sample.total_weight)
        mixture = step(moments, mixture, way)
    start = problem.start
    weights, means, scales, degrees, expected = reference.student_em(
        problem.values,
        problem.weights,
        (start.weights, start.means, start.covariances, start.degrees),
        start.covariance,
        way,
        4,
    )
    twin = StudentMixture(weights, means, scales, degrees, start.covariance)
    assert_same(mixture, twin, rtol=1e-6)
    np.testing.assert_allclose(history, expected[:4], rtol=1e-9, atol=1e-9)
    if way == "shared":
        assert len(set(mixture.degrees)) == 1


@given(student_problems(rows=200), st.sampled_from(WAYS))
def test_the_log_likelihood_never_falls(problem: StudentProblem, way: str) -> None:
    sample, mixture = WeightedSample(problem.values, problem.weights), problem.start
    history = []
    for _ in range(25):
        moments = summarise_student(sample, mixture)
        history.append(moments.log_likelihood / sample.total_weight)
        mixture = step(moments, mixture, way)
    assert (np.diff(history) >= -1e-11 * np.abs(history[-1])).all()


def test_the_log_likelihood_never_falls_under_an_active_floor(generator: np.random.Generator) -> None:
    values = np.concatenate([generator.normal(0, [1, 1e-3], (300, 2)), generator.standard_t(2, (300, 2)) + 5])
    sample, floor = WeightedSample(values), 0.01
    mixture = StudentMixture([0.5, 0.5], [[0, 0], [5, 5]], [np.eye(2)] * 2, 5.0)
    history = []
    for _ in range(30):
        moments = summarise_student(sample, mixture)
        history.append(moments.log_likelihood / sample.total_weight)
        mixture = step(moments, mixture, "free", floor)
    assert np.linalg.eigvalsh(mixture.covariances).min() == pytest.approx(floor)
    assert (np.diff(history) >= -1e-12).all()


@given(student_problems(), st.sampled_from(WAYS))
def test_integer_weights_are_repeated_rows(problem: StudentProblem, way: str) -> None:
    repeated = np.repeat(problem.values, problem.weights.astype(int), axis=0)
    weighted = climb(WeightedSample(problem.values, problem.weights), problem.start, way, 3)
    assert_same(climb(WeightedSample(repeated), problem.start, way, 3), weighted, rtol=1e-6)


@given(student_problems())
def test_a_row_without_weight_is_no_row(problem: StudentProblem) -> None:
    weights = problem.weights.copy()
    weights[::3] = 0
    kept = weights > 0
    got = climb(WeightedSample(problem.values, weights), problem.start, "free", 2)
    expected = climb(WeightedSample(problem.values[kept], weights[kept]), problem.start, "free", 2)
    assert_same(got, expected, rtol=1e-6)


@given(student_problems())
def test_parts_add_to_the_whole(problem: StudentProblem) -> None:
    values, weights, mixture = problem.values, problem.weights, problem.start
    whole = summarise_student(WeightedSample(values, weights), mixture)
    parts = [
        summarise_student(WeightedSample(values[at], weights[at]), mixture)
        for at in (slice(None, 20), slice(20, None))
    ]
    added = parts[0] + parts[1]
    assert added.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
    assert_same(step(added, mixture, "free"), step(whole, mixture, "free"))


@given(student_problems(), st.randoms(use_true_random=False))
def test_permuting_components_permutes_the_answer(problem: StudentProblem, random: Any) -> None:
    order = list(range(problem.start.components))
    random.shuffle(order)
    sample = WeightedSample(problem.values, problem.weights)
    got = climb(sample, problem.start.permuted(order), "free", 2)
    assert_same(got, climb(sample, problem.start, "free", 2).permuted(order))


@given(student_problems())
def test_shifting_and_scaling_values_moves_the_answer(problem: StudentProblem) -> None:
    def elsewhere(mixture: StudentMixture) -> StudentMixture:
        return with_degrees(moved(mixture.scales, 4.0, -3.0), mixture.degrees)

    got = climb(WeightedSample(problem.values * 4 - 3, problem.weights), elsewhere(problem.start), "free", 2)
    here = climb(WeightedSample(problem.values, problem.weights), problem.start, "free", 2)
    assert_same(got, elsewhere(here), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_change_no_bit(generator: np.random.Generator, dtype: type[np.floating]) -> None:
    sample = WeightedSample(generator.standard_t(3, (70_000, 3)).astype(dtype))
    mixture = StudentMixture([0.3, 0.7], [[0, 0, 0], [1, 1, 1]], [np.eye(3)] * 2, [3, 30])
    one, eight = (summarise_student(sample, mixture, threads=threads) for threads in (1, 8))
    assert one.log_likelihood == eight.log_likelihood
    for name in ("zeroth", "first", "second"):
        assert (getattr(one.weighted, name) == getattr(eight.weighted, name)).all()
    assert (one.zeroth == eight.zeroth).all()
    assert (one.unevenness == eight.unevenness).all()
    for say in (responsibilities_student, log_density_student, labels_student):
        assert (say(mixture, sample, threads=1) == say(mixture, sample, threads=8)).all()


@given(problems(rows=200))
@settings(max_examples=15)
def test_many_degrees_are_a_gaussian(problem: Problem) -> None:
    sample, gaussian = WeightedSample(problem.values, problem.weights), problem.start
    student, floor = with_degrees(gaussian, 1e6), np.zeros(sample.dimension)
    for _ in range(3):
        student = step(summarise_student(sample, student), student, "fixed")
        gaussian = maximise(summarise(sample, gaussian), gaussian.covariance, floor)
    assert_same(student, with_degrees(gaussian, 1e6), rtol=1e-4)
    np.testing.assert_allclose(
        log_density_student(student, sample), log_density(gaussian, sample), rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(
        responsibilities_student(student, sample), responsibilities(gaussian, sample), atol=1e-4
    )


@pytest.mark.parametrize("degrees", [200.0, 1e6, 1e9])
def test_float32_holds_many_degrees(generator: np.random.Generator, degrees: float) -> None:
    """1 + δ/ν rounds to 1; the logarithm must not."""
    values = generator.normal(0, 1, (5000, 3)).astype(np.float32)
    mixture = StudentMixture([0.5, 0.5], [[0, 0, 0], [1, 1, 1]], [np.eye(3)] * 2, degrees)
    got = log_density_student(mixture, WeightedSample(values))
    exact = log_density_student(mixture, WeightedSample(values.astype(np.float64)))
    np.testing.assert_allclose(got, exact, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("degrees", [1e-3, 0.5, 1.0, 30.0, 1e5, 1e9])
def test_the_normalising_constant_keeps_its_digits(d: int, degrees: float) -> None:
    mixture = StudentMixture([1.0], np.zeros((1, d)), [np.eye(d)], degrees)
    expected = twin_joint(mixture, np.zeros((1, d)))[0, 0]
    if degrees >= 1e5:  # where the twin's own digits are lost, the Gaussian's constant is right
        expected = -0.5 * d * np.log(2 * np.pi)
    tolerance = 10 / degrees if degrees >= 1e5 else 1e-9
    assert mixture.constants[0] == pytest.approx(expected, abs=tolerance)


def two_components() -> tuple[StudentMixture, StudentMixture]:
    """The truth, and a start."""
    truth = StudentMixture(
        [0.4, 0.6], [[0, 0], [8, 4]], [[[2.0, 0.8], [0.8, 1.0]], [[1.0, -0.3], [-0.3, 1.5]]], [3.0, 10.0]
    )
    return truth, StudentMixture([0.5, 0.5], [[1, -1], [6, 5]], [2 * np.eye(2)] * 2, 30.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_truth_is_recovered(generator: np.random.Generator, dtype: type[np.floating]) -> None:
    truth, start = two_components()
    rows = (truth.weights * 20_000).astype(int)
    values = np.concatenate(
        [
            draw_t(generator, *parameters)
            for parameters in zip(rows, truth.means, truth.covariances, truth.degrees, strict=True)
        ]
    )
    got = climb(WeightedSample(values.astype(dtype)), start, "free", 150)
    np.testing.assert_allclose(got.weights, truth.weights, atol=0.01)
    np.testing.assert_allclose(got.means, truth.means, atol=0.05)
    np.testing.assert_allclose(got.covariances, truth.covariances, rtol=0.06, atol=0.05)
    assert got.degrees[0] == pytest.approx(3, rel=0.1)
    assert got.degrees[1] == pytest.approx(10, rel=0.2)


def test_outliers_do_not_pull_the_locations(generator: np.random.Generator) -> None:
    """One row in ten is gross, and on one side: the t's locations stay, the Gaussian's do not."""
    truth = np.array([[0.0, 0.0], [8.0, 4.0]])
    clean = np.concatenate([centre + generator.normal(0, 1, (2250, 2)) for centre in truth])
    gross = generator.uniform([20, 20], [60, 60], (500, 2))
    sample = WeightedSample(np.concatenate([clean, gross]))
    start = Mixture([0.5, 0.5], truth + 0.5, [np.eye(2)] * 2)
    student = climb(sample, with_degrees(start, 10.0), "free", 100)
    gaussian, floor = start, np.zeros(2)
    for _ in range(100):
        gaussian = maximise(summarise(sample, gaussian), "full", floor)
    pulled = np.abs(gaussian.ordered().means - truth).max()
    assert np.abs(student.ordered().means - truth).max() < 0.5 < 2 < pulled


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_extreme_distances_give_finite_answers(dtype: type[np.floating], covariance: str) -> None:
    far = 9e11 if dtype is np.float32 else 5e149
    values: Reals = np.array([[0, 0], [1, 1], [-1, 1], [far, far], [-far, far]], dtype)
    spread = 1e-12 if dtype is np.float32 else 1e-200  # so that squares of distances overflow
    for variance in (1.0, spread):
        scales: Floats = np.full((2, 2), variance)
        shaped = scales[:, :, None] * np.eye(2) if covariance == "full" else scales
        mixture = with_degrees(Mixture([0.5, 0.5], [[0, 0], [1, 1]], shaped, covariance), [1.0, 50.0])  # type: ignore[arg-type]  # one of their names
        sample = WeightedSample(values)
        assert sample.channels.dtype == dtype
        moments = summarise_student(sample, mixture)
        assert np.isfinite(moments.log_likelihood)
        for array in (moments.zeroth, moments.unevenness, moments.weighted.first, moments.weighted.second):
            assert np.isfinite(array).all()
        assert moments.zeroth.sum() == pytest.approx(5)
        assert np.isfinite(log_density_student(mixture, sample)).all()
        np.testing.assert_allclose(responsibilities_student(mixture, sample).sum(axis=0), 1, atol=1e-6)
        degrees = step(moments, mixture, "free", 1e-6).degrees
        assert ((degrees >= LEAST_ESTIMATE) & (degrees <= MOST_ESTIMATE)).all()


@pytest.mark.parametrize("covariance", ["full", "tied", "diagonal", "spherical"])
@pytest.mark.parametrize("way", WAYS)
def test_a_component_without_weight_keeps_its_parameters(covariance: str, way: str) -> None:
    shape = {"full": [np.eye(2)] * 3, "tied": np.eye(2), "diagonal": np.ones((3, 2)), "spherical": np.ones(3)}
    means = [[0.0, 0.0], [3.0, 3.0], [9.0, 9.0]]
    scales = Mixture([0.5, 0.5, 0.0], means, shape[covariance], covariance)  # type: ignore[arg-type]  # one of their names
    mixture = with_degrees(scales, [3.0, 4.0, 5.0])
    sample = WeightedSample(np.random.default_rng(0).normal(1.5, 2, (50, 2)))
    got = climb(sample, mixture, way, 3)
    assert got.weights[2] == 0
    assert (got.means[2] == means[2]).all()
    assert np.isfinite(got.covariances).all()
    if covariance != "tied":
        assert (got.covariances[2] == mixture.covariances[2]).all()
    if way != "shared":
        assert got.degrees[2] == 5
    assert not responsibilities_student(got, sample)[2].any()


def test_estimates_of_degrees_stop_at_their_limits(generator: np.random.Generator) -> None:
    even = WeightedSample(generator.uniform(-1, 1, (500, 1)))  # lighter tails than any t
    start = StudentMixture([1.0], [[0.0]], [1.0], 3.0, "spherical")
    mixture = start
    for _ in range(400):
        mixture = step(summarise_student(even, mixture), mixture, "free")
    assert mixture.degrees[0] > 0.9 * MOST_ESTIMATE
    heavy = WeightedSample(np.sign(generator.normal(size=300)) * np.exp(generator.uniform(0, 300, 300)))
    assert climb(heavy, start, "free", 200).degrees[0] == LEAST_ESTIMATE


def test_saving_and_loading_changes_nothing() -> None:
    mixture, _ = two_components()
    got = StudentMixture.from_dict(mixture.as_dict())
    assert got.as_dict() == mixture.as_dict()
    with pytest.raises(MixtureError, match="needs degrees as well"):
        StudentMixture.from_dict(mixture.scales.as_dict())


def test_the_mixture_says_what_it_is() -> None:
    mixture, _ = two_components()
    assert (mixture.components, mixture.dimension, mixture.covariance) == (2, 2, "full")
    assert mixture.parameters == mixture.scales.parameters == 11
    assert mixture.ordered([-1, 0]).degrees.tolist() == [10, 3]
    assert mixture.ordered().degrees.tolist() == [3, 10]
    with pytest.raises(ValueError, match="read-only"):
        mixture.degrees[0] = 1


@pytest.mark.parametrize("degrees", [0.0, -1.0, np.nan, np.inf, [3.0], [3.0, 1e10], [[3.0, 3.0]]])
def test_degrees_that_are_none_are_refused(degrees: Any) -> None:
    with pytest.raises(MixtureError, match="degrees"):
        StudentMixture([0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0], degrees, "spherical")


def test_other_channels_are_refused() -> None:
    mixture, _ = two_components()
    with pytest.raises(SampleError, match="2 channels, the sample 3"):
        summarise_student(WeightedSample(np.eye(3)), mixture)


COMPILE_LOOPS = """
from pixture.mixture.kernels.student_t import Tails, add_tail, share_out

rows, sums = np.ones((3, 64), dtype=sys.argv[1]), np.zeros(1)
add_tail(Tails(*np.ones((5, 2), dtype=sys.argv[1])), 1, 64, *rows)
share_out(*rows, 64, sums, sums)
"""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_inner_loops_are_vector_code(dtype: str) -> None:
    said, loops = test_vectors.remarks(COMPILE_LOOPS, dtype), test_vectors.marked(passes)
    assert loops == {"add_tail": 1, "share_out": 1}
    for name in loops:
        assert [line for line in said[name] if "vectorized loop (" in line], said[name]
        assert not [line for line in said[name] if "loop not vectorized" in line], said[name]
