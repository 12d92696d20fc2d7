"""Several components as one Gaussian: the one that has their moments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixture.mixture.model.mixture import Mixture


def moment_matched(mixture: Mixture, groups: Sequence[Sequence[int]]) -> Mixture:
    """Return the mixture whose components have the moments of groups of another's, in the groups' order.

    w = Σ w_k, m = Σ w_k m_k / w, S = Σ w_k (S_k + (m_k - m)(m_k - m)ᵀ) / w (as in Runnalls 2007). Its
    covariances are diagonal where those of the components are, or spherical, and full otherwise.

    Parameters
    ----------
    mixture
        The components.
    groups
        Which of them make one; each is in one group.

    Examples
    --------
    >>> mixture = Mixture([0.25, 0.25, 0.5], [[0.0], [2.0], [9.0]], [1.0, 1.0, 1.0], "spherical")
    >>> found = moment_matched(mixture, [[0, 1], [2]])
    >>> found.means.ravel(), found.covariances.ravel()
    (array([1., 9.]), array([2., 1.]))
    """
    matrices = mixture.matrices()
    weights, means, covariances = [], [], []
    for group in groups:
        of = list(group)
        shares = mixture.weights[of] / mixture.weights[of].sum()
        mean = shares @ mixture.means[of]
        apart = mixture.means[of] - mean
        weights.append(mixture.weights[of].sum())
        means.append(mean)
        covariances.append(np.einsum("k,kij->ij", shares, matrices[of]) + (shares[:, None] * apart).T @ apart)
    dense = np.array(covariances)
    if mixture.structure.dense:
        return Mixture(np.array(weights), np.array(means), dense, "full")
    diagonals = np.diagonal(dense, axis1=1, axis2=2)
    return Mixture(np.array(weights), np.array(means), diagonals, "diagonal")
