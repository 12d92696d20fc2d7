"""What posteriors say of an image's pixels: the probability of each label, and how many are uncertain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pixture.arrays import Array, Floats
from pixture.mixture.model import posterior
from pixture.options.fitting import refuse_outside

if TYPE_CHECKING:
    from pixture.segmentation.segmentation import Segmentation


def probabilities(segmentation: Segmentation, component: int | None = None) -> Array:
    """Return p(component | pixel); see `Segmentation.probabilities`."""
    K = segmentation.mixture.components
    if component is not None:
        refuse_outside("component", component, 0, K - 1)
    of_rows = posterior.responsibilities(
        segmentation.mixture,
        segmentation.histogram.sample,
        None if component is None else [component],
        threads=segmentation.choices.threads,
    )
    if component is not None:
        return segmentation.histogram.spread(of_rows[0], np.nan, threads=segmentation.choices.threads)
    planes = np.empty((K, segmentation.image.size), dtype=np.float32)
    for plane, of_row in zip(planes, of_rows, strict=True):
        segmentation.histogram.lookup.spread(of_row, np.nan, plane, segmentation.choices.threads)
    return np.moveaxis(planes.reshape(K, *segmentation.image.shape), 0, -1)


def uncertain_shares(segmentation: Segmentation, below: float) -> Floats:
    """Return each label's share of uncertain pixels; see `Segmentation.uncertain_shares`."""
    refuse_outside("below", below, 0, 1)
    sample, labels = segmentation.histogram.sample, segmentation.labels_of_rows
    uncertain = np.empty(sample.size, dtype=bool)

    def judge(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
        uncertain[start:stop] = shares.max(axis=0).astype(np.float32) < below  # as in `probabilities`

    posterior.each_slab(segmentation.mixture, sample, judge, segmentation.choices.threads)
    K = segmentation.mixture.components
    doubted = np.bincount(labels[uncertain], sample.weights[uncertain], K)
    of_label = segmentation.shares * sample.total_weight
    return np.divide(doubted, of_label, out=np.zeros(K), where=of_label > 0)
