"""An image, and probability maps of its classes -> the segmentation that follows both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixture.arrays import Array
from pixture.errors import ChoiceError
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.image import Image
from pixture.mixture.em.em import OnStep, maximise
from pixture.mixture.em.fit import floor_of
from pixture.mixture.em.fit_result import Stop
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import GIVEN, Choices
from pixture.options.method import Method
from pixture.options.spatial import OFF
from pixture.segmentation.field.evidence import Evidence
from pixture.segmentation.field.posteriors_in_memory import moments_of_rows
from pixture.segmentation.field.potts_em import Iteration
from pixture.segmentation.field.smooth import LIGHT_STRENGTH, smoothed
from pixture.segmentation.guidance.prior_maps import LEAST, prior_maps, with_opened_maps
from pixture.segmentation.guidance.recorded_way import RecordedWay
from pixture.segmentation.segmentation import Segmentation


def prior_segmentation(
    image: Image, counted: Histogram, method: Method, *, on_step: OnStep | None = None
) -> Segmentation:
    """Segment an image by a mixture whose weights are maps; label k is map k.

    r_ik ∝ b_ik N(x_i; m_k, S_k), b_ik the probability of class k at pixel i (Ashburner and Friston 2005,
    without their warping of the maps). EM starts from the moments of the pixels under the maps.

    Raises
    ------
    ReadError, ImageError, ChoiceError
        As `prior_maps`; or the number of components, or the mixture, cannot be had together with maps.
    """
    choices = method.choices
    if method.auto or choices.init == GIVEN:
        raise ChoiceError(
            "With prior maps, components is how many there are, and the mixture starts from them: give a "
            "number, and no mixture to start from."
        )
    maps, inputs = with_opened_maps(method.scan.prior)
    probabilities = prior_maps(maps, image, choices.components)
    start = _start(counted, probabilities, choices)
    way = RecordedWay(counted, choices.threads, on_step)
    way.take(start, np.arange(start.components), 0)

    def tell(iteration: Iteration) -> bool:
        return way.take(iteration.mixture, iteration.components, iteration.number)

    # the mixture is to be fitted under the maps, which light smoothing would leave as it starts
    spatial = method.spatial
    if spatial.is_light:
        spatial = replace(spatial, smooth=OFF if spatial.smooth is None else LIGHT_STRENGTH)
    evidence = Evidence(np.log(np.maximum(probabilities, LEAST)), weighted=False)
    smoothing = smoothed(
        image,
        counted,
        start,
        spatial,
        choices,
        evidence=evidence,
        bias=method.scan.bias,
        on_iteration=tell,
    )
    assert smoothing is not None  # there is evidence
    if smoothing.mixture.components < start.components:
        raise ChoiceError(
            "A prior map was overruled by the values everywhere, so that no pixel has its class; leave it "
            "out, or check that the maps lie on the image."
        )
    fit = way.fit(smoothing.mixture, Stop.SETTLED if smoothing.settled else Stop.MOVING)
    features = method.features.features
    return Segmentation(
        image.read_with(inputs), counted, fit, choices, smoothing=smoothing, features=features
    )


def _start(histogram: Histogram, probabilities: Array, choices: Choices) -> Mixture:
    """Return the mixture of the moments that pixels have under the maps."""
    sample, rows = histogram.sample, histogram.rows(threads=choices.threads).ravel()
    weights = np.stack(
        [np.bincount(rows, one.ravel(), sample.size + 1)[: sample.size] for one in probabilities]
    ).astype(np.float64)
    empty = np.flatnonzero(weights.sum(axis=1) <= 0)
    if empty.size:
        raise ChoiceError(
            f"Prior map {empty[0]} is 0 at every pixel that takes part; leave it out, or check that it lies "
            "on the image."
        )
    K, d = weights.shape[0], sample.dimension
    middle = np.average(sample.values.astype(np.float64), axis=0, weights=sample.weights)
    about = Mixture(np.full(K, 1 / K), np.tile(middle, (K, 1)), np.ones((K, d)), "diagonal")
    if choices.covariance in ("full", "tied"):
        about = Mixture(about.weights, about.means, np.tile(np.eye(d), (K, 1, 1)), "full")
    moments = moments_of_rows(sample, weights, about, threads=choices.threads)
    return maximise(moments, choices.covariance, floor_of(sample, choices))
