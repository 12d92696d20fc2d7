"""Planes of an image, a volume or a series, along each of its axes, and windows of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array
from pixture.errors import ChoiceError
from pixture.imaging.image import Image
from pixture.studio.session.messages import Question
from pixture.wording import shown

TILE = 512
"""Side of a tile, in pixels of its level."""

AXES = ("z", "y", "x")
"""Axes that planes lie across: axial, coronal and sagittal planes of a volume. Images have "z" alone."""


@dataclass(frozen=True)
class Plane:
    """A plane of an image.

    Attributes
    ----------
    axis
        What it lies across. Of images and series, "z".
    index
        Which it is along the axis; across "z" it is counted through all times.
    time
        Of which time a plane across "y" or "x" is.
    """

    axis: str = "z"
    index: int = 0
    time: int = 0

    def of(self, values: Array, image: Image) -> Array:
        """Return the plane of an array of the image's shape, after which a channel axis may follow: a view.

        >>> from pixture.imaging.image_from_array import image_from_array
        >>> volume = image_from_array(np.arange(24).reshape(2, 3, 4), axes="zyx")
        >>> Plane("x", 1).of(volume.pixels, volume)
        array([[ 1,  5,  9],
               [13, 17, 21]])
        """
        if self.axis == "z":
            planes = values.reshape(-1, *values.shape[len(image.shape) - 2 :])
            across: Array = planes[self.index]
            return across
        volume = values[self.time] if image.has_times else values
        found: Array = np.moveaxis(volume, AXES.index(self.axis), 0)[self.index]
        return found

    def place(self, image: Image, row: int, column: int) -> int:
        """Return where a pixel of the plane is in the image, counted in reading order.

        >>> from pixture.imaging.image_from_array import image_from_array
        >>> volume = image_from_array(np.arange(24).reshape(2, 3, 4), axes="zyx")
        >>> Plane("x", 1).place(volume, 1, 2)
        21
        """
        rows, columns = image.shape[-2:]
        if self.axis == "z":
            return (self.index * rows + row) * columns + column
        plane = row + (self.time * image.shape[-3] if image.has_times else 0)
        y, x = (self.index, column) if self.axis == "y" else (column, self.index)
        return (plane * rows + y) * columns + x

    def shape(self, image: Image) -> tuple[int, int]:
        """Return its rows and columns."""
        rest = image.shape[len(image.shape) - (3 if image.is_volume else 2) :]
        if not image.is_volume:
            return rest[0], rest[1]
        rows, columns = (size for axis, size in zip(AXES, rest, strict=True) if axis != self.axis)
        return rows, columns


@dataclass(frozen=True)
class Window:
    """A tile of a plane: from a row and a column on, every `step`-th pixel, or blocks of so many."""

    top: int
    left: int
    bottom: int
    right: int
    step: int

    def of(self, plane: Array, *, beyond: int = 0) -> Array:
        """Return every `step`-th row and column of it, and so many more below and to the right, if there."""
        more = beyond * self.step
        return plane[self.top : self.bottom + more : self.step, self.left : self.right + more : self.step]


def plane_asked(question: Question, image: Image) -> Plane:
    """Return the plane that a question is about: {axis, plane, time}.

    Raises
    ------
    ChoiceError
        There is none such.
    """
    axis = question.text("axis", "z", longest=1)
    if axis not in (AXES if image.is_volume else AXES[:1]):
        known = "z, y or x" if image.is_volume else "z: it is no volume"
        raise ChoiceError(f"axis must be {known}; got {shown(axis)}.")
    if axis == "z":
        planes = image.size // (image.shape[-1] * image.shape[-2])
        return Plane("z", question.whole("plane", 0, planes - 1, 0))
    along = image.shape[image.axes.index(axis)]
    times = image.shape[0] if image.has_times else 1
    return Plane(axis, question.whole("plane", 0, along - 1), question.whole("time", 0, times - 1, 0))


def levels(shape: tuple[int, int]) -> int:
    """Return the coarsest level of a plane: there it is one tile.

    >>> levels((512, 300)), levels((513, 300)), levels((100, 4000))
    (0, 1, 3)
    """
    return max(0, (-(-max(shape) // TILE) - 1).bit_length())


def window_asked(question: Question, shape: tuple[int, int]) -> Window:
    """Return the tile that a question is about: {level, column, row}.

    Raises
    ------
    ChoiceError
        There is none such.
    """
    step = 1 << question.whole("level", 0, levels(shape))
    side = TILE * step
    rows, columns = shape
    top = side * question.whole("row", 0, (rows - 1) // side)
    left = side * question.whole("column", 0, (columns - 1) // side)
    return Window(top, left, min(top + side, rows), min(left + side, columns), step)
