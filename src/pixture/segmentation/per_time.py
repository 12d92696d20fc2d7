"""A mixture of each time of a series, every one from that of the time before."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from pixture import stopping
from pixture.errors import ChoiceError, FewerComponentsWarning, warn
from pixture.imaging.image import Image
from pixture.mixture.em.em import summarise
from pixture.mixture.em.fit import fit_sample
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import GIVEN, Choices
from pixture.options.method import Method
from pixture.options.spatial import LIGHT
from pixture.segmentation.field.smooth import smoothed
from pixture.segmentation.field.smoothing import Smoothing
from pixture.segmentation.posterior.field_posterior import OfPixels
from pixture.segmentation.posterior.value_posterior import OfValues
from pixture.segmentation.sources.feature_histogram import feature_histogram


def of_each_time(image: Image, start: Mixture, method: Method) -> tuple[Smoothing, tuple[Mixture, ...]]:
    """Return the labels of a series under a mixture of each time, and these mixtures.

    The first time's EM starts from `start`, each other from the mixture of the time before; nothing is sorted
    anew, so that components stay what they are while they drift. Neighbours are made to agree under each
    time's mixture, which stays as it was fitted.

    Parameters
    ----------
    image
        With times.
    start
        Fitted to all of them.
    method
        How each is fitted and smoothed.

    Raises
    ------
    ChoiceError
        The image has no times.
    """
    if not image.has_times:
        raise ChoiceError(
            f"per_time fits each time of a series, and this is {image.in_words}. Leave it out; of an array, "
            "say which axis is time: image_from_array(array, axes='tyx')."
        )
    before, mixtures, posteriors = start, [], []
    strength, likelihood, pixels, iterations, settled = 0.0, 0.0, 0.0, 1, True
    neighbours = 0
    for time in range(image.shape[0]):
        stopping.check()
        here = image.at("t", time)
        if here.mask is not None and not here.mask.any():
            mixtures.append(before)
            posteriors.append(_nothing(here, before.components, method))
            continue
        counted = feature_histogram(here, method.features, threads=method.choices.threads)
        before, likely = _next(before, counted.sample, method.choices, time)
        found = smoothed(here, counted, before, method.spatial, method.choices, keep_mixture=True)
        if found is None:
            of_values = OfValues(before, counted, (), method.choices.threads)
            shares = np.nan_to_num(of_values.probabilities(range(before.components)))
            posteriors.append(OfPixels.of(here, shares, method.choices.threads))
        else:
            posteriors.append(found.posterior)
            strength, neighbours = found.strength, found.neighbours
            iterations, settled = max(iterations, found.iterations), settled and found.settled
        mixtures.append(before)
        likelihood += likely * counted.sample.total_weight
        pixels += counted.sample.total_weight
    whole = OfPixels(
        image,
        np.concatenate([one.planes for one in posteriors], axis=1),
        np.concatenate([one.most_probable for one in posteriors]),
        method.choices.threads,
    )
    smoothing = Smoothing(
        method=LIGHT if method.spatial.is_light else "field",
        strength=strength,
        estimated=False,
        neighbours=neighbours,
        iterations=iterations,
        settled=settled,
        mixture=start,
        groups=(),
        log_likelihood=likelihood / pixels,
        posterior=whole,
    )
    return smoothing, tuple(mixtures)


def _next(before: Mixture, sample: WeightedSample, choices: Choices, time: int) -> tuple[Mixture, float]:
    """Return a time's mixture, and its log-likelihood per pixel.

    EM starts from the mixture before, or from it moved by as much as the mean of all pixels is, as in a
    series that gets darker: from the more likely one.
    """
    own = summarise(sample, before, threads=choices.threads)
    mean = np.average(sample.channels, axis=1, weights=sample.weights)
    apart = mean - before.weights @ before.means
    moved = Mixture(before.weights, before.means + apart, before.covariances, before.covariance)
    of_moved = summarise(sample, moved, threads=choices.threads)
    start = moved if of_moved.log_likelihood > own.log_likelihood else before
    given = replace(choices, components=before.components, init=GIVEN, n_init=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerComponentsWarning)  # said below, with the time
        fit = fit_sample(sample, given, start=start)
    if fit.mixture.components == before.components:
        return fit.mixture, fit.log_likelihood
    warn(
        f"At time {time + 1} a component answers for no pixel; the mixture of the time before labels it.",
        FewerComponentsWarning,
    )
    likely = max(own.log_likelihood, of_moved.log_likelihood)
    return start, float(likely / sample.total_weight)


def _nothing(image: Image, components: int, method: Method) -> OfPixels:
    """Return the posterior of an image of which no pixel takes part."""
    return OfPixels.of(image, np.zeros((components, *image.shape), np.float32), method.choices.threads)
