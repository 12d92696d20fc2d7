"""What the start costs, and ten of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import geometric_mean, median

import numpy as np

from benchmarks.data import Photograph, photographs
from benchmarks.report import Claim, Row, Section
from benchmarks.timing import Rounds, ratio, seconds, side_by_side
from pixture.imaging.histogram.histogram import histogram
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.em.initialization import initial_mixture
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import GIVEN, Choices

K = 5


def starting() -> Section:
    """The start beside the fit it begins; ten starts beside ten fits."""
    there, absent = photographs()
    rows: list[Row] = []
    rounds: Rounds = {}
    for photograph in there:
        row, taken = _of(photograph)
        rows.append(row)
        rounds |= {f"{photograph.name}: {name}": times for name, times in taken.items()}
    claims = [
        Claim(
            f"the start / the plain fit, {row['photograph']}", float(row["start / plain"] or 0), "most", 0.2
        )
        for row in rows
    ]
    same = geometric_mean(float(row["ten / one by one"] or 0) for row in rows)
    claims.append(Claim("n_init = 10 / the same ten fits, geometric mean", same, "most", 1.05))
    notes = [
        f"On the histogram, K = {K}, full covariances, to 1e-4 nats a pixel. Start: k-means++ and Lloyd "
        "steps. Default: draws fitted first. Plain: `accelerate=False`, with its start. Ten: `n_init=10` "
        "without draws, beside the same ten fits made one by one.",
        *absent,
    ]
    return Section("Starts", rows, notes, claims, rounds)


def _of(photograph: Photograph) -> tuple[Row, Rounds]:
    sample = histogram(photograph.image).sample
    plain, ten = Choices(K, accelerate=False), Choices(K, accelerate=False, n_init=10)
    fits: dict[str, Callable[[], float]] = {
        "start": lambda: seconds(partial(_start, sample, np.random.default_rng(0))),
        "default fit": lambda: seconds(partial(fit_sample, sample, Choices(K))),
        "plain": lambda: seconds(partial(fit_sample, sample, plain)),
        "ten": lambda: seconds(partial(fit_sample, sample, ten)),
        "ten one by one": lambda: seconds(partial(_one_by_one, sample, ten)),
    }
    taken = side_by_side(fits)
    row: Row = {
        "photograph": photograph.name,
        **{f"{name}, ms": 1e3 * median(times) for name, times in taken.items()},
        "start / plain": ratio(taken["start"], taken["plain"]),
        "ten / one by one": ratio(taken["ten"], taken["ten one by one"]),
    }
    return row, taken


def _start(sample: WeightedSample, generator: np.random.Generator) -> Mixture:
    return initial_mixture(sample, K, "full", "kmeans++", sample.variance_floor(), generator)


def _one_by_one(sample: WeightedSample, choices: Choices) -> None:
    """The same starts as those of `n_init`, a fit each."""
    for generator in np.random.default_rng(choices.seed).spawn(choices.n_init):
        fit_sample(sample, Choices(K, init=GIVEN), start=_start(sample, generator))
