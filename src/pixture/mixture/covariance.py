"""The four covariance structures: one object each, all they differ in.

A structure says how its covariances are shaped, how the M-step estimates them from the moments, how
they factor, and how many parameters they are. The floor is a constraint, not an addition: the M-step is
the exact maximum of the likelihood over covariances Σ with Σ - diag(floor) positive semidefinite, so the
log-likelihood never falls, floor active or not. Its solution cuts the eigenvalues of the scatter, in
coordinates where the floor is the identity, at 1 (Theobald 1975; it maximises -log|Σ| - tr(Σ⁻¹S) since
the optimum shares its eigenvectors with S). Where rounding would swallow the floor (an eigenvalue 1e14 times
as large beside it), the floor rises to what rounding can tell from zero.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pixture.arrays import Floats
from pixture.choices import CovarianceName
from pixture.errors import MixtureError
from pixture.mixture.moments import Moments, triangle


class Covariance(Protocol):
    """What a covariance structure knows."""

    dense: bool
    """Whether it needs whole second moments (d, d) or their diagonal."""

    def shape(self, K: int, d: int) -> tuple[int, ...]:
        """Return the shape of the covariances of K components in d channels."""

    def parameters(self, K: int, d: int) -> int:
        """Return the number of free parameters of the covariances."""

    def estimate(self, moments: Moments, floor: Floats) -> Floats:
        """Return the covariances of highest likelihood whose variances are at least `floor` (d,)."""

    def factors(self, covariances: Floats, K: int, d: int) -> Floats:
        """Return P with PᵀP = Σ⁻¹: (K, d, d) lower triangular, or (K, d). Refuse what has none."""

    def matrices(self, covariances: Floats, K: int, d: int) -> Floats:
        """Return the covariances as (K, d, d)."""


class Full:
    """Each component its own covariance matrix, (K, d, d)."""

    dense = True

    def shape(self, K: int, d: int) -> tuple[int, ...]:
        """(K, d, d)."""
        return (K, d, d)

    def parameters(self, K: int, d: int) -> int:
        """K d (d + 1) / 2."""
        return K * d * (d + 1) // 2

    def estimate(self, moments: Moments, floor: Floats) -> Floats:
        """Σ_k = scatter_k / n_k, its eigenvalues cut at the floor."""
        return _cut(moments.scatters / moments.zeroth[:, None, None], floor)

    def factors(self, covariances: Floats, K: int, d: int) -> Floats:
        """Inverse Cholesky factors."""
        return _inverse_cholesky(covariances)

    def matrices(self, covariances: Floats, K: int, d: int) -> Floats:
        """Themselves."""
        return covariances.copy()


class Tied:
    """One covariance matrix for all components, (d, d)."""

    dense = True

    def shape(self, K: int, d: int) -> tuple[int, ...]:
        """(d, d)."""
        return (d, d)

    def parameters(self, K: int, d: int) -> int:
        """Return d (d + 1) / 2."""
        return d * (d + 1) // 2

    def estimate(self, moments: Moments, floor: Floats) -> Floats:
        """Σ = Σ_k scatter_k / n, its eigenvalues cut at the floor."""
        pooled = moments.scatters.sum(axis=0, keepdims=True) / moments.zeroth.sum()
        covariance: Floats = _cut(pooled, floor)[0]
        return covariance

    def factors(self, covariances: Floats, K: int, d: int) -> Floats:
        """The one inverse Cholesky factor, repeated."""
        factors: Floats = np.repeat(_inverse_cholesky(covariances[None]), K, axis=0)
        return factors

    def matrices(self, covariances: Floats, K: int, d: int) -> Floats:
        """The one matrix, repeated."""
        return np.repeat(covariances[None], K, axis=0)


class Diagonal:
    """Each component its own variance along each channel, (K, d)."""

    dense = False

    def shape(self, K: int, d: int) -> tuple[int, ...]:
        """(K, d)."""
        return (K, d)

    def parameters(self, K: int, d: int) -> int:
        """K d."""
        return K * d

    def estimate(self, moments: Moments, floor: Floats) -> Floats:
        """σ²_kj = scatter_kj / n_k, at least the floor."""
        return np.maximum(moments.scatters / moments.zeroth[:, None], floor)

    def factors(self, covariances: Floats, K: int, d: int) -> Floats:
        """Inverse standard deviations."""
        return _inverse_root(covariances)

    def matrices(self, covariances: Floats, K: int, d: int) -> Floats:
        """Diagonal matrices."""
        matrices: Floats = covariances[:, :, None] * np.eye(d)
        return matrices


class Spherical:
    """Each component one variance, the same along every channel, (K,)."""

    dense = False

    def shape(self, K: int, d: int) -> tuple[int, ...]:
        """(K,)."""
        return (K,)

    def parameters(self, K: int, d: int) -> int:
        """K."""
        return K

    def estimate(self, moments: Moments, floor: Floats) -> Floats:
        """σ²_k = mean over the channels of scatter_kj / n_k, at least the largest floor."""
        variances: Floats = np.maximum(moments.scatters.mean(axis=1) / moments.zeroth, floor.max())
        return variances

    def factors(self, covariances: Floats, K: int, d: int) -> Floats:
        """The inverse standard deviation, for every channel."""
        return np.repeat(_inverse_root(covariances)[:, None], d, axis=1)

    def matrices(self, covariances: Floats, K: int, d: int) -> Floats:
        """Multiples of the identity."""
        matrices: Floats = covariances[:, None, None] * np.eye(d)
        return matrices


STRUCTURES: dict[CovarianceName, Covariance] = {
    "full": Full(),
    "tied": Tied(),
    "diagonal": Diagonal(),
    "spherical": Spherical(),
}


_ROUNDING = 16 * float(np.finfo(np.float64).eps)


def _cut(matrices: Floats, floor: Floats) -> Floats:
    """Return the matrices with their eigenvalues, relative to diag(floor), raised to at least 1."""
    if not floor.any():
        return matrices
    scale = np.sqrt(floor)
    relative = matrices / (scale[:, None] * scale)
    values, vectors = np.linalg.eigh(relative)
    # beside an eigenvalue of 1e17, one of 1 is lost in rounding: the least that can be told from zero
    least = np.maximum(1, _ROUNDING * values.shape[1] * values[:, -1:])
    low = values[:, 0] < least[:, 0]  # ascending; matrices without a low one keep their every bit
    if not low.any():
        return matrices
    raised: Floats = (vectors * np.maximum(values, least)[:, None, :]) @ vectors.swapaxes(1, 2)
    raised = 0.5 * (raised + raised.swapaxes(1, 2)) * (scale[:, None] * scale)
    return np.where(low[:, None, None], raised, matrices)


def _inverse_cholesky(matrices: Floats) -> Floats:
    try:
        lower = np.linalg.cholesky(matrices)
        return np.where(triangle(lower.shape[-1]), np.linalg.inv(lower), 0.0)
    except np.linalg.LinAlgError:
        raise MixtureError(
            "A covariance matrix is not positive definite: a component has no extent along some direction. "
            "Give a covariance floor above 0, or fewer components."
        ) from None


def _inverse_root(variances: Floats) -> Floats:
    if (variances <= 0).any():
        raise MixtureError(
            "A variance is not positive: a component has no extent along some direction. "
            "Give a covariance floor above 0, or fewer components."
        )
    inverse: Floats = 1.0 / np.sqrt(variances)
    return inverse
