"""Arrays -> images: which axes they have, which pixels take part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pixture.errors import ImageError, MaskedValuesWarning, warn
from pixture.files.input_files import absolute
from pixture.imaging.array_input import array_of, kept, quiet
from pixture.imaging.axes import arranged, axes_of_shape, usual_order
from pixture.imaging.image import Image
from pixture.imaging.libraries.description import NOTHING
from pixture.imaging.libraries.named_arrays import description_of, dimensions_of
from pixture.imaging.physical_space.place import Place
from pixture.imaging.physical_space.spacing import checked_spacing
from pixture.imaging.physical_space.units import usual_unit
from pixture.imaging.validity.masks import opening
from pixture.imaging.validity.nodata_values import Nodata
from pixture.imaging.validity.validity import taking_part


def image_from_array(
    array: npt.ArrayLike,
    *,
    axes: str | None = None,
    spacing: Iterable[float] | None = None,
    unit: str | None = None,
    alpha: bool = False,
    nodata: Nodata | None = None,
    mask: npt.ArrayLike | None = None,
    channel_names: Iterable[str] = (),
    place: Place | None = None,
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
        A letter an axis, in any order: y, x, perhaps z (planes), t (times) and c (channels), such as "yxc",
        "cyx" or "tzyx". None takes what the array says itself, in
        any order, where its dimensions have names (xarray: y, x, band, lat, lon, channel, …). Else two
        axes are rows and columns, and the last of three is channels where they are fewer than both, or more
        than the side of a square; what may be read in two ways is refused, and so is a volume.
    spacing
        Size of a pixel along each axis but the channels', planes before rows before columns, in any unit,
        such as (2.0, 1.0, 1.0) where planes lie twice as far apart as pixels; where there are times, how far
        they are apart may come first. None takes what regular coordinates say, where the array has some
        (xarray), and else 1 along each.
    unit
        What `spacing` is in, such as "mm"; "um" and other spellings become "µm". Where it is given, a spacing
        of 1 is a size too.
    alpha
        Whether the last channel is opacity: it is taken off, and pixels of opacity 0 are masked.
    nodata
        The value that stands for missing data, or one a channel; it may be NaN, and None for a channel
        without one. None takes what an array of named dimensions says in its attributes. It is compared in
        the dtype of the array: 0.1 with float32 as float32 holds 0.1. A decimal beyond the dtype's finite
        range, or its largest value printed with fewer digits, stands for the largest value; one that an
        integer dtype cannot hold stands for nothing.
    mask
        Of the image's shape: pixels where it is zero, NaN or masked are left out.
    channel_names
        A name a channel; empty takes those that an array's coordinates say.
    place
        Where the pixels lie, as a reader found it.

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
    return _image(
        array,
        axes=axes,
        spacing=spacing,
        unit=unit,
        alpha=alpha,
        nodata=nodata,
        mask=mask,
        channel_names=channel_names,
        place=place,
    )


def part_from_array(
    array: npt.ArrayLike,
    *,
    axes: str | None = None,
    spacing: Iterable[float] | None = None,
    unit: str | None = None,
    alpha: bool = False,
    nodata: Nodata | None = None,
    mask: npt.ArrayLike | None = None,
    channel_names: Iterable[str] = (),
    place: Place | None = None,
) -> Image:
    """Return the image that a part of an array holds: `image_from_array`, but that all may be masked.

    It says nothing of values that are not finite: a part is no place to count them.

    >>> part_from_array(np.full((1, 2), np.nan), axes="yx").mask
    array([[False, False]])
    """
    return _image(
        array,
        axes=axes,
        spacing=spacing,
        unit=unit,
        alpha=alpha,
        nodata=nodata,
        mask=mask,
        channel_names=channel_names,
        place=place,
        is_part=True,
    )


def _image(
    array: npt.ArrayLike,
    *,
    axes: str | None,
    spacing: Iterable[float] | None,
    unit: str | None,
    alpha: bool,
    nodata: Nodata | None,
    mask: npt.ArrayLike | None,
    channel_names: Iterable[str],
    place: Place | None,
    is_part: bool = False,
) -> Image:
    hidden = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    given = array_of(array)
    named = dimensions_of(array)
    names = () if named is None else named.names
    if axes is None and named is not None and (found := arranged(given, names, named.letters)) is not None:
        given, axes, names = found
    if 0 in given.shape:
        raise ImageError(f"The image has no pixels: its shape is {given.shape}.")
    if axes is None:
        axes = axes_of_shape(given.shape)
    pixels = kept(given)
    order, axes = usual_order(axes, given.shape)
    said = NOTHING if not names else description_of(array, {axes[i]: names[o] for i, o in enumerate(order)})
    nodata = said.nodata if nodata is None else nodata
    pixels = pixels.transpose(order)
    hidden = None if hidden is None else hidden.transpose(order)
    opacity = None
    if alpha:
        if not axes.endswith("c") or pixels.shape[-1] < 2:
            raise ImageError(f"An image with opacity has at least two channels; got shape {pixels.shape}.")
        opacity, pixels = pixels[..., -1], pixels[..., :-1]
        if pixels.shape[-1] == 1:
            pixels, axes = pixels[..., 0], axes.removesuffix("c")
    image = Image(
        np.ascontiguousarray(pixels),
        axes,
        checked_spacing(said.spacing if spacing is None else spacing, axes.removesuffix("c")),
        unit=usual_unit(said.unit if unit is None and spacing is None else unit),
        channel_names=tuple(channel_names) or (said.channel_names if opacity is None else ()),
        place=said.place if place is None else place,
        beside=tuple(map(absolute, said.files)),
    )
    lines = (-1, image.shape[-1])  # of all planes
    valid, not_finite = taking_part(
        image.rows.reshape(*lines, image.channels),
        dtype=given.dtype if given.dtype.kind == "f" else None,
        opacity=None if opacity is None else opacity.reshape(lines),
        nodata=nodata,
        hidden=None if hidden is None else hidden.reshape(*lines, hidden.size // image.size),
        mask=None if mask is None else opening(mask, image.shape).reshape(lines),
        may_be_none=is_part,
    )
    valid = None if valid is None else valid.reshape(image.shape)
    if not_finite:
        if not is_part:
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
    if not len(rows):
        return
    least, most = int(rows.min()), int(rows.max())
    if max(-least, most) > 2**53:
        raise ImageError(
            f"Pixels of {rows.dtype} reach from {least} to {most}; beyond 2^53 neighbouring values "
            "cannot be told apart in float64, in which they are fitted. Subtract an offset first."
        )
