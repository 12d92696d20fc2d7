"""What the data themselves say before anything is fitted: their bounds, and a prior as wide as they are."""

from __future__ import annotations

import warnings

import numpy as np

from pixture.arrays import Array, Floats
from pixture.errors import LostPrecisionWarning, SampleError
from pixture.estimators.initialization.starts import start_moments
from pixture.estimators.prediction import floating
from pixture.mixture.extensions.conjugate_prior import Prior, default_prior
from pixture.mixture.extensions.input_rows import Rows, chunks
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.weighted_sample import refuse_what_squares_cannot_hold

ILL_DEFINED = (
    "Fitting the mixture model failed because some components have ill-defined empirical covariance (for "
    "instance caused by singleton or collapsed samples). Try to decrease the number of components, increase "
    "reg_covar, or scale the input data."
)
"""scikit-learn's words, where there are no more rows than components, some equal, and no least variance."""

COARSE = 0.01
"""Share of a component's variance that the rounding of its values may have, before it is said."""

DEPENDENT = 1e-6
"""Share of each channel's variance that a prior adds, so that channels that depend on each other have one."""


def of_all(rows: Rows, *, dense: bool) -> Moments:
    """Return the moments of all rows as those of one component, about their mean."""
    one = Rows(rows.values, 1, dense, rows.weights)
    every = np.zeros(len(rows.values), dtype=np.int32)
    return start_moments(one, every, np.random.RandomState(0))


def extremes(rows: Rows) -> tuple[Floats, Floats]:
    """Return the least and largest value of each channel among rows that have a weight, (d,) each.

    Of a channel without a value, infinity and minus infinity.
    """
    d = rows.values.shape[1]
    low, high = np.full(d, np.inf), np.full(d, -np.inf)
    for at in chunks(rows.values):
        values = np.asarray(rows.values[at])
        if rows.weights is not None:
            values = values[rows.weights[at] > 0]
        if len(values):
            low, high = np.minimum(low, _least(values)), np.maximum(high, _most(values))
    return low, high


def bounds(rows: Rows) -> Floats:
    """Return the least and largest value of each channel, (2, d); of a constant one, an interval of 1."""
    low, high = extremes(rows)
    return np.array([low, np.where(high > low, high, low + 1)])


def refuse_what_cannot_be_fitted(rows: Rows) -> None:
    """Refuse a feature without a single value, and values whose squares float64 cannot hold; ValueError."""
    low, high = extremes(rows)
    empty = np.flatnonzero(low > high)
    if empty.size:
        raise SampleError(
            f"Feature {empty[0]} has no value in any row, so nothing can be learnt of it. Leave it out."
        )
    refuse_what_squares_cannot_hold(np.array([low, high]).T)


def refuse_equal_rows_for_each_component(rows: Rows) -> None:
    """Refuse as many rows as components of which some are equal, as scikit-learn's own test asks; ValueError.

    With more rows there is an answer: components that share a row's place.
    """
    counts = len(rows.values) if rows.weights is None else int(np.count_nonzero(rows.weights))
    if counts > rows.components:
        return
    values = np.asarray(rows.values)
    if rows.weights is not None:
        values = values[rows.weights > 0]
    if len(np.unique(values + 0.0, axis=0)) < rows.components:  # -0 is 0
        raise SampleError(ILL_DEFINED)


def _least(values: Array) -> Floats:
    """Return the least value of each channel, (d,), infinity where all are missing."""
    least: Floats = np.fmin.reduce(values, axis=0, initial=np.inf, dtype=floating(values))
    return least


def _most(values: Array) -> Floats:
    """Return the largest value of each channel, (d,), minus infinity where all are missing."""
    most: Floats = np.fmax.reduce(values, axis=0, initial=-np.inf, dtype=floating(values))
    return most


def warn_where_coarse(values: Array, variances: Floats) -> None:
    """Warn if the dtype of the values holds them too coarsely for components of these variances, (d,)."""
    largest = np.maximum(np.abs(_least(values)), np.abs(_most(values)))
    largest = np.where(np.isfinite(largest), largest, 0.0)
    spacing = np.spacing(largest.astype(floating(values))).astype(np.float64)
    coarse = np.flatnonzero(spacing**2 / 12 > COARSE * variances)
    if coarse.size:
        j = int(coarse[0])
        warnings.warn(
            f"{values.dtype} holds values near {float(largest[j]):.3g} (feature {j}) only to within "
            f"{spacing[j]:.3g}, too coarsely for components of standard deviation {variances[j] ** 0.5:.3g}. "
            "Subtract an offset before the values are stored"
            + (", or use float64." if values.dtype == np.float32 else "."),
            LostPrecisionWarning,
            stacklevel=6,  # where `fit` was called
        )


def prior_of(prior: Prior | str, rows: Rows) -> Prior:
    """Return the prior given, or for "conjugate" the default one of these data."""
    if isinstance(prior, Prior):
        return prior
    moments = of_all(rows, dense=True)
    covariance = moments.scatters[0] / moments.zeroth[0]
    variances = np.diagonal(covariance)
    scale = np.where(variances > 0, variances, 1.0)
    return default_prior(moments.means[0], covariance + DEPENDENT * np.diag(scale), rows.components)
