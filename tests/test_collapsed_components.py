"""A covariance floor of 0 asks for no regularisation, not for a crash: whatever collapses has an answer."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from pixture import BayesianGaussianMixture, GaussianMixture, TMixture, WeightedSample, diagnose, fit, segment
from pixture.arrays import Floats
from pixture.errors import CollapsedComponentWarning, FewerComponentsWarning, LostPrecisionWarning
from pixture.mixture.comparison.diagnosis import State
from pixture.mixture.model import posterior
from pixture.mixture.model_selection.compare_components import select_sample
from pixture.options.fitting import COVARIANCES, INITS, Choices

Draw = Callable[[np.random.Generator, int, int], Floats]


def _few(generator: np.random.Generator, n: int, d: int) -> Floats:
    values: Floats = generator.normal(size=(n, d))
    values[: generator.integers(1, 4)] += 90
    return values


def _constant(generator: np.random.Generator, n: int, d: int) -> Floats:
    values: Floats = generator.normal(size=(n, d))
    values[:, generator.integers(d)] = 3.7
    return values


def _half_on_a_line(generator: np.random.Generator, n: int, d: int) -> Floats:
    values: Floats = generator.normal(size=(n, d))
    values[: n // 2] = np.outer(generator.normal(size=n // 2), generator.normal(size=d)) + 5
    return values


def _outlier(generator: np.random.Generator, n: int, d: int) -> Floats:
    values: Floats = generator.normal(size=(n, d))
    values[0] = 1e7
    return values


KINDS: dict[str, Draw] = {
    "a few rows far away": _few,
    "duplicated": lambda g, n, d: np.repeat(g.normal(size=(g.integers(2, 7), d)), n // 5, axis=0),
    "collinear": lambda g, n, d: np.outer(g.normal(size=n), g.normal(size=d)),
    "a constant channel": _constant,
    "clipped": lambda g, n, d: np.clip(g.normal(size=(n, d)), -9, 0.2),
    "one value": lambda g, n, d: np.repeat(g.normal(size=(1, d)), n, axis=0),
    "half on a line": _half_on_a_line,
    "an outlier": _outlier,
    "whole numbers": lambda g, n, d: np.round(3 * g.normal(size=(n, d))),
}


def degenerate(seed: int) -> tuple[np.random.Generator, Floats, int]:
    """Rows on which components collapse, and a number of components."""
    generator = np.random.default_rng(seed)
    draw = list(KINDS.values())[seed % len(KINDS)]
    d, K = (int(generator.choice(of)) for of in ([1, 2, 3, 5, 8], [1, 2, 3, 5, 8, 12]))
    values = draw(generator, int(generator.integers(12, 300)), d)
    values = values * generator.choice([1e-6, 1.0, 1e3, 1e8]) + generator.choice([0.0, 0.0, 1e4, 1e8])
    return generator, values.astype(generator.choice(["f4", "f8"])), K


def has_an_answer(seed: int) -> None:
    generator, values, K = degenerate(seed)
    covariance, init = COVARIANCES[generator.integers(4)], INITS[generator.integers(3)]
    sample = WeightedSample(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerComponentsWarning)
        warnings.simplefilter("ignore", CollapsedComponentWarning)
        found = fit(
            values, K, covariance=covariance, init=init, seed=seed, covariance_floor=0.0,
            accelerate=bool(generator.integers(2)), n_init=int(generator.integers(1, 3)),
        )  # fmt: skip
    mixture, history = found.mixture, found.history
    assert all(np.isfinite(part).all() for part in (mixture.weights, mixture.means, mixture.covariances))
    assert np.isfinite(history).all()
    assert (np.diff(history) >= -1e-9 * (1 + np.abs(history).max())).all()
    shares = posterior.responsibilities(mixture, sample)
    np.testing.assert_allclose(shares.sum(axis=0), 1, atol=1e-5)
    labels = posterior.labels(mixture, sample)
    assert 0 <= labels.min() <= labels.max() < mixture.components


@pytest.mark.parametrize("seed", range(54))
def test_a_floor_of_zero_has_an_answer(seed: int) -> None:
    has_an_answer(seed)


@pytest.mark.slow
def test_a_thousand_fits_without_a_floor_have_an_answer() -> None:
    for seed in range(1000):
        has_an_answer(seed)


@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1e-6, 0.0), (1.0, 1e8), (1e8, 0.0)])
def test_what_collapses_is_named_and_diagnosed(covariance: str, scale: float, shift: float) -> None:
    """Equal rows beside a cloud: the cloud is found as it is, the rows are a component of no extent."""
    cloud = np.random.default_rng(0).normal(0, 1, (300, 2))
    values = np.concatenate([cloud, np.full((40, 2), 50.0)]) * scale + shift
    if covariance == "tied":  # whose one covariance has no extent only if no component has any
        values = np.repeat([[0.0, 0.0], [50.0, 50.0]], 20, axis=0) * scale + shift
    with pytest.warns(CollapsedComponentWarning, match=r"covariance_floor above 0.*fewer components"):
        # a parametrized string
        found = fit(values, 2, covariance=covariance, covariance_floor=0.0)  # type: ignore[arg-type]  # any str, by parametrize
    assert found.mixture.means[1] == pytest.approx(50 * scale + shift)
    diagnoses = diagnose(found.mixture, WeightedSample(values), 0.0)
    assert diagnoses[1].state in (State.COLLAPSED, State.SATURATED)
    if covariance != "tied":
        assert diagnoses[0].state is State.FINE
        assert found.mixture.weights[1] == pytest.approx(40 / 340)


def test_a_floor_of_zero_is_silent_where_nothing_collapses(generator: np.random.Generator) -> None:
    values = np.concatenate([generator.normal(0, 1, (300, 2)), generator.normal(9, 1, (300, 2))])
    without, with_default = fit(values, 2, covariance_floor=0.0), fit(values, 2)
    np.testing.assert_array_equal(without.mixture.covariances, with_default.mixture.covariances)


def test_of_several_starts_one_that_does_not_collapse_goes_first() -> None:
    """Two rows that are nearly one draw a component to them in some starts, at any likelihood."""
    generator = np.random.default_rng(3)
    values = np.concatenate([generator.normal(0, 1, (60, 1)), generator.normal(12, 1, (60, 1)), [[5.0]] * 3])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CollapsedComponentWarning)
        alone = [
            fit(values, 2, init="random", seed=seed, covariance_floor=0.0, accelerate=False)
            for seed in range(30)
        ]
    thin = [found.mixture.covariances.min() < 1e-9 for found in alone]
    assert any(thin)  # some starts collapse, and are likelier than all that do not
    assert not all(thin)
    best = fit(values, 2, init="random", n_init=60, covariance_floor=0.0, accelerate=False)
    assert best.mixture.covariances.min() > 0.1


def test_numbers_of_components_are_compared_without_collapses(generator: np.random.Generator) -> None:
    values = np.concatenate([generator.normal(0, 1, (200, 1)), generator.normal(9, 1, (200, 1)), [[4.0]] * 4])
    found = select_sample(WeightedSample(values), range(1, 7), choices=Choices(covariance_floor=0.0))
    assert found.best.components <= 3
    assert all(np.isfinite(candidate.bic) for candidate in found.candidates)


def test_an_image_of_collapsed_pixels_is_segmented() -> None:
    pixels = np.repeat(np.array([[3, 4, 90, 91, 200]], np.uint8), 5, axis=0)
    with pytest.warns(CollapsedComponentWarning, match="of 4 components ha"):
        result = segment(pixels, 4, covariance_floor=0)
    assert set(np.unique(result.labels)) <= {0, 1, 2, 3}
    assert np.isfinite(result.fit.history).all()


@pytest.mark.parametrize("estimator", [GaussianMixture, BayesianGaussianMixture, TMixture])
@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_estimators_without_a_floor_have_an_answer(estimator: type, covariance_type: str, kind: str) -> None:
    generator = np.random.default_rng(0)
    values = KINDS[kind](generator, 60, 2)
    if kind == "one value":
        values[:20] += 1
    with warnings.catch_warnings():
        for category in (ConvergenceWarning, CollapsedComponentWarning, LostPrecisionWarning):
            warnings.simplefilter("ignore", category)
        found = estimator(n_components=2, covariance_type=covariance_type, reg_covar=0, random_state=0)
        found.fit(values)
    assert np.isfinite(found.predict_proba(values)).all()
    assert np.isfinite(found.score(values))


def test_an_estimator_names_what_collapses() -> None:
    values = np.repeat(np.array([[0.0, 0.0], [1.0, 5.0]]), 25, axis=0)
    with pytest.warns(CollapsedComponentWarning, match="2 of 2 components have collapsed.*reg_covar above 0"):
        found = GaussianMixture(2, reg_covar=0, random_state=0).fit(values)
    assert [told.state for told in found.diagnose()] == [State.SATURATED, State.SATURATED]
    for estimator in (GaussianMixture, TMixture):
        with pytest.warns() as caught:  # k-means finds fewer places, too
            found = estimator(3, reg_covar=0, random_state=0).fit(values)
        assert CollapsedComponentWarning in {warning.category for warning in caught}
        assert set(found.predict(values)) <= {0, 1, 2}
        assert np.isfinite(found.score(values))
        with pytest.raises(ValueError, match="ill-defined empirical covariance"):  # scikit-learn's own test
            estimator(3, reg_covar=0, random_state=0).fit(values[[0, 1, 49]])


def test_float32_beside_which_a_class_vanishes_is_fitted_in_float64() -> None:
    """Most values lie within 1e-39: float32 holds no factor of such a variance."""
    generator = np.random.default_rng(0)
    values = np.concatenate([generator.uniform(0, 1e-39, (900, 1)), generator.normal(1, 0.1, (100, 1))])
    found = fit(values.astype(np.float32), 2)
    assert np.isfinite(found.mixture.means).all()
    np.testing.assert_allclose(found.mixture.means.ravel(), [0, 1], atol=0.05)
