"""The k-means that scikit-learn's mixtures start from: the same labels from the same random numbers.

scikit-learn's own runs on OpenMP's threads, which a forked child waits for and never gets. This one calls
the same functions in the same order, but serially: a step of Lloyd's is a matrix product for each block of
rows, and one of a sparse matrix, which adds the rows of each cluster in their order.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy.linalg.blas import get_blas_funcs
from scipy.sparse import csc_array
from sklearn.cluster import kmeans_plusplus
from sklearn.exceptions import ConvergenceWarning

from pixture.arrays import Array, Integers, Reals

STEPS, TOLERANCE = 300, 1e-4
"""scikit-learn's `max_iter`, and `tol`, in units of the channels' mean variance."""

BLOCK = 256
"""Rows of a matrix product: few enough that BLAS, too, calls no other thread for it."""


def kmeans_labels(
    values: Array, components: int, weights: Array | None, random_state: np.random.RandomState
) -> Integers:
    """Return the cluster of each row, (n,), as `sklearn.cluster.KMeans(components, n_init=1)` does.

    Parameters
    ----------
    values
        (n, d), finite; float32 is computed with as such, all else as float64.
    components
        The number of clusters K, at most n.
    weights
        (n,), or None where every row weighs 1.
    random_state
        Where the random numbers come from; as many are taken as scikit-learn takes.

    Warns
    -----
    ConvergenceWarning
        There are fewer distinct rows than clusters asked for.

    Examples
    --------
    >>> values = np.array([[0.0], [1.0], [10.0], [11.0]])
    >>> kmeans_labels(values, 2, None, np.random.RandomState(0))
    array([1, 1, 0, 0], dtype=int32)
    """
    X = as_floats(values)
    limit = TOLERANCE * np.mean(np.var(X, axis=0))
    X = np.ascontiguousarray(X - X.mean(axis=0))
    weights = np.ones(len(X), X.dtype) if weights is None else weights.astype(X.dtype)
    centres, _ = kmeans_plusplus(X, components, sample_weight=weights, random_state=random_state)
    labels: Integers = np.full(len(X), -1, dtype=np.int32)
    for _ in range(STEPS):
        before, labels = labels, _nearest(X, centres)
        moved = _centres(X, weights, labels, centres)
        shift = np.sqrt(((moved - centres) ** 2).sum(axis=1))
        centres = moved
        if np.array_equal(labels, before):
            break
        if (shift**2).sum() <= limit:
            labels = _nearest(X, centres)
            break
    else:
        labels = _nearest(X, centres)
    found = np.unique(labels).size
    if found < components:
        warnings.warn(
            f"k-means found {found} distinct places for {components} components: the rows may repeat few "
            "values.",
            ConvergenceWarning,
            stacklevel=2,
        )
    return labels


def as_floats(values: Array) -> Reals:
    """Return the values as scikit-learn computes with them: float32 as it is, all else as float64."""
    return values if values.dtype == np.float32 else np.asarray(values, dtype=np.float64)


def _nearest(X: Reals, centres: Reals) -> Integers:
    """Return the centre nearest to each row, the first of equals: where |c|² - 2 x·c is least."""
    product = get_blas_funcs("gemm", dtype=X.dtype)
    squares = np.einsum("ij,ij->i", centres, centres)[:, None]
    labels = np.empty(len(X), dtype=np.int32)
    for start in range(0, len(X), BLOCK):
        rows = X[start : start + BLOCK]
        # written over a Fortran array of |c|², as scikit-learn does, so that even ties fall the same way
        norms = np.repeat(squares, len(rows), axis=1).T.copy().T
        distances = product(-2.0, centres.T, rows.T, 1.0, norms, trans_a=True, overwrite_c=True)
        labels[start : start + BLOCK] = distances.argmin(axis=0)
    return labels


def _centres(X: Reals, weights: Reals, labels: Integers, centres: Reals) -> Reals:
    """Return the means of the clusters, (K, d); one without rows moves to a row far from its own centre."""
    member = csc_array((weights, labels, np.arange(len(X) + 1)), shape=(len(centres), len(X)))
    sums: Reals = np.asarray(member @ X)
    masses: Reals = np.asarray(member @ np.ones(len(X), X.dtype))
    empty = np.flatnonzero(masses == 0)
    if empty.size:
        distances = ((X - centres[labels]) ** 2).sum(axis=1)
        if distances.max() > 0:
            furthest = np.argpartition(distances, -empty.size)[: -empty.size - 1 : -1]
            for cluster, row in zip(empty.tolist(), furthest.tolist(), strict=True):
                moved = X[row] * weights[row]
                sums[labels[row]] -= moved
                sums[cluster] = moved
                masses[cluster] = weights[row]
                masses[labels[row]] -= weights[row]
    heaviest = int(masses.argmax())
    whole = sums[heaviest].copy()
    filled = masses > 0
    sums[filled] *= (1 / masses[filled])[:, None]
    for cluster in np.flatnonzero(np.logical_not(filled)).tolist():
        # where there is no row to move to: scikit-learn divides in turn, and copies what is there by then
        sums[cluster] = whole if cluster < heaviest else sums[heaviest]
    return sums
