"""The channels of an image: what they are called, and some of them by name or number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pixture.errors import ChoiceError
from pixture.imaging.image import Image
from pixture.wording import nearest, plural

MOST_LISTED = 12
"""Names that a sentence lists."""


def channel_names(image: Image) -> list[str]:
    """Return a short name of each channel.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> channel_names(image_from_array(np.zeros((8, 8, 3), np.uint8)))
    ['R', 'G', 'B']
    """
    if image.channel_names:
        return list(image.channel_names)
    if image.is_colour:
        return ["R", "G", "B"]
    if image.channels == 1:
        return ["grey level" if image.pixels.dtype == np.uint8 else "value"]
    return numbered_names(image.channels)


def numbered_names(count: int) -> list[str]:
    """Return the names of channels of which nothing is known but their number, which counts from 1.

    >>> numbered_names(2)
    ['channel 1', 'channel 2']
    """
    return [f"channel {channel}" for channel in range(1, count + 1)]


def channels_in_words(image: Image) -> str:
    """Return how many channels an image has, and what they are.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> channels_in_words(image_from_array(np.zeros((2, 2, 3), np.uint8), axes="yxc"))
    '3 (RGB)'
    """
    if image.stored_channels is not None:
        return f"{image.channels} (grey, stored as {image.stored_channels} equal channels)"
    if image.channel_names:
        return f"{image.channels} ({_listed(image.channel_names)})"
    return f"{image.channels}{' (RGB)' if image.is_colour else ''}"


def some_channels(image: Image, wanted: Sequence[str]) -> Image:
    """Return an image with some of its channels, in the order in which they are named.

    Parameters
    ----------
    image
        The image.
    wanted
        The names of channels, whatever their case, or their numbers from 1. What is a name is no number: of
        channels called "4" and "3", "4" is the first.

    Raises
    ------
    ChoiceError
        A channel is not there, or is named twice.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> image = image_from_array(np.zeros((8, 8, 3)), channel_names=("red", "green", "nir"))
    >>> some_channels(image, ["NIR", "1"]).channel_names
    ('nir', 'red')
    """
    places = [_place(image, name) for name in wanted]
    if len(set(places)) < len(places):
        raise ChoiceError(f"Each channel is taken once; got {', '.join(wanted)}.")
    names = tuple(channel_names(image)[place] for place in places)
    if not image.axes.endswith("c"):
        return image
    pixels = np.ascontiguousarray(image.pixels[..., places])
    return replace(image, pixels=pixels, channel_names=names, stored_channels=None)


def _place(image: Image, name: str) -> int:
    names = [known.casefold() for known in channel_names(image)]
    if names.count(name.casefold()) == 1:
        return names.index(name.casefold())
    if name.isdecimal() and 1 <= int(name) <= image.channels:
        return int(name) - 1
    there = f"{plural(image.channels, 'channel')}, numbered from 1"
    if image.channel_names:
        there = f"{plural(image.channels, 'channel')}: {_listed(image.channel_names)}"
    raise ChoiceError(f"There is no channel {name!r}: it has {there}.{nearest(name, channel_names(image))}")


def _listed(names: Sequence[str]) -> str:
    if len(names) <= MOST_LISTED:
        return ", ".join(names)
    return f"{', '.join(names[:3])} … {names[-1]}"
