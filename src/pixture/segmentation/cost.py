"""What a segmentation would cost, before it is made."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from pixture.choices import Choices
from pixture.imaging.histogram import histogram
from pixture.imaging.image import Image
from pixture.mixture.em import summarise
from pixture.mixture.fit import fit_sample

PROGRAM = 220_000_000
"""Bytes that Python, NumPy, numba and matplotlib take by themselves."""

USUAL_ITERATIONS = 40
"""What photographs take at the default tolerance, give or take a factor of two."""


@dataclass(frozen=True)
class Cost:
    """An estimate of time and memory.

    Attributes
    ----------
    distinct
        Distinct values; None where they hardly repeat, so that every pixel is taken by itself.
    counting
        Seconds to count them, measured.
    iteration
        Seconds of one EM iteration, measured.
    memory
        Bytes at the peak of `pixture segment`, files included, reckoned from the sizes of the arrays.
    """

    distinct: int | None
    counting: float
    iteration: float
    memory: int

    def seconds(self, iterations: int) -> float:
        """Return the seconds that counting and so many iterations take."""
        return self.counting + iterations * self.iteration


def cost(image: Image, choices: Choices) -> Cost:
    """Measure what segmenting the image costs, by doing one iteration of it."""
    # a first, tiny run loads the compiled kernels, so that their loading is not measured
    tiny = replace(image, pixels=np.zeros_like(image.pixels[:1, :1]), mask=None)
    fit_sample(histogram(tiny).sample, replace(choices, components=1, max_iter=1))
    began = time.perf_counter()
    counted = histogram(image, threads=choices.threads)
    counting = time.perf_counter() - began
    once = fit_sample(counted.sample, replace(choices, max_iter=1, n_init=1))
    began = time.perf_counter()
    summarise(counted.sample, once.mixture, threads=choices.threads)
    iteration = (time.perf_counter() - began) * choices.n_init
    rows = counted.sample.channels.nbytes + counted.sample.weights.nbytes
    return Cost(counted.sample.size if counted.counted else None, counting, iteration, _memory(image, rows))


def _memory(image: Image, sample: int) -> int:
    itemsize = image.pixels.dtype.itemsize
    pixel = image.channels * itemsize  # as read
    # the sample and a copy of it while it is made, or labels and distances of its rows while it is started
    counting = image.size * (pixel + 4) + (1 << 26 if image.is_colour else 0) + 2 * sample
    # read, labels, overlay, painted, and each of the last two once more as a file
    writing = image.size * (pixel + 4 + 1 + 2 * 3 + 2 * image.channels * min(itemsize, 2)) + sample
    return PROGRAM + max(counting, writing)
