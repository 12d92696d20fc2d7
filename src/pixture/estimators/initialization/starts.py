"""How an estimator starts: scikit-learn's ways, with its own random numbers, and what a person hands over.

Up to `ENOUGH` rows a start is the one scikit-learn makes from the same `random_state`. Of more it takes a
systematic subsample: k-means settles on fewer, and an array of all rows by all components is never made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from scipy.spatial import cKDTree
from sklearn.cluster import kmeans_plusplus

from pixture.arrays import Array, Floats, Integers
from pixture.estimators.initialization.kmeans import as_floats, kmeans_labels
from pixture.mixture.extensions.fixed_parameters import Frozen, maximise_within
from pixture.mixture.extensions.input_rows import Rows, chunks
from pixture.mixture.model.covariance import STRUCTURES
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments, together
from pixture.options.fitting import CovarianceName

WAYS = ("kmeans", "k-means++", "random", "random_from_data")
"""What scikit-learn calls the ways to start."""

ENOUGH = 2**16
"""Rows a start looks at, at most, where it is not handed over."""

DENSER, NEIGHBOURS = 0.75, 12
"""Of noisy rows, the share that a start looks at, and the neighbour whose distance says which."""

Init: TypeAlias = "str | Array | Callable[[Array, int, np.random.RandomState], Any]"


def start_moments(
    rows: Rows,
    init: Init,
    random_state: np.random.RandomState,
    means: Array | None = None,
    *,
    noisy: bool = False,
) -> Moments:
    """Return moments to start from: those of the responsibilities that `init` says.

    Parameters
    ----------
    rows
        The data. If the components of some rows are known, the start follows them.
    init
        One of `WAYS`, responsibilities (n, K), labels (n,) with -1 for rows that start no component, or a
        function of values, number of components and random state that returns either.
    random_state
        Where the random numbers come from.
    means
        (K, d) where the starting means are given: every row starts with the nearest, and `init` is not
        asked.
    noisy
        Whether some rows belong to no component: what `init` names then sees the denser rows alone.
    """
    if isinstance(init, str) and (means is not None or rows.labels is None or (rows.labels < 0).all()):
        seen = _some(rows, random_state)
        if means is not None:
            return _moments(seen, _nearest(seen, np.asarray(means, dtype=np.float64)))
        seen = _denser(seen) if noisy else seen
        return _moments(seen, WAY[init](seen, random_state))
    if isinstance(init, str):
        seen = _some(rows, random_state)
        return _moments(seen, _nearest(seen, _means_around_known(seen, random_state), seen.labels))
    given = init
    if callable(init):
        given = init(rows.values, rows.components, random_state)
    return _moments(rows, checked_shares(given, len(rows.values), rows.components))


def start_from(moments: Moments, covariance: CovarianceName, floor: Floats) -> Mixture:
    """Return the mixture of moments about one reference.

    A component without weight lies at the mean of all, and is as large as all.
    """
    K = moments.zeroth.size
    one = together(moments)
    whole = Moments(
        np.repeat(one.reference, K, axis=0),
        np.repeat(one.zeroth, K),
        np.repeat(one.first, K, axis=0),
        np.repeat(one.second, K, axis=0),
    )
    estimated = STRUCTURES[covariance].estimate(whole, floor)
    everywhere = Mixture(np.full(K, 1 / K), whole.means, estimated, covariance)
    return maximise_within(everywhere, moments, floor, Frozen.nothing(K))


def checked_labels(given: Any, n: int, components: int) -> Integers:
    """Return labels (n,), -1 where unknown; ValueError if what was given are none."""
    array: Array = np.asarray(given)
    whole = array.dtype.kind in "biu" or (array.dtype.kind == "f" and (array == np.round(array)).all())
    if array.shape == (n,) and whole and (array >= -1).all() and (array < components).all():
        return array.astype(np.int32)
    values = f" with values from {array.min()} to {array.max()}" if array.dtype.kind in "iuf" else ""
    raise ValueError(
        f"labels are whole numbers from 0 to {components - 1}, one for each of {n} rows, or -1 where the "
        f"component is unknown; got {array.dtype} of shape {array.shape}{values}."
    )


def checked_shares(given: Any, n: int, components: int) -> Array:
    """Return responsibilities (n, K) or labels (n,); ValueError if what was given is neither."""
    if given is None:
        raise ValueError("init_params returned None; expected responsibilities or labels of the rows.")
    array: Array = np.asarray(given)
    if array.shape == (n,):
        labels = checked_labels(array, n, components)
        if (labels >= 0).any():
            return labels
        raise ValueError("Starting labels are all -1: there is no row to start a component from.")
    if array.shape != (n, components) or array.dtype.kind not in "biuf":
        raise ValueError(
            f"init_params should be one of {', '.join(WAYS)}, responsibilities of shape {(n, components)} or "
            f"labels of shape {(n,)}; got {array.dtype} of shape {array.shape}."
        )
    shares: Array = array.astype(np.float64, copy=False)
    if not np.isfinite(shares).all() or (shares < 0).any() or not (shares.sum(axis=0) > 0).all():
        raise ValueError(
            "Starting responsibilities should be not negative, with some weight for each component; got "
            f"values from {shares.min():.6g}, and sums of the components from {shares.sum(axis=0).min():.6g}."
        )
    return shares


def _some(rows: Rows, random_state: np.random.RandomState) -> Rows:
    """Return at most `ENOUGH` rows that have a weight; what they lack is the channel's mean."""
    at: Any = slice(None)
    n = len(rows.values)
    if rows.weights is not None and not rows.weights.all():
        at = np.flatnonzero(rows.weights)  # what weighs nothing is not there
        n = at.size
    if n > ENOUGH:
        drawn = ((np.arange(ENOUGH) + random_state.uniform()) * (n / ENOUGH)).astype(np.intp)
        at = drawn if isinstance(at, slice) else at[drawn]
        if rows.labels is not None:  # the few whose component is known are what the start goes by
            known = rows.labels >= 0 if rows.weights is None else (rows.labels >= 0) & (rows.weights > 0)
            at = np.union1d(at, np.flatnonzero(known)[:ENOUGH])
    values = np.asarray(rows.values[at])
    weights, labels = (None if array is None else array[at] for array in (rows.weights, rows.labels))
    missing = np.isnan(values)
    if missing.any():
        told = np.logical_not(missing.all(axis=1))
        values, missing = values[told], missing[told]
        weights, labels = (None if array is None else array[told] for array in (weights, labels))
        count = np.maximum(1, np.logical_not(missing).sum(axis=0))
        values = np.where(missing, np.nansum(values, axis=0) / count, values)
    return Rows(values, rows.components, rows.dense, weights, labels)


