"""Images larger than memory in a session: a picture of all of it, windows of it at any level, its labels.

All of it is gone through once when it is opened, for a picture that is small enough to keep. What is finer is
read from the file where somebody looks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.errors import ImageError
from pixture.imaging.display.display import in_range, shown_channels, shown_range
from pixture.imaging.downsampling import reduce
from pixture.imaging.image import Image
from pixture.imaging.window import Window, tiles
from pixture.scale.sources.source import Source, window_image
from pixture.scale.workers import Workers
from pixture.segmentation.large_images.source_fit import SourceFit

MOST_KEPT = 32_000_000
"""Pixels of the picture that is kept of all of an image."""

SIDE = 2048
"""Rows and columns that are read at once: a multiple of every factor by which a picture is reduced."""


@dataclass(frozen=True)
class SeeWindow:
    """Reads a window for what is kept: its area means, and every n-th of its pixels.

    Attributes
    ----------
    source
        The image.
    factor
        By how much the picture is reduced.
    stride
        One pixel in so many rows, and columns, is taken as it is.
    """

    source: Source
    factor: int
    stride: int
    doing: ClassVar[str] = "reading"

    def __call__(self, window: Window) -> tuple[Window, Array, Array, Mask | None]:
        """Return the window, its means as the image's own type, and the pixels taken with their mask."""
        image = self.source.read(window)
        means = shown_channels(image, reduce(image, self.factor, threads=1).pixels)
        if image.pixels.dtype.kind in "ui":
            means = np.round(means)
        some = (slice(None, None, self.stride),) * 2
        mask = None if image.mask is None else image.mask[some].copy()
        return window, means.astype(image.pixels.dtype), image.pixels[some].copy(), mask


