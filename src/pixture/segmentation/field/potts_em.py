"""EM under a spatial prior: the field of labels and the mixture, in turn, until neither moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.em.em import answering, maximise
from pixture.mixture.em.shrinkage import Shrinkage
from pixture.mixture.em.squarem import extrapolated
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import map_slabs
from pixture.segmentation.field.label_table import LabelTable, label_table, log_label_shares
from pixture.segmentation.field.mean_field import (
    CERTAIN,
    Grid,
    update,
    weights_of_rows,
    without_neighbours,
)
from pixture.segmentation.field.strength import estimated_prior
from pixture.segmentation.posterior.pixel_posterior import Groups

SETTLED = 1e-4
"""Share of the posterior that moves in an iteration, below which the field is settled."""

START = 2.0
"""The strength from which the estimate starts."""

STEPS = 3
"""Mixtures in a row from which the next is extrapolated (`squarem.extrapolated`). The field lags behind its
mixture, so that steps are short: with this, photographs take 13 to 20 iterations where they took 17 to 38."""


@dataclass(frozen=True)
class Prior:
    """What is believed of labels before values are seen.

    Attributes
    ----------
    strength
        β of `mean_field.update`; None estimates it from the image in each iteration.
    groups
        The components of each label; where there are none, each has its own.
    weighted
        Whether the mixture's weights are how frequent the labels are: not where the grid's evidence says so
        of each pixel. How frequent the components of one label are is for the weights in any case.
    certain
        Whether each pixel has its most probable label, and no other (iterated conditional modes).
    """

    strength: float | None = None
    groups: Groups = ()
    weighted: bool = True
    certain: bool = False


@dataclass(frozen=True, eq=False)
class Iteration:
    """An iteration of EM under a prior.

    Attributes
    ----------
    number
        From 1.
    moved
        The share of the posterior that moved to another label.
    mixture
        What it led to.
    components
        (K,) which component of the start each is.
    """

    number: int
    moved: float
    mixture: Mixture
    components: Integers

    def __repr__(self) -> str:
        return f"<Iteration: {self.number}, {100 * self.moved:.3g} % moved>"


OnIteration = Callable[[Iteration], object]
"""Told of each iteration; a true answer ends the fit."""


@dataclass(frozen=True, eq=False)
class FieldFit:
    """A mixture fitted under a spatial prior, and the field.

    Attributes
    ----------
    mixture
        Its components in the order of the mixture it started from.
    groups
        The components of each label; empty where each has its own.
    table
        (rows + 1, labels) float32: what the value of each row says of each label in the end.
    q
        (labels, planes, rows, columns) float32, the posterior of each pixel's label.
    strength
        β: all neighbours of a label raise its odds by e^β.
    iterations
        How many there were.
    settled
        Whether the field had settled by then.
    """

    mixture: Mixture
    groups: Groups
    table: Array
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
    prior: Prior,
    floor: Floats | None,
    max_iter: int,
    on_iteration: OnIteration | None = None,
    settled: float = SETTLED,
    shrinkage: Shrinkage | None = None,
) -> FieldFit:
    """Run EM under a Potts prior from a mixture.

    An iteration updates the posterior of every pixel from its own values and its neighbours' posteriors (the
    mean field), and then the mixture by the same M-step as plain EM, with these posteriors. Every second one
    extrapolates.

    Parameters
    ----------
    histogram
        The image's distinct values.
    grid
        The image's pixels.
    start
        The mixture to start from.
    prior
        What is believed of labels before values are seen.
    floor
        (d,), the least variances; None keeps the mixture as it is.
    max_iter
        Iterations at most.
    on_iteration
        Told of each iteration; a true answer ends the fit.
    settled
        Share of the posterior that moves in an iteration, below which it ends.
    shrinkage
        What the covariances are shrunk towards, if they are.
    """
    mixture, groups = start, prior.groups
    beta = START if prior.strength is None else prior.strength
    sharpness = CERTAIN if prior.certain else 1.0
    # where evidence says how frequent labels are, all are alike besides
    chances = (
        log_label_shares(mixture, groups) if prior.weighted else np.zeros(len(groups) or mixture.components)
    )
    table = label_table(histogram, mixture, chances, groups, threads=grid.threads)
    q = without_neighbours(grid, table.joint)
    way = [mixture]
    components = np.arange(start.components)
    for iteration in range(1, max_iter + 1):
        moved = update(q, grid, table.joint, beta, sharpness=sharpness)
        if floor is not None:
            moments = _moments(histogram.sample, q, grid, table, groups, mixture)
            alive = answering(moments)
            if alive.size < mixture.components:
                components = components[alive]
                groups, q, grid, chances = _without_the_others(alive, groups, q, grid, chances)
            mixture = maximise(moments, mixture.covariance, floor, shrinkage)
            shrinkage = None if shrinkage is None else shrinkage.of(alive)
            way.append(mixture)
            if len(way) == STEPS:
                mixture = extrapolated(way[0], way[1], way[2], floor) or mixture
                way = [mixture]
        if prior.strength is None or (floor is not None and prior.weighted):
            found, beta = estimated_prior(q, grid, chances, beta, fixed=prior.strength is not None)
            chances = found if floor is not None and prior.weighted else chances
        if floor is not None:
            table = label_table(histogram, mixture, chances, groups, threads=grid.threads)
        told = Iteration(iteration, moved, mixture, components)
        asked = on_iteration is not None and bool(on_iteration(told))
        # without neighbours the first update finds what the start left, and the mixture has yet to move
        still = moved < settled and (iteration > 1 or floor is None)
        if still or asked:
            return FieldFit(mixture, groups, table.joint, q, beta, iteration, still)
    return FieldFit(mixture, groups, table.joint, q, beta, max_iter, False)


def _moments(
    sample: WeightedSample, q: Array, grid: Grid, table: LabelTable, groups: Groups, mixture: Mixture
) -> Moments:
    weights = table.of_components(weights_of_rows(q, grid, sample.size), groups)
    return moments_of_rows(sample, weights, mixture, threads=grid.threads)


def _without_the_others(
    alive: Integers, groups: Groups, q: Array, grid: Grid, chances: Floats
) -> tuple[Groups, Array, Grid, Floats]:
    """Return groups, posteriors and pixels without the components that answer for nothing."""
    number = {int(component): at for at, component in enumerate(alive)}
    before = groups or tuple((k,) for k in range(len(q)))
    left = [tuple(number[k] for k in group if k in number) for group in before]
    labels = [at for at, group in enumerate(left) if group]
    if len(labels) < len(q):
        q = np.ascontiguousarray(q[labels])
        evidence = grid.evidence[labels] if len(grid.evidence) else grid.evidence
        grid = replace(grid, evidence=np.ascontiguousarray(evidence))
    return tuple(left[at] for at in labels) if groups else (), q, grid, chances[labels]


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
