"""A mixture and an image -> labels on which neighbours agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixture.arrays import Array, Floats
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.histogram.lookup import ByRow
from pixture.imaging.image import Image
from pixture.mixture.em.em import summarise
from pixture.mixture.em.fit import floor_of
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import Choices
from pixture.options.spatial import AUTO, LIGHT, Spatial
from pixture.segmentation.component_order import lightness_of_components
from pixture.segmentation.field.contrast import contrast_weights
from pixture.segmentation.field.mean_field import grid_of
from pixture.segmentation.field.neighbourhood import USUAL, neighbourhood
from pixture.segmentation.field.potts_em import FieldFit, fit_field, settle_field
from pixture.segmentation.field.smoothing import Smoothing
from pixture.segmentation.pixel_posterior import OfPixels

LIGHT_STRENGTH = 4.0
"""Of light smoothing: a speck of one pixel among others of one label needs odds of 55 to 1 to stay."""

LIGHT_SWEEPS = 3
"""Times that light smoothing looks at each pixel: what is within so many of its surroundings may go."""


MOST_ITERATIONS = 30
"""Iterations of EM under the prior: photographs take 5 to 10."""


def smoothed(
    image: Image,
    histogram: Histogram,
    mixture: Mixture,
    spatial: Spatial,
    choices: Choices,
    *,
    keep_mixture: bool = False,
) -> Smoothing | None:
    """Return labels of an image on which neighbours agree, and the mixture fitted so; None if not asked for.

    Parameters
    ----------
    image, histogram
        The image and its distinct values.
    mixture
        Fitted without the prior.
    spatial
        How neighbours come to agree.
    choices
        How the mixture was fitted: its floor, the iterations at most, the threads, on which the answer does
        not depend.
    keep_mixture
        Whether the mixture stays as it is, as it does with "light".

    Raises
    ------
    ChoiceError
        There is no such neighbourhood.
    """
    if spatial.is_off:
        return None
    threads, light = choices.threads, spatial.smooth == LIGHT
    box = _box(image)
    part, counted = _part(image, histogram, box, threads)
    neighbours = USUAL[len(image.shape)] if spatial.neighbours is None else spatial.neighbours
    near = neighbourhood(neighbours, image.spacing or (1.0,) * len(image.shape))
    grid = grid_of(counted, near, contrast_weights(part, near, threads=threads), threads=threads)
    if spatial.smooth == AUTO:
        strength = None
    else:
        strength = LIGHT_STRENGTH if light else float(spatial.smooth)
    if light or keep_mixture:
        found = settle_field(counted, grid, mixture, strength, LIGHT_SWEEPS if light else MOST_ITERATIONS)
    else:
        floor = floor_of(histogram.sample, choices)
        found = fit_field(counted, grid, mixture, strength, floor, min(choices.max_iter, MOST_ITERATIONS))
    fitted, q = found.mixture, found.q
    if not keep_mixture:
        lightness = lightness_of_components(histogram, fitted, image.lightness, threads=threads)
        fitted, q = _ordered(found, lightness)
    of_part = OfPixels.of(part, q, threads)
    moments = summarise(histogram.sample, fitted, threads=threads)
    return Smoothing(
        method=LIGHT if light else "field",
        strength=found.strength,
        estimated=strength is None,
        neighbours=neighbours,
        iterations=found.iterations,
        settled=found.settled,
        mixture=fitted,
        log_likelihood=moments.log_likelihood / histogram.sample.total_weight,
        posterior=of_part if part is image else of_part.within(image, box),
    )


def _box(image: Image) -> tuple[slice, ...]:
    """Return where the pixels of a volume that take part lie: of a scanned head half may be air."""
    if image.mask is None or not image.is_volume:
        return tuple(slice(0, length) for length in image.shape)
    box = []
    for axis in range(3):
        there = np.flatnonzero(image.mask.any(axis=tuple({0, 1, 2} - {axis})))
        box.append(slice(int(there[0]), int(there[-1]) + 1))
    return tuple(box)


def _part(
    image: Image, histogram: Histogram, box: tuple[slice, ...], threads: int | None
) -> tuple[Image, Histogram]:
    """Return the part of an image within a box that holds all pixels that take part, and its histogram."""
    if image.mask is None or image.mask[box].size == image.size:
        return image, histogram
    rows = np.ascontiguousarray(histogram.rows(threads=threads)[box])
    pixels, mask = np.ascontiguousarray(image.pixels[box]), np.ascontiguousarray(image.mask[box])
    part = replace(image, pixels=pixels, mask=None if mask.all() else mask)
    return part, replace(histogram, lookup=ByRow(rows.ravel()), shape=rows.shape)


def _ordered(found: FieldFit, lightness: Floats) -> tuple[Mixture, Array]:
    """Return the mixture, its components from the darkest on, and the posteriors in their order."""
    order = np.argsort(lightness, kind="stable")
    if (order == np.arange(order.size)).all():
        return found.mixture, found.q
    return found.mixture.permuted(order), found.q[order]
