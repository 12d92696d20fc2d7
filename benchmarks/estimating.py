"""The estimators beside scikit-learn's: the same fit, called the same way."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import sklearn.mixture

import pixture
from benchmarks.report import Claim, Row, Section
from benchmarks.timing import Rounds, ratio, seconds, side_by_side
from pixture.arrays import Array

K, ROWS, CHANNELS, ITERATIONS = 5, 200_000, 3, 10


def estimating() -> Section:
    """Fit and predict, by both classes of both libraries, in float64 and float32."""
    rows: list[Row] = []
    rounds: Rounds = {}
    claims: list[Claim] = []
    for dtype in (np.float64, np.float32):
        X, labels = _data(dtype)
        for name in ("GaussianMixture", "BayesianGaussianMixture"):
            for step in ("fit", "predict_proba"):
                ours, theirs = (
                    _work(getattr(library, name), step, X, start)
                    for library, start in ((pixture, labels), (sklearn.mixture, "random_from_data"))
                )
                taken = side_by_side(
                    {"ours": partial(seconds, ours), "scikit-learn": partial(seconds, theirs)}
                )
                kind = np.dtype(dtype).name
                rounds |= {f"{name}.{step}, {kind}, {who}": times for who, times in taken.items()}
                times = ratio(taken["scikit-learn"], taken["ours"])
                rows.append({"class": name, "method": step, "dtype": kind, "scikit-learn / ours": times})
                if step == "fit":
                    claims.append(Claim(f"{name}.fit, {kind}, scikit-learn / ours", times, "least", 10))
    notes = [
        f"{ROWS:,} rows that do not repeat, {CHANNELS} features, K = {K}, full covariances, {ITERATIONS} "
        "iterations of each (tol = 0), each from the cheapest start it has: labels for ours, single rows for "
        "scikit-learn's. Validation of the input and the attributes are part of the time.",
    ]
    return Section("Estimators", rows, notes, claims, rounds)


def _data(dtype: Any) -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, K, ROWS)
    centres = generator.normal(0, 5, (K, CHANNELS))
    return (centres[labels] + generator.normal(0, 1.5, (ROWS, CHANNELS))).astype(dtype), labels


def _work(estimator: Any, step: str, X: Array, start: Any) -> partial[Any]:
    model = estimator(
        n_components=K, init_params=start, tol=0, max_iter=ITERATIONS, random_state=0, reg_covar=1e-3
    )
    if step == "fit":
        return partial(model.fit, X)
    return partial(getattr(model.fit(X), step), X)
