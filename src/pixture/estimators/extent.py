"""What the data themselves say before anything is fitted: their bounds, and a prior as wide as they are."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats
from pixture.estimators.starting import start_moments
from pixture.mixture.moments import Moments
from pixture.mixture.prior import Prior, default_prior
from pixture.mixture.rows import Rows, chunks

DEPENDENT = 1e-6
"""Share of each channel's variance that a prior adds, so that channels that depend on each other have one."""


def of_all(rows: Rows, *, dense: bool) -> Moments:
    """Return the moments of all rows as those of one component, about their mean."""
    one = Rows(rows.values, 1, dense, rows.weights)
    every = np.zeros(len(rows.values), dtype=np.int32)
    return start_moments(one, every, np.random.RandomState(0))


def bounds(rows: Rows) -> Floats:
    """Return the least and largest value of each channel, (2, d); of a constant one, an interval of 1."""
    d = rows.values.shape[1]
    low, high = np.full(d, np.inf), np.full(d, -np.inf)
    for at in chunks(rows.values):
        values = np.asarray(rows.values[at], dtype=np.float64)
        if rows.weights is not None:
            values = values[rows.weights[at] > 0]
        if not len(values):
            continue
        missing = np.isnan(values)
        low = np.minimum(low, np.where(missing, np.inf, values).min(axis=0))
        high = np.maximum(high, np.where(missing, -np.inf, values).max(axis=0))
    return np.array([low, np.where(high > low, high, low + 1)])


def prior_of(prior: Prior | str, rows: Rows) -> Prior:
    """Return the prior given, or for "conjugate" the default one of these data."""
    if isinstance(prior, Prior):
        return prior
    moments = of_all(rows, dense=True)
    covariance = moments.scatters[0] / moments.zeroth[0]
    variances = np.diagonal(covariance)
    scale = np.where(variances > 0, variances, 1.0)
    return default_prior(moments.means[0], covariance + DEPENDENT * np.diag(scale), rows.components)
