"""What whole covariances take, before they are estimated: they grow with the channels squared."""

from __future__ import annotations

from pixture.errors import ChoiceError
from pixture.mixture.model.covariance import STRUCTURES
from pixture.mixture.model.sample import Sample
from pixture.options.fitting import CovarianceName

ARRAYS = 15
"""Arrays of K d² numbers that EM holds at its peak: covariances, factors, moments, eigenvectors."""

SMALL = 100_000_000
"""Bytes of them that any sample may ask for, however small it is."""

TIMES = 3
"""Times the sample's own bytes that they may be beyond that."""


def in_proportion(sample: Sample, components: int, covariance: CovarianceName) -> bool:
    """Whether covariances take no more than is in proportion to the sample, as below."""
    needed = 8 * ARRAYS * components * sample.dimension**2
    return not STRUCTURES[covariance].dense or needed <= SMALL + TIMES * 8 * sample.size * sample.dimension


def refuse_what_is_out_of_proportion(sample: Sample, components: int, covariance: CovarianceName) -> None:
    """Refuse whole covariance matrices that would take much more than the data they are estimated from.

    EM holds about `ARRAYS` arrays of K d² numbers; `SMALL` bytes, and `TIMES` the sample in float64, are in
    proportion. So every image of 450 channels or less goes through with 4 components, and one of more needs
    pixels as well, of which a covariance matrix needs many times d in any case.

    Raises
    ------
    ChoiceError
        They are out of proportion; the sentence says what they would take, and what takes less.

    Examples
    --------
    >>> import numpy as np
    >>> from pixture import WeightedSample
    >>> sample = WeightedSample(np.zeros((16, 3000)))
    >>> refuse_what_is_out_of_proportion(sample, 4, "diagonal")
    >>> refuse_what_is_out_of_proportion(sample, 4, "full")
    Traceback (most recent call last):
        ...
    pixture.errors.ChoiceError: full covariances of 4 components in 3,000 channels would take about 4.3 GB \
to estimate, from 16 rows that take 0.0004 GB. Choose covariance "diagonal" or "spherical" \
(--covariance diagonal), or fewer channels.
    """
    if in_proportion(sample, components, covariance):
        return
    needed, there = 8 * ARRAYS * components * sample.dimension**2, 8 * sample.size * sample.dimension
    raise ChoiceError(
        f"{covariance} covariances of {components} components in {sample.dimension:,} channels would take "
        f"about {needed / 1e9:.2g} GB to estimate, from {sample.size:,} rows that take "
        f'{there / 1e9:.1g} GB. Choose covariance "diagonal" or "spherical" (--covariance diagonal), or '
        "fewer channels."
    )
