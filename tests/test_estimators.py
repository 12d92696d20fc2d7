"""The estimators are scikit-learn's, and do what its users have asked for."""

from __future__ import annotations

import inspect
import pickle
import sys
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
import sklearn.mixture
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import pixture
from pixture import BayesianGaussianMixture, GaussianMixture, LostPrecisionWarning, Prior, ReadError, TMixture
from pixture.arrays import Array, Floats
from pixture.estimators.state.attributes import COVARIANCE_TYPES
from pixture.mixture.em.em import summarise
from pixture.mixture.model.mixture import Mixture
from pixture.model_file import read_model, write_model
from tests import reference
from tests.strategies import mixture_of, structures

TYPES = list(COVARIANCE_TYPES)
ESTIMATORS = (GaussianMixture, BayesianGaussianMixture, TMixture)


@pytest.mark.filterwarnings("ignore::Warning")  # the checks warn on purpose, and look at warnings themselves
@parametrize_with_checks(
    [  # type: ignore[untyped-decorator]  # sklearn ships no types
        GaussianMixture(),
        BayesianGaussianMixture(),
    ]
)
def test_scikit_learn_s_checks(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


def clusters(seed: int = 0, n: int = 600, d: int = 3) -> Floats:
    generator = np.random.default_rng(seed)
    centres = np.array([[0.0], [4.0], [9.0]]) * np.linspace(1, 0.4, d)
    return centres[np.arange(n) % 3] + generator.normal(0, 1.2, (n, d))


# --- equal to scikit-learn


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_the_fit_is_scikit_learn_s(covariance_type: str, init_params: str) -> None:
    """The same start, iterations and parameters, up to `reg_covar`, which bounds where theirs adds."""
    if covariance_type == "tied" and init_params in ("k-means++", "random_from_data"):
        pytest.skip("scikit-learn's start from single rows counts the scatter of all rows for a few of them")
    X = clusters()
    chosen: dict[str, Any] = {
        "n_components": 3,
        "covariance_type": covariance_type,
        "init_params": init_params,
        "random_state": 3,
        "max_iter": 500,
        "reg_covar": 1e-9,
    }
    ours, theirs = GaussianMixture(**chosen).fit(X), sklearn.mixture.GaussianMixture(**chosen).fit(X)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.converged_ == theirs.converged_
    # the first may be that of single rows with variances of 1e-9, where theirs are rounded
    np.testing.assert_allclose(ours.lower_bounds_[1:], theirs.lower_bounds_[1:], rtol=1e-6)
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=1e-6)
    for name in ("score", "bic", "aic"):
        assert getattr(ours, name)(X) == pytest.approx(getattr(theirs, name)(X), rel=1e-8)
    np.testing.assert_allclose(ours.sample(9)[0], theirs.sample(9)[0], atol=1e-4)
    np.testing.assert_array_equal(ours.sample(9)[1], theirs.sample(9)[1])


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("prior", ["dirichlet_process", "dirichlet_distribution"])
def test_the_bayesian_fit_is_scikit_learn_s(covariance_type: str, prior: str) -> None:
    X = clusters(1)
    chosen: dict[str, Any] = {
        "n_components": 5,
        "covariance_type": covariance_type,
        "weight_concentration_prior_type": prior,
        "random_state": 0,
        "max_iter": 40,
        "tol": 0,
        "reg_covar": 0,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 40 iterations are what we ask for
        ours = BayesianGaussianMixture(**chosen).fit(X)
        theirs = sklearn.mixture.BayesianGaussianMixture(**chosen).fit(X)
    np.testing.assert_allclose(ours.lower_bounds_, np.ravel(theirs.lower_bounds_), rtol=1e-9)
    for name in (
        "weights_", "means_", "covariances_", "precisions_cholesky_", "degrees_of_freedom_",
        "mean_precision_", "mean_prior_", "covariance_prior_",
    ):  # fmt: skip
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(
        np.array(ours.weight_concentration_), np.array(theirs.weight_concentration_), rtol=1e-6
    )
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)


# --- naive twins


def given_start(mixture: Mixture) -> dict[str, Any]:
    """Constructor arguments that start an estimator from a mixture, without a floor, for some iterations."""
    precisions = (
        np.linalg.inv(mixture.covariances) if mixture.dense else 1 / mixture.covariances
    )  # fmt: skip
    names = {ours: theirs for theirs, ours in COVARIANCE_TYPES.items()}
    return {
        "n_components": mixture.components,
        "covariance_type": names[mixture.covariance],
        "weights_init": mixture.weights,
        "means_init": mixture.means,
        "precisions_init": precisions,
        "reg_covar": 0,
        "tol": 0,
    }


