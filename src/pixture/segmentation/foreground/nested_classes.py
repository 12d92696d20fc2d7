"""Classes within classes: where the foreground has an inner class that it surrounds, that is what is meant.

A cell on an empty slide is darker than the slide, and its nucleus darker than the cell: the two classes that
lie furthest apart are cells and slide. Bright objects beside faint ones are no such case: what surrounds them
is the background.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from pixture.arrays import Array, Mask
from pixture.segmentation.foreground.constants import Constants
from pixture.segmentation.foreground.otsu import otsu
from pixture.segmentation.foreground.outlines import gradient, mean_strength


def within_nested(
    plane: Array, mask: Mask, constants: Constants, *, threads: int | None = None
) -> Mask | None:
    """Return the outer class, in which an inner class is to be sought; None if there is none.

    It is there if most of what lies a few pixels about it is the outer class, and if its outline is the
    stronger one: shades of an object have a weak one, and bright objects beside faint ones lie in the
    background.

    Parameters
    ----------
    plane
        (rows, columns) float32, high in the foreground.
    mask
        Pixels that take part.
    constants
        `ring` and `surrounded`.
    threads
        As in `Choices`.
    """
    outer = otsu(plane[mask])
    if outer is None:
        return None
    foreground = (plane > outer.threshold) & mask
    inner = otsu(plane[foreground])
    if inner is None:
        return None
    core = np.asarray(ndimage.binary_opening((plane > inner.threshold) & foreground))  # specks are no class
    ring = _grown(core, constants.ring) & ~_grown(core, constants.ring - 1) & mask
    if not ring.any() or foreground[ring].mean() <= constants.surrounded:
        return None
    of = gradient(plane, threads=threads)
    return foreground if mean_strength(of, core) > mean_strength(of, foreground) else None


def _grown(mask: Mask, reach: int) -> Mask:
    return np.asarray(ndimage.maximum_filter(mask, 2 * reach + 1))
