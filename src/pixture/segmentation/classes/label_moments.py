"""What the values of each label's pixels are like: how many, their means, their spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.parallel import map_slabs


@dataclass(frozen=True, eq=False)
class LabelMoments:
    """Of the pixels of each label: how many, their means and standard deviations in each channel.

    Attributes
    ----------
    pixels
        (K,) how many there are.
    means, standard_deviations
        (K, channels); NaN of a label without pixels.
    """

    pixels: Floats
    means: Floats
    standard_deviations: Floats

    def __repr__(self) -> str:
        return f"<LabelMoments: {self.pixels.size} labels of {self.pixels.sum():,.0f} pixels>"


def label_moments(
    pixels: Floats, channels: Array, weights: Array | None, labels: Integers, threads: int | None
) -> LabelMoments:
    """Return the moments of values (d, n) by their labels (n,); each counts as its weight says, or once."""
    K = pixels.size

    def sums(centre: Floats, power: int) -> Floats:
        """Return Σ w (x - c)^power of each label and channel, (channels, K)."""

        def work(start: int, stop: int) -> Floats:
            here = labels[start:stop]
            counts = 1.0 if weights is None else weights[start:stop]
            return np.array(
                [
                    np.bincount(here, counts * (values[start:stop] - c[here]) ** power, K)
                    for values, c in zip(channels, centre, strict=True)
                ]
            )

        found: Floats = np.sum(map_slabs(work, labels.size, threads=threads), axis=0)
        return found

    per_pixel = np.divide(1.0, pixels, out=np.full(K, np.nan), where=pixels > 0)
    # about the mean, before it is squared: values far from 0 lose no digits
    means = sums(np.zeros((len(channels), K)), 1) * per_pixel
    spreads = np.sqrt(sums(means, 2) * per_pixel)
    return LabelMoments(pixels, means.T, spreads.T)
