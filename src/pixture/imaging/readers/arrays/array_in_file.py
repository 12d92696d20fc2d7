"""An array in a file that holds arrays, not pictures: which one it is, its axes, how it is scaled."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array
from pixture.errors import ImageError, ReadError
from pixture.imaging.axes import arranged, axes_of_shape, usual_order
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.libraries.description import NOTHING, Description, Dimensions
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.subimage import Content, Subimage, chosen_scene
from pixture.wording import plural

MOST_LISTED = 12
"""Arrays that a sentence lists."""


@dataclass(frozen=True)
class Held:
    """One of the arrays in a file.

    Attributes
    ----------
    name
        What the file calls it.
    shape
        Its lengths.
    dtype
        Of its values, as people say it.
    numbers
        Whether its values are real numbers, one each.
    axes
        The letters of its axes, where the file says them.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    numbers: bool = True
    axes: str = ""

    @property
    def may_be_an_image(self) -> bool:
        """Whether it has rows and columns: two axes or more that are longer than one."""
        return self.numbers and sum(length > 1 for length in self.shape) >= 2

    @property
    def in_words(self) -> str:
        """Its name, lengths and dtype.

        >>> Held("Y", (156, 9025), "float64").in_words
        'Y (156 x 9025 float64)'
        """
        return f"{self.name} ({' x '.join(map(str, self.shape)) or 'one'} {self.dtype})"

    @property
    def content(self) -> Content:
        """As `pixture info` lists it."""
        return Content(self.name, self.axes, self.shape, self.dtype)


def contents_of(held: Sequence[Held]) -> tuple[Content, ...]:
    """Return the arrays that may be images, as `pixture info` lists them."""
    return tuple(one.content for one in held if one.may_be_an_image)


def chosen_array(path: Path, which: Subimage, held: Sequence[Held]) -> Held:
    """Return the array that is asked for, or the only one that may be an image.

    Parameters
    ----------
    path
        The file, for messages.
    which
        A name, a number among those that may be images, or neither.
    held
        The arrays in the file.

    Raises
    ------
    ReadError
        There is no such array, none that may be an image, or several: none is guessed.

    Examples
    --------
    >>> held = [Held("cube", (95, 95, 156), "uint16"), Held("rows", (1, 1), "uint8")]
    >>> chosen_array(Path("a.mat"), Subimage(), held).name
    'cube'
    """
    images = [one for one in held if one.may_be_an_image]
    if which.scene is not None:
        named = [one for one in held if one.name.strip("/") == which.scene.strip("/")]
        if named:
            if not named[0].numbers:
                raise ReadError(
                    f"{path}: {named[0].in_words} is no array of real numbers, so no image. It holds "
                    f"{_listed(images) or 'none'}."
                )
            return named[0]
        return images[chosen_scene(path, which, [one.name for one in images])]
    if not images:
        what = f" It holds {_listed(held)}." if held else " It holds none at all."
        raise ReadError(f"{path}: there is no array of numbers with rows and columns in it.{what}")
    if len(images) > 1:
        raise ReadError(
            f"{path}: it holds {plural(len(images), 'array')}: {_listed(images)}. Say which is the image: "
            f"scene='{images[0].name}', or {path.name}::{images[0].name}."
        )
    return images[0]


def _listed(held: Sequence[Held]) -> str:
    more = f" and {len(held) - MOST_LISTED:,} more" if len(held) > MOST_LISTED else ""
    return ", ".join(one.in_words for one in held[:MOST_LISTED]) + more


def refuse_size(path: Path, shape: tuple[int, ...], itemsize: int) -> None:
    """Refuse an array that is larger than is taken for safe, before anything of it is read.

    Raises
    ------
    ReadError
        It is, in values of up to eight bytes.
    DamagedError
        It has no such shape.
    """
    if any(length <= 0 for length in shape):
        raise DamagedError(f"its shape is {shape}")
    if len(shape) < 2:
        raise ReadError(
            f"{path}: it holds {plural(shape[0] if shape else 1, 'number')}, in no rows and columns. "
            "Give an array of two axes or more."
        )
    *others, longest = sorted(shape)
    channels = others.pop(0) if len(shape) > 2 else 1  # which they are is not known yet: the fewest
    refuse_bomb(path, longest, math.prod(others), channels * itemsize)


def on_disk(
    path: Path, dtype: npt.DTypeLike, start: int, shape: tuple[int, ...], order: Literal["C", "F"] = "C"
) -> Array:
    """Return the values that lie in a file, which stay there until they are looked at.

    They may be written to, which changes them in memory alone: for what may not, kernels are compiled anew.
    """
    return np.memmap(path, np.dtype(dtype), "c", start, shape, order)


