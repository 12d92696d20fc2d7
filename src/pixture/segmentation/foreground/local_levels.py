"""Two classes whose levels vary from place to place: a mixture of two with local means.

The level of each class at a pixel is the mean of the class's pixels near by, weighted by a Gaussian, and
drawn to the mean of all where there are few: an M-step for every place. The E-step then gives a pixel to the
foreground where it is above the middle of the two levels. So a faint object beside a bright one is judged by
its own level, and the outline of each is where it falls to half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pixture.arrays import Array, Mask
from pixture.imaging.feature_space.scale_space import smoothed
from pixture.segmentation.foreground.constants import Constants, Reach

ITERATIONS = 6

SETTLED = 1e-4
"""Share of the pixels that change class, below which the levels are settled."""


@dataclass(frozen=True, eq=False)
class LocalLevels:
    """What came of it: who is foreground, and by how much.

    Attributes
    ----------
    mask
        The foreground.
    probability
        Of the foreground at each pixel, float32: both classes spread about their levels equally.
    """

    mask: Mask
    probability: Array

    def __repr__(self) -> str:
        return f"<LocalLevels: {self.mask.mean():.0%} foreground>"


def local_levels(
    plane: Array,
    mask: Mask,
    threshold: float,
    reach: Reach,
    constants: Constants,
    *,
    threads: int | None = None,
) -> LocalLevels:
    """Return the foreground of a plane by local levels, from a threshold of all of it.

    Parameters
    ----------
    plane
        (rows, columns) float32, high in the foreground, 0 where masked.
    mask
        Pixels that take part.
    threshold
        One for all, with pixels on both sides.
    reach
        How far the levels look about.
    constants
        `least_contrast` and `agreement`.
    threads
        As in `Choices`.
    """
    least = _least(plane[mask], threshold, constants.least_contrast)
    found = (plane > threshold) & mask
    middle: Array = np.full_like(plane, threshold)
    apart: Array = np.ones_like(plane)
    for _ in range(ITERATIONS):
        high = _level(plane, found, reach.foreground, reach.foreground_prior, threads)
        rest = mask & ~(ndimage.maximum_filter(found, 2 * reach.guard + 1) if reach.guard else found)
        if not rest.any():
            rest = mask & ~found
        low = _level(plane, rest, reach.background, reach.background_prior, threads)
        middle = np.maximum((high + low) / 2, np.float32(least))
        apart = np.maximum(high - low, 0)
        now = (plane > middle) & mask
        moved = np.count_nonzero(now != found)
        if not now.any() or now[mask].all():
            break
        found = now
        if moved <= SETTLED * found.size:
            break
    alone = _probability(plane, middle, apart, found, mask)
    near = smoothed(mask.astype(np.float32), constants.agreement, threads=threads)
    together = smoothed(alone, constants.agreement, threads=threads)
    probability = np.where(mask, np.minimum(together / np.where(mask, near, 1), 1), 0).astype(np.float32)
    return LocalLevels(probability > 0.5, probability)


def _level(plane: Array, members: Mask, sigma: float, prior: float, threads: int | None) -> Array:
    """Return the mean of the members near each pixel, drawn to that of all of them."""
    mean = np.float32(plane[members].mean(dtype=np.float64))
    near = smoothed(members.astype(np.float32), sigma, threads=threads)
    # from the mean on, so that values far from 0 lose no digits
    sums = smoothed(np.where(members, plane - mean, np.float32(0)), sigma, threads=threads)
    return np.asarray(mean + sums / (near + np.float32(prior)))


def _least(values: Array, threshold: float, contrast: float) -> float:
    """Return the least value of a foreground; the background's spread is that of its far half."""
    background = values[values <= threshold]
    centre = float(np.median(background))
    # on the near side lie faint objects
    spread = 1.4826 * float(np.median(centre - background[background <= centre]))
    return centre + contrast * spread


def _probability(plane: Array, middle: Array, apart: Array, found: Mask, mask: Mask) -> Array:
    """Return the posterior of two Gaussians of a common variance, that of the values about their levels."""
    half = apart / 2
    about = plane - np.where(found, middle + half, middle - half)
    variance = max(float(np.mean(about[mask] ** 2, dtype=np.float64)), np.finfo(np.float32).tiny)
    log_odds = np.clip(apart * (plane - middle) / variance, -60, 60)
    probability = 1 / (1 + np.exp(-log_odds))
    # where the levels are the same they say nothing, and the threshold does
    probability = np.where(found, np.maximum(probability, 0.5), np.minimum(probability, 0.5))
    return np.where(mask, probability, 0).astype(np.float32)
