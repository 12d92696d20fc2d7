"""An image as one plane in which two classes lie apart: its grey, or the direction of its channels.

In several channels two classes of a common covariance are fitted by classification EM (Celeux and Govaert
1992) along Fisher's discriminant: the pixels are projected on the direction in which the classes differ most
for their spread, Otsu's threshold there says which class each is, and that gives the next direction. So two
colours of equal brightness are told apart, and a difference that no class explains counts for little.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Floats
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image
from pixture.segmentation.foreground.otsu import otsu

ITERATIONS = 10
"""Directions at most; most images need 4 to 6."""

DRAW = 10_000
"""Values, about, on which directions are compared."""

STARTS = 3
"""Principal axes from which directions are sought."""

RIDGE = 3e-3
"""Share of each channel's variance that is added within classes: no direction is free of noise."""


def contrast_plane(image: Image, *, threads: int | None = None) -> Array:
    """Return the plane, float32 of the image's shape: two classes a unit or a few apart; 0 where masked.

    Which of its ends is the foreground is not said.
    """
    counted = histogram(image, threads=threads)  # the distinct values: no order of pixels matters
    channels, weights = counted.sample.channels.astype(np.float64), counted.sample.weights.astype(np.float64)
    total = weights.sum()
    channels = channels - ((channels * weights).sum(axis=1) / total)[:, None]
    spreads = np.sqrt((channels * channels * weights).sum(axis=1) / total)
    there = spreads > 0
    if not there.any():
        return np.zeros(image.shape, np.float32)
    channels = channels[there] / spreads[there][:, None]
    line = channels[0] if len(channels) == 1 else _discriminant(channels, weights)
    plane: Array = counted.spread(line.astype(np.float32), 0.0, threads=threads)
    return plane


def _discriminant(channels: Floats, weights: Floats) -> Floats:
    """Return standardised channels (d, n) projected on Fisher's direction between the two classes there.

    Of the directions that the principal axes lead to, on a part of the values, it is the one along which
    Otsu's criterion is highest; and where that leads on all of them.
    """
    second = (channels * weights) @ channels.T / weights.sum()
    step = max(1, weights.size // DRAW)
    few = np.ascontiguousarray(channels[:, step // 2 :: step]), weights[step // 2 :: step]
    axes = np.linalg.eigh(second)[1][:, ::-1][:, :STARTS]
    ends = [_climbed(axis, *few, second) for axis in axes.T]
    best = max(range(len(ends)), key=lambda start: ends[start][0])  # the first of equal ones
    return _climbed(ends[best][1], channels, weights, second)[1] @ channels


def _climbed(direction: Floats, channels: Floats, weights: Floats, second: Floats) -> tuple[float, Floats]:
    """Return Otsu's criterion along the direction that classification EM leads to, and the direction."""
    before, separation = None, 0.0
    for _ in range(ITERATIONS):
        line = direction @ channels
        split = otsu(line, weights)
        if split is None:
            break
        above, separation = line > split.threshold, split.separation
        if before is not None and (above == before).all():
            break
        before, share = above, split.above
        sums = channels @ (weights * above) / weights.sum()  # the mean of all is 0
        apart = sums / (share * (1 - share))
        within = second - share * (1 - share) * np.outer(apart, apart) + RIDGE * np.eye(len(channels))
        direction = np.linalg.solve(within, apart)
        direction = direction / np.linalg.norm(direction)
    return separation, direction
