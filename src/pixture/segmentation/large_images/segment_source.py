"""A source + choices -> a segmentation whose labels went to a sink, piece by piece."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from pixture.arrays import Floats
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.mixture.em.em import OnStep
from pixture.mixture.em.fit_result import Stop
from pixture.mixture.model.mixture import Mixture
from pixture.options.method import Method
from pixture.options.spatial import LIGHT
from pixture.scale.sink import Sink
from pixture.scale.source import Source
from pixture.scale.workers import Workers
from pixture.segmentation.field.potts_em import SETTLED
from pixture.segmentation.field.smooth import LIGHT_STRENGTH
from pixture.segmentation.field.smoothing import Smoothing
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation, Whole
from pixture.segmentation.large_images.light_field import LightField, light_field
from pixture.segmentation.large_images.painting import Painted, PaintPiece, glimpse_of
from pixture.segmentation.large_images.source_fit import SourceFit, fit_source
from pixture.segmentation.posterior.field_posterior import OfPixels
from pixture.segmentation.segment import warn_of_labels_without_pixels

GLIMPSE = 2**22
"""Pixels of the glimpse of an image, at most."""

GLIMPSE_PLANES = 12
"""Planes, and times, of the glimpse of a stack, at most."""


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
    on_step: OnStep | None = None,
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
    on_step
        As in `segment_image`.

    Raises
    ------
    ChoiceError
        A choice needs all pixels at once; the sentence says what to do.
    """
    found = fit_source(source, method, workers, start=start, on_step=on_step)
    return paint_source(found, workers, targets)


def paint_source(found: SourceFit, workers: Workers, targets: Targets) -> LargeSegmentation:
    """Label all pixels of a source by its mixture, and add up what they are like."""
    source, mixture = found.known.source, found.fit.mixture
    description = source.description
    alone = found.spatial.is_off or mixture.components == 1
    light = None if alone else light_field(source, found.spatial)
    strides = strides_of(description.shape)
    painter = PaintPiece(
        source, mixture, light, found.groups, found.masked_pixels > 0, targets.labels, targets.maps, strides
    )
    painted = workers.summed(painter, description.pieces)
    if light is not None and (sweeps := _sweeps_until_settled(painted)) < light.sweeps:
        # as in the whole, no more sweeps than it takes until all of it is settled
        light = replace(light, sweeps=sweeps)
        painted = workers.summed(replace(painter, light=light), description.pieces)
    assert painted.sums is not None  # some pixel takes part, or there would be no sample
    counted = found.known.sample.size if found.known.is_counted else None
    whole = Whole(description, painted.sums, found.masked_pixels, counted)
    return _with_glimpse(whole, painted, found, light, strides)


def _sweeps_until_settled(painted: Painted) -> int:
    shares = painted.moved / painted.size
    settled = np.flatnonzero(shares < SETTLED)
    return int(settled[0]) + 1 if settled.size else shares.size


def _with_glimpse(
    whole: Whole, painted: Painted, found: SourceFit, light: LightField | None, strides: tuple[int, ...]
) -> LargeSegmentation:
    """Return the segmentation, of which some pixels are seen."""
    fit, threads = found.fit, found.choices.threads
    parts = glimpse_of(painted.glimpses, found.known.source, strides)
    image = _glimpse_image(found.known.source, parts, strides)
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
            groups=found.groups,
            log_likelihood=fit.log_likelihood,
            posterior=OfPixels(image, planes, labels, threads),
        )
    made = LargeSegmentation(
        image,
        histogram(image, threads=threads),
        fit,
        found.choices,
        found.selection,
        smoothing,
        found.groups,
        found.names,
        whole=whole,
    )
    if fit.stop is not Stop.GIVEN:
        warn_of_labels_without_pixels(made)
    return made


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
