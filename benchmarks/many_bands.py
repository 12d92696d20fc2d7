"""Covariances of many channels and few rows: what predicts new rows, and labels them rightly.

    PIXTURE_TEST_DATA=FOLDER python -m benchmarks.many_bands

Ours (full covariances as they are, shrunk, tied, diagonal) beside what others regularise with, in plain NumPy
and from the tied fit: shrinkage of each covariance towards a multiple of the identity (OAS: Chen et al. 2010)
or its own diagonal (Schäfer and Strimmer 2005), probabilistic principal components (Tipping and Bishop 1999),
factor analysers (Ghahramani and Hinton 1996). Data: draws of the hyperspectral scene Samson, and made-up
classes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import pixture
from pixture.arrays import Floats, Integers
from pixture.mixture.em.em import summarise
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample

LEAST = 1e-6
"""Least variance in the peers' units, each channel's deviation: ours has the same."""

ITERATIONS, TOLERANCE = 100, 1e-4

Estimate = Callable[[Floats, float], Floats]
"""A component's covariance, and how many rows it has -> what takes its place."""


@dataclass(frozen=True)
class Draw:
    """Rows to fit, others that are held out, and the classes of these."""

    name: str
    fitted: Floats
    new: Floats
    truth: Integers
    classes: int


def oas(S: Floats, n: float) -> Floats:
    """Return a covariance drawn towards a multiple of the identity."""
    d, squares, trace = len(S), (S**2).sum(), np.trace(S)
    unlike = max(squares - trace**2 / d, np.finfo(float).tiny)
    share = ((1 - 2 / d) * squares + trace**2) / ((n + 1 - 2 / d) * unlike)
    return _between(S, np.eye(d) * trace / d, share)


def towards_diagonal(S: Floats, n: float) -> Floats:
    """Return a covariance drawn towards its own diagonal."""
    deviations = np.sqrt(np.maximum(np.diag(S), LEAST))
    squares = (S / np.outer(deviations, deviations))[~np.eye(len(S), dtype=bool)] ** 2
    return _between(S, np.diag(np.diag(S)), ((1 - squares) ** 2 / n).sum() / max(squares.sum(), LEAST))


def _between(S: Floats, target: Floats, share: float) -> Floats:
    share = float(np.clip(share, 0, 1))
    return (1 - share) * S + share * target


def principal(q: int) -> Estimate:
    """Return the covariance of q principal components, and one variance along all else."""

    def estimate(S: Floats, n: float) -> Floats:
        values, vectors = np.linalg.eigh(S)
        values[:-q] = values[:-q].mean()
        found: Floats = (vectors * values) @ vectors.T
        return found

    return estimate


def factors(q: int, steps: int = 20) -> Estimate:
    """Return the covariance of q factors, and a variance of its own for each channel."""

    def estimate(S: Floats, n: float) -> Floats:
        noise = 0.5 * np.diag(S)
        loadings = np.zeros((len(S), q))
        for _ in range(steps):
            root = np.sqrt(noise)
            values, vectors = np.linalg.eigh(S / np.outer(root, root))
            loadings = vectors[:, -q:] * np.sqrt(np.maximum(values[-q:] - 1, 0)) * root[:, None]
            noise = np.maximum(np.diag(S) - (loadings**2).sum(axis=1), LEAST)
        return loadings @ loadings.T + np.diag(noise)

    return estimate


PEERS: dict[str, Estimate] = {
    "OAS": oas,
    "to diagonal": towards_diagonal,
    "PPCA 6": principal(6),
    "PPCA 24": principal(24),
    "factors 6": factors(6),
    "factors 12": factors(12),
}

OURS: dict[str, dict[str, Any]] = {
    "full": {"shrinkage": "off"},
    "auto": {},
    "tied": {"covariance": "tied"},
    "diagonal": {"covariance": "diagonal"},
}


def fitted(values: Floats, start: Mixture, estimate: Estimate) -> Mixture:
    """Return a mixture fitted by EM whose M-step changes each covariance as `estimate` says."""
    sample, mixture, before = WeightedSample(values), start, -np.inf
    for _ in range(ITERATIONS):
        moments = summarise(sample, mixture)
        reached = moments.log_likelihood / len(values)
        if abs(reached - before) < TOLERANCE:
            break
        moments = moments.of(np.flatnonzero(moments.zeroth >= 2))  # one of fewer rows is gone
        before, n = reached, moments.zeroth
        covariances = []
        for scatter, rows in zip(moments.scatters, n.tolist(), strict=True):
            values_, vectors = np.linalg.eigh(estimate(scatter / rows, rows))
            covariances.append((vectors * np.maximum(values_, LEAST)) @ vectors.T)
        made = np.array(covariances)
        mixture = Mixture(n / n.sum(), moments.means, 0.5 * (made + made.swapaxes(1, 2)))
    return mixture


