"""Fitting small subsamples of the data first, so that few iterations over all of it are left.

EM spends most of its iterations far from the optimum, where a few thousand rows point the same way as
millions. So short runs on a small subsample choose among starts (em-EM: Biernacki, Celeux and Govaert 2003),
longer ones on larger subsamples, with extrapolated steps, climb to where the subsamples' own noise ends, and
only the rest of the way is gone with every row. The fit itself is EM on all of the data, and ends by the same
rule as ever.

A sample that is no larger than a subsample would be is taken whole, and extrapolated steps go over all of it.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pixture.arrays import Floats
from pixture.mixture.em.em import maximise_likelihood, summarise
from pixture.mixture.em.fit_result import Fit, Step, Summarise
from pixture.mixture.em.initialization import initial_mixture, rows_of_each
from pixture.mixture.em.squarem import maximise_with_extrapolation
from pixture.mixture.model.sample import Sample
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import Choices

FEW = 2**12
"""Rows of the small subsample, where each component has enough of them; all are larger where not."""

LARGER = (2**16, 2**14)
"""Rows of the larger ones. From the first, photographs need one or two iterations over everything."""

RUNS, SHORT = 4, 10
"""Short runs on the small subsample, and their iterations."""

TOLERANCE = 1e-4
"""Least tolerance on a subsample, in nats: what is finer is its own noise."""


def steps_on_subsamples(
    sample: Sample,
    components: int,
    choices: Choices,
    floor: Floats,
    generator: np.random.Generator,
    number: int = 0,
) -> tuple[Step, ...]:
    """Return the way to a mixture that already fits subsamples of the data: the last step's, to start from.

    The runs on subsamples have the sample's own floor where `floor` is lower: a component that has an extent
    in the whole may have none in the few rows of a subsample.

    Parameters
    ----------
    sample
        All of the data.
    components
        Number of components, no more than the sample has distinct values.
    choices
        Its `init` says how the short runs start; `max_iter` bounds the runs on subsamples as well.
    floor
        (d,), the least variances.
    generator
        Where the subsamples come from.
    number
        Which start this is.
    """
    floor = np.maximum(floor, sample.variance_floor())
    times = max(1, -(-components * rows_of_each(sample.dimension) // FEW))
    part = sample.thinned(LARGER[0] * times, generator.random())
    larger = [part]  # each a part of the one before
    for rows in LARGER[1:]:
        smaller = part.thinned(rows * times, generator.random())
        if smaller is not part:
            larger.append(smaller)
            part = smaller
    few = part.thinned(FEW * times, generator.random())
    # quantiles of the same subsample are the same start
    runs = 1 if choices.init == "quantiles" else RUNS

    def over(part: WeightedSample) -> tuple[Summarise, int | None]:
        return partial(summarise, part, threads=choices.threads), rows_if_part(part, sample)

    def short_run() -> Fit:
        start = initial_mixture(
            few, components, choices.covariance, choices.init, floor, generator, threads=choices.threads
        )
        # so few iterations are over before an extrapolated step has paid for itself
        most, (expect, rows) = min(SHORT, choices.max_iter), over(few)
        return maximise_likelihood(start, expect, floor, most, tol, number=number, subsample=rows)

    tol = max(choices.tol, TOLERANCE)
    best = max((short_run() for _ in range(runs)), key=_merit)
    for part in reversed(larger):
        expect, rows_of = over(part)
        best = maximise_with_extrapolation(
            best.mixture, expect, floor, choices.max_iter, tol, before=best.steps, subsample=rows_of
        )
    return best.ordered().steps


def rows_if_part(part: WeightedSample, sample: Sample) -> int | None:
    """Return how many rows a subsample has, or None where it is the whole sample."""
    return None if part is sample else part.size


def _merit(fit: Fit) -> tuple[int, float]:
    """A mixture that lost a component on the subsample might have kept it on the whole."""
    return fit.mixture.components, fit.log_likelihood
