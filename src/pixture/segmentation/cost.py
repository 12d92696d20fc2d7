"""What a segmentation would cost, before it is made."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from pixture.choices import Choices
from pixture.imaging.histogram import histogram
from pixture.imaging.image import Image
from pixture.mixture.em import fit_sample, summarise

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
        Rows of the weighted sample: distinct values, or pixels where values do not repeat.
    counting
        Seconds to count them, measured.
    iteration
        Seconds of one EM iteration, measured.
    memory
        Bytes at the peak of `pixture segment`, files included, reckoned from the sizes of the arrays.
    """

    distinct: int
    counting: float
    iteration: float
    memory: int

    def seconds(self, iterations: int) -> float:
        """Return the seconds that counting and so many iterations take."""
        return self.counting + iterations * self.iteration


def cost(image: Image, choices: Choices) -> Cost:
    """Measure what segmenting the image costs, by doing one iteration of it."""
    # a first, tiny run loads the compiled kernels, so that their loading is not measured
    rows = max(1, 64 // image.channels)
    tiny = replace(image, pixels=image.pixels[:rows, :rows], mask=None)
    fit_sample(histogram(tiny).sample, replace(choices, components=1, max_iter=1))
    began = time.perf_counter()
    counted = histogram(image, threads=choices.threads)
    counting = time.perf_counter() - began
    once = fit_sample(counted.sample, replace(choices, components=choices.components, max_iter=1, n_init=1))
    began = time.perf_counter()
    summarise(counted.sample, once.mixture, threads=choices.threads)
    iteration = (time.perf_counter() - began) * choices.n_init
    return Cost(counted.sample.size, counting, iteration, _memory(image, counted.sample.channels.nbytes))


def _memory(image: Image, sample: int) -> int:
    itemsize = image.pixels.dtype.itemsize
    pixel = image.channels * itemsize  # as read
    counting = image.size * (pixel + 4) + (1 << 26 if image.is_colour else 0) + 2 * sample
    # read, labels, overlay, painted, and each of the last two once more as a file
    writing = image.size * (pixel + 4 + 1 + 2 * 3 + 2 * image.channels * min(itemsize, 2)) + sample
    return int(PROGRAM + np.maximum(counting, writing))
