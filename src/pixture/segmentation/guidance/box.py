"""A box around an object: what lies outside is background."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Mask
from pixture.errors import ChoiceError
from pixture.options.guidance import BOX
from pixture.wording import plural


def inside(box: tuple[int, ...], shape: tuple[int, ...]) -> Mask:
    """Return where the inside of a box is in an image of a shape.

    Parameters
    ----------
    box
        The first corner, and the one past the last: TOP, LEFT, BOTTOM, RIGHT, as `Guidance` says.

    Raises
    ------
    ChoiceError
        It is no box in the image, or all of the image.

    Examples
    --------
    >>> inside((0, 1, 2, 3), (2, 4)).astype(int)
    array([[0, 1, 1, 0],
           [0, 1, 1, 0]])
    """
    axes = len(shape)
    names = ",".join(BOX.longer if axes == 3 else BOX.names)
    given = ",".join(map(str, box))
    if len(box) != 2 * axes:
        raise ChoiceError(
            f"A box in {'a volume' if axes == 3 else 'an image'} is {names}, {2 * axes} numbers; got {given}."
        )
    first, past = box[:axes], box[axes:]
    if any(
        one < 0 or one >= other or other > side for one, other, side in zip(first, past, shape, strict=True)
    ):
        size = " x ".join(map(str, shape))
        raise ChoiceError(
            f"A box ({names}) lies within the image, {size}, and holds some of it; got {given}. The last "
            f"{plural(axes, 'number')} are past its last pixel."
        )
    found = np.zeros(shape, bool)
    found[tuple(slice(one, other) for one, other in zip(first, past, strict=True))] = True
    if found.all():
        raise ChoiceError(f"The box ({given}) is the whole image, so nothing is background; draw it closer.")
    return found
