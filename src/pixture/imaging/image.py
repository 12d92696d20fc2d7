"""An image as it was read: pixels, axes, mask, origin; nothing narrowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array, Floats, Mask
from pixture.errors import ImageError, MaskedValuesWarning, warn
from pixture.files.input_files import Inputs, absolute
from pixture.imaging.array_input import array_of, kept, quiet
from pixture.imaging.axes import arranged, axes_of_shape, channels_last, named_dimensions, named_nodata
from pixture.imaging.common_scale import on_one_scale
from pixture.imaging.masks import opening
from pixture.imaging.nodata_values import Nodata
from pixture.imaging.spacing import checked_spacing
from pixture.imaging.validity import taking_part
from pixture.wording import plural, shown, shown_shape

AXES = ("yx", "yxc", "zyx", "zyxc")
"""Of images and of volumes, as `Image` has them."""

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Share of red, green and blue in luminance (ITU-R BT.709)."""


@dataclass(frozen=True)
class Origin:
    """The file an image was read from, and the SHA-256 of what it held then.

    `place` is the path as it is from anywhere: the working directory may have changed since.
    """

    path: Path
    sha256: str
    place: Path = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", absolute(self.path))


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels, and what is known of them.

    Attributes
    ----------
    pixels
        Spatial axes first, then the channels if there is a channel axis; integers, float32 or float64.
    axes
        A letter an axis of `pixels`: "yx" for grey, "yxc" for channels; "zyx" and "zyxc" for volumes, whose
        planes come first.
    spacing
        Size of a pixel along each spatial axis, in whatever unit was used; 1 where unknown.
    unit
        What `spacing` is in, such as "mm"; None where that is not known.
    mask
        Spatial shape, True where a pixel takes part; None where all do.
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

    def __post_init__(self) -> None:
        fits = self.axes in AXES and self.pixels.ndim == len(self.axes)
        plain = self.pixels.dtype.kind in "uif" and self.pixels.dtype.isnative
        if not fits or not plain or (self.mask is not None and self.mask.shape != self.shape):
            mask = None if self.mask is None else self.mask.shape
            raise ImageError(
                "An Image holds numbers of native byte order, axes 'yx', 'yxc', 'zyx' or 'zyxc', and a mask "
                f"of its spatial shape; got {self.pixels.dtype}, {self.axes!r} for {self.pixels.shape}, and "
                f"a mask of {mask}. pixture.image_from_array makes one of any array."
            )

    def __repr__(self) -> str:
        masked = "" if self.mask is None else f", {plural(self.size - int(self.mask.sum()), 'pixel')} masked"
        stored = "" if self.stored_channels is None else f", grey stored as {self.stored_channels} channels"
        origin = "" if self.origin is None else f", from {shown(self.origin.path.name)}"
        return f"<Image: {self.in_words}{stored}{masked}{origin}>"

    @property
    def shape(self) -> tuple[int, ...]:
        """Spatial shape."""
        return self.pixels.shape[: len(self.axes.rstrip("c"))]

    @property
    def is_volume(self) -> bool:
        """Whether there are planes: three spatial axes."""
        return self.axes.startswith("z")

    @property
    def has_units(self) -> bool:
        """Whether the size of a pixel is known: it has a unit, or is not 1 along every axis."""
        return self.unit is not None or any(size != 1 for size in self.spacing)

    @property
    def in_words(self) -> str:
        """Its size and dtype.

        >>> image_from_array(np.zeros((5, 40, 60), np.uint8), axes="zyx").in_words
        '5 planes of 60 x 40 uint8'
        """
        if not self.is_volume:
            return shown_shape(self.pixels)
        return f"{plural(self.shape[0], 'plane')} of {shown_shape(self.pixels[0])}"

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

        >>> image_from_array(np.zeros((2, 2), np.uint16)).depth
        '16-bit'
        """
        kind = {"u": "", "i": " signed", "f": " float"}[self.pixels.dtype.kind]
        return f"{8 * self.pixels.dtype.itemsize}-bit{kind}"

    def read_with(self, inputs: Inputs) -> Image:
        """Return the image, with other files, such as a mask's, among those that it rests on."""
        return replace(self, beside=(*self.beside, *inputs.paths))

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


