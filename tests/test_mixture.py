"""A mixture is valid by construction, and its structures agree with their definitions."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given

from pixture import Mixture, MixtureError
from pixture.arrays import Floats
from pixture.mixture.model.covariance import STRUCTURES
from pixture.mixture.model.moments import Moments
from pixture.options.fitting import CovarianceName
from tests.strategies import Problem, problems


@given(problems())
def test_factors_whiten(problem: Problem) -> None:
    mixture = problem.start
    K, d = mixture.means.shape
    factors = (
        mixture.factors if mixture.factors.ndim == 3 else np.array([np.diag(f) for f in mixture.factors])
    )
    for factor, matrix in zip(factors, mixture.matrices(), strict=True):
        np.testing.assert_allclose(factor @ matrix @ factor.T, np.eye(d), atol=1e-8)
        assert (np.triu(factor, 1) == 0).all()
    assert mixture.matrices().shape == (K, d, d)


@given(problems())
def test_saving_and_loading_changes_nothing(problem: Problem) -> None:
    again = Mixture.from_dict(json.loads(json.dumps(problem.start.as_dict())))
    np.testing.assert_array_equal(again.means, problem.start.means)
    np.testing.assert_array_equal(again.covariances, problem.start.covariances)
    np.testing.assert_allclose(again.weights, problem.start.weights, rtol=1e-15)
    assert again.covariance == problem.start.covariance


@pytest.mark.parametrize(
    ("name", "expected"), [("full", 44), ("tied", 24), ("diagonal", 26), ("spherical", 17)]
)
def test_parameters_are_counted(name: CovarianceName, expected: int) -> None:
    """Of 3 components in 4 channels: 2 weights, 12 means, and 30, 10, 12 or 3 of the covariances."""
    assert 2 + 12 + STRUCTURES[name].parameters(3, 4) == expected


def random_moments(generator: np.random.Generator, d: int, dense: bool) -> Moments:
    """Moments of two components, the first nearly flat."""
    rows = generator.normal(0, 1, (2, 40, d)) * np.array([[[0.05]], [[3.0]]])
    second = np.einsum("kni,knj->kij", rows, rows)
    return Moments(
        np.zeros((2, d)),
        np.array([40.0, 40.0]),
        rows.sum(axis=1),
        second if dense else np.diagonal(second, axis1=1, axis2=2),
    )


@pytest.mark.parametrize("name", ["full", "tied", "diagonal", "spherical"])
def test_the_floor_is_obeyed_and_optimal(name: CovarianceName, generator: np.random.Generator) -> None:
    """No covariance that obeys the floor has a higher expected log-likelihood than the one estimated."""
    structure = STRUCTURES[name]
    d, floor = 3, np.array([0.5, 1.0, 2.0])
    moments = random_moments(generator, d, structure.dense)
    whole = moments.scatters if structure.dense else np.array([np.diag(s) for s in moments.scatters])

    def objective(covariances: Floats) -> float:
        matrices = structure.matrices(covariances, 2, d)
        return -sum(
            float(n * np.linalg.slogdet(S)[1] + np.trace(np.linalg.solve(S, scatter)))
            for n, S, scatter in zip(moments.zeroth, matrices, whole, strict=True)
        )

    best = structure.estimate(moments, floor)
    relative = structure.matrices(best, 2, d) / np.sqrt(np.outer(floor, floor))
    assert np.linalg.eigvalsh(relative).min() >= 1 - 1e-9
    for _ in range(200):
        shift = generator.normal(0, 0.1, best.shape)
        if name in ("full", "tied"):
            shift = shift + shift.swapaxes(-1, -2)
        other = best + shift
        allowed = structure.matrices(other, 2, d) / np.sqrt(np.outer(floor, floor))
        if np.linalg.eigvalsh(allowed).min() >= 1:
            assert objective(other) <= objective(best) + 1e-9


def bad_mixtures() -> Iterator[tuple[tuple[object, ...], str]]:
    eye = np.eye(2)
    yield ([1.0], [[0.0, 0.0]], [eye], "round"), "covariance must be one of"
    yield ([1.0], [0.0, 0.0], [eye]), "means must be"
    yield ([0.5, 0.5], [[0.0, 0.0]], [eye]), "one a component"
    yield ([1.0], [[0.0, 0.0]], [[1.0, 1.0]]), "must be \\(1, 2, 2\\)"
    yield ([np.nan], [[0.0, 0.0]], [eye]), "finite"
    yield ([0.3, 0.3], [[0.0, 0.0], [1.0, 1.0]], [eye, eye]), "sum to 1"
    yield ([1.5, -0.5], [[0.0, 0.0], [1.0, 1.0]], [eye, eye]), "not negative"
    yield ([1.0], [[0.0, 0.0]], [[[1.0, 2.0], [2.0, 1.0]]]), "positive definite"
    yield ([1.0], [[0.0, 0.0]], [0.0], "spherical"), "not positive"


@pytest.mark.parametrize(("arguments", "message"), list(bad_mixtures()))
def test_what_is_no_mixture_is_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(MixtureError, match=message):
        Mixture(*arguments)  # type: ignore[arg-type]  # wrong on purpose


def test_a_dictionary_that_lacks_something_is_refused() -> None:
    with pytest.raises(MixtureError, match="covariances, means"):
        Mixture.from_dict({"weights": [1.0], "covariance": "full"})


def test_a_mixture_is_immutable() -> None:
    mixture = Mixture([1.0], [[0.0]], [1.0], "spherical")
    with pytest.raises(ValueError, match="read-only"):
        mixture.means[0, 0] = 1
    with pytest.raises(AttributeError):
        mixture.covariance = "full"  # type: ignore[misc]  # wrong on purpose


def test_order_is_by_direction_then_by_means() -> None:
    mixture = Mixture([0.2, 0.3, 0.5], [[1, 5], [1, 2], [0, 9]], [1.0, 2.0, 3.0], "spherical")
    assert mixture.ordered().weights.tolist() == [0.5, 0.3, 0.2]
    assert mixture.ordered([0, 1]).weights.tolist() == [0.3, 0.2, 0.5]
