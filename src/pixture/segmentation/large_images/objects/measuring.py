"""The numbers of objects, written piece by piece, and what is measured in them, added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.imaging.window import Window
from pixture.scale.sinks.sink import Sink
from pixture.scale.sources.source import Source
from pixture.scale.stores.piece_store import PieceStore
from pixture.segmentation.large_images.objects.connecting import ID, MASKED
from pixture.segmentation.large_images.objects.kernels import add_deviations, add_up, mark
from pixture.segmentation.large_images.objects.splitting import Patch, Patches
from pixture.segmentation.objects.object_table import Measures, boundary_lengths, eccentricities

NEAR = 2
"""How far from a boundary pixel the pixels are that say how long the outline is in it."""

FAR = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Numbers:
    """What says of the parts of a piece, and of those around it, which objects they are.

    Attributes
    ----------
    window
        The piece.
    parts
        Of each piece in reach: its window, and the number of each part's object, that of no part first.
    patches
        Of each object in reach that was split: where its parts are kept, and their numbers, as above.
    """

    window: Window
    parts: tuple[tuple[Window, Integers], ...]
    patches: tuple[tuple[Patch, Integers], ...]


@dataclass(frozen=True, eq=False)
class ObjectSums:
    """Sums over the pixels of some objects; those of two parts of an image add up.

    Attributes
    ----------
    ids
        (n,) the objects, 0 for the first.
    pixels
        (n,) how many there are.
    means, scatters
        (n, axes + channels) of their places and values: means, and Σ (x - mean)².
    cross
        (n,) Σ (row - mean row) (column - mean column); of volumes 0.
    low, high
        (n, axes) where they start and stop.
    areas, lengths
        (n,) the areas of their rows, and the lengths of their outlines, in pixels.
    glimpse
        Some of the numbers, evenly spaced, and where they go among those of the whole.
    """

    ids: Integers
    pixels: Integers
    means: Floats
    scatters: Floats
    cross: Floats
    low: Integers
    high: Integers
    areas: Floats
    lengths: Floats
    glimpse: tuple[tuple[slice, ...], Integers] | None = None


@dataclass(frozen=True, eq=False)
class MeasureObjects:
    """Writes the numbers of a piece, and measures what is in it."""

    source: Source
    store: PieceStore
    patches: Patches
    sink: Sink | None
    dtype: np.dtype[Any]
    strides: tuple[int, ...] = ()
    doing: ClassVar[str] = "measuring objects"

    def __call__(self, part: Numbers) -> ObjectSums:
        """Return the sums."""
        window, shape = part.window, self.source.description.shape
        around = reach(window, shape)
        numbers = self._numbers(part, around)
        outlines = _outlines(numbers, window, around) if len(shape) == 2 else None
        numbers = np.ascontiguousarray(numbers[window.within(around)])
        if self.sink is not None:
            self.sink.write(window, numbers.astype(self.dtype))
        glimpse = _glimpse(numbers, window, self.strides) if self.strides else None
        return replace(sums_of(numbers, window, self.source, outlines), glimpse=glimpse)

    def _numbers(self, part: Numbers, around: Window) -> Integers:
        """Return the number of each pixel's object in a window."""
        found = np.zeros(around.shape, np.uint32)
        for piece, of_part in part.parts:
            common = piece.common(around)
            assert common is not None  # it is in reach
            ids = self.store.read(common)
            found[common.within(around)] = np.where(ids < MASKED, of_part[ids & ID], 0)
        for patch, of_part in part.patches:
            common = patch.box.common(around)
            assert common is not None
            there = of_part[self.patches.read(patch)[common.within(patch.box)]]
            np.copyto(found[common.within(around)], there, where=there > 0)
        return found


def reach(window: Window, shape: tuple[int, ...]) -> Window:
    """Return a piece with what is looked at around it: of volumes nothing is."""
    return window.grown((NEAR,) * 2, shape) if len(shape) == 2 else window


def sums_of(
    numbers: Integers, window: Window, source: Source, outlines: tuple[Integers, Floats] | None = None
) -> ObjectSums:
    """Return the sums over what is numbered from 1 on in a piece of a source.

    Parameters
    ----------
    numbers
        Of each pixel of the piece; 0 of what is not measured.
    window
        The piece.
    source
        The image.
    outlines
        The objects of boundary pixels, and how long the outline is in each.
    """
    image = source.read(window)
    axes, place = len(window.start), source.description.place
    by_row = place is not None and place.row_areas is not None
    flat = np.ascontiguousarray(numbers).reshape(-1)
    least = int(np.min(flat, where=flat > 0, initial=np.iinfo(flat.dtype).max))
    there = np.zeros(max(int(flat.max()) - least + 1, 0), np.bool_)
    mark(flat, least, there)
    table, count = np.cumsum(there) - 1, int(np.count_nonzero(there))
    quantities = axes + image.channels
    pixels, areas, cross = np.zeros(count, np.int64), np.zeros(count), np.zeros(count)
    origins, sums, scatters = (np.zeros((count, quantities)) for _ in range(3))
    low, high = np.full((count, axes), FAR), np.zeros((count, axes), np.int64)
    lines = flat.reshape((1, *window.shape)[-3:])
    values, begin = np.ascontiguousarray(image.rows), np.array((0, *window.start)[-3:], np.int64)
    row_areas = np.asarray(place.row_areas, np.float64) if place is not None and by_row else np.zeros(0)
    given = (lines, values, table, least, begin)
    add_up(*given, row_areas, pixels, origins, sums, low, high, areas)
    means = origins + sums / pixels[:, None]  # by deviations from one of them large values lose no digits
    add_deviations(*given, means, scatters, cross)
    lengths: Floats = np.zeros(count)
    if outlines is not None:
        lengths = np.asarray(np.bincount(table[outlines[0] - least], outlines[1], count), np.float64)
    objects = np.flatnonzero(there) + least - 1
    return ObjectSums(objects, pixels, means, scatters, cross, low, high, areas, lengths)


