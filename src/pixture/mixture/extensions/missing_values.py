"""Rows that lack some channels: the E-step of EM with missing values, exactly, not by imputation.

Given a component, what a row lacks is Gaussian about its regression on what the row has (Little and Rubin
2019, 11.2.2). The expected moments of whole rows are therefore linear in the moments of what was seen, and
the E-step of rows that lack the same channels is an ordinary one, in the channels they have, and one linear
map afterwards. Values are missing at random: that a value is missing may depend on the values seen, not on
itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments


def patterns(values: Array) -> Iterator[tuple[Integers, Integers]]:
    """Yield the rows and the channels they have, for each set of channels that rows have.

    Rows without any channel say nothing; they come with no channels. Rows ascend within a set.

    >>> values = np.array([[1.0, 2.0], [np.nan, 3.0], [4.0, 5.0]])
    >>> [(rows.tolist(), channels.tolist()) for rows, channels in patterns(values)]
    [([1], [1]), ([0, 2], [0, 1])]
    """
    has: Mask = np.logical_not(np.isnan(values))
    packed = np.packbits(has, axis=1)
    _, first, pattern = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(pattern.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(pattern.ravel()))
    for row, rows in zip(first, np.split(order, ends[:-1]), strict=True):
        yield rows, np.flatnonzero(has[row])


def marginal(mixture: Mixture, channels: Integers) -> Mixture:
    """Return the mixture of some channels alone (indices): the others are integrated out.

    >>> mixture = Mixture([1.0], [[1.0, 2.0]], [[[4.0, 1.0], [1.0, 9.0]]])
    >>> marginal(mixture, np.array([1])).covariances
    array([[[9.]]])
    """
    covariances = mixture.covariances
    if mixture.dense:
        covariances = covariances[..., channels[:, None], channels]
    elif covariances.ndim == 2:
        covariances = covariances[:, channels]
    return Mixture(mixture.weights, mixture.means[:, channels], covariances, mixture.covariance)


def completed(seen: Moments, mixture: Mixture, channels: Integers) -> Moments:
    """Return the expected moments of whole rows, about the means, given those of the channels seen.

    With o seen and m missing, B = Σ_mo Σ_oo⁻¹ and C = Σ_mm - B Σ_om: the deviation of x_m is B (x_o - μ_o)
    give or take C, so Σ r u_m = B Σ r u_o, Σ r u_m u_oᵀ = B Σ r u_o u_oᵀ and Σ r u_m u_mᵀ =
    B (Σ r u_o u_oᵀ) Bᵀ + (Σ r) C. Moments beyond the mixture's components (those of noise) stay zero.

    Parameters
    ----------
    seen
        Moments of the rows in the channels they have, under the marginal mixture.
    mixture
        The mixture of all channels.
    channels
        Those the rows have, ascending.
    """
    K, d = mixture.means.shape
    missing = np.setdiff1d(np.arange(d), channels)
    extra = seen.zeroth.size - K
    reference = np.concatenate([mixture.means, np.zeros((extra, d))])
    there = seen.about(reference[:, channels])
    first = np.zeros((K + extra, d))
    first[:, channels] = there.first
    if not mixture.dense:
        second = np.zeros((K + extra, d))
        second[:, channels] = there.second
        variances = np.diagonal(mixture.matrices(), axis1=1, axis2=2)
        second[:K, missing] = there.zeroth[:K, None] * variances[:, missing]
        return Moments(reference, there.zeroth, first, second, there.log_likelihood)
    o, m = channels[:, None], missing[:, None]
    second = np.zeros((K + extra, d, d))
    second[:, o, channels] = there.second
    matrices = mixture.matrices()
    across = matrices[:, m, channels]
    transposed = np.linalg.solve(matrices[:, o, channels], across.swapaxes(1, 2))
    regression: Floats = np.asarray(transposed.swapaxes(1, 2), dtype=np.float64)
    left_over = matrices[:, m, missing] - regression @ across.swapaxes(1, 2)
    first[:K, missing] = np.einsum("kmo,ko->km", regression, there.first[:K])
    cross = regression @ there.second[:K]
    second[:K, m, channels] = cross
    second[:K, o, missing] = cross.swapaxes(1, 2)
    second[:K, m, missing] = cross @ regression.swapaxes(1, 2) + there.zeroth[:K, None, None] * left_over
    return Moments(reference, there.zeroth, first, second, there.log_likelihood)
