"""The variance floor: the least variance that a component may have along a channel."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Reals
from pixture.mixture.model.covariance import RELATIVE_ROUNDING

RELATIVE_FLOOR = 1e-6
"""Least variance of a component of continuous data, as a share of the data's own variance."""

DEVIATIONS_A_STEP = 6
"""Standard deviations of the narrowest component within the interval that an integer stands for.

So 99.7 % of it lies within its own value's interval, and at the next value its density is exp(-18) of its
highest: a class of one value keeps its label beside one 60 million times as frequent. At Sheppard's variance,
1/12, it is exp(-6), and a class of less than 1 in 400 is lost to its neighbour, though none of its pixels
has a value of the other's.
"""

SETTLING_ROWS = 2**16
"""Rows that settle a quartile."""


def least_variances(widths: Floats, variances: Floats) -> Floats:
    """Return the least variance a component may have along each channel, (d,).

    An integer stands for an interval of width 1, which is as wide as `DEVIATIONS_A_STEP` standard deviations
    of the narrowest component: 1/36. Continuous values have no such width, so theirs is `RELATIVE_FLOOR` of
    the channel's variance.

    Parameters
    ----------
    widths
        (d,), the width of the interval that a value of each channel stands for, 0 for continuous values.
    variances
        (d,), each channel's variance, as `usual_variances` judges it.

    >>> least_variances(np.array([0.0]), np.array([4.0]))
    array([4.e-06])
    """
    return np.where(widths > 0, (widths / DEVIATIONS_A_STEP) ** 2, RELATIVE_FLOOR * variances)


def usual_variances(channels: Reals, weights: Reals, scale: Floats) -> Floats:
    """Return each channel's variance, (d,), judged by its quartiles.

    A few absurd values (a missing pixel stored as -9999) leave quartiles as they are.

    Parameters
    ----------
    channels
        (d, n), the values.
    weights
        (n,), a weight a row.
    scale
        (d,), the standard deviations, which the quartiles' are at most.

    >>> usual_variances(np.array([[0.0, 1.349, 2.698, 1e9]]), np.ones(4), np.array([1e9])).round(3)
    array([4.])
    """
    spans = np.array([_quartile_span(channel, weights) for channel in channels])
    deviation: Floats = np.where(spans > 0, np.minimum(spans / 1.349, scale), scale)
    return deviation**2


def rounding_share(d: int) -> float:
    """Return the share of the data's variance below which rounding cannot tell a component's from none.

    It lets a component in d channels be thin in one direction and as wide as all of the data in the others.
    """
    return RELATIVE_ROUNDING * (2 * d) ** 2


def _quartile_span(values: Reals, weights: Reals) -> float:
    """Return the distance of the weighted quartiles, 1.349 standard deviations of a Gaussian."""
    order = np.argsort(values, kind="stable")
    edges = np.cumsum(weights[order], dtype=np.float64)
    low, high = np.searchsorted(edges, np.array([0.25, 0.75]) * edges[-1])
    return float(values[order[high]]) - float(values[order[low]])
