"""An image as it was read: pixels, axes, mask, origin; nothing narrowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array, Floats, Mask
from pixture.errors import ChoiceError, ImageError
from pixture.files.file_digest import FileState, digest_as_it_was
from pixture.files.input_files import Inputs, absolute
from pixture.imaging.common_scale import on_one_scale
from pixture.imaging.physical_space.place import Place
from pixture.imaging.validity.masks import opening
from pixture.wording import plural, shown, shown_shape

SPATIAL = ("yx", "zyx", "tyx", "tzyx")
"""Of images and of volumes, and of series of them in time, as `Image` has them; channels may follow."""

AXES = (*SPATIAL, *(f"{axes}c" for axes in SPATIAL))

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Share of red, green and blue in luminance (ITU-R BT.709)."""


@dataclass(frozen=True)
class Origin:
    """The file an image was read from, and what it held then.

    `content` is the SHA-256 of that, or by what a large file is known to be as it was. `scene` is which of
    several images in it was asked for; None where none was. `place` is the path as it is from anywhere: the
    working directory may have changed since.
    """

    path: Path
    content: str | FileState
    scene: str | None = None
    place: Path = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", absolute(self.path))

    @cached_property
    def sha256(self) -> str | None:
        """The SHA-256 of what the file held; None where a large one was changed or removed since it was read.

        Of a large file it is taken when it is first asked for.
        """
        return (
            digest_as_it_was(self.place, self.content)
            if isinstance(self.content, FileState)
            else self.content
        )


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels, and what is known of them.

    Attributes
    ----------
    pixels
        Times if there are several, then spatial axes, then the channels if there is a channel axis; integers,
        float32 or float64.
    axes
        A letter an axis of `pixels`: "yx" for grey, "yxc" for channels; "zyx" and "zyxc" for volumes, whose
        planes come first; a "t" before these where there are several times.
    spacing
        Size of a pixel along each axis but the channels', in whatever unit was used; 1 where unknown. Of
        times, how far they are apart.
    unit
        What `spacing` is in along the spatial axes, such as "mm"; None where that is not known.
    channel_names
        A name a channel; empty where they have none.
    place
        Where the pixels lie, as the format they were read from says it; None where it says nothing.
    mask
        Shape without channels, True where a pixel takes part; None where all do.
    origin
        The file it was read from; None for an array.
    beside
        Files that what is made of it rests on too: a mask's, a model's. As its own, they are never replaced.
    stored_channels
        Of grey that was stored as colour, how many equal channels there were; None where `pixels` hold
        what was stored.

    Raises
    ------
    ImageError
        The parts do not fit together.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> image = image_from_array(np.zeros((4, 5, 3), np.uint8))
    >>> image.shape, image.channels, image.axes
    ((4, 5), 3, 'yxc')
    """

    pixels: Array
    axes: str
    spacing: tuple[float, ...] = ()
    mask: Mask | None = None
    origin: Origin | None = None
    beside: tuple[Path, ...] = ()
    stored_channels: int | None = None
    unit: str | None = None
    channel_names: tuple[str, ...] = ()
    place: Place | None = None

    def __post_init__(self) -> None:
        fits = self.axes in AXES and self.pixels.ndim == len(self.axes)
        plain = self.pixels.dtype.kind in "uif" and self.pixels.dtype.isnative
        if not fits or not plain or (self.mask is not None and self.mask.shape != self.shape):
            mask = None if self.mask is None else self.mask.shape
            raise ImageError(
                "An Image holds numbers of native byte order, axes such as 'yx', 'zyx' or 'tzyxc', and a "
                f"mask of its spatial shape; got {self.pixels.dtype}, {self.axes!r} for {self.pixels.shape}, "
                f"and a mask of {mask}. pixture.image_from_array makes one of any array."
            )
        if self.channel_names and len(self.channel_names) != self.channels:
            raise ImageError(
                f"An Image has a name for each channel, or none; got {len(self.channel_names)} for "
                f"{plural(self.channels, 'channel')}."
            )

    def __repr__(self) -> str:
        masked = "" if self.mask is None else f", {plural(self.size - int(self.mask.sum()), 'pixel')} masked"
        stored = "" if self.stored_channels is None else f", grey stored as {self.stored_channels} channels"
        origin = "" if self.origin is None else f", from {shown(self.origin.path.name)}"
        return f"<Image: {self.in_words}{stored}{masked}{origin}>"

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape without channels: times if there are several, then spatial axes."""
        return self.pixels.shape[: len(self.axes.rstrip("c"))]

    @property
    def is_volume(self) -> bool:
        """Whether there are planes: three spatial axes."""
        return "z" in self.axes

    @property
    def has_times(self) -> bool:
        """Whether there is an axis of times."""
        return "t" in self.axes

    @property
    def is_stack(self) -> bool:
        """Whether there are planes, times or both: more than a picture."""
        return len(self.shape) > 2

    @property
    def spatial_spacing(self) -> tuple[float, ...]:
        """Size of a pixel along the spatial axes alone, planes first; 1 where unknown."""
        known = self.spacing or (1.0,) * len(self.shape)
        return known[1:] if self.has_times else known

    @property
    def has_units(self) -> bool:
        """Whether the size of a pixel is known: it has a unit, or is not 1 along every spatial axis."""
        return self.unit is not None or any(size != 1 for size in self.spatial_spacing)

    @property
    def in_words(self) -> str:
        """Its size and dtype.

        >>> from pixture.imaging.image_from_array import image_from_array
        >>> image_from_array(np.zeros((5, 40, 60), np.uint8), axes="zyx").in_words
        '5 planes of 60 x 40 uint8'
        """
        first = self.pixels
        counts = []
        for letter, name in (("t", "time"), ("z", "plane")):
            if letter in self.axes:
                counts.append(f"{plural(len(first), name)} of ")
                first = first[0]
        return "".join(counts) + shown_shape(first)

    @property
    def channels(self) -> int:
        """Number of channels, 1 for a grey image without a channel axis."""
        return int(self.pixels.shape[-1]) if self.axes.endswith("c") else 1

    @property
    def size(self) -> int:
        """Number of pixels, masked ones included."""
        return int(np.prod(self.shape))

    @cached_property
    def is_colour(self) -> bool:
        """Whether the channels are red, green and blue: there are three, not of unlike units.

        >>> from pixture.imaging.image_from_array import image_from_array
        >>> image_from_array([[[0.2, 310.0, -9.0], [0.6, 450.0, -14.0]]], axes="yxc").is_colour
        False
        """
        mask = None if self.mask is None else self.mask.ravel()
        return self.channels == len(LUMINANCE) and on_one_scale(self.rows, mask)

    @property
    def rows(self) -> Array:
        """(pixels, channels): the image as a table, a pixel a row."""
        return self.pixels.reshape(self.size, self.channels)

    @property
    def inputs(self) -> Inputs:
        """The files that it was read from, and that were read with it."""
        return Inputs.of((*([] if self.origin is None else [self.origin.place]), *self.beside))

    @property
    def lightness(self) -> Floats:
        """(channels,) direction in which components are sorted: luminance for colour, else channel 0."""
        return lightness(self.channels) if self.is_colour else np.eye(self.channels)[0]

    @property
    def depth(self) -> str:
        """The dtype in words.

        >>> from pixture.imaging.image_from_array import image_from_array
        >>> image_from_array(np.zeros((2, 2), np.uint16)).depth
        '16-bit'
        """
        return depth_of(self.pixels.dtype)

    def at(self, axis: str, index: int) -> Image:
        """Return one of the times ("t") or planes ("z").

        Raises
        ------
        ChoiceError
            There is no such axis, or not so many.

        Examples
        --------
        >>> from pixture.imaging.image_from_array import image_from_array
        >>> image_from_array(np.zeros((5, 40, 60), np.uint8), axes="zyx").at("z", 4)
        <Image: 60 x 40 uint8>
        """
        name = {"t": "time", "z": "plane"}[axis]
        count = self.shape[self.axes.index(axis)] if axis in self.axes else 1
        if not -count <= index < count:
            raise ChoiceError(f"There is no {name} {index}: it has {plural(count, name)}, counted from 0.")
        if axis not in self.axes:
            return self
        place = self.axes.index(axis)
        spacing = self.spacing[:place] + self.spacing[place + 1 :]
        return replace(
            self,
            pixels=np.ascontiguousarray(self.pixels.take(index, axis=place)),
            axes=self.axes.replace(axis, ""),
            spacing=spacing,
            mask=None if self.mask is None else np.ascontiguousarray(self.mask.take(index, axis=place)),
            place=None if self.place is None or axis == "z" else self.place,
        )

    def read_with(self, inputs: Inputs) -> Image:
        """Return the image, with other files, such as a mask's, among those that it rests on."""
        return self.resting_on(inputs.paths)

    def resting_on(self, files: Iterable[Path]) -> Image:
        """Return the image, with other files among those that it rests on: none of them is replaced."""
        return replace(self, beside=(*self.beside, *map(absolute, files)))

    def masked(self, mask: npt.ArrayLike | None) -> Image:
        """Return the image restricted to the pixels where `mask`, of its shape, is not zero.

        What is NaN in the mask, or masked in it as in `numpy.ma`, lets nothing through.

        Raises
        ------
        ImageError
            The mask has another shape, or leaves no pixel.
        """
        if mask is None:
            return self
        takes_part = opening(mask, self.shape)
        if self.mask is not None:
            takes_part &= self.mask
        if not takes_part.any():
            raise ImageError("The mask leaves no pixel of the image; nothing can be fitted.")
        return replace(self, mask=takes_part)


def lightness(channels: int) -> Floats:
    """Return the direction in which the components of images of so many channels are sorted.

    >>> lightness(3), lightness(2)
    (array([0.2126, 0.7152, 0.0722]), array([1., 0.]))
    """
    return np.array(LUMINANCE) if channels == len(LUMINANCE) else np.eye(channels)[0]


def depth_of(dtype: np.dtype[np.generic]) -> str:
    """Return a dtype of pixels in words.

    >>> depth_of(np.dtype(np.int16))
    '16-bit signed'
    """
    kind = {"u": "", "i": " signed", "f": " float"}[dtype.kind]
    return f"{8 * dtype.itemsize}-bit{kind}"
