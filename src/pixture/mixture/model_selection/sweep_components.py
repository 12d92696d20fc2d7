"""Fits of every number of components in one sweep, each starting from its neighbours'.

Upwards, the components of the fit of K - 1 are split; downwards, those of the fit of K + 1 are merged, and
the likelier fit of each K is kept: a start that was poor at one K is mended from either side (split and
merge EM: Ueda et al. 2000). All of that happens on subsamples of the data; only then is each fit finished on
all of it. What stands between neighbours is so little that a sweep costs less than as many single fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats
from pixture.mixture.em.em import maximise_likelihood, summarise
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.em.initialization import initial_mixture, rows_of_each
from pixture.mixture.em.squarem import maximise_with_extrapolation
from pixture.mixture.em.subsampling import FEW, LARGER, TOLERANCE, rows_if_part
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.mixture.model_selection.split_and_merge import merges, splits
from pixture.options.fitting import Choices
from pixture.parallel import map_slabs

PROMISING, GLANCE = 6, 1
"""Splits that are looked at, the most promising ones, and iterations after which they are compared."""

TRIED, SHORT = 2, 6
"""Splits that are given a short run, the best at a glance; and its iterations."""

HEADROOM = 2
"""Components beyond the most asked for that the sweep climbs to, so that these are mended from above too."""

MERGED = 3
"""Merges that are given a short run, those of the closest components."""

ROWS_A_CHANNEL = 2
"""Rows, times one more than channels, that a component answers for at least: fewer have any covariance."""

LEAST_DEVIATION = 0.8
"""Least standard deviation of a component of one channel, in steps between the values that the data may have.

