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
from pixture.imaging.features import smoothed


@dataclass(frozen=True)
class Reach:
    """How far the levels of the two classes look about.

    Attributes
    ----------
    foreground, background
        Standard deviations of the Gaussians that weigh the pixels near by, in pixels.
    foreground_prior, background_prior
        How much the mean of all pixels of the class counts, where 1 is what a neighbourhood full of the
        class counts.
    guard
        Pixels about the foreground that say nothing of the background's level: its glow.
    """

    foreground: float
    foreground_prior: float
    background: float
    background_prior: float
    guard: int


GREY = Reach(foreground=8, foreground_prior=0.02, background=16, background_prior=0.05, guard=3)
"""Of one channel, in which bright objects glow and each has a level of its own."""

COLOUR = Reach(foreground=12, foreground_prior=0.1, background=12, background_prior=0.02, guard=0)
"""Of several channels: a stain has its level, and what lies between objects is of many kinds."""

LEAST_CONTRAST = 3.0
"""Standard deviations of the background that a foreground is above it at least."""

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
    plane: Array, mask: Mask, threshold: float, reach: Reach, *, threads: int | None = None
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
    """
    least = _least(plane[mask], threshold)
    found = (plane > threshold) & mask
    middle, apart = np.float32(threshold), np.float32(1)
    for _ in range(ITERATIONS):
        high = _level(plane, found, reach.foreground, reach.foreground_prior, threads)
        rest = mask & ~(ndimage.maximum_filter(found, 2 * reach.guard + 1) if reach.guard else found)
        if not rest.any():
            rest = mask & ~found
        low = _level(plane, rest, reach.background, reach.background_prior, threads)
        middle, apart = np.maximum((high + low) / 2, np.float32(least)), np.maximum(high - low, 0)
        now = (plane > middle) & mask
        moved = np.count_nonzero(now != found)
        if not now.any() or now[mask].all():
            break
        found = now
        if moved <= SETTLED * found.size:
            break
    return LocalLevels(found, _probability(plane, middle, apart, found, mask))


def _level(plane: Array, members: Mask, sigma: float, prior: float, threads: int | None) -> Array:
    """Return the mean of the members near each pixel, drawn to that of all of them."""
    mean = np.float32(plane[members].mean(dtype=np.float64))
    near = smoothed(members.astype(np.float32), sigma, threads=threads)
    # from the mean on, so that values far from 0 lose no digits
    sums = smoothed(np.where(members, plane - mean, np.float32(0)), sigma, threads=threads)
    return np.asarray(mean + sums / (near + np.float32(prior)))


def _least(values: Array, threshold: float) -> float:
    """Return the least value of a foreground; the background's spread is that of its far half."""
    background = values[values <= threshold]
    centre = float(np.median(background))
    # on the near side lie faint objects
    spread = 1.4826 * float(np.median(centre - background[background <= centre]))
    return centre + LEAST_CONTRAST * spread


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
