"""Where the pieces of an image come from: any window of it is read by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from pixture.imaging.image import Image, Origin
from pixture.imaging.physical_space.place import Place
from pixture.imaging.window import Window, pieces


@dataclass(frozen=True, eq=False)
class Description:
    """What is known of an image before its pixels are read.

    Attributes
    ----------
    axes, spacing, unit, channel_names, place, origin
        As of `Image`.
    shape
        Without channels, as `Image.shape`.
    channels
        How many there are.
    dtype
        Of the pixels as they are read: what a header scales is scaled by then.
    stored
        The shape of the tiles, chunks or strips in which pixels are stored: reading a window decodes all that
        it touches.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> Description.of(image_from_array(np.zeros((4, 5, 3), np.uint8)))
    <Description: 4 x 5 pixels, 3 channels, uint8>
    """

    axes: str
    shape: tuple[int, ...]
    channels: int
    dtype: np.dtype[Any]
    spacing: tuple[float, ...] = ()
    unit: str | None = None
    channel_names: tuple[str, ...] = ()
    place: Place | None = None
    origin: Origin | None = None
    stored: tuple[int, ...] = ()

    @classmethod
    def of(cls, image: Image) -> Description:
        """Return the description of an image in memory."""
        return cls(
            image.axes,
            image.shape,
            image.channels,
            image.pixels.dtype,
            image.spacing,
            image.unit,
            image.channel_names,
            image.place,
            image.origin,
        )

    def __repr__(self) -> str:
        sides = " x ".join(f"{length:,}" for length in self.shape)
        return f"<Description: {sides} pixels, {self.channels} channels, {self.dtype}>"

    @property
    def size(self) -> int:
        """Number of pixels."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of all pixels in memory."""
        return self.size * self.channels * self.dtype.itemsize

    @property
    def pieces(self) -> tuple[Window, ...]:
        """The pieces that it is gone through in: `imaging.window.pieces`."""
        return pieces(self.shape, self.channels, volume="z" in self.axes)


class Source(Protocol):
    """An image of which any window can be read.

    It may be sent to other processes (`pickle`), where it opens what it reads from for itself: files are
    opened when first read, once a process, and never held by what is sent.
    """

    @property
    def description(self) -> Description:
        """What is known of the image."""

    def read(self, window: Window) -> Image:
        """Return the pixels of a window as `readers.read` would return them, those that take no part masked.

        Of an image with the window's shape: its axes, spacing, unit and names are the whole image's, its
        place None. All of its pixels may be masked. It may be called from several threads at once.

        Raises
        ------
        ReadError
            The window cannot be decoded; the sentence says where it lies.
        """


@dataclass(frozen=True, eq=False)
class ImageSource:
    """An image in memory as a source.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> source = ImageSource(image_from_array(np.arange(20, dtype=np.uint8).reshape(4, 5)))
    >>> source.read(Window((1, 1), (3, 4))).pixels
    array([[ 6,  7,  8],
           [11, 12, 13]], dtype=uint8)
    """

    image: Image

    @property
    def description(self) -> Description:
        """As `Source` says."""
        return Description.of(self.image)

    def read(self, window: Window) -> Image:
        """As `Source` says."""
        image = self.image
        mask = None if image.mask is None else np.ascontiguousarray(image.mask[window.slices])
        return replace(
            image,
            pixels=np.ascontiguousarray(image.pixels[window.slices]),
            mask=None if mask is None or bool(mask.all()) else mask,
            place=None,
        )


def window_image(description: Description, pixels: Any, mask: Any | None) -> Image:
    """Return the pixels of a window as an image: what a source's `read` returns."""
    return Image(
        pixels,
        description.axes,
        description.spacing,
        None if mask is None or bool(mask.all()) else mask,
        description.origin,
        unit=description.unit,
        channel_names=description.channel_names,
    )
