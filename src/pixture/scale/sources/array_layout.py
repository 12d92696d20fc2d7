"""How the axes of a stored array are those of an image: which box of it a window is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array
from pixture.imaging.axes import usual_order
from pixture.imaging.libraries.description import Dimensions
from pixture.imaging.readers.arrays.array_in_file import laid_out
from pixture.imaging.readers.subimage import Subimage
from pixture.imaging.window import Window

DROPPED = "-"
"""In place of a letter: an axis of which one place is taken."""


@dataclass(frozen=True)
class Layout:
    """The axes of an array.

    Attributes
    ----------
    shape
        Of the array, as it is stored.
    letters
        A letter an axis, `DROPPED` for one that the image has not.
    places
        Which place is taken along the axes that are dropped; looked at for these alone.

    Examples
    --------
    >>> layout = Layout((3, 1, 40, 50), "c-yx", (0, 0, 0, 0))
    >>> layout.image_shape, layout.box(Window((0, 10), (20, 30)))
    ((40, 50), (slice(0, 3, None), slice(0, 1, None), slice(0, 20, None), slice(10, 30, None)))
    """

    shape: tuple[int, ...]
    letters: str
    places: tuple[int, ...]

    @property
    def axes(self) -> str:
        """The letters of the axes that are kept, in the array's order."""
        return self.letters.replace(DROPPED, "")

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Of the image, without channels."""
        return self.in_order(self.shape)

    def in_order(self, lengths: Sequence[int]) -> tuple[int, ...]:
        """Return a number an axis of the array as one an axis of the image, channels left out."""
        return tuple(lengths[self.letters.index(letter)] for letter in "tzyx" if letter in self.letters)

    def box(self, window: Window) -> tuple[slice, ...]:
        """Return the box of the array that a window of the image is, all of its channels."""
        order = [letter for letter in "tzyx" if letter in self.letters]
        at = dict(zip(order, window.slices, strict=True))
        return tuple(
            slice(place, place + 1) if letter == DROPPED else at.get(letter, slice(0, length))
            for letter, length, place in zip(self.letters, self.shape, self.places, strict=True)
        )

    def kept(self, part: Array) -> Array:
        """Return what was read of a box without the axes that are dropped."""
        return part.reshape(
            [n for letter, n in zip(self.letters, part.shape, strict=True) if letter != DROPPED]
        )


def layout_of(
    path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike, which: Subimage, dims: Dimensions | None = None
) -> tuple[Layout, tuple[str, ...]] | None:
    """Return how an array's axes are those of an image, and the names of those that are kept.

    None where names that are given twice leave doubt. What is raised is what the whole array's reader raises.
    """
    if dims is not None and len(set(dims.names)) < len(dims.names):
        return None
    stand_in: Any = np.broadcast_to(np.zeros((), dtype), shape)  # of no size in memory
    kept, axes, names = laid_out(path, stand_in, which, dims)
    usual_order(axes, kept.shape)
    letters = axes
    if dims is not None and len(axes) < len(shape):
        by_name = dict(zip(names, axes, strict=True))
        letters = "".join(by_name.get(name, DROPPED) for name in dims.names)
    return Layout(shape, letters, (0,) * len(shape)), names
