"""Naive twins: each kernel and each shortcut written as its definition reads, in plain NumPy."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma
from scipy.stats import multivariate_t

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


def student_log_joint(
    values: Floats, weights: Floats, means: Floats, scales: Floats, degrees: Floats
) -> Floats:
    """log w_k + log t(x_n; m_k, S_k, ν_k), (n, K)."""
    out = np.empty((len(values), len(weights)))
    for k in range(len(weights)):
        component = multivariate_t(means[k], scales[k], df=degrees[k])
        out[:, k] = np.log(weights[k]) + component.logpdf(values)
    return out


def student_precisions(values: Floats, means: Floats, scales: Floats, degrees: Floats) -> Floats:
    """(ν + d) / (ν + δ), (n, K)."""
    n, d = values.shape
    out = np.empty((n, len(degrees)))
    for k in range(len(degrees)):
        inverse = np.linalg.inv(scales[k])
        for i in range(n):
            u = values[i] - means[k]
            out[i, k] = (degrees[k] + d) / (degrees[k] + u @ inverse @ u)
    return out


def student_m_step(
    values: Floats,
    row_weights: Floats,
    shares: Floats,
    precisions: Floats,
    old_degrees: Floats,
    structure: str,
    degrees_are: str,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights, locations, scale matrices (in their structure's shape) and degrees, no floor.

    The degrees are "fixed", "free" or "shared".
    """
    K, d = shares.shape[1], values.shape[1]
    weighted = row_weights[:, None] * shares
    n_k = weighted.sum(axis=0)
    weights = n_k / n_k.sum()
    means = np.array(
        [(weighted * precisions)[:, k] @ values / (weighted * precisions)[:, k].sum() for k in range(K)]
    )
    full = np.array(
        [
            ((weighted * precisions)[:, k, None] * (values - means[k])).T @ (values - means[k]) / n_k[k]
            for k in range(K)
        ]
    )
    scales = {
        "full": full,
        "tied": np.einsum("k,kij->ij", weights, full),
        "diagonal": np.diagonal(full, axis1=1, axis2=2),
        "spherical": np.trace(full, axis1=1, axis2=2) / d,
    }
    if degrees_are == "fixed":
        return weights, means, scales[structure], old_degrees
    expected = (weighted * (np.log(precisions) - precisions)).sum(axis=0) / n_k
    expected += digamma((old_degrees + d) / 2) - np.log((old_degrees + d) / 2)
    if degrees_are == "shared":
        expected = np.full(K, weights @ expected)
    degrees = np.array([student_degrees(value) for value in expected])
    return weights, means, scales[structure], degrees


def student_degrees(expected: float, least: float = 0.1, most: float = 200.0) -> float:
    """The root ν of -ψ(ν/2) + log(ν/2) + 1 + expected, or the limit where it lies beyond."""

    def falling(nu: float) -> float:
        return float(-digamma(nu / 2) + np.log(nu / 2) + 1 + expected)

    if falling(least) <= 0:
        return least
    return most if falling(most) >= 0 else float(brentq(falling, least, most, xtol=1e-12))


def student_em(
    values: Floats,
    row_weights: Floats,
    start: tuple[Floats, Floats, Floats, Floats],
    structure: str,
    degrees_are: str,
    steps: int,
) -> tuple[Floats, Floats, Floats, Floats, list[float]]:
    """Run `steps` iterations; return the parameters, and the log-likelihood per weight of each mixture."""
    weights, means, scales, degrees = start
    history = []
    for step in range(steps + 1):
        full = matrices(scales, structure, *means.shape)
        joint = student_log_joint(values, weights, means, full, degrees)
        history.append(float(row_weights @ log_density(joint) / row_weights.sum()))
        if step < steps:
            shares, precisions = (
                responsibilities(joint),
                student_precisions(values, means, full, degrees),
            )
            weights, means, scales, degrees = student_m_step(
                values, row_weights, shares, precisions, degrees, structure, degrees_are
            )
    return weights, means, scales, degrees, history


