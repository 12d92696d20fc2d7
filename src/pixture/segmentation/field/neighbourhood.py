"""Which pixels are neighbours, and how much each counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.errors import ChoiceError

USUAL = {2: 8, 3: 6}
"""Neighbours of a pixel, by the number of spatial axes."""

_STEPS = {2: {4: 1, 8: 2}, 3: {6: 1, 18: 2, 26: 3}}
"""By spatial axes and by neighbours: along how many axes at once a neighbour may lie."""


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """One of each pair of opposite neighbours, as (plane, row, column) offsets; an image has one plane.

    Attributes
    ----------
    offsets
        (n, 3), the first that is not 0 positive.
    weights
        (n,) float32: the share of a neighbour. With the opposite ones they sum to 1.
    """

    offsets: Integers
    weights: Floats

    def __repr__(self) -> str:
        return f"<Neighbourhood: {2 * len(self.offsets)} neighbours>"


def neighbourhood(neighbours: int, spacing: tuple[float, ...]) -> Neighbourhood:
    """Return the neighbours of a pixel, each counted in inverse proportion to its distance.

    Parameters
    ----------
    neighbours
        4 or 8 in an image, 6, 18 or 26 in a volume.
    spacing
        Distance of pixels along each spatial axis, two or three of them.

    Raises
    ------
    ChoiceError
        There is no such neighbourhood.

    Examples
    --------
    >>> found = neighbourhood(4, (1.0, 2.0))
    >>> found.offsets.tolist(), found.weights.astype(float).round(3).tolist()
    ([[0, 0, 1], [0, 1, 0]], [0.167, 0.333])
    """
    dimensions = len(spacing)
    known = _STEPS[dimensions]
    if neighbours not in known:
        what = "an image" if dimensions == 2 else "a volume"
        raise ChoiceError(
            f"A pixel of {what} has {' or '.join(map(str, known))} neighbours; got {neighbours}."
        )
    offsets = np.array(
        [
            step
            for step in product((-1, 0, 1), repeat=3)
            if step > (0, 0, 0)
            and np.abs(step).sum() <= known[neighbours]
            and (dimensions == 3 or step[0] == 0)
        ]
    )
    lengths = np.sqrt(((offsets * np.array([1.0, *spacing][-3:])) ** 2).sum(axis=1))
    weights = (1 / lengths) / (2 / lengths).sum()
    return Neighbourhood(offsets, weights.astype(np.float32))
