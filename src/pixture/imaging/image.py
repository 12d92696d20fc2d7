"""An image as it was read: pixels, axes, mask, origin; nothing narrowed."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array, Floats, Mask
from pixture.errors import ImageError, MaskedValuesWarning

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Share of red, green and blue in luminance (ITU-R BT.709)."""


@dataclass(frozen=True)
class Origin:
    """The file an image was read from, and the SHA-256 of what it held then."""

    path: Path
    sha256: str


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels, and what is known of them.

    Attributes
    ----------
    pixels
        Spatial axes first, then the channels if there is a channel axis; integers, float32 or float64.
    axes
        A letter an axis of `pixels`: "yx" for grey, "yxc" for channels.
    spacing
        Size of a pixel along each spatial axis, in whatever unit the file used; 1 where unknown.
    mask
        Spatial shape, True where a pixel takes part; None where all do.
    origin
        The file it was read from; None for an array.

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

    def __post_init__(self) -> None:
        fits = self.axes in ("yx", "yxc") and self.pixels.ndim == len(self.axes)
        plain = self.pixels.dtype.kind in "uif" and self.pixels.dtype.isnative
        if not fits or not plain or (self.mask is not None and self.mask.shape != self.shape):
            raise ImageError(
                "An Image holds numbers of native byte order, axes 'yx' or 'yxc', and a mask of its spatial "
                f"shape; got {self.pixels.dtype}, {self.axes!r} for {self.pixels.shape}, and a mask of "
                f"{None if self.mask is None else self.mask.shape}. pixture.image_from_array makes one of "
                "any array."
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Spatial shape."""
        return self.pixels.shape[: len(self.axes.rstrip("c"))]

    @property
    def channels(self) -> int:
        """Number of channels, 1 for a grey image without a channel axis."""
        return int(self.pixels.shape[-1]) if self.axes.endswith("c") else 1

    @property
    def size(self) -> int:
        """Number of pixels, masked ones included."""
        return int(np.prod(self.shape))

    @property
    def is_colour(self) -> bool:
        """Whether the channels are red, green and blue."""
        return self.channels == 3

    @property
    def rows(self) -> Array:
        """(pixels, channels): the image as a table, a pixel a row."""
        return self.pixels.reshape(self.size, self.channels)

    @property
    def lightness(self) -> Floats:
        """(channels,) direction in which components are sorted: luminance for colour, else channel 0."""
        return np.array(LUMINANCE) if self.is_colour else np.eye(self.channels)[0]

    @property
    def depth(self) -> str:
        """The dtype in words.

        >>> image_from_array(np.zeros((2, 2), np.uint16)).depth
        '16-bit'
        """
        kind = {"u": "", "i": " signed", "f": " float"}[self.pixels.dtype.kind]
        return f"{8 * self.pixels.dtype.itemsize}-bit{kind}"

    def masked(self, mask: npt.ArrayLike | None) -> Image:
        """Return the image restricted to the pixels where `mask`, of its shape, is not zero.

        Raises
        ------
        ImageError
            The mask has another shape, or leaves no pixel.
        """
        if mask is None:
            return self
        given = np.asarray(mask)
        if given.shape != self.shape:
            raise ImageError(
                f"The mask is {_times(given.shape)} (rows x columns), the image {_times(self.shape)}; "
                "they must agree."
            )
        return _restricted(self, given != 0, "The mask leaves no pixel of the image; nothing can be fitted.")


def image_from_array(array: npt.ArrayLike, *, axes: str | None = None, alpha: bool = False) -> Image:
    """Return the image that an array holds.

    Parameters
    ----------
    array
        (H, W) grey, or (H, W, C); booleans, integers, or floats. Its values are kept as they are; float16
        becomes float32, booleans 0 and 1 in 8 bits. It is not copied where it need not be: do not change
        it afterwards. What a NumPy masked array masks is masked.
    axes
        "yx", "yxc" or "cyx"; None takes the first two by the number of axes, and refuses an array that
        looks as if its channels came first.
    alpha
        Whether the last channel is opacity: it is taken off, and pixels of opacity 0 are masked.

    Raises
    ------
    ImageError
        Not an array of real numbers with two or three axes, or no pixel is left.

    Warns
    -----
    MaskedValuesWarning
        Some values were NaN or infinite; those pixels are masked.
    """
    opaque: Mask | None = None
    if isinstance(array, np.ma.MaskedArray):
        opaque = np.logical_not(np.ma.getmaskarray(array))
    pixels = _plain(np.asarray(array))
    if axes is None:
        axes = _guessed_axes(pixels.shape)
    if axes not in ("yx", "yxc", "cyx") or len(axes) != pixels.ndim:
        raise ImageError(
            f"An image has the axes 'yx', 'yxc' or 'cyx'; got {axes!r} for the shape {pixels.shape}."
        )
    if axes == "cyx":
        pixels, axes = np.moveaxis(pixels, 0, -1), "yxc"
        opaque = None if opaque is None else np.moveaxis(opaque, 0, -1)
    if 0 in pixels.shape:
        raise ImageError(f"The image has no pixels: its shape is {pixels.shape}.")
    mask: Mask | None = None
    if alpha:
        if axes != "yxc" or pixels.shape[-1] < 2:
            raise ImageError(f"An image with opacity has at least two channels; got shape {pixels.shape}.")
        mask, pixels = pixels[..., -1] > 0, pixels[..., :-1]
        if pixels.shape[-1] == 1:
            pixels, axes = pixels[..., 0], "yx"
    image = Image(np.ascontiguousarray(pixels), axes, (1.0, 1.0))
    if mask is not None and not mask.all():
        image = _restricted(image, mask, "Every pixel of the image is transparent; nothing can be fitted.")
    if opaque is not None and not opaque.all():
        shown: Mask = opaque.reshape(image.size, -1).all(axis=1).reshape(image.shape)
        image = _restricted(image, shown, "Every pixel of the array is masked; nothing can be fitted.")
    return _with_finite_pixels(image)


def _plain(array: Array) -> Array:
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    if array.dtype == np.float16:
        with np.errstate(invalid="ignore"):  # of a NaN that signals
            return array.astype(np.float32)
    if array.dtype.kind not in "uif" or array.dtype.itemsize > 8:
        raise ImageError(
            f"Pixels must be booleans, integers, or floats of at most 64 bits; got dtype {array.dtype}."
        )
    if array.dtype.kind in "ui" and array.dtype.itemsize == 8 and array.size:
        least, most = int(array.min()), int(array.max())
        if max(-least, most) > 2**53:
            raise ImageError(
                f"Pixels of {array.dtype} reach from {least} to {most}; beyond 2^53 neighbouring values "
                "cannot be told apart in float64, in which they are fitted. Subtract an offset first."
            )
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _guessed_axes(shape: tuple[int, ...]) -> str:
    if len(shape) == 2:
        return "yx"
    if len(shape) != 3:
        raise ImageError(
            f"An image is (height, width) or (height, width, channels); got an array of shape {shape}."
        )
    if shape[0] in (1, 3, 4) and shape[2] > 16:
        raise ImageError(
            f"An array of shape {shape} looks as if its channels came first. Say which it is: "
            "pixture.image_from_array(array, axes='cyx'), or axes='yxc' if it has "
            f"{shape[2]} channels."
        )
    return "yxc"


def _with_finite_pixels(image: Image) -> Image:
    if image.pixels.dtype.kind != "f":
        return image
    finite: Mask = np.isfinite(image.rows).all(axis=1).reshape(image.shape)
    if finite.all():
        return image
    image = _restricted(
        replace(image, pixels=_quiet(image.pixels)),
        finite,
        "Every pixel of the image is NaN, infinite or masked; nothing can be fitted.",
    )
    warnings.warn(
        f"{image.size - np.count_nonzero(finite):,} of {image.size:,} pixels are NaN or infinite; "
        "they are masked.",
        MaskedValuesWarning,
        stacklevel=4,
    )
    return image


def _quiet(pixels: Array) -> Array:
    """Return floats of which no NaN signals: NumPy would remark upon each computation with one that does."""
    kind = np.dtype(f"u{pixels.itemsize}")
    says_quiet = np.array(1 << (22 if pixels.itemsize == 4 else 51), kind)
    nan = np.isnan(pixels)
    if (pixels.view(kind)[nan] & says_quiet).all():
        return pixels
    return np.where(nan, pixels.dtype.type(np.nan), pixels)


def _restricted(image: Image, takes_part: Mask, if_empty: str) -> Image:
    if image.mask is not None:
        takes_part = takes_part & image.mask
    if not takes_part.any():
        raise ImageError(if_empty)
    return replace(image, mask=takes_part)


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in shape)