def image_from_array(
    array: npt.ArrayLike,
    *,
    axes: str | None = None,
    spacing: Iterable[float] | None = None,
    unit: str | None = None,
    alpha: bool = False,
    nodata: Nodata | None = None,
    mask: npt.ArrayLike | None = None,
) -> Image:
    """Return the image that an array holds, all of its channels kept, equal ones too.

    A pixel takes part if all of its channels do: it is left out where one of them is missing, masked, NaN or
    infinite, where it is transparent, and where `mask` is zero.

    Parameters
    ----------
    array
        (H, W) grey, or (H, W, C); a volume, if `axes` says so; booleans, integers, or floats. Its values are
        kept as they are; float16 becomes float32, booleans 0 and 1 in 8 bits. It is not copied where it need
        not be: do not change it afterwards. What a NumPy masked array masks is masked.
    axes
        "yx", "yxc" or "cyx"; of a volume "zyx", "zyxc" or "czyx". None takes what the array says itself, in
        any order, where its dimensions have names (xarray: y, x, band, lat, lon, channel, …). Else two
        axes are rows and columns, and the last of three is channels where they are fewer than both, or more
        than the side of a square; what may be read in two ways is refused, and so is a volume.
    spacing
        Size of a pixel along each spatial axis, in any unit, in the order of `axes`, such as
        (2.0, 1.0, 1.0) where planes lie twice as far apart as pixels. None takes 1 along each.
    unit
        What `spacing` is in, such as "mm". Where it is given, a spacing of 1 is a size too.
    alpha
        Whether the last channel is opacity: it is taken off, and pixels of opacity 0 are masked.
    nodata
        The value that stands for missing data, or one a channel; it may be NaN, and None for a channel
        without one. None takes what an array of named dimensions says in its attributes. It is compared in
        the dtype of the array: 0.1 with float32 as float32 holds 0.1. A decimal beyond the dtype's finite
        range, or its largest value printed with fewer digits, stands for the largest value; one that an
        integer dtype cannot hold stands for nothing.
    mask
        Of the spatial shape: pixels where it is zero, NaN or masked are left out.

    Raises
    ------
    ImageError
        Not an array of real numbers with such axes, which they are cannot be told, or no pixel is left.
    ChoiceError
        `spacing` is not a size above 0 along each spatial axis.

    Warns
    -----
    MaskedValuesWarning
        Some values were NaN or infinite, and nothing else left those pixels out; they are masked.

    Examples
    --------
    >>> image = image_from_array(np.array([[[7, -9999], [5, 6]]], np.int16), axes="yxc", nodata=-9999)
    >>> image.mask
    array([[False,  True]])
    """
    hidden = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    given = array_of(array)
    names = named_dimensions(array)
    arrangement = arranged(given, names) if axes is None and names is not None else None
    if arrangement is not None:
        given, axes = arrangement
    if nodata is None and names is not None:
        nodata = named_nodata(array)
    if 0 in given.shape:
        raise ImageError(f"The image has no pixels: its shape is {given.shape}.")
    if axes is None:
        axes = axes_of_shape(given.shape)
    pixels = kept(given)
    last = channels_last(axes, given.shape)
    if last != axes:
        pixels, axes = np.moveaxis(pixels, 0, -1), last
        hidden = None if hidden is None else np.moveaxis(hidden, 0, -1)
    opacity = None
    if alpha:
        if not axes.endswith("c") or pixels.shape[-1] < 2:
            raise ImageError(f"An image with opacity has at least two channels; got shape {pixels.shape}.")
        opacity, pixels = pixels[..., -1], pixels[..., :-1]
        if pixels.shape[-1] == 1:
            pixels, axes = pixels[..., 0], axes.removesuffix("c")
    sizes = checked_spacing(spacing, len(axes.removesuffix("c")))
    image = Image(np.ascontiguousarray(pixels), axes, sizes, unit=unit)
    lines = (-1, image.shape[-1])  # of all planes
    valid, not_finite = taking_part(
        image.rows.reshape(*lines, image.channels),
        dtype=given.dtype if given.dtype.kind == "f" else None,
        opacity=None if opacity is None else opacity.reshape(lines),
        nodata=nodata,
        hidden=None if hidden is None else hidden.reshape(*lines, hidden.size // image.size),
        mask=None if mask is None else opening(mask, image.shape).reshape(lines),
    )
    valid = None if valid is None else valid.reshape(image.shape)
    if not_finite:
        warn(
            f"{not_finite:,} of {image.size:,} pixels are NaN or infinite; they are masked.",
            MaskedValuesWarning,
        )
        image = replace(image, pixels=quiet(image.pixels))
    image = replace(image, mask=valid)
    _refuse_beyond_float64(image)
    return image


def _refuse_beyond_float64(image: Image) -> None:
    if image.pixels.dtype.kind not in "ui" or image.pixels.dtype.itemsize < 8:
        return
    rows = image.rows if image.mask is None else image.rows[image.mask.ravel()]
    least, most = int(rows.min()), int(rows.max())
    if max(-least, most) > 2**53:
        raise ImageError(
            f"Pixels of {rows.dtype} reach from {least} to {most}; beyond 2^53 neighbouring values "
            "cannot be told apart in float64, in which they are fitted. Subtract an offset first."
        )
