"""A mixture and an image -> labels on which neighbours agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixture.arrays import Array, Floats, Mask
from pixture.errors import ChoiceError
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.image import Image
from pixture.mixture.em.em import summarise
from pixture.mixture.em.fit import floor_of, shrinkage_at
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.sample import Sample
from pixture.mixture.model.sample_in_parts import SampleInParts
from pixture.options.fitting import Choices
from pixture.options.spatial import AUTO, CUT, ICM, LIGHT, Spatial
from pixture.scale.sources.source import Description
from pixture.segmentation.component_order import lightness_of_components
from pixture.segmentation.field.contrast import ACROSS
from pixture.segmentation.field.evidence import Evidence
from pixture.segmentation.field.image_part import Box, ImagePart, box_of
from pixture.segmentation.field.mean_field import Grid
from pixture.segmentation.field.minimum_cut import minimum_cut
from pixture.segmentation.field.neighbourhood import USUAL, Neighbourhood, neighbourhood
from pixture.segmentation.field.potts_em import FieldFit, OnIteration, Prior, fit_field
from pixture.segmentation.field.smoothing import Smoothing
from pixture.segmentation.field.without_bias import without_bias
from pixture.segmentation.posterior.field_posterior import OfPixels

LIGHT_STRENGTH = 4.0
"""Of light smoothing: a speck of one pixel among others of one label needs odds of 55 to 1 to stay."""

LIGHT_SWEEPS = 3
"""Times that light smoothing looks at each pixel: what is within so many of its surroundings may go."""

MOST_ITERATIONS = 30
"""Iterations of EM under the prior: photographs of few components take 13 to 20."""

COARSE_FIRST = 2**20
"""Voxels of a volume from which the mixture is fitted to every second one along each axis first."""


def smoothed(
    image: Image,
    histogram: Histogram,
    mixture: Mixture,
    spatial: Spatial,
    choices: Choices,
    *,
    evidence: Evidence | None = None,
    bias: bool = False,
    keep_mixture: bool = False,
    on_iteration: OnIteration | None = None,
    sample: Sample | None = None,
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
    evidence
        What is known of pixels beside their values. Its labels keep their order; without it they are sorted.
    bias
        Whether a bias field is estimated, and the image segmented without it.
    keep_mixture
        Whether the mixture stays as it is, as it does with "light".
    on_iteration
        As in `fit_field`.
    sample
        What the mixture was fitted to; None is the histogram's. Where it comes in parts, sums over pixels
        are taken piece by piece.

    Raises
    ------
    ChoiceError
        There is no such neighbourhood; a cut is asked for, and there are not two labels; or a bias field of
        several times.
    """
    alone = spatial.is_off or mixture.components == 1
    if alone and evidence is None and not bias:
        return None
    box = box_of(image)
    known = None if evidence is None else evidence.values
    part = ImagePart(image, histogram, known, choices.threads).within(box)
    _refuse_bias_of_times(image, bias)
    neighbours = USUAL[len(image.spatial_spacing)] if spatial.neighbours is None else spatial.neighbours
    near = neighbourhood(neighbours, image.spatial_spacing)
    groups, weighted = ((), True) if evidence is None else (evidence.groups, evidence.weighted)
    _refuse_cut_of_many(spatial, len(groups) or mixture.components)
    prior = Prior(strength_of(spatial), groups, weighted, spatial.inference == ICM)
    seen, factors = part, None
    if bias:
        seen, mixture, factors = without_bias(part, mixture, prior, near, choices)
    across = ACROSS if evidence is None else evidence.across
    in_pieces = isinstance(sample, SampleInParts) and not bias
    if spatial.is_light or keep_mixture or (bias and spatial.is_off):  # by now it is one without the bias
        floor, most, shrinkage = None, LIGHT_SWEEPS if spatial.is_light else MOST_ITERATIONS, None
    else:
        fitted_to = seen.histogram.sample if bias or sample is None else sample
        floor, most = floor_of(fitted_to, choices), min(choices.max_iter, MOST_ITERATIONS)
        if coarse_first(choices, image.axes, part.image.size):
            mixture = _led_to_by_some(seen, mixture, prior, near, across, floor, most, in_pieces)
        shrinkage = shrinkage_at(fitted_to, mixture, choices)
    grid = seen.grid(near, across)
    pieces = Description.of(seen.image).pieces if in_pieces else ()
    found = fit_field(
        seen.histogram, grid, mixture, prior, floor, most, on_iteration, shrinkage=shrinkage, pieces=pieces
    )
    of_part = OfPixels.of(part.image, found.q, choices.threads)
    if spatial.inference == CUT:
        labels = _cut(seen.histogram, grid, found)
        of_part = replace(of_part, most_probable=labels.astype(np.uint8).ravel())
    fitted = found.mixture
    rows = sample if in_pieces and sample is not None else seen.histogram.sample
    if not keep_mixture and evidence is None:
        lightness = lightness_of_components(seen.histogram, fitted, image.lightness, threads=choices.threads)
        fitted, of_part = _ordered(fitted, of_part, lightness)
    moments = summarise(rows, fitted, threads=choices.threads)
    return Smoothing(
        method=LIGHT if spatial.is_light else "field",
        strength=found.strength,
        estimated=prior.strength is None,
        neighbours=neighbours,
        iterations=found.iterations,
        settled=found.settled,
        mixture=fitted,
        groups=found.groups,
        log_likelihood=moments.log_likelihood / rows.total_weight,
        posterior=of_part if part.image is image else of_part.within(image, box),
        bias=None if factors is None else _of_whole(factors, image, box),
    )


