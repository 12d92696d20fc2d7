"""The channels, the time and the plane of a source that are asked for, as of an image."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.imaging.channels import channel_names, some_channels
from pixture.imaging.image import Image
from pixture.imaging.readers.read import taken
from pixture.imaging.window import Window
from pixture.options.reading import Reading
from pixture.scale.sources.source import Description, Source


@dataclass(frozen=True, eq=False)
class TakenSource:
    """A part of a source: `Source` says what its methods are.

    Attributes
    ----------
    description
        Of the part.
    whole
        What it is part of.
    picks
        Which place, from 0, along the axes of the whole that the part has not, by number of the axis.
    channels
        Which channels, from 0; None where all are taken.
    """

    description: Description
    whole: Source
    picks: tuple[tuple[int, int], ...]
    channels: tuple[int, ...] | None

    def __repr__(self) -> str:
        return f"<TakenSource: {self.description}>"

    def read(self, window: Window) -> Image:
        """As `Source` says."""
        start, stop = list(window.start), list(window.stop)
        for axis, index in self.picks:
            start.insert(axis, index)
            stop.insert(axis, index + 1)
        image = self.whole.read(Window(tuple(start), tuple(stop)))
        pixels, mask = image.pixels, image.mask
        for axis, _ in reversed(self.picks):
            pixels = pixels[(slice(None),) * axis + (0,)]
            mask = None if mask is None else mask[(slice(None),) * axis + (0,)]
        if self.channels is not None:
            pixels = pixels[..., self.channels]
        known = self.description
        return replace(
            image,
            pixels=np.ascontiguousarray(pixels),
            axes=known.axes,
            spacing=known.spacing,
            mask=None if mask is None else np.ascontiguousarray(mask),
            channel_names=known.channel_names,
        )


def taken_source(source: Source, reading: Reading) -> Source:
    """Return the channels, the time and the plane of a source that are asked for; the source, where all are.

    Channels without names are called as a window in the middle would have it, where it is values that decide
    whether they are red, green and blue.

    Raises
    ------
    ChoiceError
        One of them is not there.
    """
    if reading.channels is None and reading.time is None and reading.slice is None:
        return source
    whole = source.description
    places, names = _channels(source, reading)
    part = taken(_stand_in(whole), replace(reading, channels=None))
    picks = {
        whole.axes.index(letter): number - 1
        for letter, number in (("t", reading.time), ("z", reading.slice))
        if number is not None and letter in whole.axes
    }
    kept = [axis for axis in range(len(whole.shape)) if axis not in picks]
    description = replace(
        Description.of(part),
        shape=tuple(whole.shape[axis] for axis in kept),
        channels=whole.channels if places is None else len(places),
        channel_names=names,
        stored=tuple(whole.stored[axis] for axis in kept) if whole.stored else (),
    )
    return TakenSource(description, source, tuple(sorted(picks.items())), places)


def _channels(source: Source, reading: Reading) -> tuple[tuple[int, ...] | None, tuple[str, ...]]:
    """Return which channels are asked for, from 0, None for all; and their names."""
    whole = source.description
    if reading.channels is None:
        return None, whole.channel_names
    middle = whole.pieces[len(whole.pieces) // 2]
    seen = source.read(
        Window(middle.start, tuple(at + 1 for at in middle.start)) if _is_plain(whole) else middle
    )
    found = some_channels(seen, reading.channels)
    if not whole.axes.endswith("c"):
        return None, whole.channel_names
    numbers = np.broadcast_to(np.arange(whole.channels, dtype=np.float64), (1, 1, whole.channels))
    numbered = Image(numbers, "yxc", channel_names=tuple(channel_names(seen)))
    places = tuple(int(number) for number in some_channels(numbered, reading.channels).pixels.ravel())
    return places, found.channel_names


def _is_plain(whole: Description) -> bool:
    """Whether what channels are called follows from the dtype, and not from the values."""
    return bool(whole.channel_names) or whole.channels != 3 or whole.dtype in (np.uint8, np.uint16)


def _stand_in(whole: Description) -> Image:
    """Return an image of as many times and planes, of one pixel each."""
    letters = whole.axes.removesuffix("c")
    lengths = tuple(n if letter in "tz" else 1 for letter, n in zip(letters, whole.shape, strict=True))
    pixels = np.zeros(lengths, whole.dtype)
    image = Image(pixels, letters, whole.spacing, None, whole.origin, unit=whole.unit, place=whole.place)
    if not whole.axes.endswith("c"):
        return image
    return replace(image, pixels=pixels[..., None], axes=whole.axes)
