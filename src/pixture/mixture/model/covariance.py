"""The four covariance structures: one object each, all they differ in.

A structure says how its covariances are shaped, how the M-step estimates them from the moments, how
they factor, and how many parameters they are. The floor is a constraint, not an addition: the M-step is
the exact maximum of the likelihood over covariances Σ with Σ - diag(floor) positive semidefinite, so the
log-likelihood never falls, floor active or not. Its solution cuts the eigenvalues of the scatter, in
coordinates where the floor is the identity, at 1 (Theobald 1975; it maximises -log|Σ| - tr(Σ⁻¹S) since
the optimum shares its eigenvectors with S). Where rounding would swallow the floor (an eigenvalue 1e14 times
as large beside it, a mean far from zero, or one that has just moved far), the floor rises to what rounding
can tell from none (`told_from_none`).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pixture.arrays import Floats
from pixture.errors import MixtureError
from pixture.mixture.model.moments import Moments, triangle
from pixture.options.fitting import CovarianceName


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

    def at_least(self, covariances: Floats, floor: Floats) -> Floats:
        """Return the covariances with what lies below `floor`, (d,) or (K, d), raised to it."""

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
        return self.at_least(moments.scatters / moments.zeroth[:, None, None], told_from_none(moments, floor))

    def at_least(self, covariances: Floats, floor: Floats) -> Floats:
        """Eigenvalues cut at the floor."""
        return _cut(covariances, floor)

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
        return self.at_least(
            moments.scatters.sum(axis=0) / moments.zeroth.sum(), told_from_none(moments, floor)
        )

    def at_least(self, covariances: Floats, floor: Floats) -> Floats:
        """Eigenvalues cut at the floor, the largest of the components'."""
        covariance: Floats = _cut(covariances[None], np.atleast_2d(floor).max(axis=0))[0]
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
        return self.at_least(moments.scatters / moments.zeroth[:, None], told_from_none(moments, floor))

    def at_least(self, covariances: Floats, floor: Floats) -> Floats:
        """Variances cut at the floor."""
        return np.maximum(covariances, floor)

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
        return self.at_least(moments.scatters.mean(axis=1) / moments.zeroth, told_from_none(moments, floor))

    def at_least(self, covariances: Floats, floor: Floats) -> Floats:
        """Variances cut at the largest floor."""
        variances: Floats = np.maximum(covariances, floor.max(axis=-1))
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


EPSILON = float(np.finfo(np.float64).eps)
"""The step of float64 at 1, beside which nothing smaller is seen."""

RELATIVE_ROUNDING = 16 * EPSILON
"""Share of a variance, d times it in d channels, below which another beside it is rounding."""


def told_from_none(moments: Moments, floor: Floats) -> Floats:
    """Return the least variances, (K, d): `floor`, (d,), or what rounding can tell from none if that is more.

    A mean m is held to within ε |m|. A scatter about a mean that moved by δ since the E-step is a difference
    of sums that are δ² larger, and holds to within ε δ². Both vanish beside any floor but one near zero.
    """
    told = (4 * EPSILON * moments.means) ** 2 + RELATIVE_ROUNDING * (moments.means - moments.reference) ** 2
    return np.maximum(floor, told)


def _cut(matrices: Floats, floor: Floats) -> Floats:
    """Return the matrices with their eigenvalues, relative to diag(floor), raised to at least 1."""
    if not floor.all():  # there is none
        return matrices
    scale = np.sqrt(floor)
    scales = scale[..., :, None] * scale[..., None, :]
    relative = matrices / scales
    d = floor.shape[-1]
    # beside an eigenvalue of 1e17, one of 1 is lost in rounding: the least that can be told from zero
    beyond = np.maximum(1, RELATIVE_ROUNDING * d * np.trace(relative, axis1=1, axis2=2))
    try:  # a tenth of the time, and all that most mixtures need: if this has a root, no eigenvalue is low
        np.linalg.cholesky(relative - beyond[:, None, None] * np.eye(d))
        return matrices
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(relative)
    least = np.maximum(1, RELATIVE_ROUNDING * d * values[:, -1:])
    low = values[:, 0] < least[:, 0]  # ascending; matrices without a low one keep their every bit
    if not low.any():
        return matrices
    raised: Floats = (vectors * np.maximum(values, least)[:, None, :]) @ vectors.swapaxes(1, 2)
    raised = 0.5 * (raised + raised.swapaxes(1, 2)) * scales
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
