"""A source + choices -> a segmentation whose labels went to a sink, piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pixture.imaging.histogram.histogram import histogram
from pixture.mixture.em.em import OnStep
from pixture.mixture.em.fit_result import Stop
from pixture.mixture.model.mixture import Mixture
from pixture.options.method import Method
from pixture.options.spatial import LIGHT
from pixture.scale.sinks.sink import Sink
from pixture.scale.sources.source import Source
from pixture.scale.workers import Workers
from pixture.segmentation.field.potts_em import SETTLED
from pixture.segmentation.field.smooth import LIGHT_STRENGTH
from pixture.segmentation.field.smoothing import Smoothing
from pixture.segmentation.large_images.field.fitted_field import FittedField
from pixture.segmentation.large_images.field.light_field import LightField
from pixture.segmentation.large_images.field.smooth_source import field_of
from pixture.segmentation.large_images.glimpse import glimpse_image, glimpse_of, strides_of
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation, Whole
from pixture.segmentation.large_images.painting import Painted, PaintPiece
from pixture.segmentation.large_images.source_fit import SourceFit, fit_source
from pixture.segmentation.posterior.field_posterior import OfPixels
from pixture.segmentation.segment import warn_of_labels_without_pixels


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
    scratch: Path | None = None,
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
    scratch
        As in `paint_source`.
    on_step
        As in `segment_image`.

    Raises
    ------
    ChoiceError
        A choice needs all pixels at once; the sentence says what to do.
    """
    found = fit_source(source, method, workers, start=start, on_step=on_step).without_rows()
    return paint_source(found, workers, targets, scratch=scratch)


def paint_source(
    found: SourceFit,
    workers: Workers,
    targets: Targets,
    *,
    scratch: Path | None = None,
    lasting: bool = False,
) -> LargeSegmentation:
    """Label all pixels of a source by a fitted mixture, and add up what they are like.

    Where the mixture was given, it stays as it is.

    Parameters
    ----------
    found
        The mixture.
    workers, targets
        As in `segment_source`.
    scratch
        The folder in which posteriors are kept while the mixture is fitted under a prior; None takes that of
        temporary files.
    lasting
        Whether `scratch` itself holds them, so that a run which was ended goes on from the last iteration
        that it finished; who gave it removes it.
    """
    known, fit = found.known, found.fit
    source = known.source
    description = source.description
    strides = strides_of(description.shape)
    smoother = field_of(
        known,
        fit.mixture,
        found.spatial,
        found.choices,
        workers,
        keep_mixture=fit.stop is Stop.GIVEN or found.keeps_mixture,
        scratch=scratch,
        lasting=lasting,
    )
    with smoother as field:
        mixture = field.mixture if isinstance(field, FittedField) else fit.mixture
        painter = PaintPiece(
            source,
            mixture,
            field,
            found.groups,
            found.masked_pixels > 0,
            targets.labels,
            targets.maps,
            strides,
        )
        painted = workers.summed(painter, description.pieces)
        if isinstance(field, LightField) and (sweeps := _sweeps_until_settled(painted)) < field.sweeps:
            # as in the whole, no more sweeps than it takes until all of it is settled
            field = replace(field, sweeps=sweeps)
            painted = workers.summed(replace(painter, smoother=field), description.pieces)
    assert painted.sums is not None  # some pixel takes part, or there would be no sample
    counted = known.rows if known.is_counted else None
    whole = Whole(description, painted.sums, found.masked_pixels, counted)
    return _with_glimpse(whole, painted, found, field, strides)


def _sweeps_until_settled(painted: Painted) -> int:
    shares = painted.moved / painted.size
    settled = np.flatnonzero(shares < SETTLED)
    return int(settled[0]) + 1 if settled.size else shares.size


def _with_glimpse(
    whole: Whole,
    painted: Painted,
    found: SourceFit,
    field: LightField | FittedField | None,
    strides: tuple[int, ...],
) -> LargeSegmentation:
    """Return the segmentation, of which some pixels are seen."""
    source, threads = found.known.source, found.choices.threads
    parts = glimpse_of(painted.glimpses, source, strides)
    image = glimpse_image(source, parts, strides)
    smoothing = None
    if field is not None:
        planes = parts["planes"].reshape(len(parts["planes"]), -1)
        labels = np.where(parts["mask"], parts["labels"], 0).ravel()
        smoothing = _smoothing(field, found, OfPixels(image, planes, labels, threads), painted)
    made = LargeSegmentation(
        image,
        histogram(image, threads=threads),
        found.fit,
        found.choices,
        found.selection,
        smoothing,
        found.groups,
        found.names,
        whole=whole,
    )
    if found.fit.stop is not Stop.GIVEN:
        warn_of_labels_without_pixels(made)
    return made


def _smoothing(
    field: LightField | FittedField, found: SourceFit, posterior: OfPixels, painted: Painted
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
            groups=found.groups,
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
        mixture=found.fit.mixture,
        groups=found.groups,
        log_likelihood=found.fit.log_likelihood,
        posterior=posterior,
    )