Over values a step of 1 apart, the densities of a Gaussian of deviation σ sum to 1 + 2 exp(-2π²σ²) at most
(Poisson's summation): to 1.00001 at 0.8, but to 2.4 at a fit's least variance, 1/36, which by that buys
likelihood for nothing. Then every class of few grey values would seem to be several.
"""

LEAST_DEVIATION_OF_MANY = 0.5
"""Of several channels: their values lie so far apart that few components have as much as 1.014 to gain."""

LEAST_LEVELS, SMALL_GAPS = 16, 0.1
"""Distinct values of a channel from which on they have a step; the share of the gaps that are no larger."""


def fits_of_sweep(counts: Collection[int]) -> int:
    """Return how many fits a sweep makes: upwards, downwards, and those finished on all of the data.

    >>> fits_of_sweep([2, 3])
    11
    """
    return 2 * (max(counts) + HEADROOM) - 1 + len(counts)


def sweep(
    sample: WeightedSample,
    counts: Collection[int],
    choices: Choices,
    on_fit: Callable[[], object] = lambda: None,
) -> dict[int, Fit]:
    """Return the fit of each number of components in `counts`, ascending.

    Parameters
    ----------
    sample
        All of the data.
    counts
        Numbers of components; one that no fit reaches with all its components alive is left out.
    choices
        Their number of components is not looked at, and subsamples are fitted whether or not they say so.
        `n_init` is the number of starts of their own, besides splits and merges, that each number of
        components gets.
    on_fit
        Called after each of the `fits_of_sweep` that are made; from several threads.
    """
    top = sample.distinct(max(counts) + HEADROOM)
    ladder = _ladder(sample, top, choices)
    generator = np.random.default_rng([choices.seed, 1])
    found: dict[int, Fit] = {}
    for K in range(1, top + 1):
        starts = [ladder.start(K, generator) for _ in range(choices.n_init)]
        if K - 1 in found:
            starts += ladder.best_splits(found[K - 1].mixture)
        ladder.keep(starts, K, found)
        on_fit()
    for K in range(top - 1, 0, -1):
        if K + 1 in found:
            ladder.keep(merges(found[K + 1].mixture, ladder.floor, MERGED), K, found)
        on_fit()
    asked = sorted(found.keys() & set(counts), reverse=True)  # those that take longest first

    def finish(start: int, stop: int) -> Fit:
        finished = ladder.finished(found[asked[start]])
        on_fit()
        return finished

    fits = map_slabs(finish, len(asked), threads=choices.threads, size=1)
    # over all of the data a component may empty that had some of a subsample
    least = ROWS_A_CHANNEL * (sample.dimension + 1) / sample.total_weight
    kept = {
        K: fit
        for K, fit in zip(asked, fits, strict=True)
        if fit.mixture.components == K and (K == 1 or fit.mixture.weights.min() >= least)
    }
    return dict(sorted(kept.items()))


def least_variances(sample: WeightedSample, choices: Choices) -> Floats:
    """Return the least variances, (d,), that leave nothing to gain by the step between values.

    Those of the choices, if they name one; but likelihoods without a bound cannot be compared, so what is too
    little to be told from none is the data's own `variance_floor`. Floats that were integers once have steps
    as well.

    >>> grey = WeightedSample(np.arange(40.0), resolution=1.0)
    >>> least_variances(grey, Choices()).round(2), least_variances(WeightedSample([0.0, 1.0]), Choices())
    (array([0.64]), array([2.5e-07]))
    """
    asked = choices.covariance_floor
    if asked is not None:
        least_asked = np.where(asked < sample.rounding_floor(), sample.variance_floor(), asked)
        return np.maximum(least_asked, sample.blur())
    some = sample.thinned(LARGER[0])
    steps = np.array([_step(*of) for of in zip(some.channels, sample.widths, strict=True)])
    least = LEAST_DEVIATION if sample.dimension == 1 else LEAST_DEVIATION_OF_MANY
    return np.maximum(sample.variance_floor(), (least * steps) ** 2)


def _step(channel: Floats, resolution: float) -> float:
    levels = np.unique(channel).astype(np.float64)
    if levels.size < LEAST_LEVELS:  # a picture of few values: each may well be a class
        return 0.0
    return max(resolution, float(np.quantile(np.diff(levels), SMALL_GAPS)))


def _ladder(sample: WeightedSample, most: int, choices: Choices) -> _Ladder:
    generator = np.random.default_rng(choices.seed)
    floor = least_variances(sample, choices)
    times = max(1, math.ceil(most * rows_of_each(sample.dimension) / FEW))
    wide = sample.thinned(LARGER[0] * times, generator.random())
    part = wide.thinned(LARGER[1] * times, generator.random())
    few = part.thinned(FEW * times, generator.random())
    # a component that has an extent in the whole may have none in the few rows of a subsample
    return _Ladder(sample, wide, part, few, choices, floor, np.maximum(floor, sample.variance_floor()))


@dataclass(frozen=True, eq=False)
class _Ladder:
    """The data and ever smaller subsamples of them, each a part of the one before."""

    sample: WeightedSample
    wide: WeightedSample
    part: WeightedSample
    few: WeightedSample
    choices: Choices
    last_floor: Floats
    """(d,), on all of the data."""
    floor: Floats
    """(d,), on subsamples."""

    def start(self, components: int, generator: np.random.Generator) -> Mixture:
        """Return a start of the ordinary kind."""
        choices = self.choices
        return initial_mixture(
            self.few, components, choices.covariance, choices.init, self.floor, generator, threads=1
        )

    def best_splits(self, mixture: Mixture) -> list[Mixture]:
        """Return the splits that promise most, after a glance at each."""
        promising = splits(mixture, self.floor, self.few, PROMISING)
        glances = [self._short(split, GLANCE) for split in promising]
        return [glance.mixture for glance in sorted(glances, key=_merit, reverse=True)[:TRIED]]

    def keep(self, starts: Iterable[Mixture], K: int, found: dict[int, Fit]) -> None:
        """Climb from the best of some starts; keep where it leads if it is the best of K components yet."""
        runs = [run for run in (self._short(start, SHORT) for start in starts) if run.mixture.components == K]
        if not runs:
            return
        climbed = self._climb(self.part, max(runs, key=_merit))
        if climbed.mixture.components == K and (K not in found or _merit(climbed) > _merit(found[K])):
            found[K] = climbed

    def finished(self, run: Fit) -> Fit:
        """Return the fit on all of the data that a run on the subsample leads to."""
        if self.wide is not self.part:
            run = self._climb(self.wide, run)
        run, choices = run.ordered(), self.choices
        fit = maximise_likelihood(
            run.mixture,
            _over(self.sample),
            self.last_floor,
            choices.max_iter,
            choices.tol,
            before=run.steps,
        )
        return fit.ordered()

    def _short(self, start: Mixture, steps: int) -> Fit:
        steps, rows = min(steps, self.choices.max_iter), rows_if_part(self.few, self.sample)
        return maximise_likelihood(start, _over(self.few), self.floor, steps, self._tol, subsample=rows)

    def _climb(self, part: WeightedSample, run: Fit) -> Fit:
        rows = rows_if_part(part, self.sample)
        return maximise_with_extrapolation(
            run.mixture,
            _over(part),
            self.floor,
            self.choices.max_iter,
            self._tol,
            before=run.steps,
            subsample=rows,
        )

    @property
    def _tol(self) -> float:
        return max(self.choices.tol, TOLERANCE)


def _over(sample: WeightedSample) -> Callable[[Mixture], Moments]:
    # fits go side by side, so each keeps to one thread
    return lambda mixture: summarise(sample, mixture, threads=1)


def _merit(fit: Fit) -> tuple[int, float]:
    return fit.mixture.components, fit.log_likelihood
