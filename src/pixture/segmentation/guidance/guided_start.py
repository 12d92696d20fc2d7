"""The mixture that a guided segmentation starts from: of each class a mixture of its own marked pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.em.em import maximise_likelihood, summarise
from pixture.mixture.em.fit import floor_of
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.em.initialization import initial_mixture
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import Choices
from pixture.segmentation.posterior.pixel_posterior import Groups

VALUES_EACH = 4
"""Distinct values that a component needs for each of its means' and covariances' directions."""


MOST_STEPS = 20
"""Mixtures that are kept of the way, evenly spaced."""


@dataclass(frozen=True, eq=False)
class Start:
    """A mixture fitted to marked pixels, and its way.

    Attributes
    ----------
    mixtures
        Those on the way, from the start of EM to the last, which is the one to go on from.
    components
        Of each of them: (K,) which component of the first each is.
    iterations
        Of each of them: how many led there.
    groups
        The last one's components of each class.
    converged
        Whether EM had converged for every class.
    """

    mixtures: tuple[Mixture, ...]
    components: tuple[Integers, ...]
    iterations: tuple[int, ...]
    groups: Groups
    converged: bool

    def __repr__(self) -> str:
        return f"<Start: {len(self.groups)} classes, {self.mixtures[-1].components} components>"


def guided_start(histogram: Histogram, start: Integers, choices: Choices) -> Start:
    """Return the mixture of all classes, each fitted by EM to the pixels that are marked as it.

    Parameters
    ----------
    histogram
        The image's distinct values.
    start
        Of the image's shape: c where a pixel is of class c, 0 where that is not known.
    choices
        How mixtures are fitted; `components` is the number of each class, of few distinct values fewer.
    """
    rows, marked = histogram.rows(threads=choices.threads).ravel(), start.ravel()
    floor = floor_of(histogram.sample, choices)
    fits = [
        _fit(_sample(histogram.sample, rows[marked == c]), choices, floor) for c in range(1, marked.max() + 1)
    ]
    first = np.cumsum([0, *(one.steps[0].mixture.components for one in fits)])
    mixtures, components = [], []
    longest = max(len(one.steps) for one in fits)
    kept = np.unique(np.linspace(0, longest - 1, min(longest, MOST_STEPS)).round().astype(int)).tolist()
    for at in kept:
        steps = [one.steps[min(at, len(one.steps) - 1)] for one in fits]
        mixtures.append(_together([step.mixture for step in steps]))
        components.append(np.concatenate([first[c] + step.components for c, step in enumerate(steps)]))
    ends = np.cumsum([one.mixture.components for one in fits])
    groups = tuple(
        tuple(range(int(end) - one.mixture.components, int(end))) for end, one in zip(ends, fits, strict=True)
    )
    converged = all(one.converged for one in fits)
    return Start(tuple(mixtures), tuple(components), tuple(kept), groups, converged)


def _sample(sample: WeightedSample, rows: Integers) -> WeightedSample:
    """Return the sample of some pixels, given by their rows in the sample of all."""
    found, counts = np.unique(rows, return_counts=True)
    return WeightedSample(sample.values[found], counts, sample.resolution, sample.scales)


def _fit(sample: WeightedSample, choices: Choices, floor: Floats) -> Fit:
    """Return the best fit of several starts to the pixels of one class."""
    sample = sample.resolving(floor)
    needed = VALUES_EACH * (sample.dimension + 1)
    components = max(1, min(choices.components, sample.size // needed))
    best: Fit | None = None
    for generator in np.random.default_rng(choices.seed).spawn(choices.n_init):
        first = initial_mixture(
            sample, components, choices.covariance, choices.init, floor, generator, threads=choices.threads
        )
        expect = partial(summarise, sample, threads=choices.threads)
        found = maximise_likelihood(first.ordered(), expect, floor, choices.max_iter, choices.tol)
        if best is None or found.log_likelihood > best.log_likelihood:
            best = found
    assert best is not None  # there is always a start
    return best


def _together(mixtures: list[Mixture]) -> Mixture:
    """Return the components of mixtures as one mixture, each of which has the same share of it."""
    share = 1 / len(mixtures)
    weights = np.concatenate([share * one.weights for one in mixtures])
    means = np.concatenate([one.means for one in mixtures])
    first = mixtures[0]
    if first.covariance == "tied":
        covariances = np.mean([one.covariances for one in mixtures], axis=0)
    else:
        covariances = np.concatenate([one.covariances for one in mixtures])
    return Mixture(weights, means, covariances, first.covariance)
