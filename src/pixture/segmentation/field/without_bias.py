"""An image and a mixture -> the image without its bias field, and the mixture of that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixture.arrays import Array
from pixture.mixture.em.fit import floor_of
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import Choices
from pixture.segmentation.field.bias_field import changed_by, corrected, estimated_bias
from pixture.segmentation.field.contrast import ACROSS
from pixture.segmentation.field.image_part import ImagePart
from pixture.segmentation.field.neighbourhood import Neighbourhood
from pixture.segmentation.field.potts_em import Prior, fit_field

STRENGTH = 2.0
"""Of the field while the bias field is found: a stronger one holds on to labels that are wrong."""

ROUNDS, ITERATIONS = 8, 3
"""Times that the factors are estimated, and iterations of the field before each."""

SETTLED = 0.01
"""Change of the factors with which they are settled. Further on, factors and mixture drift together."""


def without_bias(
    part: ImagePart, mixture: Mixture, prior: Prior, near: Neighbourhood, choices: Choices
) -> tuple[ImagePart, Mixture, Array]:
    """Return an image without its bias field, its mixture, and the factors it was divided by.

    Parameters
    ----------
    part
        The image.
    mixture
        Fitted to it as it is.
    prior
        Of its labels; the strength is `STRENGTH`, whatever it says.
    near
        Which pixels are neighbours.
    choices
        How the mixture was fitted.
    """
    factors = np.ones((part.image.channels, *part.image.shape), np.float32)
    prior = replace(prior, strength=STRENGTH)
    for _ in range(ROUNDS):
        seen = part.with_pixels(corrected(part.image, factors))
        floor = floor_of(seen.histogram.sample, choices)
        found = fit_field(seen.histogram, seen.grid(near, ACROSS), mixture, prior, floor, ITERATIONS)
        if found.mixture.components < mixture.components and part.known is not None:
            break  # what is known is of labels that would be gone
        mixture, before = found.mixture, factors
        factors = estimated_bias(part.image, found.q, mixture)
        if changed_by(before, factors) < SETTLED:
            break
    return part.with_pixels(corrected(part.image, factors)), mixture, factors
