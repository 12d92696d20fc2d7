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
from pixture.segmentation.foreground.scales import Scales, window


def within_nested(
    plane: Array, mask: Mask, constants: Constants, scales: Scales, *, threads: int | None = None
) -> Mask | None:
    """Return the outer class, in which an inner class is to be sought; None if there is none.

    It is there if most of what lies a few pixels about it is the outer class, and if its outline is the
    stronger one: shades of an object have a weak one, and bright objects beside faint ones lie in the
    background.

    Parameters
    ----------
    plane
        (rows, columns) or (planes, rows, columns) float32, high in the foreground.
    mask
        Pixels that take part.
    constants
        `ring` and `surrounded`.
    scales
        How many pixels along each axis are as long as one of a plane.
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
    core = _opened((plane > inner.threshold) & foreground, scales)  # specks are no class
    ring = _grown(core, constants.ring, scales) & ~_grown(core, constants.ring - 1, scales) & mask
    if not ring.any() or foreground[ring].mean() <= constants.surrounded:
        return None
    of = gradient(plane, scales, threads=threads)
    return foreground if mean_strength(of, core) > mean_strength(of, foreground) else None


def _opened(mask: Mask, scales: Scales) -> Mask:
    """Return a mask without what no cross of a pixel to every side fits in."""
    sides = window(1, scales, mask.shape)
    places = np.ogrid[tuple(slice(-(side // 2), side // 2 + 1) for side in sides)]
    cross = np.sum([place != 0 for place in np.broadcast_arrays(*places)], axis=0) <= 1
    return np.asarray(ndimage.binary_opening(mask, cross))


def _grown(mask: Mask, reach: int, scales: Scales) -> Mask:
    return np.asarray(ndimage.maximum_filter(mask, window(reach, scales, mask.shape)))
