"""Masks as arrays: where they let pixels through, and what is refused."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
import numpy.typing as npt

from pixture.arrays import Mask
from pixture.errors import ImageError


def opening(mask: npt.ArrayLike, shape: tuple[int, ...]) -> Mask:
    """Return where an array of numbers lets pixels through: where it is not zero, NaN or masked itself.

    Raises
    ------
    ImageError
        Its shape is not that of the image.

    >>> opening([[0.0, np.nan, 0.5]], (1, 3))
    array([[False, False,  True]])
    """
    given = np.asarray(mask)
    if given.shape != shape:
        refuse_other_shape(given.shape, shape)
    if given.dtype.kind not in "buif":
        raise ImageError(f"A mask holds numbers, zero where a pixel is left out; got dtype {given.dtype}.")
    opened: Mask = given != 0
    if given.dtype.kind == "f":
        opened &= ~np.isnan(given)
    return opened & ~np.ma.getmaskarray(mask) if isinstance(mask, np.ma.MaskedArray) else opened


def refuse_other_shape(mask: tuple[int, ...], image: tuple[int, ...]) -> NoReturn:
    """Refuse a mask that has another shape than its image."""
    axes = "planes, rows, columns" if len(image) == 3 else "rows, columns"
    if len(mask) != len(image):
        raise ImageError(f"A mask is ({axes}) as the image is, {_times(image)}; got shape {mask}.")
    advice = " They would agree turned: mask.T." if mask == image[::-1] else ""
    if len(image) == 2 and (mask[0] == 2 or (mask[1] == 2 and mask[0] > image[0])):
        advice = (
            " If these are the places of pixels, make a mask: mask = numpy.zeros(shape, bool); "
            "mask[rows, columns] = True."
        )
    raise ImageError(
        f"The mask is {_times(mask)} ({axes.replace(', ', ' x ')}), the image {_times(image)}; they must "
        f"agree.{advice}"
    )


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in shape)
