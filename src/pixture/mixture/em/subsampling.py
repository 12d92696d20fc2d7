"""Fitting small draws of the data first, so that few iterations over all of it are left.

EM spends most of its iterations far from the optimum, where a few thousand rows point the same way as
millions. So short runs on a small draw choose among starts (em-EM: Biernacki, Celeux and Govaert 2003),
longer ones on larger draws, in leaps, climb to where the draws' own noise ends, and only the rest of the way
is gone with every row. The fit itself is EM on all of the data, and ends by the same rule as ever.

A sample that is no larger than a draw would be is taken whole, and leaps go over all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from pixture.arrays import Floats
from pixture.choices import Choices
from pixture.mixture.em.em import Draw, Fit, Summarise, maximise_likelihood, summarise
from pixture.mixture.em.initialization import initial_mixture, rows_of_each
from pixture.mixture.em.squarem import maximise_in_leaps
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.weighted_sample import WeightedSample

FEW = 2**12
"""Rows of the small draw, where each component has enough of them; all draws are larger where not."""

LARGER = (2**16, 2**14)
"""Rows of the larger ones. From the first, photographs need one or two iterations over everything."""

RUNS, SHORT = 4, 10
"""Short runs on the small draw, and their iterations."""

TOLERANCE = 1e-4
"""Least tolerance on a draw, in nats: what is finer is the draw's own noise."""


def start_from_draws(
    sample: WeightedSample, components: int, choices: Choices, floor: Floats, generator: np.random.Generator
) -> tuple[Mixture, tuple[Draw, ...]]:
    """Return a mixture to start from that already fits draws of the sample, and the runs on them.

    The runs on draws have the sample's own floor where `floor` is lower: a component that has an extent in
    the whole may have none in the few rows of a draw.

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
    floor = np.maximum(floor, sample.variance_floor())
    times = max(1, -(-components * rows_of_each(sample.dimension) // FEW))
    draw = sample.thinned(LARGER[0] * times, generator.random())
    larger = [draw]  # each drawn from the one before
    for rows in LARGER[1:]:
        drawn = draw.thinned(rows * times, generator.random())
        if drawn is not draw:
            larger.append(drawn)
            draw = drawn
    few = draw.thinned(FEW * times, generator.random())
    short = replace(choices, max_iter=min(SHORT, choices.max_iter))
    # quantiles of the same draw are the same start
    runs = 1 if choices.init == "quantiles" else RUNS
    starts = (
        initial_mixture(
            few, components, choices.covariance, choices.init, floor, generator, threads=choices.threads
        )
        for _ in range(runs)
    )
    # so few iterations are over before a leap has paid for itself
    runs_on_few = (_run(maximise_likelihood, few, start, short, floor) for start in starts)
    best = max(runs_on_few, key=_merit)
    draws = [Draw(few.size, best.history)]
    for draw in reversed(larger):
        best = _run(maximise_in_leaps, draw, best.mixture, choices, floor)
        draws.append(Draw(draw.size, best.history))
    return best.mixture, tuple(draws)


_Climb: TypeAlias = Callable[[Mixture, Summarise, Floats, int, float], Fit]


def _run(climb: _Climb, sample: WeightedSample, start: Mixture, choices: Choices, floor: Floats) -> Fit:
    def summarise_here(mixture: Mixture) -> Moments:
        return summarise(sample, mixture, threads=choices.threads)

    return climb(start, summarise_here, floor, choices.max_iter, max(choices.tol, TOLERANCE))


def _merit(fit: Fit) -> tuple[int, float]:
    """A mixture that lost a component on the draw might have kept it on the whole."""
    return fit.mixture.components, fit.log_likelihood