def _denser(rows: Rows) -> Rows:
    """Return the rows whose neighbours are near: `DENSER` of them (after Byers and Raftery 1998)."""
    # distinct rows: a weight is as many equal rows, and neither is a neighbour to itself
    values, place = np.unique(rows.values, axis=0, return_inverse=True)
    weights = np.bincount(place.ravel(), rows.weights)
    scaled = values / _scale(values)
    distance = np.ravel(cKDTree(scaled).query(scaled, k=[min(NEIGHBOURS, len(scaled))])[0])
    order = np.argsort(distance, kind="stable")
    before = np.cumsum(weights[order]) - weights[order]
    enough = max(2 * rows.components, int(np.count_nonzero(before < DENSER * weights.sum())))
    kept = np.zeros(len(values), dtype=bool)
    kept[order[:enough]] = True
    at = np.flatnonzero(kept[place.ravel()])
    return Rows(
        rows.values[at], rows.components, rows.dense, None if rows.weights is None else rows.weights[at]
    )


def _kmeans(rows: Rows, random_state: np.random.RandomState) -> Array:
    return kmeans_labels(rows.values, rows.components, rows.weights, random_state)


def _plusplus(rows: Rows, random_state: np.random.RandomState) -> Array:
    _, chosen = kmeans_plusplus(
        as_floats(rows.values), rows.components, sample_weight=rows.weights, random_state=random_state
    )
    return _only(chosen, len(rows.values))


def _from_data(rows: Rows, random_state: np.random.RandomState) -> Array:
    chosen = random_state.choice(len(rows.values), size=rows.components, replace=False)
    return _only(chosen, len(rows.values))


def _random(rows: Rows, random_state: np.random.RandomState) -> Array:
    shares: Array = random_state.uniform(size=(len(rows.values), rows.components))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _only(chosen: Integers, n: int) -> Integers:
    """Return labels of the rows chosen, one a component, and -1 for all others."""
    labels = np.full(n, -1, dtype=np.int32)
    labels[chosen] = np.arange(len(chosen))
    return labels


