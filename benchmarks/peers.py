"""The other implementations of EM for Gaussian mixtures, each with the settings in which it is at its best.

Each is handed the pixels in the form it likes best, made beforehand and not timed, and a start. What it
would do for us (checks, its own start, compiling) is not timed either, so its iteration is taken at its
best. Nothing here imports a peer before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from benchmarks.machine import installed
from benchmarks.timing import seconds
from pixture.arrays import Array
from pixture.mixture.model.mixture import Mixture

REGULARISATION = 1 / 12
"""What the peers add to the diagonal of every covariance: the least variance of ours for 8-bit pixels."""


class Ready(Protocol):
    """A peer with the pixels and the start in its own form."""

    def iteration(self) -> float:
        """Return the seconds of one EM iteration from the start."""
        ...

    def fit(self, tol: float, max_iter: int) -> tuple[float, Mixture]:
        """Return the seconds of a fit from the start, and what it found."""
        ...


@dataclass(frozen=True)
class Peer:
    """A peer, and how it is set."""

    name: str
    distribution: str
    settings: str
    prepare: Callable[[Array, Mixture], Ready] = field(repr=False)

    @property
    def is_there(self) -> bool:
        """Whether it is installed."""
        return installed(self.distribution) is not None


class ScikitLearn:
    """scikit-learn's GaussianMixture, its E and M steps called directly."""

    def __init__(self, pixels: Array, start: Mixture, dtype: type) -> None:
        self._pixels: Array = pixels.astype(dtype)
        self._start = start
        self._settings = {
            "n_components": start.components,
            "covariance_type": "full",
            "reg_covar": REGULARISATION,
            "weights_init": start.weights.astype(dtype),
            "means_init": start.means.astype(dtype),
            "precisions_init": np.linalg.inv(start.covariances).astype(dtype),
        }
        self._stepping = self._new(max_iter=1)

    def _new(self, **more: Any) -> Any:
        from sklearn.mixture import GaussianMixture

        return GaussianMixture(**self._settings, **more)

    def iteration(self) -> float:
        model = self._stepping
        dtype = self._pixels.dtype
        model.weights_, model.means_ = self._start.weights.astype(dtype), self._start.means.astype(dtype)
        factors = np.linalg.cholesky(np.linalg.inv(self._start.covariances))
        model.precisions_cholesky_ = factors.astype(dtype)

        def step() -> None:
            _, log_responsibilities = model._e_step(self._pixels)
            model._m_step(self._pixels, log_responsibilities)

        return seconds(step)

    def fit(self, tol: float, max_iter: int) -> tuple[float, Mixture]:
        model = self._new(tol=tol, max_iter=max_iter)
        taken = seconds(lambda: model.fit(self._pixels))
        return taken, _mixture(model.weights_, model.means_, model.covariances_)


class Gmmx:
    """gmmx on JAX, its loop compiled beforehand and its pixels on the device."""

    def __init__(self, pixels: Array, start: Mixture) -> None:
        import jax.numpy as jnp
        from gmmx import GaussianMixtureModelJax

        self._pixels = jnp.asarray(pixels, dtype=jnp.float32)
        parts = (start.means, start.covariances, start.weights)
        names = ("means", "covariances", "weights")
        given = {name: part.astype(np.float32) for name, part in zip(names, parts, strict=True)}
        self._start = GaussianMixtureModelJax.from_squeezed(**given)
        self._is_compiled: set[tuple[float, int]] = set()

    def _run(self, tol: float, max_iter: int) -> tuple[float, Any]:
        from gmmx import EMFitter

        fitter = EMFitter(max_iter=max_iter, tol=tol, reg_covar=REGULARISATION)
        found: list[Any] = []

        def run() -> None:
            found.append(fitter.fit(self._pixels, self._start))
            found[-1].log_likelihood.block_until_ready()

        if (tol, max_iter) not in self._is_compiled:
            run()
            self._is_compiled.add((tol, max_iter))
        taken = seconds(run)
        return taken, found[-1].gmm

    def iteration(self) -> float:
        return self._run(tol=0.0, max_iter=1)[0]

    def fit(self, tol: float, max_iter: int) -> tuple[float, Mixture]:
        taken, found = self._run(tol, max_iter)
        return taken, _mixture(found.weights_numpy, found.means_numpy, found.covariances.values_numpy)