@st.composite
def cases(draw: st.DrawFn) -> tuple[Floats, Floats, Mixture, np.random.Generator]:
    """Rows, integer weights, a start, and a generator for what else is drawn."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d, K = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    structure = draw(structures)
    centres = generator.normal(0, 3, (K, d))
    values = centres[np.arange(40) % K] + generator.normal(0, 1, (40, d)) + draw(st.sampled_from([0.0, 1e4]))
    spreads = np.array([np.cov(generator.normal(0, 2, (d, 4 * d + 4))).reshape(d, d) for _ in range(K)])
    means = values[:K] + generator.normal(0, 0.2, (K, d))
    start = mixture_of(generator.dirichlet(np.full(K, 5.0)), means, spreads, structure)
    return values, generator.integers(1, 5, 40).astype(float), start, generator


STEPS = 4


def fitted(estimator: GaussianMixture, X: Array, **kwargs: Any) -> GaussianMixture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a few iterations are what we ask for
        estimator.set_params(max_iter=STEPS)
        return estimator.fit(X, **kwargs)


def assert_equals_twin(ours: GaussianMixture, twin: tuple[Floats, Floats, Floats, list[float]]) -> None:
    weights, means, covariances, history = twin
    np.testing.assert_allclose(ours.lower_bounds_, history, rtol=1e-7)
    np.testing.assert_allclose(ours.weights_, weights, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(ours.means_, means, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(ours.covariances_, covariances, rtol=2e-5, atol=1e-7)


@given(cases())
def test_weighted_fits_equal_their_twin(case: tuple[Floats, Floats, Mixture, np.random.Generator]) -> None:
    values, weights, start, _ = case
    ours = fitted(GaussianMixture(**given_start(start)), values, sample_weight=weights)
    parts = (start.weights, start.means, start.covariances)
    assert_equals_twin(ours, reference.incomplete_em(values, weights, parts, start.covariance, STEPS))


@given(cases())
def test_fits_with_missing_values_equal_their_twin(
    case: tuple[Floats, Floats, Mixture, np.random.Generator],
) -> None:
    values, weights, start, generator = case
    values[generator.random(values.shape) < 0.3] = np.nan
    ours = fitted(GaussianMixture(**given_start(start)), values, sample_weight=weights)
    parts = (start.weights, start.means, start.covariances)
    assert_equals_twin(ours, reference.incomplete_em(values, weights, parts, start.covariance, STEPS))


@given(cases())
def test_semi_supervised_fits_equal_their_twin(
    case: tuple[Floats, Floats, Mixture, np.random.Generator],
) -> None:
    values, weights, start, generator = case
    values[generator.random(values.shape) < 0.1] = np.nan
    labels = np.where(generator.random(40) < 0.4, generator.integers(0, start.components, 40), -1)
    ours = fitted(GaussianMixture(**given_start(start)), values, sample_weight=weights, labels=labels)
    parts = (start.weights, start.means, start.covariances)
    twin = reference.incomplete_em(values, weights, parts, start.covariance, STEPS, labels)
    assert_equals_twin(ours, twin)


@given(cases(), st.data())
def test_frozen_fits_equal_their_twin(
    case: tuple[Floats, Floats, Mixture, np.random.Generator], data: st.DataObject
) -> None:
    values, weights, start, _ = case
    some = st.lists(st.integers(0, start.components - 1), unique=True)
    frozen = {kind: data.draw(some) for kind in ("weights", "means", "covariances")}
    if start.covariance == "tied" and frozen["covariances"]:
        frozen["covariances"] = list(range(start.components))
    if len(frozen["weights"]) == start.components - 1:
        frozen["weights"] = []  # the last one is what is left
    ours = fitted(GaussianMixture(**given_start(start), frozen=frozen), values, sample_weight=weights)
    parts = (start.weights, start.means, start.covariances)
    twin = reference.incomplete_em(values, weights, parts, start.covariance, STEPS, frozen=frozen)
    assert_equals_twin(ours, twin)


# --- laws


@pytest.mark.parametrize("estimator", [each(n_components=3) for each in ESTIMATORS])
@pytest.mark.parametrize("covariance_type", TYPES)
def test_integer_weights_are_repeated_rows(estimator: Any, covariance_type: str) -> None:
    X = clusters(2, 240)
    weights = np.random.default_rng(0).integers(0, 4, len(X))
    repeated = np.repeat(X, weights, axis=0)
    start = np.arange(len(X)) % 3
    chosen = {"covariance_type": covariance_type, "max_iter": 300}
    one = clone(estimator).set_params(init_params=start[weights > 0], **chosen)
    one.fit(X[weights > 0], sample_weight=weights[weights > 0])
    other = clone(estimator).set_params(init_params=np.repeat(start, weights), **chosen).fit(repeated)
    assert one.n_iter_ == other.n_iter_
    np.testing.assert_allclose(one.lower_bounds_, other.lower_bounds_, rtol=1e-9)
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-6, atol=1e-9)
    every = np.ones(len(repeated))
    assert one.score(X, sample_weight=weights) == pytest.approx(other.score(repeated))
    assert one.bic(X, sample_weight=weights) == pytest.approx(other.bic(repeated, sample_weight=every))
    assert one.icl(X, sample_weight=weights) == pytest.approx(other.icl(repeated))


@pytest.mark.parametrize("estimator", [each(n_components=3) for each in ESTIMATORS])
def test_rows_without_weight_are_as_if_removed(estimator: Any) -> None:
    X = clusters(3)
    weights = (np.arange(len(X)) % 4 > 0).astype(float)
    X[weights == 0] = 1e9
    one = clone(estimator).set_params(random_state=0).fit(X, sample_weight=weights)
    other = clone(estimator).set_params(random_state=0).fit(X[weights > 0])
    np.testing.assert_allclose(one.lower_bounds_, other.lower_bounds_, rtol=1e-12)
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-12)


def test_a_start_that_is_given_counts_all_rows() -> None:
    X = clusters(3)
    weights = (np.arange(len(X)) % 5 > 0).astype(float)
    start = np.arange(len(X)) % 3
    one = GaussianMixture(3, init_params=start).fit(X, sample_weight=weights)
    other = GaussianMixture(3, init_params=start[weights > 0]).fit(X[weights > 0])
    assert one.n_iter_ == other.n_iter_
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-9)
    far = np.where(weights[:, None] > 0, X, 1e9)
    noisy = GaussianMixture(3, noise="uniform", random_state=0).fit(far, sample_weight=weights)
    assert noisy.noise_bounds_ is not None
    assert np.abs(noisy.noise_bounds_).max() < 100


def test_scaling_all_weights_changes_nothing() -> None:
    X = clusters(4)
    weights = np.random.default_rng(0).random(len(X)) + 0.1
    one = GaussianMixture(3, random_state=0).fit(X, sample_weight=weights)
    other = GaussianMixture(3, random_state=0).fit(X, sample_weight=1000 * weights)
    assert one.n_iter_ == other.n_iter_
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-9)


@pytest.mark.parametrize("estimator", [each(n_components=3) for each in ESTIMATORS])
def test_threads_change_no_bit(estimator: Any) -> None:
    X = clusters(5, 90_000)
    one = clone(estimator).set_params(threads=1, random_state=0).fit(X)
    eight = clone(estimator).set_params(threads=8, random_state=0).fit(X)
    np.testing.assert_array_equal(one.means_, eight.means_)
    np.testing.assert_array_equal(one.predict_proba(X), eight.predict_proba(X))


@pytest.mark.parametrize("covariance_type", TYPES)
def test_missing_values_recover_the_truth(covariance_type: str) -> None:
    generator = np.random.default_rng(0)
    d = 3
    matrix = np.array([[2.0, 0.9, 0.4], [0.9, 1.5, -0.3], [0.4, -0.3, 1.0]])
    if covariance_type in ("diag", "spherical"):
        matrix = np.eye(d) * 1.3
    X = generator.multivariate_normal([0, 0, 0], matrix, 20_000)
    X[8000:] += [6, 5, 4]
    X[generator.random(X.shape) < 0.25] = np.nan
    ours = GaussianMixture(2, covariance_type=covariance_type, random_state=0, tol=1e-6).fit(X)
    order = ours.means_[:, 0].argsort()
    np.testing.assert_allclose(ours.weights_[order], [0.4, 0.6], atol=0.01)
    np.testing.assert_allclose(ours.means_[order], [[0, 0, 0], [6, 5, 4]], atol=0.06)
    for found in ours.mixture_.matrices():
        np.testing.assert_allclose(found, matrix, atol=0.08)
    labels = ours.predict(X)
    assert labels.shape == (20_000,)
    assert np.isfinite(ours.score_samples(X)).all()


def test_the_likelihood_never_falls_with_missing_values() -> None:
    X = clusters(6)
    X[np.random.default_rng(1).random(X.shape) < 0.3] = np.nan
    bounds = GaussianMixture(3, random_state=0, reg_covar=0, tol=1e-7, max_iter=500).fit(X).lower_bounds_
    assert (np.diff(bounds) > -1e-12).all()


def test_a_row_without_values_says_nothing() -> None:
    X = clusters(7)
    more = np.concatenate([X, np.full((5, X.shape[1]), np.nan)])
    start = np.arange(len(more)) % 3
    one = GaussianMixture(3, init_params=start[: len(X)]).fit(X)
    other = GaussianMixture(3, init_params=start).fit(more)
    assert one.n_iter_ == other.n_iter_
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-9)
    np.testing.assert_allclose(one.lower_bounds_, other.lower_bounds_, rtol=1e-12)
    np.testing.assert_allclose(other.predict_proba(more)[-1], other.weights_)
    assert other.score_samples(more)[-1] == 0


# --- starts


def test_no_kmeans_where_the_start_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    X = clusters(8)

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("k-means was run")

    monkeypatch.setattr("pixture.estimators.initialization.starts.kmeans_labels", refuse)
    means = np.array([[0, 0, 0], [4, 2.8, 1.6], [9, 6.3, 3.6]])
    labels = np.arange(len(X)) % 3
    shares = np.eye(3)[labels]
    found = [
        GaussianMixture(3, means_init=means).fit(X),
        GaussianMixture(3, init_params=labels).fit(X),
        GaussianMixture(3, init_params=shares).fit(X),
        GaussianMixture(3, init_params=lambda X, K, random_state: labels).fit(X),
        BayesianGaussianMixture(n_components=3, init_params=shares).fit(X),
    ]
    for one in found[1:4]:
        np.testing.assert_allclose(one.means_, found[1].means_)
    with pytest.raises(AssertionError, match="k-means was run"):
        GaussianMixture(3).fit(X)


def test_labels_of_a_start_may_be_unknown() -> None:
    X = clusters(9)
    labels = np.full(len(X), -1)
    labels[:30] = np.arange(30) % 3
    ours = GaussianMixture(3, init_params=labels).fit(X)
    assert (ours.predict(X) == np.arange(len(X)) % 3).mean() > 0.95


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.full(600, 3), "from 0 to 2"),
        (np.full(600, -1), "all -1"),
        (np.full(600, 0.5), "from 0 to 2"),
        (np.zeros((600, 3)), "some weight for each"),
        (-np.ones((600, 3)), "not negative"),
        (np.ones((600, 2)), "of shape"),
        (np.ones(7), "of shape"),
    ],
)
def test_a_start_that_is_none_is_refused(given: Array, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GaussianMixture(3, init_params=given).fit(clusters())


def test_known_components_are_followed() -> None:
    """Three rows of each component say which is which, and a fourth component is found without any."""
    generator = np.random.default_rng(0)
    centres = np.array([[0.0, 0], [8, 0], [0, 8], [8, 8]])
    truth = np.arange(800) % 4
    X = centres[truth] + generator.normal(0, 1, (800, 2))
    names = np.array([2, 0, 1, 3])[truth]
    labels = np.full(800, -1)
    for k in range(3):
        labels[np.flatnonzero(names == k)[:3]] = k
    ours = GaussianMixture(4, random_state=0).fit(X, labels=labels)
    assert (ours.predict(X) == names).mean() > 0.99
    assert (ours.fit_predict(X, labels=labels) == names).mean() > 0.99


# --- memory


def test_an_array_on_disk_gives_the_same_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    X = clusters(10, 5000)
    X[::7, 1] = np.nan
    mapped = np.memmap(tmp_path / "rows.dat", dtype=np.float64, mode="w+", shape=X.shape)
    mapped[:] = X
    labels = np.where(np.arange(5000) % 10 == 0, np.arange(5000) % 3, -1)
    weights = np.arange(5000) % 3 + 0.5
    start = np.arange(5000) % 3
    monkeypatch.setattr("pixture.mixture.extensions.input_rows.CHUNK", 3000)
    in_memory = GaussianMixture(3, init_params=start).fit(X, sample_weight=weights, labels=labels)
    on_disk = GaussianMixture(3, init_params=start).fit(mapped, sample_weight=weights, labels=labels)
    assert on_disk.n_iter_ == in_memory.n_iter_
    np.testing.assert_allclose(on_disk.lower_bounds_, in_memory.lower_bounds_, rtol=1e-10)
    np.testing.assert_allclose(on_disk.covariances_, in_memory.covariances_, rtol=1e-8)
    np.testing.assert_array_equal(on_disk.predict(mapped), in_memory.predict(X))


@pytest.mark.parametrize("dtype", [np.float64, np.uint8])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_array_on_disk_stays_there(
    estimator: Any, dtype: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapped = np.memmap(tmp_path / "rows.dat", dtype=dtype, mode="w+", shape=(1_000_000, 3))
    for at in range(0, len(mapped), 100_000):
        mapped[at : at + 100_000] = clusters(at, 100_000) * 10 + 60
    start = clusters(0, 1000) * 10 + 60
    monkeypatch.setattr("pixture.mixture.extensions.input_rows.CHUNK", 2**15)
    ours = estimator(n_components=2, random_state=0, max_iter=3, tol=0, threads=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # three iterations are what we ask for
        ours.fit(start)  # what is compiled or imported at first is not counted
        tracemalloc.start()
        ours.fit(mapped)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 14e6  # all rows as floats are 24 MB, responsibilities would be 16 MB
    assert ours.predict(mapped[:100]).shape == (100,)
    assert ours.means_.dtype == np.float64


@pytest.mark.parametrize("estimator", [each(n_components=3) for each in ESTIMATORS])
def test_a_table_of_pixels_is_counted_and_the_fit_is_the_same(
    estimator: Any, china: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = china.reshape(-1, 3)
    counted = clone(estimator).set_params(random_state=0, max_iter=300).fit(pixels)
    singly = clone(estimator).set_params(random_state=0, max_iter=300).fit(pixels.astype(np.float64))
    assert counted.n_iter_ == singly.n_iter_
    np.testing.assert_allclose(counted.lower_bounds_, singly.lower_bounds_, rtol=1e-9)
    np.testing.assert_allclose(counted.means_, singly.means_, rtol=1e-7)
    np.testing.assert_array_equal(counted.predict(pixels), singly.predict(pixels))


def test_partial_fit_comes_to_where_fit_does() -> None:
    X = clusters(11, 30_000)
    np.random.default_rng(0).shuffle(X)
    whole = GaussianMixture(3, random_state=0, tol=1e-8, max_iter=1000).fit(X)
    stream = GaussianMixture(3, random_state=0)
    for _ in range(4):
        for batch in np.array_split(X, 60):
            stream.partial_fit(batch)
    assert stream.n_iter_ == 240
    assert stream.score(X) > whole.score(X) - 0.005
    order, expected = stream.means_[:, 0].argsort(), whole.means_[:, 0].argsort()
    np.testing.assert_allclose(stream.means_[order], whole.means_[expected], atol=0.15)


def test_batches_go_on_from_a_fit() -> None:
    X = clusters(11, 30_000)
    np.random.default_rng(0).shuffle(X)
    ours = GaussianMixture(3, random_state=0).fit(X[:20_000])
    before = ours.score(X)
    for batch in np.array_split(X[20_000:], 500):  # of 20 rows each: alone they would teach too little
        ours.partial_fit(batch)
    assert ours.n_iter_ == len(ours.lower_bounds_) == 500
    assert ours.score(X) > before - 0.02
    assert ours.fit(X).n_iter_ < 500


# --- noise and priors


def test_noise_takes_what_belongs_to_no_gaussian() -> None:
    generator = np.random.default_rng(0)
    X = np.concatenate([generator.normal(0, 1, (600, 2)), generator.normal(12, 1, (600, 2))])
    X = np.concatenate([X, generator.uniform(-40, 40, (300, 2))])
    ours = GaussianMixture(2, noise="uniform", random_state=0, tol=1e-6).fit(X)
    assert ours.noise_weight_ == pytest.approx(0.2, abs=0.02)
    assert ours.weights_.sum() + ours.noise_weight_ == pytest.approx(1)
    order = ours.means_[:, 0].argsort()
    np.testing.assert_allclose(ours.means_[order], [[0, 0], [12, 12]], atol=0.15)
    np.testing.assert_allclose(ours.covariances_, [np.eye(2)] * 2, atol=0.2)
    labels = ours.predict(X)
    assert set(np.unique(labels)) == {-1, 0, 1}
    assert (labels[1200:] == -1).mean() > 0.9
    assert ours.predict_proba(X).shape == (1500, 3)
    np.testing.assert_allclose(ours.predict_proba(X).sum(axis=1), 1)
    assert ours.n_parameters == 12
    assert (np.diff(ours.lower_bounds_) > -1e-12).all()
    drawn, of = ours.sample(500)
    assert drawn.shape == (500, 2)
    assert (of == -1).any()
    improper = GaussianMixture(2, noise=1 / 6400, random_state=0, tol=1e-6).fit(X)
    assert improper.noise_weight_ == pytest.approx(0.2, abs=0.02)
    with pytest.raises(ValueError, match="no bounds"):
        improper.sample(500)


def log_posterior(ours: GaussianMixture, X: Floats, prior: Prior) -> float:
    """Log-likelihood and log prior of a full mixture, up to a constant, as they are defined."""
    d = X.shape[1]
    value = float(ours.score_samples(X).sum())
    for mean, matrix in zip(ours.means_, ours.covariances_, strict=True):
        inverse, u = np.linalg.inv(matrix), mean - prior.mean
        value -= 0.5 * (prior.degrees_of_freedom + d + 2) * np.linalg.slogdet(matrix)[1]
        value -= 0.5 * np.trace(prior.scale @ inverse) + 0.5 * prior.mean_precision * u @ inverse @ u
    return value + (prior.weight_concentration - 1) * float(np.log(ours.weights_).sum())


def test_the_maximum_a_posteriori_is_one() -> None:
    """Moving any parameter a little lowers the log posterior, as written down from its definition."""
    X = clusters(12, 150, 2)
    prior = Prior(np.array([3.0, 1.0]), 4.0, 6.0, np.array([[2.0, 0.3], [0.3, 1.0]]), 3.0)
    ours = GaussianMixture(2, prior=prior, tol=1e-13, max_iter=5000, random_state=0).fit(X)
    best = log_posterior(ours, X, prior)
    generator = np.random.default_rng(0)
    for _ in range(50):
        moved = pickle.loads(pickle.dumps(ours))
        moved.means_ = ours.means_ + 1e-3 * generator.normal(size=(2, 2))
        change = generator.normal(size=(2, 2, 2))
        moved.covariances_ = ours.covariances_ + 1e-3 * (change + change.swapaxes(1, 2))
        share = ours.weights_ * np.exp(1e-3 * generator.normal(size=2))
        moved.weights_ = share / share.sum()
        moved.precisions_cholesky_ = np.linalg.inv(np.linalg.cholesky(moved.covariances_)).swapaxes(1, 2)
        assert log_posterior(moved, X, prior) < best + 1e-7
    assert (np.diff(ours.lower_bounds_) > -1e-12).all()


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_prior_keeps_components_from_collapsing(covariance_type: str) -> None:
    X = np.repeat(clusters(13, 6, 2), 2, axis=0)
    ours = GaussianMixture(
        5, covariance_type=covariance_type, prior="conjugate", random_state=0, max_iter=2000
    ).fit(X)
    assert (np.diff(ours.lower_bounds_) > -1e-10).all()
    assert ours.mixture_.matrices().diagonal(axis1=1, axis2=2).min() > 1e-3


# --- Student's t


@given(cases(), st.sampled_from([None, 4.0]), st.booleans())
def test_t_fits_equal_their_twin(
    case: tuple[Floats, Floats, Mixture, np.random.Generator], df: float | None, shared: bool
) -> None:
    values, weights, start, _ = case
    labels = np.arange(len(values)) % start.components
    names = {ours: theirs for theirs, ours in COVARIANCE_TYPES.items()}
    ours = TMixture(
        start.components, covariance_type=names[start.covariance], df=df, shared_df=shared,
        init_params=labels, tol=0, reg_covar=0, max_iter=STEPS,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a few iterations are what we ask for
        ours.fit(values, sample_weight=weights)
    shares = np.eye(start.components)[labels]
    first = reference.m_step(values, weights, shares, start.covariance)
    degrees = np.full(start.components, 10.0 if df is None else df)
    degrees_are = "fixed" if df is not None else "shared" if shared else "free"
    *twin, history = reference.student_em(
        values, weights, (*first, degrees), start.covariance, degrees_are, STEPS
    )
    np.testing.assert_allclose(ours.lower_bounds_, history[:-1], rtol=1e-7)
    for found, expected in zip(
        (ours.weights_, ours.means_, ours.scales_, ours.df_), twin, strict=True
    ):  # fmt: skip
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-7)


def test_t_recovers_the_truth_and_outliers_do_not_pull_it() -> None:
    truth = TMixture(2, random_state=0)
    generator = np.random.default_rng(0)
    truth.fit(generator.normal(size=(50, 2)))
    truth.weights_, truth.means_ = np.array([0.4, 0.6]), np.array([[0.0, 0.0], [9.0, 5.0]])
    truth.scales_ = np.array([[[1.0, 0.4], [0.4, 1.0]], [[2.0, 0.0], [0.0, 0.5]]])
    truth.df_ = np.array([3.0, 10.0])
    X, labels = truth.sample(30_000)
    ours = TMixture(2, tol=1e-7, max_iter=2000, random_state=0).fit(X)
    order = ours.means_[:, 0].argsort()
    np.testing.assert_allclose(ours.weights_[order], truth.weights_, atol=0.01)
    np.testing.assert_allclose(ours.means_[order], truth.means_, atol=0.05)
    np.testing.assert_allclose(ours.scales_[order], truth.scales_, atol=0.08)
    np.testing.assert_allclose(ours.df_[order], truth.df_, rtol=0.15)
    assert (np.diff(ours.lower_bounds_) > -1e-12).all()
    assert (np.array([0, 1])[np.argsort(order)][ours.predict(X)] == labels).mean() > 0.98
    assert ours.score(X) == pytest.approx(truth.score(X), abs=0.005)
    assert ours.n_parameters == 13
    spoiled = np.concatenate([X[::15], generator.uniform(-300, 300, (200, 2))])
    robust = TMixture(2, random_state=0, max_iter=1000).fit(spoiled)
    np.testing.assert_allclose(np.sort(robust.means_[:, 0]), [0, 9], atol=0.3)
    assert np.abs(np.sort(GaussianMixture(2, random_state=0).fit(spoiled).means_[:, 0]) - [0, 9]).max() > 2


# --- saving


@pytest.mark.parametrize(
    "estimator",
    [
        GaussianMixture(3, noise="uniform", means_init=[[0, 0, 0], [4, 3, 2], [9, 6, 4]]),
        GaussianMixture(2, prior=Prior(np.zeros(3), 1.0, 5.0, np.eye(3)), covariance_type="tied"),
        GaussianMixture(2, frozen={"means": [1]}, means_init=np.zeros((2, 3)), covariance_type="diag"),
        BayesianGaussianMixture(n_components=4),
        BayesianGaussianMixture(n_components=4, covariance_type="spherical"),
        TMixture(2, df=4.0),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_files_keep_every_bit(estimator: Any, dtype: Any, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(clusters(18).astype(dtype), columns=["red", "green", "blue"])
    ours = clone(estimator).set_params(random_state=0, max_iter=500).fit(X)
    path = ours.to_file(tmp_path / "a.pixture")
    again = type(ours).from_file(path)
    assert again.get_params().keys() == ours.get_params().keys()
    assert list(again.feature_names_in_) == ["red", "green", "blue"]
    np.testing.assert_array_equal(again.predict_proba(X), ours.predict_proba(X))
    np.testing.assert_array_equal(again.score_samples(X), ours.score_samples(X))
    assert (again.n_iter_, again.converged_, again.lower_bounds_) == (
        ours.n_iter_, ours.converged_, ours.lower_bounds_,
    )  # fmt: skip
    np.testing.assert_array_equal(again.fit(X).means_, ours.means_)
    with pytest.raises(pixture.WriteError, match="there already"):
        ours.to_file(path)


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("estimator", [GaussianMixture, BayesianGaussianMixture])
def test_onnx_predicts_the_same(estimator: Any, covariance_type: str) -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("skl2onnx")
    evaluator = pytest.importorskip("onnx.reference").ReferenceEvaluator
    X = clusters(21)
    ours = estimator(n_components=3, covariance_type=covariance_type, random_state=0, max_iter=500).fit(X)
    labels, shares = evaluator(onnx.load_from_string(ours.to_onnx())).run(None, {"X": X})
    np.testing.assert_array_equal(np.ravel(labels), ours.predict(X))
    np.testing.assert_allclose(shares, ours.predict_proba(X), atol=1e-6)


def test_what_onnx_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    X = clusters(21)
    with pytest.raises(ValueError, match="noise"):
        GaussianMixture(3, noise="uniform", random_state=0).fit(X).to_onnx()
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match=r"pip install pixture\[onnx\]"):
        GaussianMixture(3, random_state=0).fit(X).to_onnx()


def test_a_stream_goes_on_after_saving(tmp_path: Path) -> None:
    X = clusters(19, 3000)
    ours = GaussianMixture(3, random_state=0).partial_fit(X[:1000])
    again = GaussianMixture.from_file(ours.to_file(tmp_path / "a.pixture"))
    np.testing.assert_array_equal(again.partial_fit(X[1000:]).means_, ours.partial_fit(X[1000:]).means_)


def test_what_a_file_cannot_hold_is_refused(tmp_path: Path) -> None:
    X = clusters(20)
    function = GaussianMixture(3, init_params=lambda X, K, random_state: np.arange(len(X)) % K).fit(X)
    with pytest.raises(ValueError, match="init_params is a function"):
        function.to_file(tmp_path / "a.pixture")
    state = GaussianMixture(3, random_state=np.random.RandomState(0)).fit(X)
    with pytest.raises(ValueError, match=r"random_state is a RandomState.*set_params\(random_state=0\)"):
        state.to_file(tmp_path / "a.pixture")
    path = BayesianGaussianMixture(random_state=0).fit(X).to_file(tmp_path / "b.pixture")
    with pytest.raises(ReadError, match="holds a BayesianGaussianMixture; expected a GaussianMixture"):
        GaussianMixture.from_file(path)
    mixture = GaussianMixture(3, random_state=0).fit(X).mixture_.save(tmp_path / "c.pixture")
    with pytest.raises(ReadError, match="'mixture'; expected 'estimator'"):
        GaussianMixture.from_file(mixture)


def test_a_search_s_best_can_be_saved(tmp_path: Path) -> None:
    X = clusters(32)
    best = GaussianMixture(2, tol=np.float64(1e-3), random_state=0).fit(X)
    assert GaussianMixture.from_file(best.to_file(tmp_path / "a.pixture")).tol == 1e-3


@pytest.mark.parametrize(
    "changed",
    [
        {"n_features_in_": 40},
        {"_exact": None},
        {"means_": [[0.0]]},
        {"weights_": {"array": "attributes.means_"}},
        {"noise_weight_": "x"},
    ],
)
def test_files_that_were_tampered_with_are_refused(changed: dict[str, Any], tmp_path: Path) -> None:
    path = GaussianMixture(2, random_state=0).fit(clusters(33)).to_file(tmp_path / "a.pixture")
    _, facts, arrays = read_model(path, ("estimator",))
    facts["attributes"].update(changed)
    write_model(path, "estimator", facts, arrays, overwrite=True)
    with pytest.raises(ReadError, match="holds no GaussianMixture that this version knows"):
        GaussianMixture.from_file(path)


# --- what it tells


def test_components_are_diagnosed() -> None:
    generator = np.random.default_rng(0)
    X = np.concatenate([generator.normal(0, 1, (500, 2)), np.full((100, 2), 40.0)])
    ours = GaussianMixture(2, random_state=0).fit(X)
    states = {diagnosis.state.name for diagnosis in ours.diagnose()}
    assert states == {"FINE", "SATURATED"} or states == {"FINE", "COLLAPSED"}
    twice = GaussianMixture(2, init_params="random", random_state=0, tol=1).fit(X[:500])
    assert [diagnosis.state.name for diagnosis in twice.diagnose()] == ["DUPLICATE"] * 2
    assert "Bhattacharyya" in str(twice.diagnose()[0])


def test_ellipses_distances_and_merging() -> None:
    generator = np.random.default_rng(0)
    ring = generator.uniform(0, 2 * np.pi, 900)
    X = np.concatenate(
        [np.column_stack([np.cos(ring), np.sin(ring)]) * 6, generator.normal(30, 1, (300, 2))]
    ) + generator.normal(0, 0.3, (1200, 2))
    ours = GaussianMixture(7, random_state=0).fit(X)
    clusters = ours.merge(X).clusters(2)[ours.predict(X)]
    assert len(np.unique(clusters[:900])) == 1
    assert clusters[0] != clusters[-1]
    found = ours.ellipse(0, mass=0.9)
    assert found.points(50).shape == (50, 2)
    assert ours.bhattacharyya().shape == ours.kullback_leibler().shape == (7, 7)


# --- never ill-defined


TABLE = [(dtype, offset) for dtype in (np.float32, np.float64) for offset in (0.0, 1e4, 1e6, 1e8)]


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize(("dtype", "offset"), TABLE)
def test_far_from_zero(dtype: type[np.floating], offset: float, covariance_type: str) -> None:
    """Two clusters of σ = 1, anywhere: the right covariances to 1 %, or a warning that says why not."""
    generator = np.random.default_rng(0)
    base = np.concatenate([generator.normal(0, 1, (3000, 2)), generator.normal(20, 1, (3000, 2))])
    X = (base + offset).astype(dtype)
    estimator = GaussianMixture(2, covariance_type=covariance_type, random_state=0)
    if dtype is np.float32 and offset == 1e8:  # whose neighbours are 8 apart
        with pytest.warns(LostPrecisionWarning, match="float32 holds values near 1e\\+08 .* use float64"):
            estimator.fit(X)
        return
    found = estimator.fit(X).mixture_
    labels = np.repeat([0, 1], 3000)
    centred = X.astype(np.float64) - offset  # exact: what is stored, near zero
    structure = COVARIANCE_TYPES[covariance_type]
    _, means, expected = reference.m_step(centred, np.ones(6000), np.eye(2)[labels], structure)
    order = found.means[:, 0].argsort()
    np.testing.assert_allclose(found.means[order] - offset, means, atol=0.01)
    got = found.covariances if structure == "tied" else found.covariances[order]
    np.testing.assert_allclose(got, expected, atol=0.01)  # of variances of 1: 1 %


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("kind", ["constant", "two values", "duplicates", "saturated", "flat", "dependent"])
def test_degenerate_data_have_an_answer(estimator: Any, covariance_type: str, kind: str) -> None:
    generator = np.random.default_rng(0)
    kinds: dict[str, Callable[[], Array]] = {
        "constant": lambda: np.full((50, 2), 7.0),
        "two values": lambda: np.repeat(np.array([[0.0, 0.0], [1.0, 5.0]]), 25, axis=0),
        "duplicates": lambda: np.repeat(generator.normal(0, 1, (6, 2)), 20, axis=0),
        "saturated": lambda: np.minimum(generator.normal(200, 60, (500, 2)), 255.0),
        "flat": lambda: np.column_stack([generator.normal(0, 1, 200), np.full(200, 3.0)]),
        "dependent": lambda: np.outer(generator.normal(0, 1, 200), [1.0, 2.0]),
    }
    X = kinds[kind]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # k-means finds fewer places than asked for
        ours = estimator(n_components=3, covariance_type=covariance_type, random_state=0).fit(X)
    assert np.isfinite(ours.predict_proba(X)).all()
    assert np.isfinite(ours.score(X))
    assert ours.means_.shape == (3, 2)


# --- going on from what is there


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_warm_start_of_another_shape_is_refused(estimator: Any) -> None:
    """The kernels trust that mixture and sample have the same channels: this was a crash of the process."""
    ours = estimator(n_components=2, warm_start=True, random_state=0).fit(clusters(24, 300, 2))
    with pytest.raises(ValueError, match=r"X has 3 features, but \w+ is expecting 2"):
        ours.fit(clusters(24, 300, 3))
    assert ours.n_features_in_ == 2
    ours = estimator(n_components=2, warm_start=True, random_state=0).fit(clusters(24, 300, 2))
    with pytest.raises(ValueError, match="cannot go on as 3 components"):
        ours.set_params(n_components=3).fit(clusters(24, 300, 2))
    with pytest.raises(ValueError, match="with diagonal ones"):
        ours.set_params(n_components=2, covariance_type="diag").fit(clusters(24, 300, 2))


def test_an_e_step_refuses_other_channels() -> None:
    mixture = GaussianMixture(2, random_state=0).fit(clusters(24, 300, 2)).mixture_
    with pytest.raises(pixture.SampleError, match="2 channels, the sample 3"):
        summarise(pixture.WeightedSample(clusters(24, 300, 3)), mixture)


def test_noise_comes_and_goes_by_fitting_alone() -> None:
    X = clusters(25)
    plain = GaussianMixture(2, random_state=0, warm_start=True).fit(X)
    labels = plain.predict(X)
    np.testing.assert_array_equal(plain.set_params(noise="uniform").predict(X), labels)
    with pytest.raises(ValueError, match="without noise, and cannot go on with it"):
        plain.fit(X)
    noisy = GaussianMixture(2, random_state=0, warm_start=True, noise=1e-3).fit(X)
    far = noisy.predict([[1e3] * 3])
    assert far == [-1]
    assert noisy.set_params(n_components=3, noise=None).predict([[1e3] * 3]) == [-1]
    with pytest.raises(ValueError, match="truth value"):
        GaussianMixture(2, noise=True).fit(X)


def test_a_prior_may_come_later() -> None:
    X = clusters(26)
    ours = GaussianMixture(3, random_state=0, warm_start=True).fit(X)
    assert ours.set_params(prior="conjugate").fit(X).converged_
    later = GaussianMixture(3, random_state=0).fit(X).set_params(prior="conjugate")
    assert later.partial_fit(X[:100]).n_iter_ == 1
    stream = GaussianMixture(3, random_state=0, prior="conjugate")
    rows = np.random.default_rng(0).permutation(clusters(26, 60_000))
    for batch in np.array_split(rows, 60):
        stream.partial_fit(batch)
    whole = GaussianMixture(3, random_state=0, prior="conjugate", tol=1e-6, max_iter=500).fit(rows)
    # a prior is worth a few rows, of however many there were
    assert stream.score(rows) > whole.score(rows) - 0.005


def test_a_batch_counts_by_its_weight() -> None:
    X = np.random.default_rng(0).permutation(clusters(27, 30_000))
    fitted = GaussianMixture(3, random_state=0).fit(X)
    before = np.sort(fitted.means_[:, 0])
    fitted.partial_fit([[40.0, 40.0, 40.0]])
    np.testing.assert_allclose(np.sort(fitted.means_[:, 0]), before, atol=0.1)
    heavy, light = (GaussianMixture(3, random_state=0).partial_fit(X[:3000]) for _ in range(2))
    heavy.partial_fit(X[3000:6000] + 1)
    light.partial_fit(X[3000:6000] + 1, sample_weight=np.full(3000, 1e-3))
    start = GaussianMixture(3, random_state=0).partial_fit(X[:3000]).means_
    assert np.abs(light.means_ - start).max() < 0.1 * np.abs(heavy.means_ - start).max()
    twice = GaussianMixture(3, random_state=0).partial_fit(X[:3000])
    once = GaussianMixture(3, random_state=0).partial_fit(X[:3000])
    twice.partial_fit(X[3000:4000], sample_weight=np.full(1000, 2.0))
    once.partial_fit(np.repeat(X[3000:4000], 2, axis=0))
    np.testing.assert_allclose(twice.means_, once.means_, rtol=1e-9)
    known = GaussianMixture(3, random_state=0).partial_fit(X[:300], labels=np.full(300, -1))
    assert known.n_iter_ == 1


@pytest.mark.parametrize("name", ["GaussianMixture", "BayesianGaussianMixture"])
def test_a_mixture_may_be_made_of_its_parameters(name: str) -> None:
    X = clusters(28)
    theirs = getattr(sklearn.mixture, name)(n_components=3, random_state=0).fit(X)
    ours = getattr(pixture, name)(n_components=3)
    for attribute in (
        "weights_", "means_", "covariances_", "precisions_cholesky_", "weight_concentration_",
        "mean_precision_", "degrees_of_freedom_",
    ):  # fmt: skip
        if hasattr(theirs, attribute):
            setattr(ours, attribute, getattr(theirs, attribute))
    ours.n_features_in_ = 3
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-9)
    assert ours.score(X) == pytest.approx(theirs.score(X))


# --- what surrounds an estimator


def test_frozen_parameters_are_not_free() -> None:
    X = clusters(29, 300, 2)
    given: dict[str, Any] = {
        "weights_init": [0.5, 0.5],
        "means_init": [[0, 0], [5, 3]],
        "precisions_init": [np.eye(2)] * 2,
    }
    every = {"weights": True, "means": True, "covariances": True}
    assert GaussianMixture(2, frozen=every, **given).fit(X).n_parameters == 0
    one = GaussianMixture(2, frozen={"means": [True, False], "covariances": 0}, **given).fit(X)
    assert one.n_parameters == 11 - 2 - 3
    np.testing.assert_array_equal(one.means_[0], [0, 0])


def test_integers_too_large_to_count_are_fitted() -> None:
    X = np.column_stack([np.arange(70_000) * 1000 + 1_700_000_000_000_000_000, np.arange(70_000)])
    assert GaussianMixture(1, random_state=0).fit(X).converged_


@pytest.mark.parametrize("estimator", [GaussianMixture, BayesianGaussianMixture])
def test_integers_on_disk_are_fitted_as_in_memory(estimator: Any, tmp_path: Path) -> None:
    X = (clusters(30, 900) * 12 + 60).clip(0, 255).astype(np.uint8)
    np.save(tmp_path / "rows.npy", X)
    on_disk = np.load(tmp_path / "rows.npy", mmap_mode="r")
    ours = [estimator(n_components=3, random_state=0).fit(each) for each in (X, on_disk)]
    np.testing.assert_allclose(ours[0].covariances_, ours[1].covariances_, rtol=1e-9)
    assert ours[0].score(X) == pytest.approx(ours[1].score(on_disk))


def test_what_has_no_value_is_refused() -> None:
    X = clusters(31)
    with pytest.raises(ValueError, match="Feature 0 has no value"):
        GaussianMixture(2).fit(np.full((10, 2), np.nan))
    with pytest.raises(ValueError, match="Feature 1 has no value in any row"):
        GaussianMixture(2).fit(np.column_stack([X[:, 0], np.full(len(X), np.nan)]))
    fitted = GaussianMixture(3, random_state=0).fit(X)
    with pytest.raises(ValueError, match="Every value is missing"):
        fitted.partial_fit(np.full((4, 3), np.nan))
    with pytest.raises(ValueError, match="span"):
        GaussianMixture(2).fit(X * 1e200)
    more = np.concatenate([X, np.full((100, 3), np.nan)])
    for name in ("score", "bic", "aic", "icl"):
        assert getattr(fitted, name)(more) == pytest.approx(getattr(fitted, name)(X))


@pytest.mark.filterwarnings("ignore::Warning")  # the checks warn on purpose, and look at warnings themselves
@parametrize_with_checks([  # type: ignore[untyped-decorator]  # sklearn ships no types
    GaussianMixture(noise="uniform"), GaussianMixture(prior="conjugate", covariance_type="tied")
])  # fmt: skip
def test_scikit_learn_s_checks_with_what_they_do_not_know(
    estimator: Any, check: Callable[[Any], None]
) -> None:
    check(estimator)


def test_attributes_set_by_hand_are_what_predicts() -> None:
    X = clusters(14)
    ours = GaussianMixture(3, random_state=0).fit(X)
    before = ours.predict(X)
    order = [2, 0, 1]
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        setattr(ours, name, getattr(ours, name)[order])
    np.testing.assert_array_equal(np.array(order)[ours.predict(X)], before)


@pytest.mark.parametrize("name", ["GaussianMixture", "BayesianGaussianMixture"])
def test_nothing_of_scikit_learn_s_is_missing(name: str) -> None:
    ours, theirs = getattr(pixture, name), getattr(sklearn.mixture, name)
    public = [{each for each in dir(library) if not each.startswith("_")} for library in (ours, theirs)]
    assert public[0] >= public[1]
    mine, given = (inspect.signature(library).parameters for library in (ours, theirs))
    for parameter in given:
        assert mine[parameter].default == given[parameter].default
        assert mine[parameter].kind == given[parameter].kind
    X = clusters(22)
    fitted = [library(n_components=2, random_state=0).fit(X) for library in (ours, theirs)]
    assert vars(fitted[0]).keys() >= vars(fitted[1]).keys()


def test_weights_are_routed_through_a_pipeline() -> None:
    X = clusters(23)
    weights = np.random.default_rng(0).random(len(X))
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        mixture = GaussianMixture(3, random_state=0).set_fit_request(sample_weight=True)
        routed = make_pipeline(scaler, mixture).fit(X, sample_weight=weights)
    alone = GaussianMixture(3, random_state=0).fit(routed[0].transform(X), sample_weight=weights)
    np.testing.assert_array_equal(routed[-1].means_, alone.means_)


def test_pickles_and_clones_and_pipelines() -> None:
    X = clusters(15)
    ours = make_pipeline(StandardScaler(), GaussianMixture(3, random_state=0)).fit(X)
    again = pickle.loads(pickle.dumps(ours))
    np.testing.assert_array_equal(again.predict(X), ours.predict(X))
    assert clone(ours[-1]).get_params() == ours[-1].get_params()
    assert "GaussianMixture" in ours._repr_html_()


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_data_frames_have_names(library: str) -> None:
    frames = pytest.importorskip(library)
    X = clusters(16)
    frame = frames.DataFrame({name: X[:, j] for j, name in enumerate(("red", "green", "blue"))})
    ours = GaussianMixture(3, random_state=0).fit(frame)
    assert list(ours.feature_names_in_) == ["red", "green", "blue"]
    np.testing.assert_array_equal(ours.predict(frame), GaussianMixture(3, random_state=0).fit(X).predict(X))


def test_the_bayesian_mixture_counts_its_components() -> None:
    X = clusters(17)
    ours = BayesianGaussianMixture(n_components=8, random_state=0, max_iter=2000).fit(X)
    assert 2.5 < ours.effective_components_ < 4
    assert ours.n_parameters < GaussianMixture(8, random_state=0).fit(X).n_parameters
    three = GaussianMixture(3, random_state=0).fit(X)
    assert ours.bic(X) == pytest.approx(three.bic(X), rel=0.02)
    assert ours.aic(X) < ours.bic(X) <= ours.icl(X)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("X", "kwargs", "error", "message"),
    [
        (np.zeros(5), {}, ValueError, "2D array"),
        (np.zeros((1, 2)), {}, ValueError, "minimum of 2"),
        (np.zeros((0, 2)), {}, ValueError, "0 sample"),
        (np.ones((2, 2)), {}, ValueError, "n_samples >= n_components"),
        (np.array([["a", "b"]] * 9, dtype=object), {}, ValueError, "could not convert"),
        (np.ones((9, 2), dtype=complex), {}, ValueError, "Complex"),
        (csr_array(np.ones((9, 2))), {}, TypeError, "[Ss]parse"),
        (np.full((9, 2), np.inf), {}, ValueError, "infinity"),
        (np.ones((9, 2)), {"sample_weight": np.ones(4)}, ValueError, "sample_weight.shape"),
        (np.ones((9, 2)), {"sample_weight": -np.ones(9)}, ValueError, "[Nn]egative"),
        (np.ones((9, 2)), {"sample_weight": np.zeros(9)}, ValueError, "zero"),
        (np.ones((9, 2)), {"sample_weight": np.eye(9)[0]}, ValueError, "n_samples = 1"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_as_scikit_learn_does(
    estimator: Any, X: Any, kwargs: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        estimator(n_components=3).fit(X, **kwargs)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"frozen": {"means": [0]}}, "means_init must be given"),
        ({"frozen": {"mean": [0]}}, "frozen knows"),
        ({"frozen": {"means": [9]}, "means_init": np.zeros((3, 3))}, "from 0 to 2"),
        ({"noise": "salt"}, "noise"),
        ({"noise": -1.0}, "noise"),
        ({"prior": "conjugate", "noise": "uniform"}, "goes with neither"),
        ({"prior": Prior(np.zeros(2), 1.0, 4.0, np.eye(2))}, "of 2 features, the data have 3"),
        ({"learning_decay": 0.4}, "learning_decay"),
        ({"init_params": "magic"}, "init_params"),
        ({"covariance_type": "round"}, "covariance_type"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GaussianMixture(3, **parameters).fit(clusters())


@pytest.mark.parametrize(
    ("labels", "message"),
    [(np.full(600, 3), "labels"), (np.zeros(5, int), "labels"), (np.full(600, 0.5), "labels")],
)
def test_labels_that_are_none_are_refused(labels: Array, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GaussianMixture(3).fit(clusters(), labels=labels)