def judged(mixture: Mixture, draw: Draw) -> tuple[float, float]:
    """Return the log-likelihood of a new row, in nats, and the share whose label is the right class."""
    from scipy.optimize import linear_sum_assignment

    sample = WeightedSample(draw.new)
    found = posterior.labels(mixture, sample)
    table = np.zeros((mixture.components, draw.classes))
    np.add.at(table, (found, draw.truth), 1)
    right = table[linear_sum_assignment(-table)].sum() / len(found)
    return summarise(sample, mixture).log_likelihood / len(draw.new), float(right)


def scene(folder: Path) -> Iterator[Draw]:
    """Yield draws of the pixels of Samson, and of the material that each has most of."""
    from scipy.io import loadmat

    held = loadmat(folder / "samson_hsi" / "Samson.mat")
    pixels, truth = held["Y"].T, held["S_GT"].argmax(axis=-1).T.ravel()
    generator = np.random.default_rng(0)
    for rows in (8000, 4500, 2340, 1400, 940):
        order = generator.permutation(len(pixels))
        yield Draw("Samson", pixels[order[:rows]], pixels[order[rows:]], truth[order[rows:]], 3)


def made_up() -> Iterator[Draw]:
    """Yield draws of classes whose covariances are known."""
    for name, d, K in (("smooth", 40, 3), ("factors", 40, 3), ("alike", 40, 3), ("spectra", 60, 4)):
        for ratio in (2, 5, 10, 20, 50):
            generator = np.random.default_rng(7)
            roots, means = zip(*[_class(name, d, generator) for _ in range(K)], strict=True)
            rows = ratio * d * K
            truth = generator.integers(0, K, rows + 4000)
            noise = generator.normal(0, 1, (len(truth), d))
            values = np.array(means)[truth] + np.einsum("nij,nj->ni", np.array(roots)[truth], noise)
            yield Draw(name, values[:rows], values[rows:], truth[rows:], K)


def _class(name: str, d: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the Cholesky factor of a class's covariance, and its mean."""
    at = np.arange(d)
    apart = np.abs(np.subtract.outer(at, at))
    if name == "smooth":  # neighbouring channels alike, more in one class than in another
        covariance = generator.uniform(0.3, 0.95) ** apart
    elif name == "factors":
        loadings = generator.normal(0, 1, (d, 4))
        covariance = loadings @ loadings.T + np.diag(generator.uniform(0.2, 1, d))
    elif name == "alike":  # one covariance, a little deformed in each class
        common = np.random.default_rng(3).normal(0, 1, (d, d + 10))
        deformed = (np.eye(d) + generator.normal(0, 0.3 / np.sqrt(d), (d, d))) @ common
        covariance = deformed @ deformed.T / d
    else:  # spectra: mixtures of smooth curves, and correlated noise that grows along the bands
        curves = np.exp(-0.5 * ((at[:, None] / d - generator.uniform(0, 1, 5)) / 0.12) ** 2)
        noise = 0.03**2 * 0.3**apart * np.outer(1 + at / d, 1 + at / d)
        covariance = (curves * generator.uniform(0.02, 0.2, 5) ** 2) @ curves.T + noise
        spectrum: Floats = curves @ generator.uniform(0.1, 0.6, 5)
        return np.asarray(np.linalg.cholesky(covariance), np.float64), spectrum
    root = np.asarray(np.linalg.cholesky(covariance), np.float64)
    centre: Floats = generator.normal(0, 0.6, d) * np.sqrt(np.diag(covariance))
    return root, centre


def main() -> None:
    """Print a row a draw: nats a new row beyond full covariances, and the share labelled rightly."""
    folder = os.environ.get("PIXTURE_TEST_DATA")
    names = [*OURS, *PEERS]
    print("| data | rows a channel and class | " + " | ".join(names) + " |")
    print("| --- " * (2 + len(names)) + "|")
    draws = [*([] if folder is None else scene(Path(folder))), *made_up()]
    for draw in draws:
        centre, spread = draw.fitted.mean(axis=0), draw.fitted.std(axis=0)
        standard = Draw(
            draw.name,
            (draw.fitted - centre) / spread,
            (draw.new - centre) / spread,
            draw.truth,
            draw.classes,
        )
        found = {
            name: pixture.fit(standard.fitted, draw.classes, **asked).mixture for name, asked in OURS.items()
        }
        tied = found["tied"]
        start = Mixture(tied.weights, tied.means, tied.matrices())
        for name, estimate in PEERS.items():
            found[name] = fitted(standard.fitted, start, estimate)
        scores = {name: judged(mixture, standard) for name, mixture in found.items()}
        base = scores["full"][0]
        cells = [f"{score - base:+.2f}, {100 * right:.1f} %" for score, right in scores.values()]
        per_class = len(draw.fitted) / draw.classes / draw.fitted.shape[1]
        print(f"| {draw.name} | {per_class:.1f} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
