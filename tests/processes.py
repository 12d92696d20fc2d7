"""What children are asked in tests of processes: a module that each of them can import."""

from __future__ import annotations

from typing import Any

import numpy as np

import pixture
from pixture.arrays import Array

ESTIMATORS = ("GaussianMixture", "BayesianGaussianMixture", "TMixture")

Answer = dict[str, list[Any]]


def rows(n: int = 40_000) -> Array:
    """(n, 3) float32 about three places; by default of several slabs, so that threads take part."""
    generator = np.random.default_rng(3)
    places = np.array([[0, 0, 0], [4, 1, 0], [0, 5, 2]], np.float32)[generator.integers(0, 3, n)]
    return places + generator.normal(0, 0.7, (n, 3)).astype(np.float32)


def fit_and_predict(name: str, n: int = 40_000) -> Answer:
    """Fit an estimator, ask it about its rows, and return all bits of what it says."""
    X = rows(n)
    machine = getattr(pixture, name)(n_components=3, random_state=0, tol=1e-2).fit(X)
    return {
        "means": machine.means_.tolist(),
        "bounds": machine.lower_bounds_,
        "labels": np.bincount(machine.predict(X)).tolist(),
        "shares": machine.predict_proba(X[:20]).tolist(),
    }


def segment(_: object = None) -> Answer:
    """Segment an image, and return its labels and means."""
    pixels = np.clip(rows(4096) * 20 + 100, 0, 255).astype(np.uint8).reshape(64, 64, 3)
    found = pixture.segment(pixels, 3)
    return {"means": found.mixture.means.tolist(), "labels": found.labels.tolist()}
