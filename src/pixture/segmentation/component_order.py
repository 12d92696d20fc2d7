"""How light what a component answers for is: components are numbered from the darkest on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixture.arrays import Floats
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.em.fit_result import Fit, renumbered
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture


def lightness_of_components(
    histogram: Histogram, mixture: Mixture, direction: Floats, *, threads: int | None = None
) -> Floats:
    """Return the lightness of each component, (K,).

    Of a mixture of the image's own channels, its mean along `direction` (`Image.lightness`); of one of
    features, the mean of all pixels along it, each as often as the component answers for it.
    """
    if histogram.own is None:
        return mixture.means @ direction
    sample, along = histogram.sample, direction @ histogram.own
    sums = np.zeros((2, mixture.components))
    parts: dict[int, Floats] = {}

    def gather(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
        answered = shares * sample.weights[start:stop]
        parts[start] = np.array([answered.sum(axis=1), answered @ along[start:stop]])

    posterior.each_slab(mixture, sample, gather, threads)
    for start in sorted(parts):  # in the order of the slabs, whatever the number of threads
        sums += parts[start]
    lightness: Floats = sums[1] / np.maximum(sums[0], np.finfo(np.float64).tiny)
    return lightness


def ordered(fit: Fit, histogram: Histogram, direction: Floats, *, threads: int | None = None) -> Fit:
    """Return the same fit with its components numbered from the darkest on, in all its steps."""
    if histogram.own is None:
        return fit.ordered(direction)
    lightness = lightness_of_components(histogram, fit.mixture, direction, threads=threads)
    steps = renumbered(fit.steps, np.lexsort((*fit.mixture.means.T[::-1], lightness)))
    return replace(fit, mixture=steps[-1].mixture, steps=steps)
