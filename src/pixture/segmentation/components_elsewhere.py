"""Components of a mixture of some features, seen in others: where the pixels are for which each answers."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.weighted_sample import WeightedSample


def moments_elsewhere(
    mixture: Mixture, sample: WeightedSample, values: Floats, *, threads: int | None = None
) -> Moments:
    """Return the moments of other values of a sample's rows, each counted as a component answers for it.

    A Gaussian of red, green and blue is none of L*, a* and b*. The mean and the covariance there of what it
    answers for are those that an M-step in that space would find.

    Parameters
    ----------
    mixture
        Of the sample's channels.
    sample
        The rows.
    values
        (channels, n), what else each row is.
    threads
        As in `Choices`.

    Examples
    --------
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0], "spherical")
    >>> sample = WeightedSample([[0.0], [1.0], [9.0]])
    >>> moments_elsewhere(mixture, sample, 10 * sample.channels).means.round(2).ravel().tolist()
    [5.0, 90.0]
    """
    about = np.tile(values.mean(axis=1), (mixture.components, 1))
    total = Moments.zero(about, dense=True)
    apart = values - about[:1].T
    parts: dict[int, Moments] = {}

    def gather(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
        here, answered = apart[:, start:stop], shares * sample.weights[start:stop]
        second = np.stack([(here * of_one) @ here.T for of_one in answered])
        parts[start] = Moments(about, answered.sum(axis=1), answered @ here.T, second)

    posterior.each_slab(mixture, sample, gather, threads)
    for start in sorted(parts):  # in the order of the slabs, whatever the number of threads
        total += parts[start]
    return total