def incomplete_em(
    values: Floats,
    row_weights: Floats,
    start: tuple[Floats, Floats, Floats],
    structure: str,
    steps: int,
    labels: Integers | None = None,
    frozen: dict[str, list[int]] | None = None,
) -> tuple[Floats, Floats, Floats, list[float]]:
    """EM where values may be NaN, components of rows known (not -1), and parameters frozen; row by row.

    Returns the parameters after `steps` iterations, and the log-likelihood per weight before each.
    """
    weights, means, covariances = start
    K, d = means.shape
    kept = {kind: (frozen or {}).get(kind, []) for kind in ("weights", "means", "covariances")}
    history = []
    for _ in range(steps):
        full = matrices(covariances, structure, K, d)
        total, log_likelihood = 0.0, 0.0
        seen = []
        for i, x in enumerate(values):
            o = np.flatnonzero(np.isfinite(x))
            if o.size == 0 or row_weights[i] == 0:
                continue
            joint = log_joint(x[None, o], weights, means[:, o], full[:, o[:, None], o])[0]
            if labels is None or labels[i] < 0:
                density = float(log_density(joint[None])[0])
                r = np.exp(joint - density)
            else:
                density, r = float(joint[labels[i]]), np.eye(K)[labels[i]]
            expected = [conditional(x, means[k], full[k]) for k in range(K)]
            seen.append((row_weights[i] * r, expected))
            log_likelihood += row_weights[i] * density
            total += row_weights[i]
        history.append(log_likelihood / total)
        n_k = np.sum([r for r, _ in seen], axis=0)
        new_means = means.copy()
        scatters = np.zeros((K, d, d))
        for k in range(K):
            if k not in kept["means"]:
                new_means[k] = np.sum([r[k] * expected[k][0] for r, expected in seen], axis=0) / n_k[k]
            for r, expected in seen:
                u = expected[k][0] - new_means[k]
                scatters[k] += r[k] * (np.outer(u, u) + expected[k][1])
        new = {
            "full": scatters / n_k[:, None, None],
            "tied": scatters.sum(axis=0) / n_k.sum(),
            "diagonal": np.diagonal(scatters, axis1=1, axis2=2) / n_k[:, None],
            "spherical": np.trace(scatters, axis1=1, axis2=2) / d / n_k,
        }[structure]
        if structure == "tied":
            new = covariances if kept["covariances"] else new
        else:
            new = np.array([covariances[k] if k in kept["covariances"] else new[k] for k in range(K)])
        free = [k for k in range(K) if k not in kept["weights"]]
        new_weights = weights.copy()
        new_weights[free] = (1 - weights[kept["weights"]].sum()) * n_k[free] / n_k[free].sum()
        weights, means, covariances = new_weights, new_means, new
    return weights, means, covariances, history


def conditional(x: Floats, mean: Floats, matrix: Floats) -> tuple[Floats, Floats]:
    """A row with what is missing at its expectation given what is there, and its covariance given it."""
    o, m = np.flatnonzero(np.isfinite(x)), np.flatnonzero(np.isnan(x))
    whole, spread = x.copy(), np.zeros((x.size, x.size))
    inverse = np.linalg.inv(matrix[o[:, None], o])
    across = matrix[m[:, None], o]
    whole[m] = mean[m] + across @ inverse @ (x[o] - mean[o])
    spread[m[:, None], m] = matrix[m[:, None], m] - across @ inverse @ across.T
    return whole, spread


def kullback_leibler(means: Floats, matrices: Floats) -> Floats:
    """KL(row || column) of Gaussians."""
    K, d = means.shape
    out = np.zeros((K, K))
    for k in range(K):
        for j in range(K):
            inverse, u = np.linalg.inv(matrices[j]), means[k] - means[j]
            ratio = np.linalg.slogdet(matrices[j])[1] - np.linalg.slogdet(matrices[k])[1]
            out[k, j] = 0.5 * (np.trace(inverse @ matrices[k]) + u @ inverse @ u - d + ratio)
    return out


def bhattacharyya(means: Floats, matrices: Floats) -> Floats:
    """-log ∫ √(p q) of Gaussians."""
    K = len(means)
    out = np.zeros((K, K))
    for k in range(K):
        for j in range(K):
            between, u = (matrices[k] + matrices[j]) / 2, means[k] - means[j]
            logs = [np.linalg.slogdet(matrix)[1] for matrix in (between, matrices[k], matrices[j])]
            out[k, j] = u @ np.linalg.inv(between) @ u / 8 + 0.5 * (logs[0] - 0.5 * (logs[1] + logs[2]))
    return out


def merge_by_entropy(
    shares: Floats, row_weights: Floats
) -> tuple[list[float], list[list[list[int]]], list[float]]:
    """Entropies, clusters (lists of components) and merged weights, from responsibilities (n, K)."""

    def entropy(clusters: list[list[int]]) -> float:
        sums = np.array([shares[:, cluster].sum(axis=1) for cluster in clusters])
        return -float(sum(row_weights @ (r * np.log(np.where(r > 0, r, 1))) for r in sums))

    def union(clusters: list[list[int]], a: int, b: int) -> list[list[int]]:
        rest = [cluster for i, cluster in enumerate(clusters) if i not in (a, b)]
        return sorted([*rest, sorted(clusters[a] + clusters[b])])

    clusters = [[k] for k in range(shares.shape[1])]
    entropies, history, merged = [entropy(clusters)], [clusters], []
    while len(clusters) > 1:
        pairs = [(a, b) for a in range(len(clusters)) for b in range(a + 1, len(clusters))]
        a, b = min(pairs, key=lambda pair: entropy(union(clusters, *pair)))
        hard = np.argmax([shares[:, cluster].sum(axis=1) for cluster in clusters], axis=0)
        merged.append(float(row_weights[(hard == a) | (hard == b)].sum()))
        clusters = union(clusters, a, b)
        entropies.append(entropy(clusters))
        history.append(clusters)
    return entropies, history, merged
