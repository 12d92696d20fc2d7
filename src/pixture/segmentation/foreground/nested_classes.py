"""Classes within classes: where the foreground has an inner class that it surrounds, that is what is meant.

A cell on an empty slide is darker than the slide, and its nucleus darker than the cell: the two classes that
lie furthest apart are cells and slide. Bright objects beside faint ones are no such case: what surrounds them
is the background.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from pixture.arrays import Array, Mask
from pixture.segmentation.foreground.otsu import otsu

RING = 8
"""Pixels away from the inner class at which what surrounds it is looked at: beyond blurred edges."""

SURROUNDED = 0.5
"""Share of that ring that must be the outer class."""


def within_nested(plane: Array, mask: Mask) -> Mask | None:
    """Return the outer class, in which an inner class is to be sought; None if it is not surrounded by it.

    `plane` is high in the foreground.
    """
    outer = otsu(plane[mask])
    if outer is None:
        return None
    foreground = (plane > outer.threshold) & mask
    inner = otsu(plane[foreground])
    if inner is None:
        return None
    core = ndimage.binary_opening((plane > inner.threshold) & foreground)  # specks of noise are no class
    ring = _grown(core, RING) & ~_grown(core, RING - 1) & mask
    if not ring.any() or foreground[ring].mean() <= SURROUNDED:
        return None
    return foreground


def _grown(mask: Mask, reach: int) -> Mask:
    return np.asarray(ndimage.maximum_filter(mask, 2 * reach + 1))
