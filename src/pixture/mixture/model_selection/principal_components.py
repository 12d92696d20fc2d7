"""Data of very many channels in their principal components: what numbers of components are compared on.

A covariance of d channels has d (d + 1) / 2 parameters, 12,246 of 156 bands: more than most images are worth
pixels. What tells their classes apart lies in few directions, the same for every number of components, so
that likelihoods in them can be compared.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats
from pixture.mixture.model.variance_floor import SETTLING_ROWS
from pixture.mixture.model.weighted_sample import WeightedSample

MOST_CHANNELS = 10
"""Channels that are compared as they are; of more, as many principal components are taken."""


def principal_components(sample: WeightedSample, most: int = MOST_CHANNELS) -> Floats | None:
    """Return the directions of the `most` greatest principal components, (most, d); None where d is no more.

    Those of the correlation matrix (Hotelling 1933): eigenvectors of the covariance of channels divided by
    their standard deviations, so that a channel's unit does not matter. Each has its largest coefficient
    positive, and the coordinates along it have the variance one. A subsample of the rows settles them.

    Examples
    --------
    >>> values = np.random.default_rng(0).normal(0, 1, (400, 3)) @ [[9.0, 9, 0], [0, 1, 0], [0, 0, 0.1]]
    >>> directions = principal_components(WeightedSample(values), most=2)
    >>> np.cov(directions @ values.T, ddof=0).round(3) + 0.0
    array([[1., 0.],
           [0., 1.]])
    >>> principal_components(WeightedSample(values)) is None
    True
    """
    if sample.dimension <= most:
        return None
    some = sample.thinned(SETTLING_ROWS)
    deviations = some.channels - some.mean[:, None]
    covariance = np.asarray((deviations * some.weights) @ deviations.T, np.float64) / some.total_weight
    spread = np.sqrt(np.diag(covariance))
    spread[spread == 0] = np.inf  # a channel that is constant has no part in any direction
    values, vectors = np.linalg.eigh(covariance / np.outer(spread, spread))
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = values[:most] > 1e-9 * values[0]
    directions = (vectors[:, :most][:, kept] / np.sqrt(values[:most][kept])).T
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    signed: Floats = directions * np.sign(largest) / spread
    return signed if len(signed) else np.ones((1, sample.dimension))


def projected(sample: WeightedSample, directions: Floats) -> WeightedSample:
    """Return the sample's coordinates along directions, (m, d); row by row, with the same weights."""
    about_mean = sample.channels - sample.mean[:, None].astype(sample.channels.dtype)
    return WeightedSample((directions @ about_mean).T, sample.weights)
