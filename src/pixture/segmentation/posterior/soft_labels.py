"""What posteriors say of an image's pixels: the probability of each label, and how many are uncertain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pixture.arrays import Array, Floats
from pixture.options.fitting import refuse_outside

if TYPE_CHECKING:
    from pixture.segmentation.labelled_image import LabelledImage


def probabilities(segmentation: LabelledImage, component: int | None = None) -> Array:
    """Return p(component | pixel); see `Segmentation.probabilities`."""
    K = segmentation.mixture.components
    if component is not None:
        refuse_outside("component", component, 0, K - 1)
        plane: Array = segmentation.posterior.probabilities([component])[0]
        return plane
    planes = segmentation.posterior.probabilities(range(K))
    moved: Array = np.moveaxis(planes, 0, -1)
    return moved


def uncertain_shares(segmentation: LabelledImage, below: float) -> Floats:
    """Return each label's share of uncertain pixels; see `Segmentation.uncertain_shares`."""
    refuse_outside("below", below, 0, 1)
    doubted, pixels = segmentation.posterior.uncertain_pixels(below), segmentation.posterior.pixels()
    return np.divide(doubted, pixels, out=np.zeros(pixels.size), where=pixels > 0)
