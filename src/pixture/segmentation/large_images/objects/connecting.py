"""The connected parts of a foreground in a piece: numbered, kept, and split where they cross no seam."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy import ndimage

from pixture.arrays import Integers
from pixture.imaging.window import Window
from pixture.scale.stores.piece_store import PieceStore
from pixture.segmentation.large_images.objects.foreground import Foreground, Holes
from pixture.segmentation.large_images.objects.seams import Shell, flat_places, shell_of
from pixture.segmentation.objects.find_objects import Boxes
from pixture.segmentation.objects.pieces import Cutting
from pixture.segmentation.objects.split_touching import split_touching

MASKED, ID = np.uint32(1 << 31), np.uint32((1 << 31) - 1)
"""In the numbers that are kept: the bit of pixels that take no part, and the bits of a part's number."""

NOWHERE = np.iinfo(np.int64).max
"""The first pixel of a part that has none."""


TOGETHER = {2: 512, 3: 64}
"""Sides of the cells of a piece, by its axes, whose parts are split together: so little memory is needed."""


@dataclass(frozen=True, eq=False)
class Parts:
    """The connected parts of a piece, 1 … n.

    Attributes
    ----------
    sizes, firsts
        (n,) how many pixels that take part each has, and the first of them in the image, flat.
    places
        (n,) the class of each, by its place.
    shells
        Of each class, the pixels along seams.
    open, boxes
        (m,) the parts that reach a seam; (m, 2 axes) where each starts and stops in the image.
    closed
        How many connected parts reach no seam, before any was split.
    """

    sizes: Integers
    firsts: Integers
    places: Integers
    shells: tuple[Shell, ...]
    open: Integers
    boxes: Integers
    closed: int

    def without_shells(self) -> Parts:
        """Return what is known of them but for the pixels along seams."""
        return replace(self, shells=())


@dataclass(frozen=True, eq=False)
class ConnectParts:
    """Finds the connected parts of a piece, and keeps the number of each pixel's.

    Parts that reach no seam are split where objects touch: all that says how lies within the piece.
    """

    foreground: Foreground
    store: PieceStore
    cutting: Cutting
    doing: ClassVar[str] = "finding objects"

    def __call__(self, part: tuple[Window, Holes]) -> Parts:
        """Return what is known of them."""
        window, holes = part
        of_pixel, masked = self.foreground.read(window)
        of_pixel = self.foreground.filled(window, of_pixel, holes)
        ids = np.zeros(window.shape, np.int32)
        shells: list[Shell] = []
        of_class, closed = [], 0
        before = 0
        for place in range(1, len(self.foreground.classes) + 1):
            numbers, shell, count, alone = self._parts(of_pixel, place, window)
            np.add(numbers, before, out=ids, where=numbers > 0, casting="unsafe")
            shells.append(Shell(shell.places, shell.ids + before))
            of_class.append(np.full(count, place))
            before, closed = before + count, closed + alone
        flat = ids.reshape(-1)
        inside = np.flatnonzero(flat if masked is None else np.where(masked.reshape(-1), 0, flat))
        firsts = np.full(before + 1, NOWHERE)
        firsts[flat[inside[::-1]]] = self._in_whole(inside[::-1], window)  # the last of several stays
        kept = ids.astype(np.uint32)
        if masked is not None:
            kept[masked] |= MASKED
        self.store.write(window, kept)
        open_parts = np.unique(np.concatenate([shell.ids for shell in shells]))
        return Parts(
            np.bincount(flat[inside], minlength=before + 1)[1:],
            firsts[1:],
            np.concatenate(of_class),
            tuple(shells),
            open_parts,
            _boxes(ids, open_parts, window),
            closed,
        )

    def _parts(self, of_pixel: Integers, place: int, window: Window) -> tuple[Integers, Shell, int, int]:
        """Return the parts of a class; those along seams; how many; and how many reached none, unsplit."""
        numbers, count = self.foreground.parts_of(of_pixel, place)
        shell = shell_of(numbers, window, self.foreground.shape)
        is_open = np.zeros(count + 1, bool)
        is_open[shell.ids] = True
        alone = count - int(np.count_nonzero(is_open))
        if not (self.cutting.split and alone):
            return numbers, shell, count, alone
        self._split(numbers, np.flatnonzero(~is_open[1:]) + 1)
        there = np.bincount(numbers.ravel()) > 0
        there[0] = False
        anew: Integers = np.where(there, np.cumsum(there), 0)
        return anew[numbers], Shell(shell.places, anew[shell.ids]), int(there.sum()), alone

    def _split(self, numbers: Integers, alone: Integers) -> None:
        """Give what some parts are split into numbers of its own; those near each other are split together.

        How far a pixel is from the background rests on what lies in its part's box, and a pixel around it.
        """
        boxes: Boxes = ndimage.find_objects(numbers)
        side = TOGETHER[numbers.ndim]
        near: dict[tuple[int, ...], list[int]] = {}
        for part in alone.tolist():
            box = boxes[part - 1]
            assert box is not None  # each part has a pixel
            near.setdefault(tuple(along.start // side for along in box), []).append(part)
        last = len(boxes)
        whole = Window.of(numbers.shape)
        for parts in near.values():
            window = _around([boxes[part - 1] for part in parts]).grown((1,) * numbers.ndim, whole.stop)
            within = numbers[window.slices]
            chosen = np.zeros(last + 1, bool)
            chosen[parts] = True
            mask = chosen[within]
            split = split_touching(
                mask, np.where(mask, within, 0), self.cutting.connectivity, self.cutting.spacing
            )
            most = max(parts)
            np.copyto(
                within, np.where(split > most, split - most + last, split), where=mask, casting="unsafe"
            )
            last += max(0, int(split.max()) - most)

    def _in_whole(self, at: Integers, window: Window) -> Integers:
        """Return the flat places in the image of pixels at flat places in a window."""
        inside = np.unravel_index(at, window.shape)
        places = [where + start for where, start in zip(inside, window.start, strict=True)]
        return flat_places(places, self.foreground.shape)


def _around(boxes: Sequence[tuple[slice, ...] | None]) -> Window:
    """Return the window that holds some boxes."""
    sides = list(zip(*(box for box in boxes if box is not None), strict=True))
    return Window(
        tuple(min(along.start for along in side) for side in sides),
        tuple(max(along.stop for along in side) for side in sides),
    )


def _boxes(ids: Integers, parts: Integers, window: Window) -> Integers:
    found = ndimage.find_objects(ids)
    boxes = [
        [*(side.start for side in found[one - 1]), *(side.stop for side in found[one - 1])] for one in parts
    ]
    begins: Integers = np.tile(window.start, 2)
    return np.array(boxes, np.int64).reshape(len(parts), begins.size) + begins
