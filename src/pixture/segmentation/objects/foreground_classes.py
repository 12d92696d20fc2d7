"""The classes of a foreground: what is given -> each pixel's place among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.errors import ChoiceError, ImageError
from pixture.wording import shown

FEW = 65_535
"""The greatest class up to which classes are counted."""


def checked_foreground(foreground: Any, classes: object) -> Array:
    """Return a foreground as an array of booleans or whole numbers; what is none is refused."""
    array = np.asarray(getattr(foreground, "labels", foreground))
    if array.ndim not in (2, 3, 4) or array.dtype.kind not in "uib" or 0 in array.shape:
        got = f"{array.dtype}, shape {array.shape}" if array.ndim else shown(foreground)
        advice = " If it holds probabilities, give array > 0.5." if array.dtype.kind == "f" else ""
        raise ImageError(
            "A foreground is an array of booleans or of whole numbers, (rows, columns) or (planes, rows, "
            f"columns); got {got}.{advice}"
        )
    if array.dtype.kind == "i" and (least := int(array.min())) < 0:
        raise ImageError(
            f"Classes are whole numbers of 0 and above, 0 for the background; the least is {least}. "
            "If pixels below 0 are background, give numpy.maximum(array, 0)."
        )
    if classes is not None and array.dtype == bool:
        raise ChoiceError(
            "A foreground of booleans has no classes; leave classes= away, or give whole numbers."
        )
    return array


def refuse_times(array: Array) -> None:
    """Refuse a foreground of several times without the image that says so."""
    if array.ndim > 3:
        raise ImageError(
            f"A foreground of four axes, {array.shape}, goes with an image that has times: give image=, or "
            "one time after the other."
        )


def classes_of(
    given: Array, classes: Iterable[int] | Mapping[int, str] | None, mask: Mask | None
) -> tuple[Integers, Integers]:
    """Return the classes' numbers, ascending, and each pixel's place among them, from 1 on, or 0."""
    if given.dtype == bool:
        numbers, of_pixel = np.array([1]), given.astype(np.int32)
    else:
        numbers, place = _values(given)
        wanted = [number for number in numbers.tolist() if number] if classes is None else _wanted(classes)
        kept = np.isin(numbers, wanted)
        of_class = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
        numbers, of_pixel = numbers[kept], of_class[place]
    if mask is not None:
        of_pixel[~mask] = 0
    return numbers, of_pixel


def _values(given: Integers) -> tuple[Integers, Integers]:
    """Return the values that occur, ascending, and each pixel's place among them."""
    if int(given.max()) > FEW:
        numbers, place = np.unique(given, return_inverse=True)
        return numbers, place.reshape(given.shape)
    there = np.bincount(given.ravel()) > 0  # by counting, since sorting takes long where pixels are many
    return np.flatnonzero(there), (np.cumsum(there) - 1)[given]


def _wanted(classes: Any) -> list[int]:
    wanted = list(classes) if isinstance(classes, Iterable) else []
    if not wanted or not all(isinstance(number, int | np.integer) and number >= 0 for number in wanted):
        raise ChoiceError(
            "classes are whole numbers of 0 and above, as in [1, 2], or a mapping of them to names, as in "
            f"{{1: 'nucleus'}}; got {shown(classes)}."
        )
    return wanted
