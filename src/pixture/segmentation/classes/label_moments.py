"""What the values of each label's pixels are like: how many, their means, their spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.parallel import map_slabs
from pixture.segmentation.classes import kernels

SETTLING = 2**16
"""Pixels that settle a label's mean roughly enough for squares about it to lose no digits."""


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


def moments_of_pixels(
    pixels: Array, labels: Integers, mask: Mask | None, count: int, threads: int | None
) -> LabelMoments:
    """Return the moments of pixels (n, d) by their labels (n,), 0 … count - 1; masked ones count for nothing.

    >>> values = np.array([[1], [3], [9]], np.uint8)
    >>> found = moments_of_pixels(values, np.array([0, 0, 1], np.uint8), None, 2, None)
    >>> found.pixels, found.means.ravel(), found.standard_deviations.ravel()
    (array([2., 1.]), array([2., 9.]), array([1., 0.]))
    """
    reference = _rough_means(pixels, labels, mask, count)
    through: Mask = np.empty(0, bool) if mask is None else mask

    def work(start: int, stop: int) -> tuple[Floats, Floats, Floats]:
        sums = np.zeros(count), np.zeros(reference.shape), np.zeros(reference.shape)
        kernels.add_by_label(pixels, labels, through, reference, start, stop, *sums)
        return sums

    made = map_slabs(work, labels.size, threads=threads)
    zeroth, first, second = (np.sum(parts, axis=0) for parts in zip(*made, strict=True))
    per_pixel = np.divide(1.0, zeroth, out=np.full(count, np.nan), where=zeroth > 0)[:, None]
    offset = first * per_pixel
    variances = np.maximum(second * per_pixel - offset**2, 0.0)
    return LabelMoments(zeroth, reference + offset, np.sqrt(variances))


def _rough_means(pixels: Array, labels: Integers, mask: Mask | None, count: int) -> Floats:
    """Return about the mean of each label's pixels, (count, d), from evenly spaced ones of all."""
    step = max(1, labels.size // SETTLING)
    some, of = pixels[::step].astype(np.float64), labels[::step]
    if mask is not None:
        some, of = some[mask[::step]], of[mask[::step]]
    counts = np.bincount(of, minlength=count)
    sums = np.array([np.bincount(of, channel, count) for channel in some.T]).T
    overall = some.mean(axis=0) if len(some) else np.zeros(pixels.shape[1])
    means: Floats = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], overall)
    return means