def _outlines(numbers: Integers, window: Window, around: Window) -> tuple[Integers, Floats]:
    """Return the objects of a piece's boundary pixels, and how long the outline is in each."""
    at, lengths = boundary_lengths(numbers)
    own = np.zeros(numbers.shape, bool)
    own[window.within(around)] = True
    inside = own.reshape(-1)[at]
    return numbers.reshape(-1)[at[inside]].astype(np.int64), lengths[inside]


def _glimpse(
    numbers: Integers, window: Window, strides: tuple[int, ...]
) -> tuple[tuple[slice, ...], Integers]:
    """Return the numbers at places that are multiples of the strides."""
    first = [-start % stride for start, stride in zip(window.start, strides, strict=True)]
    some = numbers[tuple(slice(begin, None, stride) for begin, stride in zip(first, strides, strict=True))]
    begins = [-(-start // stride) for start, stride in zip(window.start, strides, strict=True)]
    at = tuple(slice(begin, begin + length) for begin, length in zip(begins, some.shape, strict=True))
    return at, some.copy()


def measured(
    sums: Iterable[ObjectSums],
    count: int,
    spacing: tuple[float, ...],
    glimpse: Integers | None,
    *,
    by_row: bool,
) -> Measures:
    """Return what sums over pieces come to.

    Parameters
    ----------
    sums
        Of each piece.
    count
        How many objects there are.
    spacing
        The size of a pixel along each axis.
    glimpse
        What evenly spaced numbers are put into.
    by_row
        Whether pixels of each row have an area of their own.
    """
    axes = len(spacing)
    whole: ObjectSums | None = None
    for one in sums:
        if whole is None:
            whole = _nothing(count, axes, one)
        _add(whole, one)
        if glimpse is not None and one.glimpse is not None:
            glimpse[one.glimpse[0]] = one.glimpse[1]
    assert whole is not None  # an image has a piece
    pixels = np.maximum(whole.pixels, 1)
    spreads = np.sqrt(whole.scatters / pixels[:, None])
    plane = axes == 2
    sizes = np.array(spacing)
    eccentricity = None
    if plane:
        yy, xx = (whole.scatters[:, axis] / pixels * sizes[axis] ** 2 for axis in range(2))
        eccentricity = eccentricities(yy, xx, whole.cross / pixels * sizes[0] * sizes[1])
    return Measures(
        whole.pixels,
        whole.areas if by_row else None,
        np.concatenate([whole.low, whole.high], axis=1),
        whole.means[:, :axes],
        whole.lengths if plane and sizes[0] == sizes[1] else None,
        eccentricity,
        tuple(whole.means[:, axes:].T),
        tuple(spreads[:, axes:].T),
    )


def _nothing(count: int, axes: int, like: ObjectSums) -> ObjectSums:
    columns = like.means.shape[1]
    return ObjectSums(
        np.arange(count),
        np.zeros(count, np.int64),
        np.zeros((count, columns)),
        np.zeros((count, columns)),
        np.zeros(count),
        np.full((count, axes), FAR),
        np.zeros((count, axes), np.int64),
        np.zeros(count),
        np.zeros(count),
    )


def _add(whole: ObjectSums, one: ObjectSums) -> None:
    """Add the sums of some objects to those of all, where these are."""
    at = one.ids
    before = whole.pixels[at]
    share = (one.pixels / (before + one.pixels))[:, None]
    apart = one.means - whole.means[at]
    whole.means[at] += apart * share
    # Chan, Golub and LeVeque 1979
    whole.scatters[at] += one.scatters + apart**2 * (before[:, None] * share)
    if whole.low.shape[1] == 2:
        whole.cross[at] += one.cross + apart[:, 0] * apart[:, 1] * (before * share[:, 0])
    whole.pixels[at] += one.pixels
    whole.low[at] = np.minimum(whole.low[at], one.low)
    whole.high[at] = np.maximum(whole.high[at], one.high)
    whole.lengths[at] += one.lengths
    whole.areas[at] += one.areas
