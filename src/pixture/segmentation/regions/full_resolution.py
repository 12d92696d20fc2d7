"""Outlines of superpixels found on a reduced image, brought to full resolution."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.imaging.kernels.reducing import enlarge
from pixture.imaging.reduce import block_means
from pixture.parallel import map_slabs
from pixture.segmentation.regions.kernels.filling import fill, hide
from pixture.segmentation.regions.kernels.full_resolution import (
    boundary_blocks,
    local_means,
    pure_cells,
    settle,
    spread,
)

RADIUS = 2
"""Cells around a cell that say what its superpixel is like there."""
LENGTH = 1.0
"""Price of a step of an outline, beside the squared differences of pixels from what a side is like."""
MOST = 6.0
"""The most that a pixel's difference counts: what is like neither side decides nothing."""
ROUNDS = 6
"""Passes over the pixels beside outlines, at most, at each doubling."""
STRIP, SEAM = 128, 8
"""Rows that a thread takes, and those at their seams that are settled afterwards."""


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
    Labels are enlarged twofold, again and again. After each doubling, pixels beside an outline are given anew
    to the neighbouring label that they are most like: by the squared difference from what that label is like
    around them, in units of the variance within labels, plus a price on the length of the outline. A pixel is
    given away only where its label stays connected.

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
    through = np.empty((0, 0), np.bool_) if mask is None else np.ascontiguousarray(mask)
    cells = np.ascontiguousarray(superpixels, dtype=np.int32)
    means, scale = _likeness(cells, image, factor, mask, threads)
    labels: Integers = cells
    side = factor
    while side > 1:
        before, side = side, side // 2
        shape = -(-rows // side), -(-columns // side)
        labels = _enlarged(labels, shape, side, before, threads)
        if side == 1 and mask is not None:
            fill(labels, mask)
        _settle(labels, image, through, side, cells, factor, means, scale, threads)
    if mask is not None:
        map_slabs(lambda start, stop: hide(labels, mask, start, stop), rows, threads=threads, size=STRIP)
    return labels


def _likeness(
    cells: Integers, image: Array, factor: int, mask: Mask | None, threads: int | None
) -> tuple[Array, Array]:
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
    return means, scale.astype(np.float32)


def _positions(length: int, coarse: int, side: int, before: int) -> Integers:
    """Return in which of the larger blocks each block's centre lies; the last one in the last."""
    centres = (2 * np.arange(length) + 1) * side // (2 * before)
    centres[-1] = coarse - 1
    return np.minimum(centres, coarse - 1)


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
    image: Array,
    through: Mask,
    side: int,
    cells: Integers,
    factor: int,
    means: Array,
    scale: Array,
    threads: int | None,
) -> None:
    rows, columns = labels.shape
    row_cells = _positions(rows, cells.shape[0], side, factor)
    column_cells = _positions(columns, cells.shape[1], side, factor)
    known = (labels, image, through, side, cells, row_cells, column_cells, means)
    found = map_slabs(
        lambda start, stop: boundary_blocks(labels, start, stop), rows, threads=threads, size=STRIP
    )
    blocks = np.concatenate(found)
    sums = map_slabs(
        lambda start, stop: spread(blocks[start:stop], *known, scale, 4),
        len(blocks),
        threads=threads,
        size=16_384,
    )
    total, count = sum(s for s, _ in sums), sum(n for _, n in sums)
    if count == 0:
        return
    variance = max(total / count, 1e-12) / max(1, int(np.count_nonzero(scale)))
    here = (scale / np.float32(2 * variance)).astype(np.float32)

    def inside(start: int, stop: int) -> None:
        top, bottom = start + (start > 0), stop
        lowest, highest = np.searchsorted(blocks, (top * columns, bottom * columns))
        settle(blocks[lowest:highest], *known, here, LENGTH, MOST, ROUNDS, top, bottom)

    def between(start: int, stop: int) -> None:
        top, bottom = max(0, start - SEAM), min(rows, start + SEAM + 1)
        if start > 0:
            settle(boundary_blocks(labels, top, bottom), *known, here, LENGTH, MOST, ROUNDS, top, bottom)

    # strips leave the row between them as it is, so that none reads what another writes; that row is next
    map_slabs(inside, rows, threads=threads, size=STRIP)
    map_slabs(between, rows, threads=threads, size=STRIP)