@dataclass(frozen=True, eq=False)
class LargeImage:
    """An image larger than memory, and what is kept of it to look at.

    Attributes
    ----------
    source
        Where all of it is read from.
    picture
        (rows, columns, 3) uint8, the means of blocks of `factor` x `factor` pixels.
    factor
        A power of two.
    limits
        What is shown black and white, as `display.shown_range` says.
    labels
        The file of the labels found last, one byte a pixel; None before there are any.
    fitted
        The mixture by which they were found, and the classes to which its components were merged.
    maps
        The files of maps of these labels that were asked for, as those of labels: by `map_name`.
    """

    source: Source
    picture: Integers
    factor: int
    limits: Floats | None
    labels: Path | None = None
    fitted: SourceFit | None = None
    maps: Mapping[str, Path] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.source.description.shape
        return rows, columns

    @property
    def spacing(self) -> tuple[float, ...]:
        """As `Image.spatial_spacing`."""
        return self.source.description.spacing or (1.0, 1.0)

    @property
    def has_units(self) -> bool:
        """Whether the size of a pixel is known: as `Image.has_units`."""
        description = self.source.description
        return description.unit is not None or any(size != 1 for size in description.spacing)

    def seen(self, window: Window, factor: int) -> Integers:
        """Return the picture of a window of the image reduced by a factor, (rows, columns, 3) uint8.

        `window` is in pixels of the image, and begins at multiples of `factor`.
        """
        if factor >= self.factor:
            more = factor // self.factor
            part = tuple(
                slice(start // self.factor, -(-stop // self.factor))
                for start, stop in zip(window.start, window.stop, strict=True)
            )
            kept = Image(np.ascontiguousarray(self.picture[part]), "yxc")
            return reduced(kept.pixels, more)
        image = reduce(self.source.read(window), factor)
        return coloured(in_range(shown_channels(image, image.pixels), self.limits))

    def labels_of(self, window: Window, factor: int) -> Integers:
        """Return the label of every n-th pixel of a window, uint8; 255 where none was found."""
        if self.labels is None:
            raise ImageError("The image has no labels yet; run it first.")
        return self._kept(self.labels, window, factor)

    def map_of(self, name: str, window: Window, factor: int) -> Integers:
        """Return the shade of every n-th pixel of a window in a map, uint8; 255 where nothing takes part."""
        if name not in self.maps:
            raise ImageError(
                "This takes a pass through the image, which is larger than memory: press Compute."
            )
        return self._kept(self.maps[name], window, factor)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of labels and maps."""
        return (*([] if self.labels is None else [self.labels]), *self.maps.values())

    def _kept(self, path: Path, window: Window, factor: int) -> Integers:
        try:
            kept = np.memmap(path, np.uint8, "r", shape=self.shape)
        except FileNotFoundError:  # others have taken their place meanwhile
            raise ImageError("What was asked for is no longer there; look again.") from None
        return np.ascontiguousarray(kept[window.slices][::factor, ::factor])


def map_name(layer: str, component: int) -> str:
    """Return what a map is called: that of a component's probability, or of the uncertainty.

    >>> map_name("probability", 2), map_name("uncertainty", 2)
    ('probability 2', 'uncertainty')
    """
    return f"{layer} {component}" if layer == "probability" else layer


def reduced(picture: Integers, factor: int) -> Integers:
    """Return the area means of a picture, (rows, columns, 3) uint8."""
    if factor == 1:
        return picture
    means = reduce(Image(np.ascontiguousarray(picture), "yxc"), factor).pixels
    return np.round(means).astype(np.uint8)


def coloured(picture: Integers) -> Integers:
    """Return a picture of three channels of one of one or three.

    >>> coloured(np.full((1, 1, 1), 7, np.uint8))
    array([[[7, 7, 7]]], dtype=uint8)
    """
    return np.repeat(picture, 3, axis=-1) if picture.shape[-1] == 1 else picture


def power_of_two(pixels: int, most: int) -> int:
    """Return the least power of two by which rows and columns are reduced such that `most` pixels are left.

    >>> power_of_two(32768**2, 32_000_000), power_of_two(100, 100)
    (8, 1)
    """
    ratio = max(1.0, pixels / most)
    return 1 << math.ceil(math.log2(ratio) / 2)


def looked_at(source: Source, workers: Workers, most_seen: int) -> tuple[LargeImage, Image]:
    """Go through an image once; return it as it is looked at, and an image of every n-th of its pixels.

    Raises
    ------
    ImageError
        It has more than rows and columns.
    ReadError
        A part of it cannot be decoded.
    """
    description = source.description
    if len(description.shape) != 2:
        sides = " x ".join(f"{length:,}" for length in description.shape)
        raise ImageError(
            f"The image is {sides} and larger than memory; of such images the studio opens those of rows "
            "and columns. Take a plane, or a time, of it (pixture segment --slice), or a smaller level."
        )
    rows, columns = description.shape
    factor = power_of_two(description.size, MOST_KEPT)
    stride = max(factor, power_of_two(description.size, most_seen))
    shape = -(-rows // factor), -(-columns // factor)
    few = -(-rows // stride), -(-columns // stride)
    channels = 3 if description.channels >= 3 else 1
    means = np.zeros((*shape, channels), description.dtype)
    pixels = np.zeros(
        (*few, *((description.channels,) if description.axes.endswith("c") else ())), means.dtype
    )
    mask = np.ones(few, bool)
    look = SeeWindow(source, factor, stride)
    for window, part, some, there in workers.each(
        look, list(tiles(Window.of(description.shape), (SIDE, SIDE)))
    ):
        means[_at(window, factor)], pixels[_at(window, stride)] = part, some
        if there is not None:
            mask[_at(window, stride)] = there
    few_pixels = window_image(description, pixels, mask)
    first = source.read(Window((0, 0), (1, 1)))
    spacing = tuple(stride * size for size in description.spacing) or (float(stride),) * 2
    seen = replace(few_pixels, spacing=spacing, stored_channels=first.stored_channels)
    limits = shown_range(seen)
    return LargeImage(source, coloured(in_range(means, limits)), factor, limits), seen


def _at(window: Window, factor: int) -> tuple[slice, slice]:
    rows, columns = (
        slice(start // factor, -(-stop // factor))
        for start, stop in zip(window.start, window.stop, strict=True)
    )
    return rows, columns
