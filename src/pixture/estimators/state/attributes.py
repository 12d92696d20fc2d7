"""Between a mixture and the arrays that scikit-learn's users know it by."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array

from pixture.arrays import Array, Floats
from pixture.mixture.model.covariance import STRUCTURES
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import CovarianceName

COVARIANCE_TYPES: dict[str, CovarianceName] = {
    "full": "full",
    "tied": "tied",
    "diag": "diagonal",
    "spherical": "spherical",
}
"""Our names of scikit-learn's."""


def attributes(mixture: Mixture, dtype: npt.DTypeLike) -> dict[str, Array]:
    """Return weights_, means_, covariances_, precisions_cholesky_ and precisions_, shaped as scikit-learn's.

    precisions_cholesky_ is U with precisions_ = U Uᵀ, upper triangular where covariances are matrices.
    """
    factors = mixture.factors
    match mixture.covariance:
        case "full":
            cholesky = factors.swapaxes(1, 2)
            precisions = cholesky @ factors
        case "tied":
            cholesky = factors[0].T
            precisions = cholesky @ factors[0]
        case "diagonal":
            cholesky = factors
            precisions = factors**2
        case _:
            cholesky = factors[:, 0]
            precisions = cholesky**2
    arrays = {
        "weights_": mixture.weights,
        "means_": mixture.means,
        "covariances_": mixture.covariances,
        "precisions_cholesky_": cholesky,
        "precisions_": precisions,
    }
    return {name: np.array(array, dtype=dtype, order="C") for name, array in arrays.items()}


def mixture_of_attributes(
    weights: Array, means: Array, precisions_cholesky: Array, covariance: CovarianceName
) -> Mixture:
    """Return the mixture that an estimator's attributes describe, whoever set them."""
    shares, U = np.asarray(weights, dtype=np.float64), np.asarray(precisions_cholesky, dtype=np.float64)
    if STRUCTURES[covariance].dense:
        inverse = np.linalg.inv(U)
        covariances = np.swapaxes(inverse, -1, -2) @ inverse
    else:
        covariances = 1 / U**2
    return Mixture(shares / shares.sum(), means, covariances, covariance)


def covariances_of_precisions(precisions: Array, covariance: CovarianceName) -> Floats:
    """Return the covariances whose inverses are given, in the structure's shape."""
    given = np.asarray(precisions, dtype=np.float64)
    if STRUCTURES[covariance].dense:
        inverse = np.linalg.inv(given)
        return np.asarray(0.5 * (inverse + np.swapaxes(inverse, -1, -2)), dtype=np.float64)
    variances: Floats = 1 / given
    return variances


def checked_weights(weights: Any, components: int) -> Array:
    """Return starting weights as an array; ValueError, in scikit-learn's words, if they are none."""
    array: Array = check_array(weights, dtype=[np.float64, np.float32], ensure_2d=False)
    check_shape(array, (components,), "weights")
    if (array < 0).any() or (array > 1).any():
        raise ValueError(
            "The parameter 'weights' should be in the range [0, 1], but got max value "
            f"{array.min():.5f}, min value {array.max():.5f}"  # the names are scikit-learn's own mistake
        )
    if abs(1 - float(array.sum())) > (1e-6 if array.dtype == np.float32 else 1e-8):
        raise ValueError(
            f"The parameter 'weights' should be normalized, but got sum(weights) = {array.sum():.5f}"
        )
    return array


def checked_means(means: Any, components: int, features: int) -> Array:
    """Return starting means as an array; ValueError, in scikit-learn's words, if they are none."""
    array: Array = check_array(means, dtype=[np.float64, np.float32], ensure_2d=False)
    check_shape(array, (components, features), "means")
    return array


def checked_precisions(precisions: Any, covariance_type: str, components: int, features: int) -> Array:
    """Return starting precisions as an array; ValueError, in scikit-learn's words, if they are none."""
    array: Array = check_array(precisions, dtype=[np.float64, np.float32], ensure_2d=False, allow_nd=True)
    shape = STRUCTURES[COVARIANCE_TYPES[covariance_type]].shape(components, features)
    check_shape(array, shape, f"{covariance_type} precision")
    check_positive(array, covariance_type, "precision")
    return array


def check_positive(array: Array, covariance_type: str, what: str) -> None:
    """Refuse matrices that are not symmetric and positive definite, and numbers that are not positive."""
    if covariance_type in ("full", "tied"):
        symmetric = np.allclose(array, np.swapaxes(array, -1, -2))
        if not (symmetric and (np.linalg.eigvalsh(array) > 0).all()):
            raise ValueError(f"'{covariance_type} {what}' should be symmetric, positive-definite")
    elif (array <= 0).any():
        raise ValueError(f"'{covariance_type} {what}' should be positive")


def check_shape(array: Array, shape: tuple[int, ...], name: str) -> None:
    """Refuse an array of another shape, in scikit-learn's words."""
    if array.shape != shape:
        raise ValueError(f"The parameter '{name}' should have the shape of {shape}, but got {array.shape}")
