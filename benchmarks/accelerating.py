"""Whether draws climbed first win: time and log-likelihood of the same fits with and without them."""

from __future__ import annotations

import itertools
import time
from statistics import fmean, geometric_mean, median

from benchmarks.data import photographs
from benchmarks.report import Claim, Row, Section
from benchmarks.timing import Rounds
from pixture.choices import Choices
from pixture.imaging.histogram import histogram
from pixture.mixture.em import Fit
from pixture.mixture.fit import fit_sample
from pixture.mixture.sample import WeightedSample

COMPONENTS = (3, 5, 10)
SEEDS = 5


def accelerating() -> Section:
    """Fit every photograph with every number of components from several seeds, both ways in turn."""
    there, absent = photographs()
    rows: list[Row] = []
    rounds: Rounds = {}
    ratios, gains = [], []
    for photograph, K in itertools.product(there, COMPONENTS):
        sample = histogram(photograph.image).sample
        ways = {"plain": False, "accelerated": True}
        fits: dict[str, list[Fit]] = {name: [] for name in ways}
        taken: Rounds = {name: [] for name in ways}
        for accelerate in ways.values():  # not counted
            fit_sample(sample, Choices(K, accelerate=accelerate))
        for seed in range(SEEDS):
            for name, accelerate in ways.items():
                fit, time_taken = _timed(sample, Choices(K, seed=seed, accelerate=accelerate))
                fits[name].append(fit)
                taken[name].append(time_taken)
        here = [plain / ours for plain, ours in zip(taken["plain"], taken["accelerated"], strict=True)]
        gained = [
            ours.log_likelihood - plain.log_likelihood
            for plain, ours in zip(fits["plain"], fits["accelerated"], strict=True)
        ]
        ratios += here
        gains += gained
        rows.append(
            {
                "photograph": photograph.name,
                "K": K,
                "plain, ms": 1e3 * median(taken["plain"]),
                "accelerated, ms": 1e3 * median(taken["accelerated"]),
                "plain / accelerated": median(here),
                "iterations, plain": median(fit.steps for fit in fits["plain"]),
                "iterations, accelerated": median(fit.steps for fit in fits["accelerated"]),
                "log-likelihood gained, mean": f"{fmean(gained):+.5f}",
                "least": f"{min(gained):+.5f}",
                "most": f"{max(gained):+.5f}",
            }
        )
        rounds |= {f"{photograph.name}, {K}: {name}": times for name, times in taken.items()}
    claims = [
        Claim("plain / accelerated fits, geometric mean", geometric_mean(ratios), "least", 1.0),
        Claim("log-likelihood gained by accelerating, mean, nats a pixel", fmean(gains), "least", 0.0),
    ]
    notes = [
        f"On the histogram, full covariances, to 1e-4 nats a pixel, {SEEDS} seeds; the two ways start "
        "differently. Iterations are those over all of the sample.",
        *absent,
    ]
    return Section("Draws climbed first", rows, notes, claims, rounds)


def _timed(sample: WeightedSample, choices: Choices) -> tuple[Fit, float]:
    began = time.perf_counter()
    fit = fit_sample(sample, choices)
    return fit, time.perf_counter() - began
