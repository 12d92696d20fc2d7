"""The foreground of a piece: which class each pixel is of, holes filled that may reach over many pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import ndimage

from pixture.arrays import Integers, Mask
from pixture.imaging.window import Window
from pixture.scale.stores.piece_store import PieceStore
from pixture.segmentation.large_images.objects.seams import Shell, at_border, shell_of
from pixture.segmentation.objects.find_objects import Boxes


@dataclass(frozen=True, eq=False)
class Foreground:
    """Which pixels are foreground, and what is a neighbour.

    Attributes
    ----------
    labels
        Those of all pixels.
    classes
        The labels of the foreground, ascending.
    masked
        The label of pixels that take no part; None where there are none.
    connectivity
        How many coordinates neighbours may differ in.
    shape
        Of the image.
    """

    labels: PieceStore
    classes: tuple[int, ...]
    masked: int | None
    connectivity: int
    shape: tuple[int, ...]

    def read(self, window: Window) -> tuple[Integers, Mask | None]:
        """Return each pixel's place among the classes, from 1 on, or 0; and which pixels take no part."""
        labels = self.labels.read(window)
        place = np.zeros(int(np.iinfo(labels.dtype).max) + 1, np.int32)
        place[list(self.classes)] = np.arange(1, len(self.classes) + 1)
        masked = None if self.masked is None else labels == self.masked
        return place[labels], masked

    def outside_of(self, of_pixel: Integers, place: int) -> tuple[Integers, int]:
        """Return the connected parts of what is not of a class, numbered from 1, and how many there are.

        They connect as in `objects.pieces.filled`.
        """
        of_background = 1 if self.connectivity > 1 else len(self.shape)
        numbers, count = ndimage.label(of_pixel != place, _ball(len(self.shape), of_background))
        return numbers, int(count)

    def parts_of(self, of_pixel: Integers, place: int) -> tuple[Integers, int]:
        """Return the connected parts of a class, numbered from 1, and how many there are."""
        numbers, count = ndimage.label(of_pixel == place, _ball(len(self.shape), self.connectivity))
        return numbers, int(count)

    def filled(self, window: Window, of_pixel: Integers, holes: Holes) -> Integers:
        """Return the classes with their holes filled, as in the whole image."""
        found = of_pixel.copy()
        border = at_border(window, self.shape)
        for place in holes.order:
            numbers, count = self.outside_of(of_pixel, place)
            hole = np.ones(count + 1, bool)
            hole[0] = False
            hole[numbers[border]] = False
            hole[holes.leading_out[place - 1]] = False
            found[hole[numbers] & (found == 0)] = place
        return found


@dataclass(frozen=True, eq=False)
class Holes:
    """What says which holes of a piece are holes in the whole image.

    Attributes
    ----------
    order
        The classes' places, in the order in which their holes are filled.
    leading_out
        Of each class, the parts of what is not of it that reach a seam and, beyond it, the image's border.
    """

    order: tuple[int, ...] = ()
    leading_out: tuple[Integers, ...] = ()


@dataclass(frozen=True, eq=False)
class Outside:
    """What is not of each class in a piece.

    Attributes
    ----------
    shells
        Of each class, the parts of what is not of it, along seams.
    at_border
        Of each class, those parts that touch the image's border.
    boxes
        Where each class lies; None where it does not occur.
    """

    shells: tuple[Shell, ...]
    at_border: tuple[Integers, ...]
    boxes: tuple[Window | None, ...]


@dataclass(frozen=True, eq=False)
class LookForHoles:
    """Finds what is not of each class in a piece."""

    foreground: Foreground
    doing: ClassVar[str] = "looking for holes"

    def __call__(self, window: Window) -> Outside:
        """Return it."""
        foreground = self.foreground
        of_pixel, _ = foreground.read(window)
        border = at_border(window, foreground.shape)
        shells, touching = [], []
        for place in range(1, len(foreground.classes) + 1):
            numbers, _ = foreground.outside_of(of_pixel, place)
            shells.append(shell_of(numbers, window, foreground.shape))
            there = np.unique(numbers[border])
            touching.append(there[there > 0])
        found: Boxes = ndimage.find_objects(of_pixel, len(foreground.classes))
        boxes = [None if box is None else _moved(box, window) for box in found]
        return Outside(tuple(shells), tuple(touching), tuple(boxes))


def _moved(box: tuple[slice, ...], window: Window) -> Window:
    start = tuple(begin + side.start for begin, side in zip(window.start, box, strict=True))
    return Window(start, tuple(begin + side.stop for begin, side in zip(window.start, box, strict=True)))


def _ball(dimensions: int, connectivity: int) -> Mask:
    return np.asarray(ndimage.generate_binary_structure(dimensions, connectivity))
