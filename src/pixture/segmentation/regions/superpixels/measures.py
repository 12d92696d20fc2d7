"""What is measured of superpixels once, whatever the cut: pixels, places, means and spreads of the channels.

A region is made of superpixels, so what is measured of them adds up to what a region has: counts and sums by
addition, boxes by their extremes, spreads by Chan's formula. The pixels are gone over once for all cuts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.errors import TreeError
from pixture.imaging.image import Image
from pixture.parallel import LEAST_ROWS, map_slabs
from pixture.segmentation.regions.kernels.tallies import add_squares, add_values, tally_places

SLABS = 16
"""Parts that an image is counted in: each has numbers of its own for every superpixel."""


@dataclass(frozen=True, eq=False)
class Places:
    """Where parts of an image lie, a part a row.

    Attributes
    ----------
    pixels
        (n,) how many pixels.
    first
        (n,) the first pixel in reading order, y · columns + x; of a volume (z · rows + y) · columns + x.
    boxes
        (n, 4) top, left, bottom, right; the last two are past the last pixel. Of a volume (n, 6): front, top,
        left, back, bottom, right.
    sums
        (n, 2) of the pixels' rows and columns; of a volume (n, 3), of planes, rows and columns.
    """

    pixels: Integers
    first: Integers
    boxes: Integers
    sums: Integers


@dataclass(frozen=True, eq=False)
class Values:
    """What parts of an image hold, a part a row: means and sums of squared deviations, (n, channels)."""

    means: Floats
    squares: Floats


def places(superpixels: Integers, count: int, *, threads: int | None = None) -> Places:
    """Return where the superpixels 1 … count lie.

    Raises
    ------
    TreeError
        A label is none of 0 … count, or a superpixel has no pixel.

    Examples
    --------
    >>> found = places(np.array([[1, 1, 2], [0, 1, 2]], np.int32), 2)
    >>> found.pixels.tolist(), found.boxes.tolist(), found.sums.tolist()
    ([3, 2], [[0, 0, 2, 2], [0, 2, 2, 3]], [[1, 2], [1, 4]])
    """
    height, columns = superpixels.shape[-2:]
    lines = superpixels.reshape(-1, columns)
    far = np.iinfo(np.int64).max

    def work(start: int, stop: int) -> tuple[Places, int]:
        part = Places(
            np.zeros(count, np.int64),
            np.full(count, far),
            np.tile(np.array([far, far, far, 0, 0, 0]), (count, 1)),
            np.zeros((count, 3), np.int64),
        )
        strays = tally_places(lines, height, start, stop, part.pixels, part.first, part.boxes, part.sums)
        return part, strays

    parts = map_slabs(work, len(lines), threads=threads, size=_slab(len(lines), columns))
    whole = _of_axes(together([part for part, _ in parts]), superpixels.ndim)
    if any(strays for _, strays in parts) or (whole.pixels == 0).any():
        raise TreeError(
            f"Superpixels are labelled from 1 to {count:,}, as many as the tree has leaves, and 0 where an "
            f"image is masked; got labels from {superpixels.min():,} to {superpixels.max():,}"
            f"{', some of which no pixel has' if (whole.pixels == 0).any() else ''}."
        )
    return whole


def _of_axes(of: Places, axes: int) -> Places:
    """Return places along the last of the three axes alone: an image is one plane."""
    left_out = 3 - axes
    boxes = np.ascontiguousarray(of.boxes.reshape(-1, 2, 3)[:, :, left_out:].reshape(-1, 2 * axes))
    return Places(of.pixels, of.first, boxes, np.ascontiguousarray(of.sums[:, left_out:]))


def together(parts: list[Places]) -> Places:
    """Return where the parts lie that are each counted in several pieces of an image."""
    boxes = np.stack([part.boxes for part in parts])
    axes = boxes.shape[-1] // 2
    return Places(
        np.sum([part.pixels for part in parts], axis=0),
        np.min([part.first for part in parts], axis=0),
        np.concatenate([boxes[..., :axes].min(axis=0), boxes[..., axes:].max(axis=0)], axis=1),
        np.sum([part.sums for part in parts], axis=0),
    )


def values(image: Image, superpixels: Integers, pixels: Integers, *, threads: int | None = None) -> Values:
    """Return what an image's superpixels, of so many pixels each, hold."""
    labels, table = superpixels.ravel(), image.rows
    size = _slab(len(labels), 1)

    def added(add: Callable[[int, int, Floats], None]) -> Floats:
        def work(start: int, stop: int) -> Floats:
            out = np.zeros((len(pixels), image.channels))
            add(start, stop, out)
            return out

        whole: Floats = np.sum(map_slabs(work, len(labels), threads=threads, size=size), axis=0)
        return whole

    means = added(lambda start, stop, out: add_values(labels, table, start, stop, out)) / pixels[:, None]
    return Values(means, added(lambda start, stop, out: add_squares(labels, table, means, start, stop, out)))


def places_of_regions(of: Places, members: Integers, count: int) -> Places:
    """Return where regions 0 … count - 1 lie, members[i] being the region that superpixel i is in."""
    axes = of.sums.shape[1]
    boxes = np.tile(np.array([np.iinfo(np.int64).max] * axes + [0] * axes), (count, 1))
    np.minimum.at(boxes[:, :axes], members, of.boxes[:, :axes])
    np.maximum.at(boxes[:, axes:], members, of.boxes[:, axes:])
    pixels, sums = np.zeros(count, np.int64), np.zeros((count, axes), np.int64)
    first = np.full(count, np.iinfo(np.int64).max)
    np.add.at(pixels, members, of.pixels)
    np.add.at(sums, members, of.sums)
    np.minimum.at(first, members, of.first)
    return Places(pixels, first, boxes, sums)


def values_of_regions(of: Values, pixels: Integers, members: Integers, count: int) -> Values:
    """Return what regions hold, of superpixels that have so many pixels; see `places_of_regions`."""
    total = np.bincount(members, pixels, count)[:, None]

    def sums(of_superpixel: Floats) -> Floats:
        out = np.zeros((count, of_superpixel.shape[1]))
        np.add.at(out, members, of_superpixel)
        return out

    means = sums(of.means * pixels[:, None]) / total
    return Values(means, sums(of.squares + pixels[:, None] * (of.means - means[members]) ** 2))


def _slab(length: int, each: int) -> int:
    """Rows, of `each` pixels, that make a slab."""
    return max(-(-length // SLABS), -(-LEAST_ROWS // each))