class Mlpack:
    """mlpack's gmm_train. It takes no start: its own is one k-means iteration, which is subtracted."""

    STEPS = 2
    """Iterations by which the two runs differ whose times are subtracted."""

    def __init__(self, pixels: Array, start: Mixture) -> None:
        self._pixels = np.ascontiguousarray(pixels, dtype=np.float64)
        self._components = start.components

    def _run(self, tolerance: float, max_iter: int, kmeans: int) -> tuple[float, Any]:
        import mlpack

        found: list[Any] = []

        def run() -> None:
            settings = {"tolerance": tolerance, "max_iterations": max_iter, "kmeans_max_iterations": kmeans}
            found.append(
                mlpack.gmm_train(gaussians=self._components, input_=self._pixels, seed=1, **settings)
            )

        taken = seconds(run)
        return taken, found[0]["output_model"]

    def iteration(self) -> float:
        few, more = (self._run(1e-300, 1 + steps, kmeans=1)[0] for steps in (0, self.STEPS))
        return (more - few) / self.STEPS

    def fit(self, tol: float, max_iter: int) -> tuple[float, Mixture]:
        # its tolerance is on the sum of the log-likelihood
        taken, model = self._run(tol * len(self._pixels), max_iter, kmeans=10)
        found = model.get_cpp_params()["GMM"]
        means = np.array([gaussian["mean"].ravel() for gaussian in found["dists"]])
        covariances = np.array([gaussian["covariance"] for gaussian in found["dists"]])
        return taken, _mixture(found["weights"].ravel(), means, covariances)


class OpenCV:
    """OpenCV's ml.EM; a run of one iteration is subtracted, so that preparing is not counted."""

    def __init__(self, pixels: Array, start: Mixture) -> None:
        self._pixels = pixels.astype(np.float32)
        self._start = start

    def _run(self, kind: str, max_iter: int, epsilon: float) -> tuple[float, Any]:
        import cv2

        model = cv2.ml.EM_create()
        model.setClustersNumber(self._start.components)
        model.setCovarianceMatrixType(cv2.ml.EM_COV_MAT_GENERIC)
        criteria = cv2.TERM_CRITERIA_COUNT | (cv2.TERM_CRITERIA_EPS if kind == "fit" else 0)
        model.setTermCriteria((criteria, max_iter, epsilon))
        covariances = cv2.Mat(np.ascontiguousarray(self._start.covariances), wrap_channels=False)
        weights = self._start.weights[None]
        taken = seconds(lambda: model.trainE(self._pixels, self._start.means, covariances, weights))
        return taken, model

    def iteration(self) -> float:
        one, two = (self._run("count", max_iter, 0.0)[0] for max_iter in (1, 2))
        return two - one

    def fit(self, tol: float, max_iter: int) -> tuple[float, Mixture]:
        # its tolerance is relative to the log-likelihood, some 13 nats a pixel of a photograph
        taken, model = self._run("fit", max_iter, tol / 13)
        return taken, _mixture(model.getWeights().ravel(), model.getMeans(), np.array(model.getCovs()))


def _mixture(weights: Any, means: Any, covariances: Any) -> Mixture:
    """Return what a peer found as one of ours, so that one ruler measures all log-likelihoods."""
    weights = np.asarray(weights, dtype=np.float64)
    return Mixture(weights / weights.sum(), means, covariances)


_STEPS = "E and M step called directly, no checks and no start"
PEERS = (
    Peer("scikit-learn float64", "scikit-learn", _STEPS, lambda x, m: ScikitLearn(x, m, np.float64)),
    Peer("scikit-learn float32", "scikit-learn", _STEPS, lambda x, m: ScikitLearn(x, m, np.float32)),
    Peer("gmmx", "gmmx", "float32 (all it takes), JAX on the CPU with all cores, compiled beforehand", Gmmx),
    Peer("mlpack", "mlpack", "float64; its start cannot be given; difference of two runs", Mlpack),
    Peer("OpenCV ml.EM", "opencv-python-headless", "from the start; difference of two runs", OpenCV),
)


def peers() -> tuple[list[Peer], list[str]]:
    """Return the peers there are, and a sentence on each one absent."""
    there = [peer for peer in PEERS if peer.is_there]
    absent = [
        f"{peer.name} is absent: {peer.distribution} is not installed (`pip install -e '.[bench]'`)."
        for peer in PEERS
        if not peer.is_there
    ]
    return there, absent
