"""Whether fitting subsamples first wins, and extrapolated steps: time and log-likelihood beside without."""

from __future__ import annotations

import itertools
import time
from contextlib import nullcontext
from statistics import fmean, geometric_mean, median
from unittest import mock

from benchmarks.data import photographs
from benchmarks.report import Claim, Row, Section
from benchmarks.timing import SETTLING, Rounds
from pixture.imaging.histogram.histogram import histogram
from pixture.mixture.em import subsampling
from pixture.mixture.em.em import maximise_likelihood
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import Choices

COMPONENTS = (3, 5, 10)
SEEDS = 5
PLAIN, SUBSAMPLES, DEFAULT = "plain", "subsamples without extrapolation", "accelerated"


def accelerating() -> Section:
    """Fit every photograph with every number of components from several seeds, all ways in turn."""
    there, absent = photographs()
    rows: list[Row] = []
    rounds: Rounds = {}
    every: dict[str, list[tuple[Fit, float]]] = {PLAIN: [], SUBSAMPLES: [], DEFAULT: []}
    for photograph, K in itertools.product(there, COMPONENTS):
        sample = histogram(photograph.image).sample
        for way in every:  # not counted
            _timed(sample, K, 0, way)
        here: dict[str, list[tuple[Fit, float]]] = {way: [] for way in every}
        for seed in range(SEEDS):
            for way, found in here.items():
                time.sleep(SETTLING)
                found.append(_timed(sample, K, seed, way))
        gained = _gains(here, PLAIN)
        rows.append(
            {
                "photograph": photograph.name,
                "K": K,
                **{f"{way}, ms": 1e3 * median(taken for _, taken in found) for way, found in here.items()},
                "plain / accelerated": median(_ratios(here, PLAIN)),
                **{
                    f"iterations, {way}": median(
                        fit.iterations - fit.iterations_on_subsamples for fit, _ in here[way]
                    )
                    for way in (PLAIN, DEFAULT)
                },
                "log-likelihood gained, mean": f"{fmean(gained):+.5f}",
                "least": f"{min(gained):+.5f}",
                "most": f"{max(gained):+.5f}",
            }
        )
        for way, found in here.items():
            every[way] += found
            rounds[f"{photograph.name}, {K}: {way}"] = [taken for _, taken in found]
    extrapolated = _gains(every, SUBSAMPLES)
    claims = [
        Claim(
            "plain / accelerated fits, geometric mean", geometric_mean(_ratios(every, PLAIN)), "least", 1.0
        ),
        Claim(
            "log-likelihood gained by accelerating, mean, nats a pixel",
            fmean(_gains(every, PLAIN)),
            "least",
            0.0,
        ),
        Claim(
            "subsamples without extrapolated steps / with them, geometric mean",
            geometric_mean(_ratios(every, SUBSAMPLES)),
            "least",
            1.0,
        ),
    ]
    notes = [
        f"On the histogram, full covariances, to 1e-4 nats a pixel, {SEEDS} seeds; the plain way starts "
        "differently. Iterations are those over all of the sample, after the runs on subsamples.",
        "Extrapolated steps on the same subsamples changed the log-likelihood by "
        f"{fmean(extrapolated):+.5f} nats a pixel on average, "
        f"{min(extrapolated):+.5f} to {max(extrapolated):+.5f}.",
        *absent,
    ]
    return Section("Subsamples fitted first", rows, notes, claims, rounds)


def _ratios(found: dict[str, list[tuple[Fit, float]]], way: str) -> list[float]:
    """How many times as long a way took as the default."""
    return [other / ours for (_, other), (_, ours) in zip(found[way], found[DEFAULT], strict=True)]


def _gains(found: dict[str, list[tuple[Fit, float]]], way: str) -> list[float]:
    """By how much the default's log-likelihoods are above a way's."""
    return [
        ours.log_likelihood - other.log_likelihood
        for (other, _), (ours, _) in zip(found[way], found[DEFAULT], strict=True)
    ]


def _timed(sample: WeightedSample, K: int, seed: int, way: str) -> tuple[Fit, float]:
    choices = Choices(K, seed=seed, accelerate=way != PLAIN)
    # subsamples fitted by EM alone are what no choice of a user's asks for
    alone = mock.patch.object(subsampling, "maximise_with_extrapolation", maximise_likelihood)
    with alone if way == SUBSAMPLES else nullcontext():
        began = time.perf_counter()
        fit = fit_sample(sample, choices)
        return fit, time.perf_counter() - began
