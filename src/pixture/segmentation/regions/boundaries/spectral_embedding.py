"""The spectrum of a region graph: coordinates in which regions that hang together are near."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csc_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, eigsh, splu

from pixture.arrays import Floats, Integers

_SHIFT = 1e-7
"""What is added to the matrix's diagonal, relative to its mean, so that it can be factorised."""
_TOLERANCE = 1e-6
_DENSE = 40
"""Up to so many regions all eigenvectors are computed; it takes no longer."""


def spectral_embedding(
    pairs: Integers, weights: Floats, areas: Floats | Integers, vectors: int = 8
) -> tuple[Floats, Floats]:
    """Return the smallest eigenvalues of a region graph, and each region's coordinates.

    Solves (D − W) x = λ A x, W the symmetric weights, D its row sums and A the areas: the vectors x vary as
    little as they can between regions that are strongly connected (normalised cuts, Shi and Malik 2000, with
    areas in the place of degrees).

    Parameters
    ----------
    pairs
        (edges, 2): the regions u ≠ v of each edge, numbered from 0.
    weights
        (edges,) positive: how strongly the two hang together.
    areas
        (n,) positive.
    vectors
        How many are wanted. Those of eigenvalue 0, constant on each connected part of the graph, are left
        out; so there are at most n minus the number of parts, and fewer come back where there are no more.

    Returns
    -------
    eigenvalues
        (vectors,) float64, rising.
    coordinates
        (n, vectors) float64: Σ a x² = Σ a for each, and the entry of greatest size is positive.

    Notes
    -----
    Where eigenvalues are equal, any rotation of their vectors is as good, and which one comes back depends on
    rounding and on the numbering of the regions.
    """
    n = len(areas)
    area = np.asarray(areas, np.float64)
    u, v = pairs[:, 0], pairs[:, 1]
    root = np.sqrt(area)
    ends = np.concatenate([u, v])
    shared = -weights / (root[u] * root[v])
    degrees = np.bincount(ends, np.concatenate([weights, weights]), minlength=n) / area
    each = np.arange(n)
    A = csc_array(
        (
            np.concatenate([shared, shared, degrees]),
            (np.concatenate([ends, each]), np.concatenate([v, u, each])),
        ),
        shape=(n, n),
    )
    parts, part = connected_components(A, directed=False)
    count = min(vectors, n - parts)
    if count < 1:
        return np.empty(0), np.empty((n, 0))
    if n <= max(_DENSE, 2 * count + 2):
        values, X = eigh(A.toarray())
        values, X = values[parts : parts + count], X[:, parts : parts + count]
    else:
        values, X = _lanczos(A, root, part, parts, count)
    Y = X / root[:, None] * np.sqrt(area.sum())
    Y *= np.where(Y[np.abs(Y).argmax(axis=0), np.arange(count)] < 0, -1.0, 1.0)
    return values, Y


def _lanczos(A: csc_array, root: Floats, part: Integers, parts: int, count: int) -> tuple[Floats, Floats]:
    n = A.shape[0]
    diagonal = A.diagonal()
    shift = _SHIFT * float(diagonal.mean())
    A.setdiag(diagonal + shift)
    solve = splu(A, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}).solve
    squares = np.bincount(part, root * root)

    def without_constants(x: Floats) -> Floats:
        if parts == 1:
            x -= root * ((root @ x) / squares[0])
        else:
            x -= root * (np.bincount(part, root * x) / squares)[part]
        return x

    operator = LinearOperator((n, n), matvec=lambda x: without_constants(solve(x)), dtype=float)
    # any vector will do: this one is the same everywhere, and has a share of every eigenvector
    start = without_constants(root * ((np.arange(1, n + 1) * 0.6180339887498949) % 1.0 - 0.5))
    inverse, X = eigsh(operator, k=count, which="LA", tol=_TOLERANCE, v0=start, ncv=min(n, 2 * count + 12))
    order = np.argsort(-inverse, kind="stable")
    return np.maximum(1.0 / inverse[order] - shift, 0.0), X[:, order]


def spectral_difference(
    eigenvalues: Floats, coordinates: Floats, pairs: Integers, least: float = 1e-9
) -> Floats:
    """Return √(Σ_i |x_i(u) − x_i(v)| / √λ_i) for each pair (u, v): how far the spectrum parts them.

    Parameters
    ----------
    eigenvalues, coordinates
        What `spectral_embedding` returned.
    pairs
        (edges, 2): the regions of each edge.
    least
        Eigenvalues below are taken as this.
    """
    apart = np.abs(coordinates[pairs[:, 0]] - coordinates[pairs[:, 1]])
    difference: Floats = np.sqrt(apart @ (1.0 / np.sqrt(np.maximum(eigenvalues, least))))
    return difference
