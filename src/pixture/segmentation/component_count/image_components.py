"""How many components an image is worth, and the fit of so many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from pixture.arrays import Floats
from pixture.imaging.image import Image
from pixture.mixture.em.em import OnStep
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.em.initialization import mixture_from_labels
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.sample import Sample
from pixture.mixture.model.sample_in_parts import SampleInParts
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.mixture.model_selection.compare_components import OnProgress, select_sample
from pixture.mixture.model_selection.principal_components import principal_components, projected
from pixture.mixture.model_selection.selection import CriterionName, Selection
from pixture.options.features import OWN_CHANNELS, FeatureChoice
from pixture.options.fitting import GIVEN, Choices, CovarianceName
from pixture.segmentation.component_count.away_from_edges import away_from_edges
from pixture.segmentation.component_count.effective_size import effective_size
from pixture.segmentation.sources.feature_histogram import feature_histogram

FEW_VALUES = 16
"""Distinct values away from edges, fewer than which no pixel is left out while numbers are compared."""


def select_image(
    image: Image,
    components: int | Iterable[int],
    covariance: CovarianceName | Sequence[CovarianceName],
    choices: Choices,
    criterion: CriterionName = "bic",
    on_progress: OnProgress | None = None,
    features: FeatureChoice = OWN_CHANNELS,
) -> Selection:
    """Compare numbers of components as `pixture.select` does, on the pixels away from edges.

    Of several times, the middle one is looked at.
    """
    if image.has_times:
        image = image.at("t", image.shape[0] // 2)
    away = away_from_edges(image, threads=choices.threads)
    counted = feature_histogram(image, features, among=away, threads=choices.threads)
    if counted.sample.distinct(FEW_VALUES) < FEW_VALUES:  # each may be a class, and those left out as well
        counted = feature_histogram(image, features, threads=choices.threads)
    directions = principal_components(counted.sample)
    if directions is not None:
        counted = replace(counted, sample=projected(counted.sample, directions))
    size = partial(effective_size, counted, threads=choices.threads)
    selection = select_sample(counted.sample, components, covariance, criterion, choices, size, on_progress)
    pixels = image.size if image.mask is None else np.count_nonzero(image.mask)
    # it is the image that is worth so many pixels
    return replace(selection, total_weight=float(pixels), directions=directions)


def fit_of_best(sample: Sample, selection: Selection, choices: Choices, on_step: OnStep | None) -> Fit:
    """Return the fit of as many components as the image is worth, from where selecting them led."""
    best = selection.best
    if selection.directions is not None:
        some = sample.kept if isinstance(sample, SampleInParts) else sample
        assert isinstance(some, WeightedSample)  # there is no other
        start = _start_in_all_channels(some, best.mixture, selection.directions, choices)
        given = replace(choices, components=start.components, init=GIVEN, n_init=1)
        return fit_sample(sample, given, start=start, on_step=on_step)
    given = replace(choices, components=best.components, init=GIVEN, n_init=1)
    # selecting keeps components wider than a fit does (`sweep.least_variances`): a few iterations are left
    rows = selection.rows if selection.rows < sample.size else None
    before = tuple(
        step if step.subsample is not None else replace(step, subsample=rows) for step in best.fit.steps
    )
    return fit_sample(sample, given, start=best.mixture, before=before, on_step=on_step)


def _start_in_all_channels(
    sample: WeightedSample, mixture: Mixture, directions: Floats, choices: Choices
) -> Mixture:
    """Return the mixture of all channels that the labels under a mixture of few directions make."""
    labels = posterior.labels(mixture, projected(sample, directions), threads=choices.threads)
    floor = sample.variance_floor()
    return mixture_from_labels(
        sample, labels.astype(np.intp), choices.covariance, floor, threads=choices.threads
    )
