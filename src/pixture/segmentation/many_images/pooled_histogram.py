"""Several images as one sample: their distinct values, and how often each occurs in all of them.

Counts add, so an image may be counted anywhere, and what was counted of several is merged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pixture.arrays import Array, Integers
from pixture.errors import ImageError
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image, Origin
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.wording import plural

MOST_BITS = 63
"""Bits into which the channels of a value must go for equal values of several images to become one row."""


@dataclass(frozen=True, eq=False)
class Counted:
    """What of an image counts where several are one sample.

    Attributes
    ----------
    sample
        Its distinct values, and how often each occurs.
    depth, dtype
        What its pixels are, in words, and NumPy's name of it.
    stored
        As how many channels its one was stored; None of any other image.
    origin
        Where it came from.
    read
        The files that were read for it.
    """

    sample: WeightedSample
    depth: str
    dtype: str
    stored: int | None
    origin: Origin | None
    read: tuple[Path, ...]

    @classmethod
    def of(cls, image: Image, *, threads: int | None = None) -> Counted:
        """Return what counts of an image."""
        sample = histogram(image, threads=threads).sample
        dtype = str(image.pixels.dtype)
        return cls(sample, image.depth, dtype, image.stored_channels, image.origin, image.inputs.paths)

    @property
    def channels(self) -> int:
        """How many channels its values have."""
        return self.sample.dimension

    def with_channels(self, channels: int) -> Counted:
        """Return it with so many channels, if grey stored as colour can have them, or colour is grey."""
        values: Array = self.sample.values
        if self.stored == channels:
            values = np.repeat(values, channels, axis=1)
        elif channels == 1 and self.channels > 1 and (values == values[:, :1]).all():
            values = values[:, :1]
        else:
            return self
        changed = WeightedSample(values, self.sample.weights, self.sample.resolution)
        return replace(self, sample=changed, stored=None)


def pooled(images: Iterable[Image], *, threads: int | None = None) -> WeightedSample:
    """Return the weighted sample of all pixels of several images; one image is held at a time.

    EM on it gives the estimate that EM on every pixel of every image gives.

    Raises
    ------
    ImageError
        The images differ in their channels or their dtype, so that their values do not mean the same.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> images = (image_from_array(np.array([values], np.uint8)) for values in ([7, 7, 9], [9, 8, 7]))
    >>> sample = pooled(images)
    >>> sample.values.ravel(), sample.weights
    (array([7., 8., 9.]), array([3., 1., 2.]))
    """
    pool = Pool()
    for image in images:
        pool.add(Counted.of(image, threads=threads))
    return pool.sample


class Pool:
    """Images that were counted, being merged: rows are held twice at most."""

    def __init__(self) -> None:
        self._values: list[Array] = []
        self._weights: list[Array] = []
        self._merged_rows = 0
        self._resolution = 0.0
        self._depth = ""
        self._stored: int | None = None  # as how many equal channels all images so far were stored

    def add(self, counted: Counted) -> None:
        """Add an image.

        Raises
        ------
        ImageError
            It differs from those before in its channels or its dtype; it is not added.
        """
        if not self._values:
            self._depth, self._stored = counted.depth, counted.stored
        else:
            counted = self._agreeing(counted)
        self._resolution = counted.sample.resolution
        self._values.append(counted.sample.values)
        self._weights.append(counted.sample.weights)
        # merged when as many rows wait as there are: each row is sorted a few times, not once an image
        if sum(map(len, self._values)) >= 2 * self._merged_rows:
            self._merge()

    def _agreeing(self, counted: Counted) -> Counted:
        """Return an image as the others are, or make them as it is."""
        channels = self._values[0].shape[1]
        if counted.depth == self._depth and counted.channels == self._stored:  # the first in colour
            self._values = [np.repeat(value, self._stored, axis=1) for value in self._values]
            self._stored = None
            return counted
        stored = counted.stored
        if counted.channels != channels:
            counted = counted.with_channels(channels)
        if (counted.depth, counted.channels) != (self._depth, channels):
            name = "an image" if counted.origin is None else str(counted.origin.path)
            raise ImageError(
                f"{name} is {counted.depth}, {plural(counted.channels, 'channel')}, the images before it "
                f"{self._depth}, {plural(channels, 'channel')}; images that are fitted together must agree."
            )
        self._stored = self._stored if stored == self._stored else None
        return counted

    def _merge(self) -> None:
        if len(self._values) > 1 and self._resolution > 0:
            merged = _merged(np.concatenate(self._values), np.concatenate(self._weights))
            self._values, self._weights = [merged[0]], [merged[1]]
        self._merged_rows = sum(map(len, self._values))

    @property
    def sample(self) -> WeightedSample:
        """The sample of all images.

        Raises
        ------
        ImageError
            There is none.
        """
        if not self._values:
            raise ImageError(
                "There is no image to fit to: none was given. A pattern that matches no file names none."
            )
        self._merge()
        return WeightedSample(np.concatenate(self._values), np.concatenate(self._weights), self._resolution)


def _merged(values: Array, weights: Array) -> tuple[Array, Array]:
    """Return the distinct rows of whole numbers and the weight of each; as they are if too wide to pack."""
    low = values.min(axis=0)
    bits = [int(extent).bit_length() for extent in values.max(axis=0) - low]
    if sum(bits) > MOST_BITS:
        return values, weights
    codes: Integers = np.zeros(len(values), dtype=np.int64)
    for channel, width in zip((values - low).T.astype(np.int64), bits, strict=True):
        codes = (codes << width) | channel
    _, first, row = np.unique(codes, return_index=True, return_inverse=True)
    return values[first], np.bincount(row.ravel(), weights)
