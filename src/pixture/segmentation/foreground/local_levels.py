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
from pixture.segmentation.foreground.scales import Scales, sigmas, window

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
    scales: Scales,
    *,
    threads: int | None = None,
) -> LocalLevels:
    """Return the foreground of a plane by local levels, from a threshold of all of it.

    Parameters
    ----------
    plane
        (rows, columns) or (planes, rows, columns) float32, high in the foreground, 0 where masked.
    mask
        Pixels that take part.
    threshold
        One for all, with pixels on both sides.
    reach
        How far the levels look about.
    constants
        `least_contrast` and `agreement`.
    scales
        How many pixels along each axis are as long as one of a plane.
    threads
        As in `Choices`.
    """
    least = _least(plane[mask], threshold, constants.least_contrast)
    found = (plane > threshold) & mask
    middle: Array = np.full_like(plane, threshold)
    apart: Array = np.ones_like(plane)
    of_high, of_low = (sigmas(one, scales, plane.shape) for one in (reach.foreground, reach.background))
    guard = window(reach.guard, scales, plane.shape)
    for _ in range(ITERATIONS):
        high = _level(plane, found, of_high, reach.foreground_prior, threads)
        rest = mask & ~(ndimage.maximum_filter(found, guard) if reach.guard else found)
        if not rest.any():
            rest = mask & ~found
        low = _level(plane, rest, of_low, reach.background_prior, threads)
        np.add(high, low, out=middle)
        middle /= 2
        np.maximum(middle, np.float32(least), out=middle)
        np.maximum(np.subtract(high, low, out=apart), 0, out=apart)
        del high, low
        now = (plane > middle) & mask
        moved = np.count_nonzero(now != found)
        if not now.any() or now[mask].all():
            break
        found = now
        if moved <= SETTLED * found.size:
            break
    alone = _probability(plane, middle, apart, found, mask)
    agreement = sigmas(constants.agreement, scales, plane.shape)
    near = smoothed(mask.astype(np.float32), agreement, threads=threads)
    near[~mask] = 1
    probability = smoothed(alone, agreement, threads=threads)
    probability /= near
    np.minimum(probability, 1, out=probability)
    probability[~mask] = 0
    return LocalLevels(probability > 0.5, probability)


def _level(plane: Array, members: Mask, sigma: tuple[float, ...], prior: float, threads: int | None) -> Array:
    """Return the mean of the members near each pixel, drawn to that of all of them."""
    mean = np.float32(plane[members].mean(dtype=np.float64))
    near = smoothed(members.astype(np.float32), sigma, threads=threads)
    # from the mean on, so that values far from 0 lose no digits
    apart = plane - mean
    apart[~members] = 0
    level = smoothed(apart, sigma, threads=threads)
    near += np.float32(prior)
    level /= near
    level += mean
    return level


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
    of_those = about[mask]
    of_those *= of_those
    variance = max(float(np.mean(of_those, dtype=np.float64)), np.finfo(np.float32).tiny)
    del half, about, of_those
    # 1 / (1 + exp(-log odds)), in one array: of a volume there are few to spare
    odds: Array = plane - middle
    odds *= apart
    odds /= variance
    np.clip(odds, -60, 60, out=odds)
    np.exp(np.negative(odds, out=odds), out=odds)
    odds += 1
    probability: Array = np.divide(1, odds, out=odds)
    # where the levels are the same they say nothing, and the threshold does
    np.maximum(probability, 0.5, out=probability, where=found)
    np.minimum(probability, 0.5, out=probability, where=~found)
    probability[~mask] = 0
    return probability
