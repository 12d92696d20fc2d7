"""EM under a spatial prior: the field of labels and the mixture, in turn, until neither moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Floats
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.em.em import answering, maximise
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import map_slabs
from pixture.segmentation.field.mean_field import (
    Grid,
    joint_table,
    update,
    weights_of_rows,
    without_neighbours,
)
from pixture.segmentation.field.strength import estimated_strength

SETTLED = 1e-4
"""Share of the posterior that moves in an iteration, below which the field is settled."""

START = 2.0
"""The strength from which the estimate starts."""


OnIteration = Callable[[int, float], object]
"""Told of an iteration and of how much of the posteriors moved; a true answer ends it."""


@dataclass(frozen=True, eq=False)
class FieldFit:
    """A mixture fitted under a spatial prior, and the field.

    Attributes
    ----------
    mixture
        Its components in the order of the mixture it started from.
    q
        (K, planes, rows, columns) float32, the posterior of each pixel's label.
    strength
        β: all neighbours of a label raise its odds by e^β.
    iterations
        How many there were.
    settled
        Whether the field had settled by then.
    """

    mixture: Mixture
    q: Array
    strength: float
    iterations: int
    settled: bool

    def __repr__(self) -> str:
        return f"<FieldFit: strength {self.strength:.3g}, {self.iterations} iterations>"


def fit_field(
    histogram: Histogram,
    grid: Grid,
    start: Mixture,
    strength: float | None,
    floor: Floats,
    max_iter: int,
    on_iteration: OnIteration | None = None,
    settled: float = SETTLED,
) -> FieldFit:
    """Run EM under a Potts prior from a mixture.

    An iteration updates the posterior of every pixel from its own values and its neighbours' posteriors (the
    mean field), and then the mixture by the same M-step as plain EM, with these posteriors.

    Parameters
    ----------
    histogram
        The image's distinct values.
    grid
        The image's pixels.
    start
        The mixture to start from.
    strength
        β of `mean_field.update`; None estimates it from the image in each iteration.
    floor
        (d,), the least variances.
    max_iter
        Iterations at most.
    on_iteration
        Told of the iteration and of how much of the posterior moved; a true answer ends the fit.
    settled
        Share of the posterior that moves in an iteration, below which it ends.
    """
    sample, threads = histogram.sample, grid.threads
    mixture, beta = start, START if strength is None else strength
    table = joint_table(histogram, mixture, threads=threads)
    q = without_neighbours(grid, table)
    for iteration in range(1, max_iter + 1):
        moved = update(q, grid, table, beta)
        moments = moments_of_rows(sample, weights_of_rows(q, grid, sample.size), mixture, threads=threads)
        alive = answering(moments)
        if alive.size < len(q):
            q = np.ascontiguousarray(q[alive])
        mixture = maximise(moments, mixture.covariance, floor)
        table = joint_table(histogram, mixture, threads=threads)
        if strength is None:
            beta = estimated_strength(q, grid, mixture.weights, before=beta)
        asked = on_iteration is not None and bool(on_iteration(iteration, moved))
        if moved < settled or asked:
            return FieldFit(mixture, q, beta, iteration, moved < settled)
    return FieldFit(mixture, q, beta, max_iter, False)


def settle_field(
    histogram: Histogram,
    grid: Grid,
    mixture: Mixture,
    strength: float | None,
    max_iter: int,
    on_iteration: OnIteration | None = None,
    settled: float = SETTLED,
) -> FieldFit:
    """Update the posteriors of pixels under a Potts prior, the mixture as it is; else as `fit_field`."""
    beta = START if strength is None else strength
    table = joint_table(histogram, mixture, threads=grid.threads)
    q = without_neighbours(grid, table)
    for iteration in range(1, max_iter + 1):
        moved = update(q, grid, table, beta)
        if strength is None:
            beta = estimated_strength(q, grid, mixture.weights, before=beta)
        asked = on_iteration is not None and bool(on_iteration(iteration, moved))
        if moved < settled or asked:
            return FieldFit(mixture, q, beta, iteration, moved < settled)
    return FieldFit(mixture, q, beta, max_iter, False)


def moments_of_rows(
    sample: WeightedSample, weights: Floats, mixture: Mixture, *, threads: int | None = None
) -> Moments:
    """Return the moments of a sample's rows for which components answer as `weights` (K, rows) say."""
    reference = mixture.means
    dense = mixture.structure.dense

    def work(start: int, stop: int) -> Moments:
        values = sample.channels[:, start:stop].astype(np.float64)
        zeroth, first, second = Moments.zero(reference, dense=dense).zeroth, [], []
        for k, of in enumerate(weights[:, start:stop]):
            deviation = values - reference[k][:, None]
            weighted = deviation * of
            zeroth[k] = of.sum()
            first.append(weighted.sum(axis=1))
            second.append(weighted @ deviation.T if dense else (weighted * deviation).sum(axis=1))
        return Moments(reference, zeroth, np.array(first), np.array(second))

    made = map_slabs(work, sample.size, threads=threads)
    return sum(made[1:], start=made[0])
