"""The pieces of one class: holes filled, connected, split where they touch, specks left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pixture.arrays import Array, Integers, Mask
from pixture.segmentation.objects.split_touching import split_touching

LEAST_SHARE = 0.1
"""Pieces smaller than this share of the typical object are specks, where no size is given; see
docs/objects.md."""


@dataclass(frozen=True)
class Cutting:
    """How a foreground becomes pieces.

    Attributes
    ----------
    split
        Whether touching pieces are told apart.
    connectivity
        How many coordinates neighbours may differ in: 1 for those with a side in common.
    min_size
        Pixels of the smallest object; None takes `LEAST_SHARE` of the typical one.
    spacing
        Size of a pixel along each axis.
    """

    split: bool
    connectivity: int
    min_size: int | None
    spacing: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Pieces of a foreground, numbered without order, 0 for the rest.

    Attributes
    ----------
    numbers
        Of the mask's shape: 1 … `count`, not all of which need occur.
    count
        The greatest of them.
    connected
        How many connected pieces there were before anything was split or dropped.
    dropped
        How many were too small.
    """

    numbers: Integers
    count: int
    connected: int
    dropped: int


def filled(mask: Mask, connectivity: int) -> Mask:
    """Return a mask without holes: background that no way leads out of.

    The way goes by sides where the mask connects by corners too, and by corners where the mask does not: a
    line that is closed for the one is a wall for the other.

    >>> filled(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]) > 0, 2).astype(int)[1]
    array([1, 1, 1])
    """
    of_background = 1 if connectivity > 1 else mask.ndim
    structure = ndimage.generate_binary_structure(mask.ndim, of_background)
    return np.asarray(ndimage.binary_fill_holes(mask, structure))


def pieces_of(mask: Mask, cutting: Cutting, kept: Mask | None = None, likely: Array | None = None) -> Pieces:
    """Return the pieces of a foreground of one class.

    Parameters
    ----------
    mask
        The foreground, holes filled.
    cutting
        How it becomes pieces.
    kept
        Where pixels take part; others are in no piece. None where all do.
    likely
        The probability of the foreground, as `split_touching` takes it.

    Examples
    --------
    >>> found = pieces_of(np.array([[1, 1, 0, 1]]) > 0, Cutting(True, 2, 2, (1.0, 1.0)))
    >>> found.numbers, found.connected, found.dropped
    (array([[1, 1, 0, 0]], dtype=int32), 2, 1)
    """
    structure = ndimage.generate_binary_structure(mask.ndim, cutting.connectivity)
    numbers: Integers
    numbers, connected = ndimage.label(mask, structure)
    if cutting.split and connected:
        numbers = split_touching(mask, numbers, cutting.connectivity, cutting.spacing, likely)
    if kept is not None:
        numbers = np.where(kept, numbers, 0)
    sizes = np.bincount(numbers.ravel())
    sizes[0] = 0
    least = LEAST_SHARE * typical_size(sizes) if cutting.min_size is None else cutting.min_size
    specks = (sizes > 0) & (sizes < least)
    if specks.any():
        numbers = np.where(specks[numbers], 0, numbers)
    return Pieces(numbers, len(sizes) - 1, int(connected), int(specks.sum()))


def typical_size(sizes: Integers) -> float:
    """Return the size of the object that holds the middle pixel of all, objects sorted by size.

    However many specks there are, they hold few of the pixels.

    >>> typical_size(np.array([1, 1, 1, 1, 1, 90, 100, 110]))
    100.0
    """
    ascending = np.sort(sizes)
    pixels = np.cumsum(ascending)
    return float(ascending[np.searchsorted(pixels, pixels[-1] / 2)]) if len(sizes) and pixels[-1] else 0.0