WAY: dict[str, Callable[[Rows, np.random.RandomState], Array]] = dict(
    zip(WAYS, (_kmeans, _plusplus, _random, _from_data), strict=True)
)


def _scale(values: Array) -> Floats:
    """Return the length that counts as one along each channel, (d,): its deviation, or 1 if constant."""
    spread = values.std(axis=0, dtype=np.float64)
    return np.where(spread > 0, spread, 1.0)


def _nearest(rows: Rows, means: Floats, labels: Integers | None = None) -> Integers:
    """Return the mean nearest to each row, in units of each channel's spread; what is known stays."""
    scale = _scale(rows.values)
    scaled = (rows.values - means[0]) / scale
    squares = np.array([((scaled - centre) ** 2).sum(axis=1) for centre in (means - means[0]) / scale])
    nearest: Integers = squares.argmin(axis=0).astype(np.int32)
    return nearest if labels is None else np.where(labels >= 0, labels, nearest)


def _means_around_known(rows: Rows, random_state: np.random.RandomState) -> Floats:
    """Return means where the known rows have theirs; the others as k-means++ would add them."""
    assert rows.labels is not None
    K, d = rows.components, rows.values.shape[1]
    scaled = (rows.values - rows.values.mean(axis=0, dtype=np.float64)) / _scale(rows.values)
    means = np.full((K, d), np.nan)
    nearest = np.full(len(scaled), np.inf)
    weights = np.ones(len(scaled)) if rows.weights is None else rows.weights
    for k in range(K):
        mine = rows.labels == k
        if mine.any():
            means[k] = rows.values[mine].mean(axis=0, dtype=np.float64)
            nearest = np.minimum(nearest, ((scaled - scaled[mine].mean(axis=0)) ** 2).sum(axis=1))
    for k in np.flatnonzero(np.isnan(means[:, 0])).tolist():
        pull = weights * nearest
        row = int(random_state.choice(len(pull), p=pull / pull.sum()) if pull.any() else k % len(pull))
        means[k] = rows.values[row]
        nearest = np.minimum(nearest, ((scaled - scaled[row]) ** 2).sum(axis=1))
    return means


def _moments(rows: Rows, shares: Array) -> Moments:
    """Return the moments of rows under responsibilities or labels given, about the mean of all."""
    K, d = rows.components, rows.values.shape[1]
    origin = _mean(rows)
    zeroth, first = np.zeros(K), np.zeros((K, d))
    second = np.zeros((K, d, d) if rows.dense else (K, d))
    for at, values, weights in _whole(rows):
        r = shares[at]
        if r.ndim == 1:
            r = (r[:, None] == np.arange(K)).astype(np.float64)
        r = r if weights is None else r * weights[:, None]
        missing = np.isnan(values)
        if missing.any():
            r = np.where(missing.all(axis=1, keepdims=True), 0.0, r)  # rows without a value say nothing
        u = np.where(missing, 0.0, values - origin)  # what is missing lies at the mean, to start
        zeroth += r.sum(axis=0)
        first += r.T @ u
        if rows.dense:
            second += np.array([(r[:, k, None] * u).T @ u for k in range(K)])
        else:
            second += r.T @ u**2
    return Moments(np.repeat(origin[None], K, axis=0), zeroth, first, second)


def _mean(rows: Rows) -> Floats:
    """Return the mean of each channel's values, over the rows that have one."""
    d = rows.values.shape[1]
    origin: Floats | None = None
    total, count = np.zeros(d), np.zeros(d)
    for _, values, weights in _whole(rows):
        there = np.logical_not(np.isnan(values))
        if origin is None:  # about some row: the mean of values far from zero keeps its digits
            first = values[there.argmax(axis=0), np.arange(d)]
            origin = np.where(np.isnan(first), 0.0, first)
        w = there if weights is None else there * weights[:, None]
        total += (w * np.where(there, values - origin, 0.0)).sum(axis=0)
        count += w.sum(axis=0)
    assert origin is not None  # there are rows
    mean: Floats = origin + total / np.maximum(count, np.finfo(float).tiny)
    return mean


def _whole(rows: Rows) -> Iterator[tuple[slice, Floats, Array | None]]:
    for at in chunks(rows.values):
        yield (
            at,
            np.asarray(rows.values[at], dtype=np.float64),
            None if rows.weights is None else rows.weights[at],
        )
