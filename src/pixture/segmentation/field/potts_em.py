"""EM under a spatial prior: the field of labels and the mixture, in turn, until neither moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.window import Window
from pixture.mixture.em.em import answering, maximise
from pixture.mixture.em.shrinkage import Shrinkage
from pixture.mixture.em.squarem import extrapolated
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.segmentation.field.label_table import log_label_shares
from pixture.segmentation.field.mean_field import CERTAIN, Grid
from pixture.segmentation.field.posteriors_in_memory import InMemory
from pixture.segmentation.field.strength import Lines, estimated_prior
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


class Posteriors(Protocol):
    """The posterior of every pixel's label, and the sums over them, wherever they are kept."""

    def believe(self, mixture: Mixture, chances: Floats, groups: Groups) -> None:
        """Take it that values come from a mixture, and labels with chances, (labels,) logarithms.

        Once this has been said, posteriors are those without neighbours.
        """

    def update(self, strength: float, sharpness: float) -> float:
        """Update all of them once, as `mean_field.update` does; return the share that moved."""

    def moments(self) -> Moments:
        """Return the moments of the pixels, for which components answer as these posteriors say."""

    def lines(self) -> Lines:
        """Return the posteriors of evenly spaced lines, and how their neighbours agree."""

    def keep(self, labels: Integers) -> None:
        """Forget all labels but those given (indices)."""


@dataclass(frozen=True, eq=False)
class UnderPrior:
    """A mixture fitted under a spatial prior.

    Attributes
    ----------
    mixture
        Its components in the order of the mixture it started from.
    groups
        The components of each label; empty where each has its own.
    strength
        β: all neighbours of a label raise its odds by e^β.
    iterations
        How many there were.
    settled
        Whether the field had settled by then.
    """

    mixture: Mixture
    groups: Groups
    strength: float
    iterations: int
    settled: bool

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: strength {self.strength:.3g}, {self.iterations} iterations>"


def maximise_under_prior(
    posteriors: Posteriors,
    start: Mixture,
    prior: Prior,
    floor: Floats | None,
    max_iter: int,
    on_iteration: OnIteration | None = None,
    settled: float = SETTLED,
    shrinkage: Shrinkage | None = None,
) -> UnderPrior:
    """Run EM under a Potts prior from a mixture.

    An iteration updates the posterior of every pixel from its own values and its neighbours' posteriors (the
    mean field), and then the mixture by the same M-step as plain EM, with these posteriors. Every second one
    extrapolates. The loop knows nothing of where pixels are, as that of `em.py`.

    Parameters
    ----------
    posteriors
        Of the pixels; when it ends, those that the field has come to.
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
    posteriors.believe(mixture, chances, groups)
    way = [mixture]
    components = np.arange(start.components)
    for iteration in range(1, max_iter + 1):
        moved = posteriors.update(beta, sharpness)
        if floor is not None:
            moments = posteriors.moments()
            alive = answering(moments)
            if alive.size < mixture.components:
                components = components[alive]
                groups, labels = _without_the_others(alive, groups, chances.size)
                if labels.size < chances.size:
                    posteriors.keep(labels)
                chances = chances[labels]
            mixture = maximise(moments, mixture.covariance, floor, shrinkage)
            shrinkage = None if shrinkage is None else shrinkage.of(alive)
            way.append(mixture)
            if len(way) == STEPS:
                mixture = extrapolated(way[0], way[1], way[2], floor) or mixture
                way = [mixture]
        if prior.strength is None or (floor is not None and prior.weighted):
            found, beta = estimated_prior(posteriors.lines(), chances, beta, fixed=prior.strength is not None)
            chances = found if floor is not None and prior.weighted else chances
        if floor is not None:
            posteriors.believe(mixture, chances, groups)
        told = Iteration(iteration, moved, mixture, components)
        asked = on_iteration is not None and bool(on_iteration(told))
        # without neighbours the first update finds what the start left, and the mixture has yet to move
        still = moved < settled and (iteration > 1 or floor is None)
        if still or asked:
            return UnderPrior(mixture, groups, beta, iteration, still)
    return UnderPrior(mixture, groups, beta, max_iter, False)


def _without_the_others(alive: Integers, groups: Groups, labels: int) -> tuple[Groups, Integers]:
    """Return groups, and which labels are left, without the components that answer for nothing."""
    number = {int(component): at for at, component in enumerate(alive)}
    before = groups or tuple((k,) for k in range(labels))
    left = [tuple(number[k] for k in group if k in number) for group in before]
    kept = [at for at, group in enumerate(left) if group]
    return tuple(left[at] for at in kept) if groups else (), np.array(kept, np.intp)


@dataclass(frozen=True, eq=False, repr=False)
class FieldFit(UnderPrior):
    """A mixture fitted under a spatial prior, and the field.

    Attributes
    ----------
    table
        (rows + 1, labels) float32: what the value of each row says of each label in the end.
    q
        (labels, planes, rows, columns) float32, the posterior of each pixel's label.
    """

    table: Array
    q: Array


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
    pieces: tuple[Window, ...] = (),
) -> FieldFit:
    """Run EM under a Potts prior from a mixture, all pixels in memory: see `maximise_under_prior`.

    Parameters
    ----------
    histogram
        The image's distinct values.
    grid
        The image's pixels.
    start, prior, floor, max_iter, on_iteration, settled, shrinkage
        As there.
    pieces
        As in `InMemory`.
    """
    posteriors = InMemory(histogram, grid, pieces)
    found = maximise_under_prior(posteriors, start, prior, floor, max_iter, on_iteration, settled, shrinkage)
    said = (found.mixture, found.groups, found.strength, found.iterations, found.settled)
    return FieldFit(*said, posteriors.table.joint, posteriors.q)
