"""scikit-learn's own tests of its two classes, taken from where it is installed, run against ours.

Each test module is executed anew with our class under the name of theirs. What is left out stands here by
name, each with its reason.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import sklearn.mixture

import pixture

pytestmark = [
    # as in scikit-learn's own runs: its tests look at answers, and warn where they stop early on purpose
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    # one of them fits more components than there are clusters, with reg_covar=0
    pytest.mark.filterwarnings("ignore::pixture.errors.CollapsedComponentWarning"),
]

HELPERS = "tests a private function of scikit-learn's module, not the class"
PRIVATE = "calls private methods of scikit-learn's class, whose responsibilities are an array of all rows"
LEFT_OUT = {
    "test_suffstat_sk_full": HELPERS,
    "test_suffstat_sk_tied": HELPERS,
    "test_suffstat_sk_diag": HELPERS,
    "test_gaussian_suffstat_sk_spherical": HELPERS,
    "test_compute_log_det_cholesky": HELPERS,
    "test_gaussian_mixture_log_probabilities": HELPERS,
    "test_log_dirichlet_norm": HELPERS,
    "test_log_wishart_norm": HELPERS,
    "test_gaussian_mixture_precisions_init": PRIVATE,
    "test_compare_covar_type": PRIVATE,
    "test_gaussian_mixture_all_init_does_not_estimate_gaussian_parameters": (
        "counts the calls of a private function of scikit-learn's module"
    ),
}


def substituted(name: str) -> ModuleType:
    """A fresh copy of one of scikit-learn's test modules, in which the classes are ours."""
    path = Path(sklearn.mixture.__file__).parent / "tests" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"substituted_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for estimator in ("GaussianMixture", "BayesianGaussianMixture"):
        if hasattr(module, estimator):
            setattr(module, estimator, getattr(pixture, estimator))
    return module


def its_tests(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, function in vars(module).items():
        if name.startswith("test_") and callable(function):
            yield name, function


MODULES = [substituted(f"test_{name}_mixture") for name in ("gaussian", "bayesian")]
FOUND = {(module.__name__, name): function for module in MODULES for name, function in its_tests(module)}


def with_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    """The test with lists of parameters where scikit-learn has generators, which this pytest warns of.

    Of array libraries, NumPy alone is left: no other's arrays are taken.
    """
    marks = []
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            names, values = mark.args[0], list(mark.args[1])
            if "array_namespace" in names:
                values = [value for value in values if "numpy" in str(value)]
            marks.append(pytest.mark.parametrize(names, values, **mark.kwargs).mark)
        else:
            marks.append(mark)
    function.__dict__["pytestmark"] = marks
    return function


for (_module, _name), _function in FOUND.items():
    if _name not in LEFT_OUT:
        _kind = "bayesian" if "bayesian" in _module else "gaussian"
        globals()[f"test_{_kind}__{_name.removeprefix('test_')}"] = with_lists(_function)


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def global_dtype(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=[0, 42, 99])
def global_random_seed(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_what_is_left_out_exists() -> None:
    """A name that scikit-learn has dropped is dropped here too."""
    assert LEFT_OUT.keys() <= {name for _, name in FOUND}


def test_most_tests_are_run() -> None:
    assert len(FOUND) - len(LEFT_OUT) >= 35


@pytest.mark.parametrize("estimator", [pixture.GaussianMixture(), pixture.BayesianGaussianMixture()])
def test_both__n_iter(estimator: Any) -> None:
    """tests/test_mixture.py has its estimators in the decorators, where none can be substituted."""
    values = np.random.RandomState(0).rand(10, 5)
    assert estimator.set_params(max_iter=1).fit(values).n_iter_ == 1
    with pytest.raises(ValueError, match="Expected n_samples >= n_components"):
        estimator.set_params(n_components=12).fit(values)
