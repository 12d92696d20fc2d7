"""An image and the names of features -> the weighted sample of these, and the way back to the pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixture.arrays import Array, Floats, Mask
from pixture.errors import ChoiceError
from pixture.imaging.channels import channel_names
from pixture.imaging.feature_space import position as place
from pixture.imaging.feature_space.colour_spaces import OF_COLOUR, logarithm
from pixture.imaging.feature_space.perceptual_planes import shown_range
from pixture.imaging.histogram.histogram import Histogram, histogram
from pixture.imaging.histogram.lookup import ByPixel
from pixture.imaging.image import Image
from pixture.mixture.model.channel_scales import ChannelScales
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.features import OWN_CHANNELS, Feature, FeatureChoice
from pixture.parallel import map_slabs
from pixture.wording import plural

SETTLING = 4_096
"""Distinct values that settle how far a level moves a feature."""


def feature_histogram(
    image: Image,
    chosen: FeatureChoice = OWN_CHANNELS,
    *,
    among: Mask | None = None,
    threads: int | None = None,
) -> Histogram:
    """Return the weighted sample of an image's features.

    A feature that is a function of the pixel's value alone is computed of the distinct values, whose counts
    stay their weights: EM on them gives the estimate that it gives on every pixel. Where a pixel's
    surroundings or its place have a part in it, there is a row a pixel.

    Parameters
    ----------
    image
        Masked pixels are left out, and have no part in the features of others.
    chosen
        Which features. None named: the image's own channels.
    among
        Where pixels are counted, of the image's shape, some of those that take part; None counts all. What
        the features are does not depend on it.
    threads
        As in `Choices`.

    Raises
    ------
    ChoiceError
        The image has not the channels that a feature is made of.
    """
    seen = image if among is None else image.masked(among)
    counted, named = histogram(seen, threads=threads), chosen.named
    if not named:
        return counted
    for feature in named:
        _refuse_other_than_colour(feature, image)
    ends = shown_range(image.rows, None if image.mask is None else image.mask.ravel())
    if all(_of_value_alone(feature) for feature in named):
        parts: list[Array] = [_of_values(feature, counted, ends, threads) for feature in named]
        found, own = counted, counted.sample.channels
    else:
        mask: Mask = np.empty(0, bool) if seen.mask is None else seen.mask.ravel()
        whole = [_of_pixels(feature, image, counted, ends, threads) for feature in named]
        parts = [part if seen.mask is None else part[:, mask] for part in whole]
        found = Histogram(counted.sample, ByPixel(mask), seen.shape)
        own = (seen.rows if seen.mask is None else seen.rows[mask]).T
    sample = WeightedSample(
        np.concatenate(parts).T,
        counted.sample.weights if found is counted else None,
        scales=ChannelScales(
            np.concatenate(
                [_widths(f, counted, ends, len(part)) for f, part in zip(named, parts, strict=True)]
            ),
            np.repeat([feature.weight for feature in named], [len(part) for part in parts]),
        ),
    )
    names = tuple(name for feature in named for name in feature_names(feature, image))
    return replace(found, sample=sample, own=own, names=names)


def feature_of_rows(
    feature: Feature, counted: Histogram, image: Image, *, threads: int | None = None
) -> Floats:
    """Return a feature of the value alone, of each row of an image's histogram, (channels, rows).

    The rows may be those of other features: what they are of the image's own channels says it.

    Raises
    ------
    ChoiceError
        The image has not the channels that the feature is made of.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> pixels = np.array([[[0, 0, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    >>> image = image_from_array(pixels, axes="yxc")
    >>> feature_of_rows(Feature("lab"), histogram(image), image)[0].round(1) + 0.0
    array([  0. ,  32.3, 100. ])
    """
    _refuse_other_than_colour(feature, image)
    ends = shown_range(image.rows, None if image.mask is None else image.mask.ravel())
    return _of_own(feature, counted.own_channels, ends, threads)


def feature_names(feature: Feature, image: Image) -> tuple[str, ...]:
    """Return what the channels of a feature are called.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> feature_names(Feature("log"), image_from_array(np.zeros((9, 9, 3))))
    ('log R', 'log G', 'log B')
    """
    axes = len(image.spatial_spacing)
    if feature.name in OF_COLOUR:
        return OF_COLOUR[feature.name][1]
    if feature.name == "position":
        return place.NAMES[-axes:]
    if feature.name == "texture":
        from pixture.imaging.feature_space.texture import texture_names  # SciPy is loaded where needed

        return texture_names(axes)
    own = ("value",) if image.channels == 1 else tuple(channel_names(image))
    return own if feature.name == "channels" else tuple(f"log {name}" for name in own)


def _refuse_other_than_colour(feature: Feature, image: Image) -> None:
    if feature.name in OF_COLOUR and not image.is_colour:
        stored = " of unlike units" if image.channels == 3 else ""
        if image.stored_channels is not None:
            stored = f" (grey, stored as {image.stored_channels} equal ones)"
        raise ChoiceError(
            f"The feature {feature.name} is made of red, green and blue; the image has "
            f"{plural(image.channels, 'channel')}{stored}. Take channels, log, texture or position instead."
        )


def _of_value_alone(feature: Feature) -> bool:
    return feature.name not in ("texture", "position")


def _of_values(
    feature: Feature, counted: Histogram, ends: tuple[float, float], threads: int | None
) -> Floats:
    """Return the feature of each distinct value, (channels, rows)."""
    return _of_own(feature, counted.sample.channels, ends, threads)


def _of_own(feature: Feature, own: Array, ends: tuple[float, float], threads: int | None) -> Floats:
    parts = map_slabs(
        lambda start, stop: _transformed(feature, own[:, start:stop], ends), own.shape[1], threads=threads
    )
    return np.concatenate(parts, axis=1)


def _transformed(feature: Feature, own: Array, ends: tuple[float, float]) -> Floats:
    """Return the feature of values (d, n) in the image's own channels, of which two are black and white."""
    values = own.astype(np.float64)
    if feature.name == "channels":
        return values
    low, high = ends
    shown = (values - low) / (high - low if high > low else 1.0)
    return logarithm(shown) if feature.name == "log" else OF_COLOUR[feature.name][0](shown)


def _of_pixels(
    feature: Feature,
    image: Image,
    counted: Histogram,
    ends: tuple[float, float],
    threads: int | None,
) -> Array:
    """Return the feature of each pixel, (channels, pixels) float32; anything where masked."""
    if _of_value_alone(feature):
        of_rows = _of_values(feature, counted, ends, threads).astype(np.float32)
        planes = np.array([counted.spread(channel, 0.0, threads=threads) for channel in of_rows])
    elif feature.name == "position":
        planes = place.position(image)
    else:
        from pixture.imaging.feature_space.texture import texture  # as above

        if image.has_times:
            each = [texture(image.at("t", time), threads=threads) for time in range(image.shape[0])]
            planes = np.stack(each, axis=1)
        else:
            planes = texture(image, threads=threads)
    return planes.reshape(len(planes), -1)


def _widths(feature: Feature, counted: Histogram, ends: tuple[float, float], channels: int) -> Floats:
    """Return how far a level of the image moves each of a feature's channels, (channels,); 0 of floats.

    √(Σ_c (f(x + e_c) - f(x))²), e_c one level of channel c; over the pixels, its median.
    """
    if counted.sample.resolution == 0 or not _of_value_alone(feature):
        return np.zeros(channels)
    own = counted.sample.thinned(SETTLING).channels
    here, squares = _transformed(feature, own, ends), np.zeros((channels, own.shape[1]))
    for level in np.eye(len(own)):
        squares += (_transformed(feature, own + level[:, None], ends) - here) ** 2
    widths: Floats = np.median(np.sqrt(squares), axis=1)
    return widths
