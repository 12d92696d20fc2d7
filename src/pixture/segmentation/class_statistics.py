"""What the pixels of each label are like: how many, how sure, their mean and spread in each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.arrays import Floats
from pixture.imaging.label_colours import hexadecimal, label_colours
from pixture.parallel import map_slabs

if TYPE_CHECKING:
    from pixture.segmentation.segmentation import Segmentation


@dataclass(frozen=True)
class ClassStatistics:
    """The pixels of one label.

    Attributes
    ----------
    label
        Its number, 0 the darkest.
    colour
        As "#rrggbb", where the label is shown.
    pixels
        How many pixels have it.
    share
        Of the pixels that take part.
    uncertain_share
        Share of its pixels that might well have another: its component has less than 0.9 of the
        responsibility.
    mean, standard_deviation
        Of its pixels, a number a channel, in the image's own units; NaN of a label without pixels.
    """

    label: int
    colour: str
    pixels: int
    share: float
    uncertain_share: float
    mean: tuple[float, ...]
    standard_deviation: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the class ready for JSON; None where a label without pixels has no mean."""
        there = self.pixels > 0
        return {
            "label": self.label,
            "colour": self.colour,
            "pixels": self.pixels,
            "share": self.share,
            "uncertain_share": self.uncertain_share,
            "mean": list(self.mean) if there else None,
            "standard_deviation": list(self.standard_deviation) if there else None,
        }


def class_statistics(segmentation: Segmentation) -> tuple[ClassStatistics, ...]:
    """Return the classes of a segmentation, in the order of their labels; see `Segmentation.classes`."""
    K = segmentation.mixture.components
    pixels, means, spreads = _moments(segmentation)
    uncertain, shares = segmentation.uncertain_shares(), segmentation.shares
    return tuple(
        ClassStatistics(
            label=k,
            colour=hexadecimal(colour),
            pixels=round(float(pixels[k])),
            share=float(shares[k]),
            uncertain_share=float(uncertain[k]),
            mean=tuple(means[k].tolist()),
            standard_deviation=tuple(spreads[k].tolist()),
        )
        for k, colour in enumerate(label_colours(K))
    )


def _moments(segmentation: Segmentation) -> tuple[Floats, Floats, Floats]:
    """Return the number of pixels (K,), means and standard deviations (K, d) of each label."""
    K, sample = segmentation.mixture.components, segmentation.histogram.sample
    labels, threads = segmentation.labels_of_rows, segmentation.choices.threads

    def sums(centre: Floats, power: int) -> Floats:
        """Return Σ w (x - c)^power of each label and channel, (channels, K)."""

        def work(start: int, stop: int) -> Floats:
            here, weights = labels[start:stop], sample.weights[start:stop]
            return np.array(
                [
                    np.bincount(here, weights * (values[start:stop] - c[here]) ** power, K)
                    for values, c in zip(sample.channels, centre, strict=True)
                ]
            )

        found: Floats = np.sum(map_slabs(work, sample.size, threads=threads), axis=0)
        return found

    zeros = np.zeros((sample.dimension, K))
    pixels = segmentation.shares * sample.total_weight
    per_pixel = np.divide(1.0, pixels, out=np.full(K, np.nan), where=pixels > 0)
    # about the mean, before it is squared: values far from 0 lose no digits
    means = sums(zeros, 1) * per_pixel
    spreads = np.sqrt(sums(means, 2) * per_pixel)
    return pixels, means.T, spreads.T
