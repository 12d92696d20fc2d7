"""Outlines of superpixels found on a reduced image, brought to full resolution."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers, Mask, Reals
from pixture.imaging.kernels.reducing import enlarge
from pixture.imaging.reduce import block_means
from pixture.parallel import map_slabs
from pixture.segmentation.regions.kernels.filling import fill, hide
from pixture.segmentation.regions.kernels.full_resolution import boundary_blocks, settle, spread
from pixture.segmentation.regions.kernels.local_means import local_means, pure_cells

RADIUS = 2
"""Cells around a cell that say what its superpixel is like there."""
LENGTH = 1.5
"""Price of a step of an outline, beside the squared differences of pixels from what a side is like."""
MOST = 6.0
"""The most that a pixel's difference counts: what is like neither side decides nothing."""
NEARNESS = 2.0
"""Price of leaving the cell that the reduced image gave to a label."""
ROUNDS = 4
"""Passes over the pixels beside outlines, at most, at each level."""
STRIP, SEAM = 128, 8
"""Rows that a thread takes, and those at their seams that are settled afterwards."""
RATIO = 3
"""How much finer each level is."""
EVERY = 32
"""Of so many blocks beside outlines, one says how much blocks differ from what their label is like."""


def bring_to_full_resolution(
    superpixels: Integers,
    pixels: Array,
    factor: int,
    *,
    mask: Mask | None = None,
    threads: int | None = None,
) -> Integers:
    """Return superpixels of an image's own size whose outlines follow the image at that resolution.

    Parameters
    ----------
    superpixels
        (⌈rows / factor⌉, ⌈columns / factor⌉) int32, found on the image's area means; 0 where masked.
    pixels
        (rows, columns, channels): the image.
    factor
        By how much the image was reduced each way.
    mask
        (rows, columns): which pixels take part.
    threads
        None takes every processor available; the answer is the same.

    Returns
    -------
    array
        (rows, columns) int32, the same labels, each still connected; 0 where masked.

    Notes
    -----
    Labels are enlarged threefold, again and again. After each step, pixels beside an outline are given anew
    to the neighbouring label that they are most like: by the squared difference from what that label is like
    around them, in units of the variance within labels, plus a price on the length of the outline, and one on
    leaving the reduced image's outline. A pixel is given away only where its label stays connected.

    Examples
    --------
    >>> pixels = np.zeros((8, 8, 1), np.uint8)
    >>> pixels[:, 5:] = 200
    >>> bring_to_full_resolution(np.array([[1, 2], [1, 2]], np.int32), pixels, 4)[0]
    array([1, 1, 1, 1, 1, 2, 2, 2], dtype=int32)
    """
    rows, columns = pixels.shape[:2]
    if factor == 1:
        return superpixels
    image = np.ascontiguousarray(pixels).reshape(rows, columns, -1)
    cells = np.ascontiguousarray(superpixels, dtype=np.int32)
    means, scale = _likeness(cells, image, factor, mask, threads)
    labels: Integers = cells
    side = factor
    while side > 1:
        before, side = side, max(1, side // RATIO)
        shape = -(-rows // side), -(-columns // side)
        labels = _enlarged(labels, shape, side, before, threads)
        level: Array = image
        through = mask
        if side > 1:
            level, through = block_means(image, side, mask=mask, threads=threads)
        elif mask is not None:
            fill(labels, mask)
        taking_part = None if mask is None else through
        _settle(labels, level, taking_part, cells, side, factor, means, scale, threads)
    if mask is not None:
        map_slabs(lambda start, stop: hide(labels, mask, start, stop), rows, threads=threads, size=STRIP)
    return labels


def _likeness(
    cells: Integers, image: Array, factor: int, mask: Mask | None, threads: int | None
) -> tuple[Reals, Reals]:
    """Return what each cell's label is like around it, and what one over each channel's variance is."""
    values, _ = block_means(image, factor, mask=mask, threads=threads)
    means = np.empty_like(values)
    pure = np.empty(cells.shape, np.bool_)
    size = -(-len(cells) // 16)
    map_slabs(
        lambda start, stop: pure_cells(cells, start, stop, pure), len(cells), threads=threads, size=size
    )
    map_slabs(
        lambda start, stop: local_means(cells, values, RADIUS, start, stop, pure, means),
        len(cells),
        threads=threads,
        size=size,
    )
    within = ((values - means) ** 2)[cells > 0].mean(axis=0, dtype=np.float64)
    overall = values[cells > 0].var(axis=0, dtype=np.float64)
    variance = np.maximum(within, 1e-4 * overall)
    scale = np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0)
    return means.reshape(-1, means.shape[2]), scale.astype(np.float32)


def _positions(length: int, coarse: int, side: int, before: int) -> Integers:
    """Return in which of the larger blocks each block's centre lies; the last one in the last."""
    centres = (2 * np.arange(length) + 1) * side // (2 * before)
    centres[-1] = coarse - 1
    return np.minimum(centres, coarse - 1)


def _shares(length: int, side: int, factor: int) -> Reals:
    """Return the weights of the cells before, at and after each block's centre: the quadratic B-spline."""
    t = ((2 * np.arange(length) + 1) * side / (2 * factor)) % 1
    return np.stack([(1 - t) ** 2 / 2, 0.75 - (t - 0.5) ** 2, t**2 / 2], axis=1).astype(np.float32)


def _enlarged(
    labels: Integers, shape: tuple[int, int], side: int, before: int, threads: int | None
) -> Integers:
    out = np.empty(shape, np.int32)
    rows = _positions(shape[0], labels.shape[0], side, before)
    columns = _positions(shape[1], labels.shape[1], side, before)
    map_slabs(
        lambda start, stop: enlarge(labels, rows, columns, start, stop, out),
        shape[0],
        threads=threads,
        size=STRIP,
    )
    return out


def _settle(
    labels: Integers,
    level: Array,
    mask: Mask | None,
    cells: Integers,
    side: int,
    factor: int,
    means: Reals,
    scale: Reals,
    threads: int | None,
) -> None:
    rows, columns = labels.shape
    down, right = _shares(rows, side, factor), _shares(columns, side, factor)
    known = (
        labels,
        level,
        np.empty((0, 0), np.bool_) if mask is None else mask,
        cells,
        _positions(rows, cells.shape[0], side, factor),
        _positions(columns, cells.shape[1], side, factor),
        means,
    )
    found = map_slabs(
        lambda start, stop: boundary_blocks(labels, start, stop), rows, threads=threads, size=STRIP
    )
    sums = [spread(places, EVERY, *known, scale) for places in found]
    total, count = sum(part for part, _ in sums), sum(number for _, number in sums)
    if count == 0:
        return
    variance = max(total / count, 1e-12) / max(1, int(np.count_nonzero(scale)))
    here = (scale / (2 * variance)).astype(np.float32)

    def inside(start: int, stop: int) -> None:
        places, top = found[start // STRIP], start + (start > 0)
        settle(
            places[np.searchsorted(places, top << 32) :],
            top,
            stop,
            ROUNDS,
            LENGTH,
            MOST,
            NEARNESS,
            down,
            right,
            *known,
            here,
        )

    def between(start: int, stop: int) -> None:
        if start > 0:
            top, bottom = start - SEAM, min(rows, start + SEAM)
            places = boundary_blocks(labels, top, bottom)
            settle(places, top, bottom, ROUNDS, LENGTH, MOST, NEARNESS, down, right, *known, here)

    # strips leave the row between them as it is, so that none reads what another writes; that row is next
    map_slabs(inside, rows, threads=threads, size=STRIP)
    map_slabs(between, rows, threads=threads, size=STRIP)
