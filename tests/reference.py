"""Naive twins: each kernel and each shortcut written as its definition reads, in plain NumPy."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask


def log_joint(values: Floats, weights: Floats, means: Floats, matrices: Floats) -> Floats:
    """log w_k + log N(x_n; m_k, S_k), (n, K)."""
    n, d = values.shape
    out = np.empty((n, len(weights)))
    for k in range(len(weights)):
        inverse = np.linalg.inv(matrices[k])
        log_determinant = np.linalg.slogdet(matrices[k])[1]
        for i in range(n):
            u = values[i] - means[k]
            out[i, k] = np.log(weights[k]) - 0.5 * (d * np.log(2 * np.pi) + log_determinant + u @ inverse @ u)
    return out


def log_density(joint: Floats) -> Floats:
    top = joint.max(axis=1, keepdims=True)
    density: Floats = (top + np.log(np.exp(joint - top).sum(axis=1, keepdims=True)))[:, 0]
    return density


def responsibilities(joint: Floats) -> Floats:
    shares: Floats = np.exp(joint - log_density(joint)[:, None])
    return shares


def moments(
    values: Floats, row_weights: Floats, shares: Floats, reference: Floats
) -> tuple[Floats, Floats, Floats]:
    """Σ w r, Σ w r (x - c), Σ w r (x - c)(x - c)ᵀ."""
    K, d = reference.shape
    zeroth, first, second = np.zeros(K), np.zeros((K, d)), np.zeros((K, d, d))
    for i, x in enumerate(values):
        for k in range(K):
            u = x - reference[k]
            zeroth[k] += row_weights[i] * shares[i, k]
            first[k] += row_weights[i] * shares[i, k] * u
            second[k] += row_weights[i] * shares[i, k] * np.outer(u, u)
    return zeroth, first, second


def m_step(
    values: Floats, row_weights: Floats, shares: Floats, structure: str
) -> tuple[Floats, Floats, Floats]:
    """Weights, means and covariances (in their structure's shape), no floor."""
    n_k = (row_weights[:, None] * shares).sum(axis=0)
    weights = n_k / n_k.sum()
    means = np.array([(row_weights * shares[:, k]) @ values / n_k[k] for k in range(len(n_k))])
    full = np.array(
        [
            ((row_weights * shares[:, k])[:, None] * (values - means[k])).T @ (values - means[k]) / n_k[k]
            for k in range(len(n_k))
        ]
    )
    covariances = {
        "full": full,
        "tied": np.einsum("k,kij->ij", weights, full),
        "diagonal": np.diagonal(full, axis1=1, axis2=2),
        "spherical": np.trace(full, axis1=1, axis2=2) / values.shape[1],
    }
    return weights, means, covariances[structure]


def matrices(covariances: Floats, structure: str, K: int, d: int) -> Floats:
    match structure:
        case "full":
            return covariances
        case "tied":
            return np.array([covariances] * K)
        case "diagonal":
            return np.array([np.diag(row) for row in covariances])
        case _:
            return np.array([variance * np.eye(d) for variance in covariances])


def em(
    values: Floats,
    row_weights: Floats,
    start: tuple[Floats, Floats, Floats],
    structure: str,
    steps: int,
) -> tuple[Floats, Floats, Floats, list[float]]:
    """Run `steps` iterations; return the parameters, and the log-likelihood per weight of each mixture."""
    weights, means, covariances = start
    history = []
    for step in range(steps + 1):
        joint = log_joint(values, weights, means, matrices(covariances, structure, *means.shape))
        history.append(float(row_weights @ log_density(joint) / row_weights.sum()))
        if step < steps:
            weights, means, covariances = m_step(values, row_weights, responsibilities(joint), structure)
    return weights, means, covariances, history


def nearest_label(values: Floats, centres: Floats, scale: Floats) -> Integers:
    return np.array([np.argmin([scale @ (x - centre) ** 2 for centre in centres]) for x in values])


def distinct(pixels: Array, mask: Mask | None) -> tuple[Array, Integers]:
    """Distinct rows among those that take part, ascending, and their counts."""
    rows = pixels.reshape(-1, pixels.shape[-1]) if pixels.ndim == 3 else pixels.reshape(-1, 1)
    if mask is not None:
        rows = rows[mask.ravel()]
    values, counts = np.unique(rows, axis=0, return_counts=True)
    return values, counts
