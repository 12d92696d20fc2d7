"""How large a pixel is along each axis."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pixture.errors import ChoiceError
from pixture.wording import shown, shown_numbers


def checked_spacing(spacing: Iterable[float] | None, axes: str) -> tuple[float, ...]:
    """Return the sizes of a pixel along axes; 1 along each where nothing is said.

    Of times, the distance may be left out: it is 1 then.

    Raises
    ------
    ChoiceError
        They are not as many as the axes, or one is not above 0.

    >>> checked_spacing((2, 1, 1), "zyx"), checked_spacing(None, "yx"), checked_spacing((3, 3), "tyx")
    ((2.0, 1.0, 1.0), (1.0, 1.0), (1.0, 3.0, 3.0))
    """
    dimensions = len(axes)
    if spacing is None:
        return (1.0,) * dimensions
    try:
        sizes = tuple(float(size) for size in spacing)
    except (TypeError, ValueError):
        raise ChoiceError(
            f"spacing is a size above 0 along each of {dimensions} axes; got {shown(spacing)}. Give "
            f"spacing={(1.0,) * dimensions}."
        ) from None
    if axes.startswith("t") and len(sizes) == dimensions - 1:
        sizes = (1.0, *sizes)
    if len(sizes) != dimensions or not all(0 < size < math.inf for size in sizes):
        raise ChoiceError(
            f"spacing is a size above 0 along each of {dimensions} axes; got {shown_numbers(sizes)}."
        )
    return sizes
