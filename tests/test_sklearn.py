"""On photographs: the same EM as scikit-learn's, step for step."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from pixture import WeightedSample, fit, histogram, image_from_array
from pixture.arrays import Floats
from pixture.mixture.em.em import maximise_likelihood, summarise
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import CovarianceName

NAMES = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}
ITERATIONS = 50
OF_ALL_PIXELS = 10


def sklearn_fit(pixels: Floats, start: Mixture, iterations: int) -> GaussianMixture:
    """So many iterations of scikit-learn from a mixture, with no floor of its own."""
    precisions = (
        np.linalg.inv(start.covariances) if start.covariances.ndim > 1 and start.structure.dense
        else 1 / start.covariances
    )  # fmt: skip
    model = GaussianMixture(
        start.components,
        covariance_type=NAMES[start.covariance],
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=precisions,
        reg_covar=0,
        tol=0,
        max_iter=iterations,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so many iterations is what we ask for
        return model.fit(pixels)


# 50 iterations of every ninth pixel, and of one case 10 of all, over which scikit-learn takes long
@pytest.mark.parametrize(
    ("photograph", "covariance", "apart", "iterations"),
    [
        ("china", "full", 1, OF_ALL_PIXELS),
        *((name, covariance, 3, ITERATIONS) for name in ("china", "flower") for covariance in NAMES),
    ],
)
def test_em_equals_scikit_learn(
    photograph: str, covariance: CovarianceName, apart: int, iterations: int, request: pytest.FixtureRequest
) -> None:
    image = image_from_array(request.getfixturevalue(photograph)[::apart, ::apart])
    pixels = image.rows.astype(np.float64)
    start = fit(histogram(image).sample, 3, covariance=covariance, max_iter=1, tol=0).mixture
    sample = WeightedSample(pixels)
    ours = maximise_likelihood(
        start, lambda mixture: summarise(sample, mixture), np.zeros(3), iterations, tol=-np.inf
    )
    assert ours.iterations == iterations
    theirs = sklearn_fit(pixels, start, iterations)
    np.testing.assert_allclose(ours.mixture.weights, theirs.weights_, rtol=1e-6)
    np.testing.assert_allclose(ours.mixture.means, theirs.means_, rtol=1e-6)
    np.testing.assert_allclose(ours.mixture.covariances, theirs.covariances_, rtol=1e-6)
    assert ours.log_likelihood == pytest.approx(theirs.score(pixels), rel=1e-9)
