"""The k-means of starts is scikit-learn's, label for label, without its threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from pixture import GaussianMixture
from pixture.arrays import Array
from pixture.estimators.initialization.kmeans import kmeans_labels
from tests.processes import ESTIMATORS, fit_and_predict

KINDS: dict[str, Callable[[np.random.Generator, int, int], Array]] = {
    "apart": lambda generator, n, d: generator.normal(0, 1, (n, d)) + generator.integers(0, 4, (n, 1)) * 5,
    "far from zero": lambda generator, n, d: generator.normal(1e4, 3, (n, d)),
    "few whole numbers": lambda generator, n, d: generator.integers(0, 4, (n, d)),  # full of ties
    "pixels": lambda generator, n, d: generator.integers(0, 256, (n, d)),
    "repeated": lambda generator, n, d: generator.normal(0, 1, (1 + n // 9, d))[
        np.arange(n) * 7 % (1 + n // 9)
    ],
    "fewer places than clusters": lambda generator, n, d: np.arange(n)[:, None] % 2 + np.zeros((n, d)),
    "one place": lambda generator, n, d: np.full((n, d), 7.0),
    "one far away": lambda generator, n, d: (
        generator.normal(0, 1, (n, d)) + (np.arange(n) == 3)[:, None] * 1e3
    ),
}


def theirs(X: Array, K: int, weights: Array | None, random_state: np.random.RandomState) -> Array:
    # of several threads, each adds its rows by itself, and the last bits of the centres depend on how many
    with threadpool_limits(1, user_api="openmp"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels: Array = KMeans(K, n_init=1, random_state=random_state).fit(X, sample_weight=weights).labels_
    return labels


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12)
@given(data=st.data())
def test_labels_are_scikit_learn_s(kind: str, dtype: type, data: st.DataObject) -> None:
    n, d, K = (data.draw(st.integers(*limits)) for limits in ((10, 700), (1, 9), (1, 8)))
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    X: Array = KINDS[kind](generator, n, d).astype(dtype)
    drawn = data.draw(st.sampled_from(["none", "whole", "any"]))
    whole, some = generator.integers(1, 5, n).astype(float), generator.uniform(0.01, 3, n)
    weights = {"none": None, "whole": whole, "any": some}[drawn]
    ours, other = (np.random.RandomState(n) for _ in range(2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = kmeans_labels(X, K, weights, ours)
    np.testing.assert_array_equal(found, theirs(X, K, weights, other))
    assert ours.uniform() == other.uniform(), "as many random numbers are taken"


def test_of_many_rows_and_channels() -> None:
    """More than one block, and products that are as large as those of hyperspectral images."""
    generator = np.random.default_rng(1)
    for shape, K in (((9000, 3), 5), ((3000, 156), 10)):
        X = (generator.normal(0, 1, shape) + generator.integers(0, 3, (shape[0], 1))).astype("f4")
        states = [np.random.RandomState(0) for _ in range(2)]
        np.testing.assert_array_equal(kmeans_labels(X, K, None, states[0]), theirs(X, K, None, states[1]))


def test_fewer_places_than_clusters_are_told() -> None:
    with pytest.warns(ConvergenceWarning, match="found 2 distinct places for 3 components"):
        kmeans_labels(np.repeat([[0.0], [1.0]], 9, axis=0), 3, None, np.random.RandomState(0))


@pytest.mark.parametrize("init", ["kmeans", "k-means++"])
def test_whole_numbers_on_disk_start_as_floats_do(init: str, tmp_path: Path) -> None:
    """Squares of 8-bit numbers in 8 bits are no squares."""
    values = np.random.default_rng(2).integers(0, 256, (600, 3)).astype(np.uint8)
    np.save(tmp_path / "rows.npy", values)
    on_disk = np.load(tmp_path / "rows.npy", mmap_mode="r")
    machine = GaussianMixture(4, init_params=init, random_state=1, max_iter=0)
    means = [machine.fit(X).means_ for X in (on_disk, values.astype(float))]
    np.testing.assert_allclose(means[0], means[1], rtol=1e-10)


@pytest.mark.slow  # kernels are compiled anew
def test_a_first_run_and_the_next_say_the_same(tmp_path: Path) -> None:
    """Kernels just compiled and kernels loaded from the disk are the same code."""
    code = "import json; from tests.processes import *; "
    code += "print(json.dumps([fit_and_predict(name) for name in ESTIMATORS]))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert len(json.loads(runs[0])) == len(ESTIMATORS)
    assert json.loads(json.dumps(fit_and_predict(ESTIMATORS[0]))) == json.loads(runs[0])[0]
