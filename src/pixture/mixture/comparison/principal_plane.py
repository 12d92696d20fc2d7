"""The plane in which the spread is greatest: two numbers for what has many channels."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats
from pixture.errors import SampleError
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.variance_floor import SETTLING_ROWS
from pixture.mixture.model.weighted_sample import WeightedSample


def principal_plane(sample: WeightedSample) -> Floats:
    """Return the two directions of greatest spread, (2, d), orthogonal, of length one, the greatest first.

    The eigenvectors of the covariance with the two largest eigenvalues (Pearson 1901); each has its largest
    coefficient positive. Two channels are their own plane. A draw of the rows settles it.

    Raises
    ------
    SampleError
        There is only one channel.

    Examples
    --------
    >>> principal_plane(WeightedSample([[0.0, 0, 0], [9, 0, 5], [9, 0, -5]])) + 0.0
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    if sample.dimension < 2:
        raise SampleError("A plane needs two channels, and the data have one.")
    if sample.dimension == 2:
        return np.eye(2)
    some = sample.thinned(SETTLING_ROWS)
    deviations = some.channels - some.mean[:, None]
    return _two_greatest(np.asarray((deviations * some.weights) @ deviations.T, dtype=np.float64))


def mixture_plane(mixture: Mixture) -> Floats:
    """Return the plane of greatest spread of what a mixture describes, as `principal_plane` does.

    The covariance of the whole is Σ w_k (S_k + (m_k - m)(m_k - m)ᵀ), m the mean of the whole.

    Raises
    ------
    SampleError
        There is only one channel.

    Examples
    --------
    >>> variances = [[1.0, 4.0, 1.0], [1.0, 4.0, 1.0]]
    >>> mixture_plane(Mixture([0.5, 0.5], [[0.0, 0, 0], [0, 0, 9]], variances, "diagonal"))
    array([[0., 0., 1.],
           [0., 1., 0.]])
    """
    if mixture.dimension < 2:
        raise SampleError("A plane needs two channels, and the mixture has one.")
    if mixture.dimension == 2:
        return np.eye(2)
    deviations = mixture.means - mixture.weights @ mixture.means
    between = (deviations.T * mixture.weights) @ deviations
    return _two_greatest(between + np.tensordot(mixture.weights, mixture.matrices(), axes=1))


def _two_greatest(scatter: Floats) -> Floats:
    directions: Floats = np.linalg.eigh(scatter)[1][:, :-3:-1].T
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    return directions * np.sign(largest) + 0.0
