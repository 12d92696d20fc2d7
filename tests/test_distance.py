"""Distances of Gaussians: the closed forms, what they mean, and what must not change them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from scipy import stats

from pixture import Mixture, bhattacharyya, kullback_leibler
from pixture.arrays import Floats
from tests import reference
from tests.strategies import Problem, problems

Distance = Callable[[Mixture], Floats]
DISTANCES: list[Distance] = [kullback_leibler, bhattacharyya]


@given(problems())
def test_as_the_closed_forms_read(problem: Problem) -> None:
    mixture = problem.start
    matrices = mixture.matrices()
    for ours, twin in (
        (kullback_leibler, reference.kullback_leibler),
        (bhattacharyya, reference.bhattacharyya),
    ):
        np.testing.assert_allclose(ours(mixture), twin(mixture.means, matrices), rtol=1e-8, atol=1e-9)


@given(problems())
def test_zero_to_oneself_and_never_negative(problem: Problem) -> None:
    for distance in DISTANCES:
        found = distance(problem.start)
        assert (np.diagonal(found) == 0).all()
        assert (found >= 0).all()
    np.testing.assert_array_equal(bhattacharyya(problem.start), bhattacharyya(problem.start).T)


@pytest.mark.parametrize("distance", DISTANCES)
@given(problems(structure="full"))
def test_an_affine_map_of_the_data_changes_nothing(distance: Distance, problem: Problem) -> None:
    mixture, d = problem.start, problem.start.dimension
    generator = np.random.default_rng(d)
    matrix, shift = generator.normal(size=(d, d)) + 3 * np.eye(d), generator.normal(size=d)
    matrices = np.array([matrix @ covariance @ matrix.T for covariance in mixture.covariances])
    mapped = Mixture(
        mixture.weights, mixture.means @ matrix.T + shift, 0.5 * (matrices + matrices.swapaxes(1, 2))
    )
    # about 1e4, the means keep 12 digits, of components a thousandth wide
    np.testing.assert_allclose(distance(mapped), distance(mixture), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("distance", DISTANCES)
@given(problems())
def test_permuted_components_permute_the_answer(distance: Distance, problem: Problem) -> None:
    order = np.random.default_rng(1).permutation(problem.start.components)
    permuted = distance(problem.start.permuted(order))
    np.testing.assert_allclose(
        permuted, distance(problem.start)[np.ix_(order, order)], rtol=1e-12, atol=1e-14
    )


def three() -> Mixture:
    means = [[0.0, 0.0], [1.0, 0.5], [-0.5, 2.0]]
    covariances = [[[1.0, 0.3], [0.3, 0.5]], [[0.6, -0.2], [-0.2, 0.9]], [[2.0, 0.0], [0.0, 0.4]]]
    return Mixture([0.2, 0.3, 0.5], means, covariances)


def density(mixture: Mixture, component: int, values: Floats) -> Floats:
    found: Floats = stats.multivariate_normal(mixture.means[component], mixture.covariances[component]).pdf(
        values
    )
    return found


def test_they_are_what_draws_say(generator: np.random.Generator) -> None:
    """KL is the mean of log p / q over draws of p, and exp(-D) that of √(q / p)."""
    mixture, n = three(), 200_000
    divergences, distances = kullback_leibler(mixture), bhattacharyya(mixture)
    for k in range(3):
        values = generator.multivariate_normal(mixture.means[k], mixture.covariances[k], n)
        own = density(mixture, k, values)
        for j in {0, 1, 2} - {k}:
            other = density(mixture, j, values)
            logs, roots = np.log(own / other), np.sqrt(other / own)
            assert abs(logs.mean() - divergences[k, j]) < 5 * logs.std() / np.sqrt(n)
            assert abs(roots.mean() - np.exp(-distances[k, j])) < 5 * roots.std() / np.sqrt(n)


def test_components_nearly_without_extent_keep_their_digits() -> None:
    """Variances of 1 and 1e-8 at 45°: what differs threefold in width differs by that much."""
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    thin, wide = (turn @ np.diag([1.0, variance]) @ turn.T for variance in (1e-8, 9e-8))
    mixture = Mixture([0.5, 0.5], np.zeros((2, 2)), [thin, wide])
    np.testing.assert_allclose(kullback_leibler(mixture)[0, 1], 0.5 * (1 / 9 - 1 + np.log(9)), rtol=1e-6)
    np.testing.assert_allclose(kullback_leibler(mixture)[1, 0], 0.5 * (9 - 1 - np.log(9)), rtol=1e-6)
    np.testing.assert_allclose(bhattacharyya(mixture)[0, 1], 0.5 * np.log(5 / 3), rtol=1e-6)


def test_units_as_far_apart_as_floats_go() -> None:
    variances = np.array([[1e-200, 1e200], [4e-200, 4e200]])
    found = bhattacharyya(Mixture([0.5, 0.5], np.zeros((2, 2)), variances, "diagonal"))
    np.testing.assert_allclose(found[0, 1], np.log(2.5 / 2), rtol=1e-12)


def test_a_distance_too_small_for_differences_is_found() -> None:
    """Two standard deviations that differ by 1e-9: terms of order 1 cancel to 1e-18."""
    mixture = Mixture([0.5, 0.5], [[0.0], [0.0]], [1.0, (1 + 1e-9) ** 2], "spherical")
    assert 0 <= kullback_leibler(mixture)[0, 1] < 1e-15
