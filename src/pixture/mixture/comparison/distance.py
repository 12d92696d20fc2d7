"""How far the Gaussians of a mixture lie from each other, whatever their weights.

Both distances are taken in coordinates where one of the two is the standard Gaussian, so that they come
out the same in any units, and where covariances are nearly singular. With PᵀP = Σ_l⁻¹ and LLᵀ = Σ_k the
other one's covariance is M Mᵀ there, M = P L lower triangular, and no covariance is ever inverted.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pixture.arrays import Array, Floats
from pixture.mixture.model.mixture import Mixture


def kullback_leibler(mixture: Mixture) -> Floats:
    """Return the Kullback-Leibler divergence KL(row || column) of each pair of components, (K, K), in nats.

    KL(k || l) = ½ (tr(Σ_l⁻¹ Σ_k) + (m_k - m_l)ᵀ Σ_l⁻¹ (m_k - m_l) - d + log |Σ_l| / |Σ_k|)  (Kullback 1959,
    9.1). It is what a row of k loses in log-likelihood, on average, where l is taken for it: 0 on the
    diagonal, not symmetric.

    >>> kullback_leibler(Mixture([0.5, 0.5], [[0.0], [2.0]], [1.0, 4.0], "spherical")).round(4)
    array([[0.    , 0.8181],
           [2.8069, 0.    ]])
    """
    divergences = np.empty((mixture.components, mixture.components))
    for k, (spreads, deviations) in enumerate(_seen_from_each(mixture)):
        diagonals = np.diagonal(spreads, axis1=1, axis2=2)
        beside = np.square(np.tril(spreads, -1)).sum(axis=(1, 2))
        # m² - 1 - log m² of each, a sum without a negative term: where components agree nothing cancels
        excess = diagonals - 1
        along = (excess**2 + 2 * (excess - np.log(diagonals))).sum(axis=1)
        divergences[k] = 0.5 * (beside + along + np.square(deviations).sum(axis=1))
    np.fill_diagonal(divergences, 0)
    return np.maximum(divergences, 0)


def bhattacharyya(mixture: Mixture) -> Floats:
    """Return the Bhattacharyya distance of each pair of components, (K, K).

    D(k, l) = ⅛ (m_k - m_l)ᵀ Σ⁻¹ (m_k - m_l) + ½ log |Σ| / √(|Σ_k| |Σ_l|), Σ = (Σ_k + Σ_l) / 2
    (Bhattacharyya 1943). exp(-D) is the overlap ∫ √(p_k p_l), so 0 says that two components are one, and
    the best rule that tells equally frequent ones apart errs in at most ½ exp(-D) of the rows. Symmetric.

    >>> bhattacharyya(Mixture([0.5, 0.5], [[0.0], [2.0]], [1.0, 1.0], "spherical"))
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    identity = np.eye(mixture.dimension)
    distances = np.empty((mixture.components, mixture.components))
    for k, (spreads, deviations) in enumerate(_seen_from_each(mixture)):
        # at least half the identity: it has a root however thin the two are
        roots = np.linalg.cholesky(0.5 * (identity + spreads @ spreads.swapaxes(1, 2)))
        apart = np.square(np.linalg.solve(roots, deviations[:, :, None])).sum(axis=(1, 2))
        distances[k] = apart / 8 + _log_determinants(roots) - 0.5 * _log_determinants(spreads)
    np.fill_diagonal(distances, 0)
    return np.maximum(0.5 * (distances + distances.T), 0)  # symmetric and not negative but for rounding


def _seen_from_each(mixture: Mixture) -> Iterator[tuple[Floats, Floats]]:
    """Yield, for each component, its root M (K, d, d) and its mean (K, d) where each other is standard."""
    factors = mixture.factors
    if factors.ndim == 2:
        factors = factors[:, :, None] * np.eye(mixture.dimension)
    for mean, root in zip(mixture.means, np.linalg.cholesky(mixture.matrices()), strict=True):
        yield factors @ root, np.einsum("lij,lj->li", factors, mean - mixture.means)


def _log_determinants(roots: Array) -> Floats:
    """Return log |R| of triangular matrices, (K,)."""
    logs: Floats = np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
    return logs
