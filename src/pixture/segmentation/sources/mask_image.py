"""An image that says which pixels of another take part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Mask
from pixture.errors import ImageError, UnclearMaskWarning, warn
from pixture.files.input_files import Inputs
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.validity.masks import refuse_other_shape
from pixture.options.pixels import Pixels
from pixture.segmentation.sources.image_source import Source, as_image
from pixture.wording import plural, shown


@dataclass(frozen=True, eq=False)
class OpenedMask:
    """Where a mask lets pixels through, of its spatial shape, and the files that say so."""

    through: Mask
    inputs: Inputs


def opened_within(image: Source, mask: Source | None, threshold: float | None = None) -> Image:
    """Return the image of a source, restricted to where a mask lets pixels through, if there is one.

    Raises
    ------
    ReadError, ImageError, ChoiceError
        As `as_image` and `opened`; or the mask has another shape than the image, or leaves no pixel.
    """
    seen = as_image(image)
    return within(seen, opened(mask, threshold, shape=seen.shape))


def within(image: Image, opening: OpenedMask | None) -> Image:
    """Return the image restricted to where a mask lets pixels through; as it is where there is no mask.

    Raises
    ------
    ImageError
        The mask has another shape, or leaves no pixel.
    """
    return image if opening is None else image.masked(opening.through).read_with(opening.inputs)


def opened(
    mask: Source | None, threshold: float | None = None, *, shape: tuple[int, ...] | None = None
) -> OpenedMask | None:
    """Return where a mask lets pixels through; None where there is no mask.

    Parameters
    ----------
    mask
        Where it is transparent, without data, NaN or masked itself, it lets nothing through.
    threshold
        The least value that lets a pixel through; None lets through what is not zero. Of several channels,
        one is enough.

    shape
        That of the image, where it is known: a mask of another is refused before it is warned of.

    Raises
    ------
    ReadError, ImageError
        The mask cannot be read, is no image, or has another shape.
    ChoiceError
        The threshold is not a finite number, or there is no mask that it could be of.

    Warns
    -----
    UnclearMaskWarning
        Without a threshold: the mask holds more than two values, or two of which none is 0. Lossy files
        (JPEG) hold values near 0 and 255 along every edge.

    Examples
    --------
    >>> opened(np.array([[0, 3, 250]], np.uint8), threshold=128).through
    array([[False, False,  True]])
    """
    threshold = Pixels(mask, threshold).mask_threshold
    if mask is None:
        return None
    _refuse_places(mask)
    image = _as_mask(mask, 2 if shape is None else len(shape))
    if shape is not None and image.shape != shape:
        refuse_other_shape(image.shape, shape)
    if threshold is None:
        _warn_if_unclear(image)
    with np.errstate(invalid="ignore"):  # NaN, which is masked
        passes = image.pixels != 0 if threshold is None else image.pixels >= threshold
    through: Mask = np.logical_or.reduce(passes.reshape(*image.shape, -1), axis=-1)
    return OpenedMask(through if image.mask is None else through & image.mask, image.inputs)


def _as_mask(mask: Source, axes: int) -> Image:
    """Return a mask as an image; an array of three axes is a volume where one is to be masked."""
    if axes == 3 and isinstance(mask, np.ndarray) and mask.ndim == 3:
        return image_from_array(mask, axes="zyx")
    return as_image(mask)


def _refuse_places(mask: object) -> None:
    """Refuse rows and columns, and single values, in place of a mask."""
    if isinstance(mask, slice) or (isinstance(mask, tuple) and mask and isinstance(mask[0], slice)):
        made = "mask[rows] = 1, with the slices for rows"
    elif isinstance(mask, tuple) and all(np.ndim(part) == 1 for part in mask):  # of np.where
        made = "mask[rows, columns] = 1"
    elif isinstance(mask, bool | int | float):
        raise ImageError(
            f"A mask is an image of 0 and 1, or a path; got {shown(mask)}. To leave out pixels by their "
            "value, compare: mask=array > value."
        )
    else:
        return
    raise ImageError(
        "A mask is an image, zero where a pixel is left out, and not the places of pixels. Make one: "
        f"mask = numpy.zeros(shape, bool); {made}."
    )


def _warn_if_unclear(image: Image) -> None:
    values = image.rows if image.mask is None else image.rows[image.mask.ravel()]
    least, most = values.min(), values.max()
    between = bool(((values != least) & (values != most)).any())
    if between or (least != most and least != 0 and most != 0):
        name = "The mask" if image.origin is None else f"{image.origin.path}: the mask"
        values_held = plural(_distinct(values), "value")
        warn(
            f"{name} holds {values_held}, from {least:g} to {most:g}, and only where it is 0 are pixels left "
            "out; a lossy file holds other values along edges. Give the least value that lets a pixel "
            "through: mask_threshold=T.",
            UnclearMaskWarning,
        )


def _distinct(values: Array) -> int:
    if values.dtype == np.uint8:
        return int(np.count_nonzero(np.bincount(values.ravel(), minlength=256)))
    return int(np.unique(values).size)
