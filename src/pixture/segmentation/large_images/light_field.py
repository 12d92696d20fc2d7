"""Light smoothing of a piece: with enough of what is around it, its labels are those of the whole image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.mixture.model.mixture import Mixture
from pixture.options.spatial import ICM, Spatial
from pixture.scale.source import Description, Source
from pixture.segmentation.field.contrast import contrast_weights, usual_squares
from pixture.segmentation.field.mean_field import grid_of
from pixture.segmentation.field.neighbourhood import USUAL, Neighbourhood, neighbourhood
from pixture.segmentation.field.potts_em import Prior, fit_field
from pixture.segmentation.field.smooth import LIGHT_STRENGTH, LIGHT_SWEEPS
from pixture.segmentation.posterior.field_posterior import OfPixels

NEVER = -1.0
"""The share of the posterior that moves, below which a piece is settled: it is for the whole to say."""


@dataclass(frozen=True)
class LightField:
    """How pieces of an image are smoothed lightly.

    Attributes
    ----------
    near
        Which pixels are neighbours.
    neighbours
        How many there are.
    usual
        (channels,) the mean square by which neighbours differ in the whole image.
    sweeps
        How many times each pixel is looked at.
    certain
        As in `Prior`.
    """

    near: Neighbourhood
    neighbours: int
    usual: Floats
    sweeps: int = LIGHT_SWEEPS
    certain: bool = False

    @property
    def halo(self) -> tuple[int, int, int]:
        """Planes, rows and columns around a piece that have a part in its labels; even numbers.

        A sweep goes through the kinds of lines one after the other, planes and rows, even and odd
        (`kernels.mean_field`). What a line is updated from was perhaps updated before it in the same sweep:
        so a sweep reaches as far as the chain of kinds is long. Planes alternate, and so do rows where no
        neighbour lies along a diagonal through planes.
        """
        planes, rows, columns = (np.abs(self.near.offsets).max(axis=0) > 0).tolist()
        if not planes:
            return 0, 2 * self.sweeps * rows, 2 * self.sweeps * columns
        diagonal = bool((np.count_nonzero(self.near.offsets, axis=1) > 1).any())
        return 2 * self.sweeps, (4 if diagonal else 2) * self.sweeps, 4 * self.sweeps

    def posterior(self, image: Image, mixture: Mixture) -> tuple[OfPixels, tuple[float, ...]]:
        """Return the posterior of each pixel's label in a piece, and the share that moved in each sweep.

        The piece starts at an even plane and an even row of the whole. Near its ends, within `halo`, the
        posterior is another than in the whole, where the whole goes on.
        """
        counted = histogram(image, threads=1)
        contrast = contrast_weights(image, self.near, usual=self.usual, threads=1)
        grid = grid_of(counted, self.near, contrast, threads=1)
        prior = Prior(LIGHT_STRENGTH, certain=self.certain)
        moved: list[float] = []
        found = fit_field(
            counted,
            grid,
            mixture,
            prior,
            None,
            self.sweeps,
            lambda iteration: moved.append(iteration.moved),
            settled=NEVER,
        )
        return OfPixels.of(image, found.q, 1), tuple(moved)


def light_field(source: Source, spatial: Spatial) -> LightField:
    """Return how pieces of a source are smoothed lightly.

    Raises
    ------
    ChoiceError
        There is no such neighbourhood.
    """
    spacing = spatial_spacing(source.description)
    neighbours = USUAL[len(spacing)] if spatial.neighbours is None else spatial.neighbours
    near = neighbourhood(neighbours, spacing)
    return LightField(near, neighbours, _usual_squares(source), certain=spatial.inference == ICM)


def spatial_spacing(description: Description) -> tuple[float, ...]:
    """Return the size of a pixel along the spatial axes alone, as `Image.spatial_spacing`."""
    known = description.spacing or (1.0,) * len(description.shape)
    return known[1:] if "t" in description.axes else known


def _usual_squares(source: Source) -> Floats:
    """Return the mean square by which neighbours differ in all of a source, from some of its lines."""
    description = source.description
    *before, height, width = description.shape
    depth = description.shape[-3] if "z" in description.axes else 1
    planes = int(np.prod(before))
    kept: dict[tuple[int, int], Floats] = {}  # a line's next one is decoded with it

    def line(z: int, y: int) -> Floats:
        if (z, y) not in kept:
            first = tuple(int(at) for at in np.unravel_index(z, before)) if before else ()
            last = min(y + 2, height)
            window = Window((*first, y, 0), (*(at + 1 for at in first), last, width))
            image = source.read(window)
            rows = image.rows.reshape(last - y, width, -1).astype(np.float64)
            if image.mask is not None:
                rows[~image.mask.reshape(last - y, width)] = np.nan
            kept.update({(z, y + at): row for at, row in enumerate(rows)})
        return kept[z, y]

    def lines(z: Integers, y: Integers) -> Floats:
        shape = (z.size, width, description.channels)
        return np.array([line(*at) for at in zip(z.tolist(), y.tolist(), strict=True)]).reshape(shape)

    return usual_squares((planes, height, width, description.channels), depth, lines)
