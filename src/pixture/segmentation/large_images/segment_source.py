"""A source + choices -> a segmentation whose labels went to a sink, piece by piece."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from pixture.arrays import Array, Floats
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
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation, Whole
from pixture.segmentation.large_images.light_field import LightField, light_field
from pixture.segmentation.large_images.painting import Painted, PaintPiece, glimpse_of
from pixture.segmentation.posterior.field_posterior import OfPixels
from pixture.segmentation.posterior.pixel_posterior import Groups
from pixture.segmentation.segment import warn_of_labels_without_pixels
from pixture.wording import plural

GLIMPSE = 2**22
"""Pixels of the glimpse of an image, at most."""

GLIMPSE_PLANES = 12
"""Planes, and times, of the glimpse of a stack, at most."""

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
        known, fit, choices, method.spatial, workers, targets, selection=selection, groups=groups
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
    return paint_source(known, fit, given, spatial, workers, targets, groups=groups)


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
) -> LargeSegmentation:
    """Label all pixels of a source by a fitted mixture, and add up what they are like."""
    source = known.source
    description = source.description
    masked = description.size - round(known.sample.total_weight)
    alone = spatial.is_off or fit.mixture.components == 1
    light = None if alone else light_field(source, spatial)
    strides = strides_of(description.shape)
    painter = PaintPiece(
        source, fit.mixture, light, groups, masked > 0, targets.labels, targets.maps, strides
    )
    painted = workers.summed(painter, description.pieces)
    if light is not None and (sweeps := _sweeps_until_settled(painted)) < light.sweeps:
        # as in the whole, no more sweeps than it takes until all of it is settled
        light = replace(light, sweeps=sweeps)
        painted = workers.summed(replace(painter, light=light), description.pieces)
    assert painted.sums is not None  # some pixel takes part, or there would be no sample
    counted = known.sample.size if known.is_counted else None
    whole = Whole(description, painted.sums, masked, counted, passes=0)
    return _with_glimpse(whole, painted, source, fit, choices, light, selection, groups, strides)


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
    light: LightField | None,
    selection: Selection | None,
    groups: Groups,
    strides: tuple[int, ...],
) -> LargeSegmentation:
    """Return the segmentation, of which some pixels are seen."""
    parts = glimpse_of(painted.glimpses, source, strides)
    image = _glimpse_image(source, parts, strides)
    smoothing = None
    if light is not None:
        planes = parts["planes"].reshape(len(parts["planes"]), -1)
        labels = np.where(parts["mask"], parts["labels"], 0).ravel()
        moved = painted.moved / painted.size
        smoothing = Smoothing(
            method=LIGHT,
            strength=LIGHT_STRENGTH,
            estimated=False,
            neighbours=light.neighbours,
            iterations=light.sweeps,
            settled=bool(moved[-1] < SETTLED),
            mixture=fit.mixture,
            groups=groups,
            log_likelihood=fit.log_likelihood,
            posterior=OfPixels(image, planes, labels, choices.threads),
        )
    counted = histogram(image, threads=choices.threads)
    found = LargeSegmentation(image, counted, fit, choices, selection, smoothing, groups, whole=whole)
    if fit.stop is not Stop.GIVEN:
        warn_of_labels_without_pixels(found)
    return found


def _glimpse_image(source: Source, parts: Mapping[str, Floats], strides: tuple[int, ...]) -> Image:
    description = source.description
    spacing = description.spacing or (1.0,) * len(strides)
    some = source.read(Window((0,) * len(strides), (1,) * len(strides)))
    mask = parts["mask"]
    return Image(
        parts["pixels"],
        description.axes,
        tuple(size * stride for size, stride in zip(spacing, strides, strict=True)),
        None if mask.all() else mask.astype(bool),
        description.origin,
        stored_channels=some.stored_channels,
        unit=description.unit,
        channel_names=description.channel_names,
    )


def strides_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return along each axis one in how many pixels a glimpse of an image of this shape has.

    >>> strides_of((32768, 32768)), strides_of((500, 4096, 4096))
    ((16, 16), (42, 8, 8))
    """
    before = tuple(-(-length // GLIMPSE_PLANES) for length in shape[:-2])
    planes = math.prod(-(-length // stride) for length, stride in zip(shape, before, strict=False))
    plane = max(1, math.ceil(math.sqrt(planes * math.prod(shape[-2:]) / GLIMPSE)))
    return (*before, plane, plane)


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
        "smooth other than off and light": not (method.spatial.is_off or method.spatial.is_light),
        'inference="cut"': method.spatial.inference == "cut",
    }
    for what, wanted in named.items():
        if wanted:
            raise ChoiceError(
                f"The image is larger than the memory that it may take, and {what} needs all of its pixels "
                "at once. Give it more memory (memory=), read a smaller level (level=), or leave that out."
            )
