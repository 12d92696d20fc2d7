"""Each row belongs to one component: to the nearest centre, and the moments of such rows."""

from __future__ import annotations

import functools
import operator
from dataclasses import replace

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.mixture.kernels import assignment
from pixture.mixture.model.moments import Moments, mirrored
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import map_slabs


def nearest_centre(sample: WeightedSample, centres: Floats, threads: int | None) -> Integers:
    """Return the nearest centre of each row, (n,), of (K, d), in units of each channel's deviation."""
    labels = np.empty(sample.size, dtype=np.int32)
    stretch = 1.0 / sample.scale**2

    def work(start: int, stop: int) -> None:
        assignment.assign(sample.channels, start, stop, centres, stretch, labels)

    map_slabs(work, sample.size, threads=threads)
    return labels


def gather(
    sample: WeightedSample, labels: Integers, reference: Floats, dense: bool, threads: int | None
) -> Moments:
    """Return the moments of rows that belong wholly to their label, (n,), about `reference` (K, d).

    A row with a negative label belongs to none.
    """
    hard = labels.astype(np.int32, copy=False)

    def work(start: int, stop: int) -> Moments:
        moments = Moments.zero(reference, dense=dense)
        assignment.gather(
            sample.channels, sample.weights, start, stop, hard, reference,
            moments.zeroth, moments.first, moments.second,
        )  # fmt: skip
        return moments

    moments = functools.reduce(operator.add, map_slabs(work, sample.size, threads=threads))
    return replace(moments, second=mirrored(moments.second)) if dense else moments
