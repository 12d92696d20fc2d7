"""What is known of each pixel's label, wherever it comes from, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.segmentation.classes.label_moments import LabelMoments

Groups = tuple[tuple[int, ...], ...]
"""Components of each label."""


class PixelPosterior(Protocol):
    """The posterior of each pixel's label, and what follows from it."""

    def labels(self, dtype: type[np.unsignedinteger], fill: int) -> Integers:
        """Return the most probable label of each pixel, of the image's shape; `fill` where masked."""

    def probabilities(self, labels: Sequence[int]) -> Array:
        """Return the probabilities of labels, (labels, *shape of the image) float32; NaN where masked."""

    def at_pixel(self, place: int) -> Array:
        """Return the probabilities of all labels at a pixel that is not masked, (K,) float32.

        `place` counts the image's pixels in reading order.
        """

    def entropy(self) -> Array:
        """Return the entropy of each pixel's posterior, of the image's shape, float32; NaN if masked."""

    def pixels(self) -> Floats:
        """Return how many pixels each label has, (K,)."""

    def uncertain_pixels(self, below: float) -> Floats:
        """Return how many pixels of each label have less than this of its probability, (K,)."""

    def moments(self) -> LabelMoments:
        """Return what the values of each label's pixels are like."""

    def merged(self, groups: Groups) -> PixelPosterior:
        """Return the same of groups of components, each of which has one label; none may be merged yet."""


def entropies(shares: Array) -> Array:
    """Return the entropy of probabilities, (K, n), in nats, (n,).

    >>> entropies(np.array([[0.5, 1.0], [0.5, 0.0]]))
    array([0.69314718, 0.        ])
    """
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)  # 0 log 0 = 0, its limit
    found: Array = np.maximum(-(shares * logs).sum(axis=0), 0)
    return found
