"""Each compiled pass equals its naive twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core.registry import cpu_target

from pixture.arrays import Reals
from pixture.compilation.jit import exact, exp, log
from pixture.mixture.em.em import summarise
from pixture.mixture.em.initialization import mixture_from_labels
from pixture.mixture.kernels import assignment
from pixture.mixture.model.posterior import entropy, labels, log_density, responsibilities
from pixture.mixture.model.weighted_sample import WeightedSample
from tests import reference
from tests.strategies import Problem, problems


@exact
def _each_exp(values: Reals) -> Reals:
    out = np.empty_like(values)
    for i in range(values.size):
        out[i] = exp(values[i])
    return out


@exact
def _each_log(values: Reals) -> Reals:
    out = np.empty_like(values)
    for i in range(values.size):
        out[i] = log(values[i])
    return out


DTYPES = [np.float64, np.float32]


@pytest.mark.parametrize(("dtype", "least", "most"), [(np.float64, -600, 709), (np.float32, -60, 88)])
def test_exp_is_exact_to_2_ulp_or_3_where_nothing_is_fused(
    dtype: type[np.floating], least: float, most: float, generator: np.random.Generator
) -> None:
    values = np.concatenate([generator.uniform(least, most, 200_000), generator.normal(0, 1, 100_000), [0.0]])
    values = values.astype(dtype)
    assert _each_exp(values).dtype == dtype
    # of what is rounded once: NumPy's own float32 functions are off by up to 4 ulp
    exact_values = np.exp(values.astype(np.float64)).astype(dtype)
    processor = str(cpu_target.target_context.codegen().magic_tuple())
    fused = "+fma" in processor or "aarch64" in processor or "arm64" in processor
    np.testing.assert_array_max_ulp(_each_exp(values), exact_values, maxulp=2 if fused else 3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_of_the_very_negative_is_zero(dtype: type[np.floating]) -> None:
    assert (_each_exp(np.array([-601.0, -1e6, -np.inf, np.nan], dtype)) == 0).all()


@pytest.mark.parametrize(("dtype", "spread"), [(np.float64, 700), (np.float32, 85)])
def test_log_is_exact_to_2_ulp(
    dtype: type[np.floating], spread: float, generator: np.random.Generator
) -> None:
    values = np.concatenate(
        [np.exp(generator.uniform(-spread, spread, 200_000)), generator.uniform(0.5, 2, 100_000)]
    ).astype(dtype)
    assert _each_log(values).dtype == dtype
    exact_values = np.log(values.astype(np.float64)).astype(dtype)
    np.testing.assert_array_max_ulp(_each_log(values), exact_values, maxulp=2)
    assert _each_log(np.array([1.0], dtype))[0] == 0


@given(problems(rows=1300, channels=8))  # more than one block of rows, and of channels more than two tiles
def test_expect_equals_its_twin(problem: Problem) -> None:
    mixture, sample = problem.start, WeightedSample(problem.values, problem.weights)
    got = summarise(sample, mixture)
    joint = reference.log_joint(problem.values, mixture.weights, mixture.means, mixture.matrices())
    shares = reference.responsibilities(joint)
    zeroth, first, second = reference.moments(problem.values, problem.weights, shares, mixture.means)
    if not mixture.structure.dense:
        second = np.diagonal(second, axis1=1, axis2=2)
    size = np.abs(second).max()
    np.testing.assert_allclose(got.zeroth, zeroth, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got.first, first, rtol=1e-8, atol=1e-9 * np.sqrt(size * zeroth.max()))
    np.testing.assert_allclose(got.second, second, rtol=1e-8, atol=1e-9 * size)
    assert got.log_likelihood == pytest.approx(problem.weights @ reference.log_density(joint), rel=1e-9)


@given(problems(rows=1300, channels=8))
def test_float32_arithmetic_equals_the_twin_to_its_precision(problem: Problem) -> None:
    """Of values that float32 holds exactly: what differs is the arithmetic alone."""
    values, weights = problem.values.astype(np.float32), problem.weights.astype(np.float32)
    mixture, sample = problem.start, WeightedSample(values, weights)
    assert sample.channels.dtype == sample.weights.dtype == np.float32
    got = summarise(sample, mixture)
    exact = summarise(WeightedSample(values.astype(np.float64), weights), mixture).about(got.reference)
    size = np.abs(exact.second).max()
    heaviest = exact.zeroth.max()
    np.testing.assert_allclose(got.zeroth, exact.zeroth, rtol=1e-4, atol=1e-5 * heaviest)
    np.testing.assert_allclose(got.first, exact.first, rtol=1e-4, atol=1e-5 * np.sqrt(size * heaviest))
    np.testing.assert_allclose(got.second, exact.second, rtol=1e-4, atol=1e-5 * size)
    per_row = np.abs(reference.log_density(
        reference.log_joint(values.astype(np.float64), mixture.weights, mixture.means, mixture.matrices())
    )).mean()  # fmt: skip
    assert abs(got.log_likelihood - exact.log_likelihood) / sample.total_weight <= 1e-6 * max(per_row, 1)


@given(problems(rows=1300, channels=8))
def test_the_posterior_equals_its_twin(problem: Problem) -> None:
    mixture, sample = problem.start, WeightedSample(problem.values)
    joint = reference.log_joint(problem.values, mixture.weights, mixture.means, mixture.matrices())
    shares = reference.responsibilities(joint)
    got = responsibilities(mixture, sample)
    np.testing.assert_allclose(got.T, shares, atol=1e-6)
    np.testing.assert_allclose(got.sum(axis=0), 1, atol=1e-6)
    np.testing.assert_array_equal(responsibilities(mixture, sample, [mixture.components - 1])[0], got[-1])
    np.testing.assert_allclose(
        log_density(mixture, sample), reference.log_density(joint), rtol=1e-9, atol=1e-9
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = -np.nansum(shares * np.log(shares), axis=1)
    np.testing.assert_allclose(entropy(mixture, sample), expected, atol=1e-6)
    picked = joint[np.arange(len(joint)), labels(mixture, sample)]
    np.testing.assert_allclose(picked, joint.max(axis=1), rtol=1e-9)


@given(problems(rows=300))
def test_assign_and_approach_equal_their_twins(problem: Problem) -> None:
    sample, centres = WeightedSample(problem.values, problem.weights), problem.start.means
    stretch = 1 / sample.scale**2
    assigned = np.empty(sample.size, dtype=np.int32)
    assignment.assign(sample.channels, 0, sample.size, centres, stretch, assigned)
    squared = ((problem.values[:, None] - centres) ** 2 * stretch).sum(axis=2)
    np.testing.assert_array_equal(assigned, reference.nearest_label(problem.values, centres, stretch))
    nearest = np.full(sample.size, np.inf)
    potential = 0.0
    for centre in centres:
        potential = assignment.approach(
            sample.channels, sample.weights, 0, sample.size, centre, stretch, nearest
        )
    np.testing.assert_allclose(nearest, squared.min(axis=1), rtol=1e-9, atol=1e-9)
    assert potential == pytest.approx(problem.weights @ squared.min(axis=1))


@given(problems(), st.booleans())
def test_gather_equals_its_twin(problem: Problem, some_unknown: bool) -> None:
    sample = WeightedSample(problem.values, problem.weights)
    K = problem.start.components
    given_labels = np.arange(sample.size) % K - (1 if some_unknown and K > 1 else 0)
    got = mixture_from_labels(sample, given_labels, "full", np.zeros(sample.dimension))
    shares = (given_labels[:, None] == np.arange(given_labels.max() + 1)).astype(float)
    weights, means, covariances = reference.m_step(problem.values, problem.weights, shares, "full")
    np.testing.assert_allclose(got.weights, weights)
    np.testing.assert_allclose(got.means, means, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got.covariances, covariances, rtol=1e-7, atol=1e-9 * np.abs(covariances).max())
