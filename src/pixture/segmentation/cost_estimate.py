"""What a segmentation would cost, before it is made."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from pixture.imaging.histogram.histogram import MOST_TABLES, Histogram, histogram
from pixture.imaging.histogram.lookup import ByCode, ByRow
from pixture.imaging.image import Image
from pixture.mixture.em.em import summarise
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.model.covariance_cost import in_proportion
from pixture.options.fitting import Choices, CovarianceName
from pixture.parallel import available_threads

PROGRAM = 200_000_000
"""Bytes that Python, NumPy, numba and matplotlib take by themselves."""

USUAL_ITERATIONS = {True: 2, False: 40}
"""What photographs take at the default tolerance, accelerated or not, give or take a factor of two."""


@dataclass(frozen=True)
class Cost:
    """An estimate of time and memory.

    Attributes
    ----------
    distinct
        Distinct values; None where they hardly repeat, so that every pixel is taken by itself.
    counting
        Seconds to count them, measured.
    starting
        Seconds until the first iteration over all of them, measured: starts and subsamples.
    iteration
        Seconds of one EM iteration of every start, measured.
    usual_iterations
        What photographs take, about.
    memory
        Bytes at the peak of `pixture segment`, files included, reckoned from the sizes of the arrays.
    covariance
        The structure that was measured: the one asked for, or "diagonal" where whole matrices are out of
        proportion to the image (`mixture.model.covariance_cost`).
    """

    distinct: int | None
    counting: float
    starting: float
    iteration: float
    usual_iterations: int
    memory: int
    covariance: CovarianceName

    def seconds(self, iterations: int) -> float:
        """Return the seconds that counting, starting and so many iterations take."""
        return self.counting + self.starting + iterations * self.iteration


def cost(image: Image, choices: Choices) -> Cost:
    """Measure what segmenting the image costs, by counting, one start, and one iteration of it."""
    for _ in range(2):  # the first loads the compiled kernels, which is not measured
        began = time.perf_counter()
        counted = histogram(image, threads=choices.threads)
        counting = time.perf_counter() - began
        if not in_proportion(counted.sample, choices.components, choices.covariance):
            choices = replace(choices, covariance="diagonal")
        began = time.perf_counter()
        start = fit_sample(counted.sample, choices, on_step=lambda step: True)
        starting = (time.perf_counter() - began) * choices.n_init
        began = time.perf_counter()
        summarise(counted.sample, start.mixture, threads=choices.threads)
        iteration = (time.perf_counter() - began) * choices.n_init
    return Cost(
        counted.sample.size if counted.counted else None,
        counting,
        starting,
        iteration,
        min(USUAL_ITERATIONS[choices.accelerate], choices.max_iter),
        PROGRAM + max(_counting(image, counted, choices.threads), _writing(image, counted)),
        choices.covariance,
    )


def _counting(image: Image, counted: Histogram, threads: int | None) -> int:
    """Bytes while values are counted: the pixels, tables or rows, the sample and the weights it is given."""
    here = 8 * image.size
    if isinstance(counted.lookup, ByCode):
        tables = min(available_threads() if threads is None else threads, MOST_TABLES)
        here = tables << counted.lookup.coding.total_bits
    return image.pixels.nbytes + here + _sample(counted) + counted.sample.weights.nbytes


def _writing(image: Image, counted: Histogram) -> int:
    """Bytes while files are made: the pixels, labels, and a picture twice: as painted, and as its file."""
    rows = 4 if isinstance(counted.lookup, ByRow) else 0
    picture = max(3, image.channels * image.pixels.dtype.itemsize)
    return image.pixels.nbytes + _sample(counted) + image.size * (rows + 1 + 2 * picture)


def _sample(counted: Histogram) -> int:
    return counted.sample.channels.nbytes + counted.sample.weights.nbytes
