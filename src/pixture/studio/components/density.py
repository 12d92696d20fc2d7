"""The density of an image's values in a plane of two channels, or of Lab, and components seen in Lab."""

from __future__ import annotations

from typing import Any

import numpy as np

from pixture.arrays import Array, Floats
from pixture.errors import ChoiceError
from pixture.imaging.channels import channel_names
from pixture.imaging.feature_space.colour_spaces import OF_COLOUR
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.image import Image
from pixture.mixture.model.mixture import Mixture
from pixture.options.features import Feature, FeatureChoice
from pixture.segmentation.components_elsewhere import moments_elsewhere
from pixture.segmentation.sources.feature_histogram import feature_of_rows
from pixture.studio.runs.fitting import found_in, opened_in
from pixture.studio.runs.seen import LAB as IN_LAB
from pixture.studio.runs.seen import seen_histogram
from pixture.studio.session.document import OpenedImage
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Session
from pixture.view.panels.binning import Binned, bin_edges, in_plane
from pixture.wording import shown

LAB = Feature("lab")


def axes(session: Session, question: Question) -> Answer:
    """Answer the names of the channels that the mixture is one of, and of Lab's where the image has it."""
    opened = opened_in(session)
    histogram = _seen(session, opened)
    names = histogram.names or channel_names(opened.seen)
    lab = OF_COLOUR[LAB.name][1] if opened.seen.is_colour else ()
    if set(lab) <= set(names):  # the mixture is one of them
        lab = ()
    return Answer({"names": list(names), "lab": list(lab)})


def density(session: Session, question: Question) -> Answer:
    """Answer how many pixels have each value of one channel, x, or of two, x and y.

    The pixels are those that are looked at. With {"space": "lab"} the channels are L*, a* and b*. Says the
    ends of the axes and the number of bins along each; the buffers hold the counts, float32, row by row from
    the least y on, and of colour images the mean colour of each bin, three bytes.
    """
    opened = opened_in(session)
    histogram = _seen(session, opened)
    in_lab = question.text("space", "channels", longest=16) == LAB.name
    values: Array = _lab(session, opened, histogram) if in_lab else histogram.sample.channels
    resolution = 0.0 if in_lab else histogram.sample.resolution
    most = len(values) - 1
    across = _binned(values[question.whole("x", 0, most)], resolution)
    if question.says.get("y") is None:
        counts, _ = np.histogram(across.values, across.edges, weights=histogram.sample.weights)
        says: dict[str, Any] = {"x": across.ends, "width": counts.size, "y": None, "height": 1}
        return Answer(says, (counts.astype("<f4").tobytes(),))
    up = _binned(values[question.whole("y", 0, most)], resolution)
    weight = in_plane(across, up, histogram.sample.weights)
    height, width = weight.shape
    buffers = [weight.astype("<f4").tobytes()]
    if opened.seen.is_colour:
        buffers.append(_colours(across, up, histogram, weight, opened.seen).tobytes())
    return Answer({"x": across.ends, "y": up.ends, "width": width, "height": height}, tuple(buffers))


def components_in_lab(session: Session, question: Question) -> Answer:
    """Answer weights, means and covariances in Lab of what the components of a mixture answer for.

    The mixture is that of a step of the fit that was found, {"at": number}; or its weights, means and
    covariances are in the buffers, float32, as a step tells of them.
    """
    opened = opened_in(session)
    histogram = _seen(session, opened)
    if question.says.get("at") is not None:
        fit = found_in(session).segmentation.fit
        mixture = fit.steps[question.whole("at", 0, len(fit.steps) - 1)].mixture
    else:
        mixture = _mixture_in(question, histogram.sample.dimension)
    if mixture.dimension != histogram.sample.dimension:
        raise ChoiceError("The features were changed after this fit; run it again to see it in Lab.")
    moments = moments_elsewhere(mixture, histogram.sample, _lab(session, opened, histogram))
    filled = moments.zeroth > 0
    means, covariances = np.zeros_like(moments.first), np.zeros_like(moments.second)
    there = moments.of(np.flatnonzero(filled))
    means[filled] = there.means
    covariances[filled] = there.scatters / there.zeroth[:, None, None]
    return Answer(
        {"components": mixture.components},
        tuple(array.astype("<f4").tobytes() for array in (mixture.weights, means, covariances)),
    )


def _seen(session: Session, opened: OpenedImage) -> Histogram:
    chosen = session.document.chosen
    return seen_histogram(session, opened, FeatureChoice(chosen.features.features), chosen.choices.threads)


def _lab(session: Session, opened: OpenedImage, histogram: Histogram) -> Floats:
    """Return L*, a* and b* of each row, (3, rows); those of one sample are kept."""
    kept: tuple[Histogram, Floats] | None = session.memory.get(IN_LAB)
    if kept is None or kept[0] is not histogram:
        kept = histogram, feature_of_rows(LAB, histogram, opened.seen)
        session.memory[IN_LAB] = kept
    return kept[1]


def _binned(values: Array, resolution: float) -> Binned:
    return Binned(values, bin_edges(values, resolution))


def _colours(across: Binned, up: Binned, histogram: Histogram, weight: Floats, image: Image) -> Array:
    """Return the mean colour of each bin, (up, across, 3) uint8, as the image is shown."""
    shown_rows = feature_of_rows(Feature("rgb"), histogram, image) * (255 / 100)
    sums = [in_plane(across, up, histogram.sample.weights * channel) for channel in shown_rows]
    found: Array = (np.stack(sums, axis=-1) / np.maximum(weight, 1e-300)[..., None]).round().clip(0, 255)
    return found.astype(np.uint8)


def _mixture_in(question: Question, channels: int) -> Mixture:
    """Return the mixture in the buffers of a question.

    Raises
    ------
    ChoiceError
        There is none in them.
    """
    arrays = [np.frombuffer(one, "<f4").astype(np.float64) for one in question.buffers if len(one) % 4 == 0]
    K = arrays[0].size if arrays else 0
    sizes = [array.size for array in arrays]
    if K == 0 or sizes != [K, K * channels, K * channels * channels] or not arrays[0].sum() > 0:
        raise ChoiceError(
            f"A mixture of {channels} channels is three buffers: K weights, K x {channels} means, "
            f"K x {channels} x {channels} covariances, float32; got {shown(sizes)} numbers."
        )
    weights, means, covariances = arrays
    return Mixture(
        weights / weights.sum(), means.reshape(K, channels), covariances.reshape(K, channels, channels)
    )
