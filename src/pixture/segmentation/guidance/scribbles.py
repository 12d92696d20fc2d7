"""Pixels that a person marks by hand: a picture, or an array of numbers -> the class of each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array, Integers
from pixture.errors import ImageError, UnclearScribblesWarning, warn
from pixture.files.input_files import Inputs
from pixture.imaging.array_input import array_of
from pixture.imaging.display.label_colours import hexadecimal
from pixture.imaging.image import Image
from pixture.segmentation.sources.image_source import Source, as_image, refuse_results
from pixture.wording import plural

MOST_CLASSES = 64
"""Values of a picture beyond which it is none that was drawn by hand with a hard brush."""

NUMBERS = "Scribbles are whole numbers: 0 where nothing is known, then 1, 2, ..., a number a class"


@dataclass(frozen=True, eq=False)
class Scribbles:
    """Which pixels are marked as what.

    Attributes
    ----------
    classes
        Of the image's shape: 0 where nothing is marked, c where class c is.
    marks
        What stands for each class where it was drawn: a number, or a colour such as "#ff0000".
    inputs
        The files they were read from.
    """

    classes: Integers
    marks: tuple[str, ...]
    inputs: Inputs

    def __repr__(self) -> str:
        marked = int(np.count_nonzero(self.classes))
        return f"<Scribbles: {len(self.marks)} classes, {plural(marked, 'pixel')} marked>"


def opened(source: Source) -> Any:
    """Return scribbles as they can be looked at more than once: a file is read, an array is as it is."""
    is_file = isinstance(source, str | os.PathLike) or hasattr(source, "getbands")
    return as_image(source) if is_file else source


def scribbles_of(source: Source, shape: tuple[int, ...], *, beside_box: bool = False) -> Scribbles:
    """Return the scribbles for an image of a shape.

    Parameters
    ----------
    source
        A path, a Pillow picture, an `Image`, or an array. Of a colour picture each colour but black is a
        class, in ascending order of red, then green, then blue; what is transparent or masked is not marked.
    shape
        That of the image.
    beside_box
        Whether a box is given too: then the classes are 1, the background, and 2, and one of them is enough.

    Raises
    ------
    ReadError, ImageError
        There are no scribbles to be had of it, or they are not of the shape.

    Warns
    -----
    UnclearScribblesWarning
        The numbers are not 1, 2, ...; they are taken in ascending order.

    Examples
    --------
    >>> scribbles_of([[0, 1, 1, 0, 2]], (1, 5)).classes
    array([[0, 1, 1, 0, 2]])
    """
    if not isinstance(source, Image):
        refuse_results(source)
    given = opened(source)
    if isinstance(given, Image):
        values, known, inputs = given.pixels, given.mask, given.inputs
        if given.channels == 1:
            values = values.reshape(given.shape)
    else:
        values, known, inputs = array_of(given), _known(given), Inputs()
    if values.shape in ((*shape, 3), (*shape, 4)):
        if beside_box:
            raise ImageError(
                "Beside a box, scribbles are numbers, 1 for the background and 2 for the object; got colours."
            )
        classes, marks = _of_colours(values, known)
    else:
        if values.shape != shape:
            _refuse_shape(values.shape, shape)
        classes, marks = _of_numbers(values, known, beside_box=beside_box)
    if len(marks) < 2 and not beside_box:
        found = f"one class only ({marks[0]})" if marks else "nothing"
        raise ImageError(
            f"The scribbles mark {found}; mark pixels of at least two, such as 1 for the background and 2 "
            "for the object."
        )
    return Scribbles(classes, marks, inputs)


def _known(given: npt.ArrayLike) -> Array | None:
    """Return where an array holds something."""
    return ~np.ma.getmaskarray(given) if isinstance(given, np.ma.MaskedArray) else None


def _of_numbers(values: Array, known: Array | None, *, beside_box: bool) -> tuple[Integers, tuple[str, ...]]:
    """Return the class of each pixel, and the number of each class."""
    there: Array = np.ones(values.shape, bool) if known is None else known
    if values.dtype.kind == "f":
        there = there & ~np.isnan(values)
        wrong = values[there & (values != np.round(values))]
        if wrong.size:
            raise ImageError(f"{NUMBERS}; got {wrong[0]:g}.")
    numbers = np.where(there, values, 0)
    if numbers.min() < 0:
        raise ImageError(f"{NUMBERS}; got {numbers.min():g}.")
    found = np.unique(numbers)
    found = found[found > 0]
    _refuse_many(found.size)
    marks = tuple(f"{int(one)}" for one in found)
    if beside_box:
        if not set(marks) <= {"1", "2"}:
            raise ImageError(
                f"Beside a box, scribbles are 1 for the background and 2 for the object; got {marks[-1]}."
            )
        return numbers.astype(np.intp), marks
    if found.size > 1 and found[-1] != found.size:
        warn(
            f"The scribbles hold the numbers {', '.join(marks)}: in this order they are taken as classes 1 "
            f"to {found.size}, whose labels are 0 to {found.size - 1}.",
            UnclearScribblesWarning,
        )
    return np.searchsorted(found, numbers, side="right"), marks


def _of_colours(values: Array, known: Array | None) -> tuple[Integers, tuple[str, ...]]:
    """Return the class of each pixel, and the colour of each class."""
    shape = values.shape[:-1]
    there: Array = np.ones(shape, bool)
    if known is not None:
        there = np.logical_and.reduce(known.reshape(*shape, -1), axis=-1)
    if values.shape[-1] == 4:
        there = np.logical_and(there, values[..., 3] > 0)
    if values.dtype != np.uint8:
        raise ImageError(
            f"Scribbles in colours are a picture of 8 bits a channel; got {values.dtype}. Numbers, a class "
            "each, may have any type."
        )
    colours = np.where(there[..., None], values[..., :3], 0).astype(np.intp) @ np.array([2**16, 2**8, 1])
    found = np.unique(colours)
    found = found[found > 0]
    _refuse_many(found.size)
    marks = tuple(hexadecimal(np.array([one >> 16, (one >> 8) % 256, one % 256], np.uint8)) for one in found)
    return np.searchsorted(found, colours, side="right"), marks


def _refuse_many(classes: int) -> None:
    if classes > MOST_CLASSES:
        raise ImageError(
            f"The scribbles hold {classes:,} values, and each is a class: draw with a hard brush (a pencil), "
            "whose edges are not smooth, and save as PNG or TIFF, not as JPEG."
        )


def _refuse_shape(scribbles: tuple[int, ...], image: tuple[int, ...]) -> None:
    there, here = (" x ".join(map(str, shape)) for shape in (scribbles, image))
    turned = " They would agree turned: scribbles.T." if scribbles == image[::-1] else ""
    raise ImageError(f"The scribbles are {there}, the image {here}; they must agree.{turned}")
