"""A source + choices -> a segmentation whose labels went to a sink, piece by piece."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from pixture.arrays import Array
from pixture.errors import ChoiceError, ImageError
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image
from pixture.imaging.window import Window, tiles
from pixture.mixture.em.em import OnStep, summarise
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.em.fit_result import Fit, Step, Stop
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.sample_in_parts import SampleInParts
from pixture.mixture.model_selection.compare_components import OnProgress
from pixture.mixture.model_selection.selection import Selection
from pixture.options.fitting import AUTO_COMPONENTS, GIVEN, Choices
from pixture.options.method import Method
from pixture.options.spatial import LIGHT, Spatial
from pixture.scale.sink import Sink
from pixture.scale.source import Source
from pixture.scale.source_sample import SourceSample, source_sample
from pixture.scale.workers import Workers
from pixture.segmentation.component_count.image_components import fit_of_best, select_image
from pixture.segmentation.field.potts_em import SETTLED
from pixture.segmentation.field.smooth import LIGHT_STRENGTH
from pixture.segmentation.field.smoothing import Smoothing
from pixture.segmentation.large_images.fitted_field import FittedField
from pixture.segmentation.large_images.glimpse import glimpse_image, glimpse_of, strides_of
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation, Whole
from pixture.segmentation.large_images.light_field import LightField
from pixture.segmentation.large_images.painting import Painted, PaintPiece
from pixture.segmentation.large_images.smooth_source import field_of
from pixture.segmentation.posterior.field_posterior import OfPixels
from pixture.segmentation.posterior.pixel_posterior import Groups
from pixture.segmentation.segment import warn_of_labels_without_pixels
from pixture.wording import plural

SOME, SIDE = 16, 512
"""Windows of an image that say how many components it is worth, and their sides."""


@dataclass(frozen=True, eq=False)
class Targets:
    """Where what is made of each pixel goes.

    Attributes
    ----------
    labels
        Where labels go; None writes none.
    maps
        Where maps go, by their names: probabilities, uncertainty.
    """

    labels: Sink | None = None
    maps: Mapping[str, Sink] = field(default_factory=dict)


def segment_source(
    source: Source,
    method: Method,
    workers: Workers,
    targets: Targets,
    *,
    start: Mixture | None = None,
    groups: Groups = (),
    scratch: Path | None = None,
    on_step: OnStep | None = None,
    on_progress: OnProgress | None = None,
) -> LargeSegmentation:
    """Segment the pixels of a source as `segment_image` does those of an image, piece by piece.

    Parameters
    ----------
    source
        The image.
    method
        How it is segmented.
    workers
        Who goes through the pieces.
    targets
        Where labels and maps go.
    start
        Goes with the init "given".
    groups
        The components of each class, where they are merged; else empty.
    scratch
        The folder in which posteriors are kept while the mixture is fitted under a prior; None takes that of
        temporary files.
    on_step, on_progress
        As in `segment_image`.

    Raises
    ------
    ChoiceError
        A choice needs all pixels at once; the sentence says what to do.
    """
    refuse_what_needs_all_pixels(method)
    known = source_sample(source, workers)
    selection, choices = None, method.choices
    if method.auto:
        seen = some_windows(known.source)
        selection = select_image(seen, AUTO_COMPONENTS, choices.covariance, choices, on_progress=on_progress)
        found = fit_of_best(known.sample, selection, choices, on_step)
        choices = replace(choices, components=found.mixture.components)
    else:
        found = fit_sample(known.sample, choices, start=start, on_step=on_step)
    fit = _judged_by_some(found.ordered(known.direction), known)
    return paint_source(
        known,
        fit,
        choices,
        method.spatial,
        workers,
        targets,
        selection=selection,
        groups=groups,
        scratch=scratch,
    )


def apply_to_source(
    source: Source,
    mixture: Mixture,
    spatial: Spatial,
    choices: Choices,
    workers: Workers,
    targets: Targets,
    *,
    groups: Groups = (),
    scratch: Path | None = None,
) -> LargeSegmentation:
    """Label the pixels of a source by a mixture that is there already, as `apply_to` does of an image."""
    known = source_sample(source, workers)
    channels = known.source.description.channels
    if channels != mixture.dimension:
        raise ImageError(
            f"The image has {plural(channels, 'channel')}, the model {mixture.dimension}; they must agree."
        )
    moments = summarise(known.sample, mixture)
    step = Step(
        0, 0, mixture, moments.log_likelihood / known.sample.total_weight, np.arange(mixture.components)
    )
    fit = Fit(mixture, Stop.GIVEN, (step,), partial(summarise, known.sample))
    given = replace(choices, components=mixture.components, covariance=mixture.covariance, init=GIVEN)
    return paint_source(known, fit, given, spatial, workers, targets, groups=groups, scratch=scratch)


def paint_source(
    known: SourceSample,
    fit: Fit,
    choices: Choices,
    spatial: Spatial,
    workers: Workers,
    targets: Targets,
    *,
    selection: Selection | None = None,
    groups: Groups = (),
    scratch: Path | None = None,
) -> LargeSegmentation:
    """Label all pixels of a source by a fitted mixture, and add up what they are like.

    `scratch` as in `smooth_source.field_of`. Where the mixture was given, it stays as it is.
    """
    source = known.source
    description = source.description
    masked = description.size - round(known.sample.total_weight)
    strides = strides_of(description.shape)
    smoother = field_of(
        known, fit.mixture, spatial, choices, workers, keep_mixture=fit.stop is Stop.GIVEN, scratch=scratch
    )
    with smoother as field:
        mixture = field.mixture if isinstance(field, FittedField) else fit.mixture
        painter = PaintPiece(
            source, mixture, field, groups, masked > 0, targets.labels, targets.maps, strides
        )
        painted = workers.summed(painter, description.pieces)
        if isinstance(field, LightField) and (sweeps := _sweeps_until_settled(painted)) < field.sweeps:
            # as in the whole, no more sweeps than it takes until all of it is settled
            field = replace(field, sweeps=sweeps)
            painted = workers.summed(replace(painter, smoother=field), description.pieces)
    assert painted.sums is not None  # some pixel takes part, or there would be no sample
    counted = known.sample.size if known.is_counted else None
    whole = Whole(description, painted.sums, masked, counted, passes=0)
    return _with_glimpse(whole, painted, source, fit, choices, field, selection, groups, strides)


def _sweeps_until_settled(painted: Painted) -> int:
    shares = painted.moved / painted.size
    settled = np.flatnonzero(shares < SETTLED)
    return int(settled[0]) + 1 if settled.size else shares.size


def _with_glimpse(
    whole: Whole,
    painted: Painted,
    source: Source,
    fit: Fit,
    choices: Choices,
    field: LightField | FittedField | None,
    selection: Selection | None,
    groups: Groups,
    strides: tuple[int, ...],
) -> LargeSegmentation:
    """Return the segmentation, of which some pixels are seen."""
    parts = glimpse_of(painted.glimpses, source, strides)
    image = glimpse_image(source, parts, strides)
    smoothing = None
    if field is not None:
        planes = parts["planes"].reshape(len(parts["planes"]), -1)
        labels = np.where(parts["mask"], parts["labels"], 0).ravel()
        posterior = OfPixels(image, planes, labels, choices.threads)
        smoothing = _smoothing(field, fit, groups, posterior, painted)
    counted = histogram(image, threads=choices.threads)
    found = LargeSegmentation(image, counted, fit, choices, selection, smoothing, groups, whole=whole)
    if fit.stop is not Stop.GIVEN:
        warn_of_labels_without_pixels(found)
    return found


def _smoothing(
    field: LightField | FittedField, fit: Fit, groups: Groups, posterior: OfPixels, painted: Painted
) -> Smoothing:
    """Return what was done so that neighbours agree."""
    if isinstance(field, FittedField):
        return Smoothing(
            method="field",
            strength=field.strength,
            estimated=field.estimated,
            neighbours=field.neighbours,
            iterations=field.iterations,
            settled=field.settled,
            mixture=field.mixture,
            groups=groups,
            log_likelihood=field.log_likelihood,
            posterior=posterior,
        )
    return Smoothing(
        method=LIGHT,
        strength=LIGHT_STRENGTH,
        estimated=False,
        neighbours=field.view.neighbours,
        iterations=field.sweeps,
        settled=bool(painted.moved[-1] / painted.size < SETTLED),
        mixture=fit.mixture,
        groups=groups,
        log_likelihood=fit.log_likelihood,
        posterior=posterior,
    )


def some_windows(source: Source) -> Image:
    """Return evenly spaced windows of a source beside each other: an image like all of it, but smaller."""
    description = source.description
    *before, height, width = description.shape
    sides = (*(1 for _ in before), min(SIDE, height), min(SIDE, width))
    grid = [window for window in tiles(Window.of(description.shape), sides) if window.shape == sides]
    taken = [grid[at] for at in np.unique(((np.arange(SOME) + 0.5) * len(grid) / SOME).astype(int))]
    images = [source.read(window) for window in taken]
    across = math.isqrt(len(images))
    images = images[: len(images) // across * across]

    def beside(arrays: list[Array]) -> Array:
        planes = [array.reshape(sides[-2], sides[-1], -1) for array in arrays]
        lines = [np.concatenate(planes[at : at + across], axis=1) for at in range(0, len(planes), across)]
        return np.concatenate(lines)

    pixels = beside([image.pixels for image in images])
    mask = beside([np.ones(sides, bool) if image.mask is None else image.mask for image in images])[..., 0]
    axes = "yxc" if description.axes.endswith("c") else "yx"
    return Image(
        pixels if axes == "yxc" else pixels[..., 0],
        axes,
        description.spacing[-2:],
        None if mask.all() else mask.astype(bool),
        stored_channels=images[0].stored_channels,
        unit=description.unit,
        channel_names=description.channel_names,
    )


def _judged_by_some(fit: Fit, known: SourceSample) -> Fit:
    """Return a fit whose steps on subsamples are judged by the rows that are kept, not by a pass each."""
    sample = known.sample
    if not isinstance(sample, SampleInParts):
        return fit
    return replace(fit, summarise=partial(summarise, sample.kept))


def refuse_what_needs_all_pixels(method: Method) -> None:
    """Refuse what cannot be done piece by piece.

    Raises
    ------
    ChoiceError
        The sentence says what needs all pixels at once, and what to do.
    """
    named = {
        "features": method.features.features is not None,
        "scribbles or a box": bool(method.guidance.marks),
        "prior maps": method.scan.prior is not None,
        "a bias field": method.scan.bias,
        "per_time": method.times.per_time,
        'inference="cut"': method.spatial.inference == "cut",
    }
    for what, wanted in named.items():
        if wanted:
            raise ChoiceError(
                f"The image is larger than the memory that it may take, and {what} needs all of its pixels "
                "at once. Give it more memory (memory=), read a smaller level (level=), or leave that out."
            )
