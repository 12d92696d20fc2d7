"""Channels of unlike units under one variance: only spherical covariances mind, and say so."""

from __future__ import annotations

import numpy as np

from pixture.errors import UnlikeChannelsWarning, warn
from pixture.mixture.model.sample import Sample
from pixture.options.fitting import CovarianceName

MOST_UNLIKE = 100.0
"""Times that a channel's standard deviation may be another's. Its variance is 10,000 times as large then, and
the other channel counts for nothing."""


def warn_where_one_variance_hides_channels(covariance: CovarianceName, sample: Sample) -> None:
    """Warn if one variance for all channels leaves some of them without a part.

    Full, tied and diagonal covariances do not change when a channel is multiplied by a number: their
    variances make up for it. A spherical one is the same along every channel, as they come.

    Parameters
    ----------
    covariance
        The structure.
    sample
        The data. A constant channel does not count.

    >>> from pixture import WeightedSample
    >>> warn_where_one_variance_hides_channels("full", WeightedSample([[0.001, 0.0], [0.002, 1000.0]]))
    """
    deviations = np.sqrt(sample.variance)
    varying = deviations[sample.spans > 0]
    if covariance != "spherical" or not varying.size or varying.max() <= MOST_UNLIKE * varying.min():
        return
    warn(
        f"Spherical covariances have one variance for all channels, and the channels' standard deviations go "
        f'from {varying.min():.3g} to {varying.max():.3g}, so the smaller ones hardly count. Take "diagonal" '
        "covariances, or divide each channel by its standard deviation first.",
        UnlikeChannelsWarning,
    )
