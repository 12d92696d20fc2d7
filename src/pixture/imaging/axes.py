"""Which axes an array has: what it says itself, what its shape leaves no doubt of, and else a question.

Channels that come last are told by being one, or fewer than the rows and the columns, or more than
those of a square image. A wrong guess would be answered with labels of the wrong shape, and no word;
so what may be read in two ways is refused, and a volume is always said to be one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pixture.arrays import Array
from pixture.errors import ImageError

ROWS = frozenset(
    {"y", "row", "rows", "lat", "latitude", "northing", "height", "line", "lines", "south_north"}
)
COLUMNS = frozenset(
    {"x", "col", "cols", "column", "columns", "lon", "longitude", "easting", "width", "west_east"}
)
PLANES = frozenset({"z", "plane", "planes", "slice", "slices", "depth", "altitude"})
TIMES = frozenset({"t", "time", "times", "frame", "frames", "date"})
CHANNELS = frozenset(
    {"c", "band", "bands", "channel", "channels", "wavelength", "wavelengths", "component", "rgb", "rgba"}
)

_NOTHING_SAID: Mapping[str, str] = MappingProxyType({})

ORDER = "tzyxc"
"""The order in which an image has its axes."""

FEW_CHANNELS = 16
"""Channels up to which it is enough that they are fewer than the rows and columns; more are at most half as
many, or they may as well be the planes of a volume."""


OF_FOUR_AXES = (
    "Of a volume with channels, say pixture.image_from_array(array, axes='zyxc') or axes='czyx'; of volumes "
    "in time, axes='tzyx'; of images of several channels in time, axes='tyxc' or axes='tcyx'."
)
"""What settles what an array of four axes is."""


def axes_of_shape(shape: tuple[int, ...]) -> str:
    """Return "yx" or "yxc" where a shape leaves no doubt.

    Raises
    ------
    ImageError
        It may be read in several ways, or is no image's.

    Examples
    --------
    >>> axes_of_shape((480, 640, 3)), axes_of_shape((95, 95, 156))
    ('yxc', 'yxc')
    """
    if len(shape) == 2:
        return "yx"
    if len(shape) == 3:
        rows, columns, last = shape
        least = min(rows, columns)
        few = last < least and (last <= FEW_CHANNELS or 2 * last <= least)
        if last == 1 or few or FEW_CHANNELS < rows == columns < last:
            return "yxc"
        raise ImageError(_question(shape))
    several = ""
    if len(shape) > 3:
        several = " Of several images, give one, such as array[0]."
    if len(shape) == 4:
        several += f" {OF_FOUR_AXES}"
    raise ImageError(
        f"An image is (height, width) or (height, width, channels); got an array of shape {shape}.{several}"
    )


def _question(shape: tuple[int, ...]) -> str:
    first, middle, last = shape
    looks = "does not say which of its axes are the channels"
    if first < min(middle, last):
        looks = "looks as if its channels came first, or as if it were a volume"
    return (
        f"An array of shape {shape} {looks}. Say what it is: "
        f"pixture.image_from_array(array, axes='cyx') for {first} channels of {middle} x {last} pixels, or "
        f"pixture.image_from_array(array, axes='yxc') for {first} x {middle} pixels of {last} channels. "
        "Of a volume of planes, say pixture.image_from_array(array, axes='zyx'); of a stack of images, give "
        "one, such as array[0], or all of them to pixture.fit_images."
    )


def usual_order(axes: str, shape: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
    """Return how axes are put in order, times and planes first and channels last, and their letters.

    Raises
    ------
    ImageError
        They are those of no image, or not as many as the array has.

    >>> usual_order("cyx", (3, 40, 50)), usual_order("zyx", (12, 40, 50))
    (((1, 2, 0), 'yxc'), ((0, 1, 2), 'zyx'))
    """
    fits = {"y", "x"} <= set(axes) <= set(ORDER) and len(set(axes)) == len(axes) == len(shape)
    if not fits:
        raise ImageError(
            "An image has the axes 'yx', in any order, and perhaps 'z' (planes), 't' (times) and 'c' "
            f"(channels), such as 'yxc' or 'zyx'; got {axes!r} for the shape {shape}."
        )
    order = tuple(sorted(range(len(axes)), key=lambda place: ORDER.index(axes[place])))
    return order, "".join(axes[place] for place in order)


def arranged(
    pixels: Array, dims: tuple[str, ...], said: Mapping[str, str] = _NOTHING_SAID
) -> tuple[Array, str, tuple[str, ...]] | None:
    """Return an array without its dimensions of length one, the letters of the others, and their names.

    Dropped are a dimension of another name, one plane and one time, where their length is one.

    Parameters
    ----------
    pixels
        The array.
    dims
        The names of its dimensions, whatever their case.
    said
        The letter of a dimension that says it otherwise than by its name.

    Returns
    -------
    tuple
        The array, its axes in the order that they have; None where no name is known.

    Raises
    ------
    ImageError
        Some names are known, but they are not those of one image.

    Examples
    --------
    >>> import numpy as np
    >>> pixels, axes, names = arranged(np.zeros((1, 6, 40, 50)), ("time", "band", "lat", "lon"))
    >>> pixels.shape, axes, names
    ((6, 40, 50), 'cyx', ('band', 'lat', 'lon'))
    """
    letters = "".join(said.get(name) or letter_of(name.lower()) for name in dims)
    if not letters.strip("?"):
        return None
    kept = [place for place, letter in enumerate(letters) if letter in "yxc" or pixels.shape[place] != 1]
    found = "".join(letters[place] for place in kept)
    if "?" in found or len(set(found)) < len(found) or not {"y", "x"} <= set(found):
        named = ", ".join(f"{name} ({length})" for name, length in zip(dims, pixels.shape, strict=True))
        odd = next((dims[place] for place in kept if letters[place] == "?"), "run")
        raise ImageError(
            f"The array's dimensions are {named}. An image has rows (y), columns (x) and perhaps planes (z), "
            "times (time) and channels (band): take one of each other dimension, such as "
            f"array.isel({odd}=0), or rename what is called otherwise, such as array.rename(rows='y')."
        )
    return (
        pixels.reshape([pixels.shape[place] for place in kept]),
        found,
        tuple(dims[place] for place in kept),
    )


def letter_of(name: str) -> str:
    """Return the letter of an axis that has a name, in lower case; "?" where no such name is known.

    >>> letter_of("latitude"), letter_of("run")
    ('y', '?')
    """
    for letter, names in (("y", ROWS), ("x", COLUMNS), ("z", PLANES), ("t", TIMES), ("c", CHANNELS)):
        if name in names:
            return letter
    return "?"