def _led_to_by_some(
    part: ImagePart,
    mixture: Mixture,
    prior: Prior,
    near: Neighbourhood,
    across: int,
    floor: Floats,
    most: int,
    in_pieces: bool,
) -> Mixture:
    """Return the mixture that the field leads to on every second voxel along each axis."""
    few = part.within((slice(None, None, 2),) * 3)
    pieces = Description.of(few.image).pieces if in_pieces else ()
    led = fit_field(few.histogram, few.grid(near, across), mixture, prior, floor, most, pieces=pieces).mixture
    return led if led.components == mixture.components else mixture


def coarse_first(choices: Choices, axes: str, size: int) -> bool:
    """Whether the mixture of an image of so many pixels is fitted to some of them first."""
    return choices.accelerate and axes[:3] == "zyx" and size >= COARSE_FIRST


def strength_of(spatial: Spatial) -> float | None:
    """Return the strength of the prior, None where the image says it."""
    if spatial.smooth == AUTO:
        return None
    if spatial.smooth is None or spatial.is_light:
        return LIGHT_STRENGTH
    return 0.0 if spatial.is_off else float(spatial.smooth)


def _of_whole(factors: Array, image: Image, box: Box) -> Array:
    """Return the factors of a part as those of the whole image, 1 around it; (channels, *shape)."""
    found = np.ones((len(factors), *image.shape), np.float32)
    found[(slice(None), *box)] = factors
    return found


def _ordered(mixture: Mixture, posterior: OfPixels, lightness: Floats) -> tuple[Mixture, OfPixels]:
    """Return the mixture, its components from the darkest on, and the posterior in their order."""
    order = np.argsort(lightness, kind="stable")
    if (order == np.arange(order.size)).all():
        return mixture, posterior
    return mixture.permuted(order), posterior.permuted(order)


def _refuse_bias_of_times(image: Image, bias: bool) -> None:
    if bias and image.has_times:
        raise ChoiceError(
            f"A bias field is that of one time, and the image has {image.shape[0]:,}: take one (time=1), or "
            "leave bias out."
        )


def _refuse_cut_of_many(spatial: Spatial, labels: int) -> None:
    if spatial.inference == CUT and labels != 2:
        raise ChoiceError(
            f"A cut is of two labels, and there would be {labels}: ask for 2 components, mark two "
            "classes, or take inference='mean-field'."
        )


def _cut(histogram: Histogram, grid: Grid, found: FieldFit) -> Mask:
    """Return where the second of two labels is, in the most probable of all labellings."""
    odds = (found.table[:, 1] - found.table[:, 0])[grid.rows]
    if len(grid.evidence):
        odds += grid.evidence[1] - grid.evidence[0]
    return minimum_cut(odds, grid, grid.rows < histogram.sample.size, found.strength)
