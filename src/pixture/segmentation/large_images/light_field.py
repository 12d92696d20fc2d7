"""Light smoothing of a piece: with enough of what is around it, its labels are those of the whole image."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.mixture.model.mixture import Mixture
from pixture.segmentation.field.potts_em import Prior, fit_field
from pixture.segmentation.field.smooth import LIGHT_STRENGTH, LIGHT_SWEEPS
from pixture.segmentation.large_images.field_view import FieldView
from pixture.segmentation.posterior.field_posterior import OfPixels

NEVER = -1.0
"""The share of the posterior that moves, below which a piece is settled: it is for the whole to say."""


@dataclass(frozen=True)
class LightField:
    """How pieces of an image are smoothed lightly.

    Attributes
    ----------
    view
        How pieces are seen.
    mixture
        What pixels are labelled by.
    box
        Where in the image the view's source lies.
    sweeps
        How many times each pixel is looked at.
    certain
        As in `Prior`.
    """

    view: FieldView
    mixture: Mixture
    box: Window
    sweeps: int = LIGHT_SWEEPS
    certain: bool = False

    def posterior(self, window: Window) -> tuple[OfPixels | None, tuple[float, ...]]:
        """Return the posterior of each pixel's label in a window of the view's source.

        None where no pixel takes part. And the share that moved in each sweep.
        """
        grown = self.view.grown(window, self.sweeps)
        around = self.view.source.read(grown)
        image = cut(around, window.within(grown))
        if image.mask is not None and not image.mask.any():
            return None, (0.0,) * self.sweeps
        values, grid = self.view.seen(grown, around)
        moved: list[float] = []
        found = fit_field(
            values,
            grid,
            self.mixture,
            Prior(LIGHT_STRENGTH, certain=self.certain),
            None,
            self.sweeps,
            lambda iteration: moved.append(iteration.moved),
            settled=NEVER,
        )
        core = found.q.reshape(-1, *grown.shape)[(slice(None), *window.within(grown))]
        return OfPixels.of(image, np.ascontiguousarray(core), 1), tuple(moved)


def cut(image: Image, part: tuple[slice, ...]) -> Image:
    """Return a part of an image."""
    mask = None if image.mask is None else np.ascontiguousarray(image.mask[part])
    return replace(image, pixels=np.ascontiguousarray(image.pixels[part]), mask=mask)