def image_of_array(
    path: Path,
    array: Array,
    which: Subimage,
    *,
    dims: Dimensions | None = None,
    describe: Callable[[Mapping[str, str]], Description] | None = None,
    nodata: Any = None,
) -> Image:
    """Return the image that an array from a file holds.

    Parameters
    ----------
    path
        The file, for messages.
    array
        Its values, as they are stored.
    which
        Says the axes, if the file does not.
    dims
        The names of the array's dimensions, where the file has some.
    describe
        Called with the name of each axis's dimension by its letter; returns a `Description`.
    nodata
        What stands for missing data, where no description says it.

    Raises
    ------
    ReadError
        Which axes the array has cannot be told, or is said wrongly; the sentence says what to add.
    """
    array, axes, names = laid_out(path, array, which, dims)
    said: Description = NOTHING
    order, letters = usual_order(axes, array.shape)
    if describe is not None and names:
        said = describe({letter: names[place] for letter, place in zip(letters, order, strict=True)})
    return image_from_array(
        array,
        axes=axes,
        spacing=said.spacing,
        unit=said.unit,
        nodata=said.nodata if nodata is None else nodata,
        channel_names=said.channel_names,
    )


def laid_out(
    path: Path, array: Array, which: Subimage, dims: Dimensions | None = None
) -> tuple[Array, str, tuple[str, ...]]:
    """Return an array without the dimensions that no image has, its axes, and the names of its dimensions.

    The parameters, and what is raised, are those of `image_of_array`. The values are not looked at.
    """
    names = () if dims is None else dims.names
    axes = which.axes
    if axes is not None and len(axes) != array.ndim:
        raise ReadError(
            f"{path}: axes='{axes}' names {len(axes)} axes, and the array has the shape "
            f"{array.shape}. Give a letter for each of its {array.ndim} axes."
        )
    if axes is None and dims is not None:
        array, axes, names = _by_dimensions(path, array, dims)
    return array, _by_shape(path, array.shape) if axes is None else axes, names


def _by_dimensions(path: Path, array: Array, dims: Dimensions) -> tuple[Array, str | None, tuple[str, ...]]:
    try:
        found = arranged(array, dims.names, dims.letters)
    except ImageError:
        named = ", ".join(f"{name} ({n})" for name, n in zip(dims.names, array.shape, strict=True))
        raise ReadError(
            f"{path}: the array's dimensions are {named}, which are not those of one image: rows (y), "
            "columns (x) and perhaps planes (z), times (t) and channels (c). Say which they are, such as "
            f"axes='{_example(array.ndim)}'."
        ) from None
    return (array, None, ()) if found is None else found


def _example(axes: int) -> str:
    return {2: "yx", 3: "cyx", 4: "tcyx"}.get(axes, "tzcyx")


def _by_shape(path: Path, shape: tuple[int, ...]) -> str:
    try:
        return axes_of_shape(shape)
    except ImageError:
        if len(shape) == 3:
            first, middle, last = shape
            ways = (
                f"axes='cyx' for {first} channels of {middle} x {last} pixels, or axes='yxc' for {first} x "
                f"{middle} pixels of {last} channels, or axes='zyx' for a volume of {first} planes, or "
                f"axes='tyx' for {first} times"
            )
        else:
            ways = f"a letter for each of its {len(shape)} axes, such as axes='{_example(len(shape))}'"
        raise ReadError(
            f"{path}: an array of shape {shape} does not say which of its axes are which. Say {ways}."
        ) from None


def scaled(image: Image, scale: Any, offset: Any) -> Image:
    """Return an image with the scaling that its file states: scale x value + offset.

    Each of these is a number, or one a channel. The values are float64, or integers where all are whole.

    Raises
    ------
    DamagedError
        They are no finite numbers, or the scale is 0.

    Examples
    --------
    >>> image = image_from_array(np.array([[1, 2]], np.uint16))
    >>> scaled(image, 0.5, 3).pixels, scaled(image, 1, -1).pixels.dtype
    (array([[3.5, 4. ]]), dtype('int64'))
    """
    by, plus = np.asarray(scale, np.float64), np.asarray(offset, np.float64)
    if (by == 1).all() and (plus == 0).all():
        return image
    if not (np.isfinite(by).all() and np.isfinite(plus).all() and by.all()):
        raise DamagedError(f"its scale is {scale}, its offset {offset}")
    pixels = image.pixels
    largest = float(np.abs(pixels.astype(np.float64)).max()) if pixels.dtype.kind in "ui" else np.inf
    whole = bool((by == 1).all() and (plus == np.rint(plus)).all() and largest + np.abs(plus).max() < 2**53)
    if whole:
        return replace(image, pixels=pixels.astype(np.int64) + plus.astype(np.int64))
    return replace(image, pixels=pixels.astype(np.float64) * by + plus)
