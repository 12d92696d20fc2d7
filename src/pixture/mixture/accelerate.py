"""Fitting small draws of the data first, so that few iterations over all of it are left.

EM spends most of its iterations far from the optimum, where a few thousand rows point the same way as
millions. So short runs on a small draw choose among starts (em-EM: Biernacki, Celeux and Govaert 2003),
one run on a larger draw descends to where the draw's own noise ends, and only the rest of the way is
gone with every row. The fit still ends by the same rule, on all of the data.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixture.arrays import Floats
from pixture.choices import Choices
from pixture.mixture.em import Draw, Fit, maximise_likelihood, summarise
from pixture.mixture.initial import initial_mixture
from pixture.mixture.mixture import Mixture
from pixture.mixture.moments import Moments
from pixture.mixture.sample import WeightedSample

FEW, MORE = 2**12, 2**14
"""Rows of the small draw and of the larger one."""

RUNS, SHORT = 4, 10
"""Short runs on the small draw, and their iterations."""

TOLERANCE = 1e-4
"""Least tolerance on a draw, in nats: what is finer is the draw's own noise."""


def start_from_draws(
    sample: WeightedSample, components: int, choices: Choices, floor: Floats, generator: np.random.Generator
) -> tuple[Mixture, tuple[Draw, ...]]:
    """Return a mixture to start from that already fits draws of the sample, and the runs on them.

    Parameters
    ----------
    sample
        All of the data.
    components
        Number of components, no more than the sample has distinct values.
    choices
        Its `init` says how the short runs start; `max_iter` bounds the runs on draws as well.
    floor
        (d,), the least variances.
    generator
        Where the draws come from.
    """
    few = sample.thinned(FEW, generator.random())
    short = replace(choices, max_iter=min(SHORT, choices.max_iter))
    # quantiles of the same draw are the same start
    runs = 1 if choices.init == "quantiles" else RUNS
    starts = (
        initial_mixture(
            few, components, choices.covariance, choices.init, floor, generator, threads=choices.threads
        )
        for _ in range(runs)
    )
    best = max((_run(few, start, short, floor) for start in starts), key=_merit)
    chosen = Draw(few.size, best.history)
    more = sample.thinned(MORE, generator.random())
    if more is sample:  # the fit itself goes on from here
        return best.mixture, (chosen,)
    descended = _run(more, best.mixture, choices, floor)
    return descended.mixture, (chosen, Draw(more.size, descended.history))


def _run(sample: WeightedSample, start: Mixture, choices: Choices, floor: Floats) -> Fit:
    def summarise_here(mixture: Mixture) -> Moments:
        return summarise(sample, mixture, threads=choices.threads)

    return maximise_likelihood(start, summarise_here, floor, choices.max_iter, max(choices.tol, TOLERANCE))


def _merit(fit: Fit) -> tuple[int, float]:
    """A mixture that lost a component on the draw might have kept it on the whole."""
    return fit.mixture.components, fit.log_likelihood
