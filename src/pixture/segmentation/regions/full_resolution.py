"""Outlines of superpixels that were found on a reduced image, brought to full resolution."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pixture.arrays import Array, Integers, Mask, Reals
from pixture.errors import ChoiceError, ImageError
from pixture.imaging.downsampling import block_means
from pixture.imaging.kernels.downsampling import enlarge
from pixture.parallel import map_slabs
from pixture.segmentation.regions.kernels.filling import fill, hide
from pixture.segmentation.regions.kernels.full_resolution import boundary_blocks, misfits, settle
from pixture.segmentation.regions.kernels.local_means import local_means, pure_cells

RADIUS = 2
"""Over how many pixels of the reduced image, each way, a superpixel's local mean is taken."""

RATIO = 3
"""How much larger each level is than the one before, about: 10, 3, 1."""

LENGTH = 2.0
"""Cost of a pixel's side of boundary, where 1 is half a squared distance of one standard deviation."""

NEARNESS = 2.0
"""Cost of a pixel that lies wholly outside the superpixel's outline on the reduced image, smoothed."""

MOST = 6.0
"""The most that a pixel's value counts for: the value of one pixel alone is no evidence beyond it."""

ROUNDS = 6
"""How often those beside a pixel that changed are looked at again; changes after that are few."""

STRIP = 128
"""Rows of blocks that a thread takes at once."""

SEAM = 8
"""Rows of blocks on either side of where two strips meet that are looked at again."""

EVERY = 32
"""Of how many blocks at boundaries one is looked at to learn how far values lie from their means."""


def bring_to_full_resolution(
    superpixels: Integers,
    pixels: Array,
    factor: int,
    *,
    mask: Mask | None = None,
    threads: int | None = None,
) -> Integers:
    """Return the superpixels of a reduced image at full resolution, their outlines where the image has them.

    Parameters
    ----------
    superpixels
        (rows / factor, columns / factor), rounded up: labels 1 … n, 0 for a masked pixel, as found on
        `downsampling.reduce` of the image. Each label's pixels are connected (by their sides).
    pixels
        (rows, columns) or (rows, columns, channels) of the image, of any dtype; finite where they take part.
    factor
        By how much the image was reduced; 1 returns `superpixels` themselves.
    mask
        (rows, columns), True where a pixel takes part; None where all do.
    threads
        None takes every processor this process may use.

    Returns
    -------
    Integers
        (rows, columns) int32, the same labels; 0 where a pixel does not take part. Without a mask every label
        survives, one of a single pixel, too, and stays connected. With one, a label may fall into pieces
        where the mask is narrower than a pixel of the reduced image; parts of the image that only
        masked pixels of the reduced image cover are given to superpixels that reach them through pixels
        that take part, and to none, 0, where there is no such way.

    Raises
    ------
    ChoiceError
        The factor is below 1.
    ImageError
        The sizes do not fit together.

    Notes
    -----
    Coarse to fine, as in Yao et al. (2015): labels are enlarged to the next level, where each pixel is the
    mean of a block, and pixels at boundaries take a neighbour's label where that lowers

    E = Σ_x |v(x) - m(x)|² / 2σ² + 2 · length of all boundaries + 2 · Σ_x (1 - s(x)),

    if the label that they leave stays connected (a simple point: Yokoi's number is 1). m(x) is the mean of
    the label's pixels on the reduced image near x, of those that touch no other label; a label is no choice
    beyond two reduced pixels from it. |·|² is in units of each channel's variance about those means. σ² is
    the median, at this level's boundaries, of the squared distance to the nearer mean, so that evidence is
    weighed against the noise and texture of each level. Between two labels, the first term never counts for
    more than 6. A diagonal neighbour counts for 1/√2 in the length. s(x) is the label's share around x on the
    reduced image, by a quadratic B-spline: where values say nothing, outlines are those of the reduced image
    without their steps. In a constant image straight outlines stay, and corners are rounded.

    Blocks are looked at in raster order, and strips of rows by themselves before the rows where they meet:
    the answer has the same bits for any number of threads, but a flipped image's is flipped only but for
    pixels that lie nearly between two labels.

    References
    ----------
    J. Yao, M. Boben, S. Fidler, R. Urtasun, "Real-time coarse-to-fine topologically preserving
    segmentation", CVPR 2015.

    Examples
    --------
    An edge between the reduced pixels:

    >>> image = np.where(np.arange(12) < 5, 10, 200) * np.ones((8, 1), int)
    >>> bring_to_full_resolution(np.array([[1, 2, 2], [1, 2, 2]]), image, 4)[0]
    array([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2], dtype=int32)
    """
    if factor < 1:
        raise ChoiceError(f"An image is reduced by a whole number from 1; got {factor}.")
    rows, columns = pixels.shape[:2]
    shape = -(-rows // factor), -(-columns // factor)
    if superpixels.shape != shape:
        raise ImageError(
            f"Superpixels of {rows} x {columns} pixels reduced by {factor} are {shape[0]} x {shape[1]}; got "
            f"{' x '.join(map(str, superpixels.shape))}. Give the factor that the image was reduced by."
        )
    if mask is not None and mask.shape != (rows, columns):
        raise ImageError(
            f"The mask is {' x '.join(map(str, mask.shape))}, the image {rows} x {columns}; they must agree."
        )
    if factor == 1:
        return superpixels
    image = np.ascontiguousarray(pixels).reshape(rows, columns, -1)
    cells = np.ascontiguousarray(superpixels, dtype=np.int32)
    values, _ = block_means(image, factor, mask=mask, threads=threads)
    means, scale = likeness(cells, values, threads)
    labels: Integers = cells
    for before, side in pairwise([factor, *sides_of(factor)]):
        labels = _enlarged(labels, (-(-rows // side), -(-columns // side)), side, before, threads)
        level, through = (image, mask) if side == 1 else block_means(image, side, mask=mask, threads=threads)
        if side == 1 and mask is not None:
            fill(labels, mask)
        _settle(labels, level, None if mask is None else through, cells, side, factor, means, scale, threads)
    if mask is not None:
        map_slabs(lambda start, stop: hide(labels, mask, start, stop), rows, threads=threads, size=STRIP)
    return labels


def likeness(cells: Integers, values: Reals, threads: int | None) -> tuple[Reals, Reals]:
    """Return what each cell's label is like around it, and one over each channel's variance about that.

    The values are the cells' area means, (rows, columns, channels) float32.
    """
    means = np.empty_like(values)
    pure = np.empty(cells.shape, np.bool_)
    rows, size = len(cells), -(-len(cells) // 16)
    map_slabs(lambda start, stop: pure_cells(cells, start, stop, pure), rows, threads=threads, size=size)
    map_slabs(
        lambda start, stop: local_means(cells, values, RADIUS, start, stop, pure, means),
        rows,
        threads=threads,
        size=size,
    )
    taken = cells > 0
    if not taken.any():
        return means.reshape(-1, values.shape[2]), np.zeros(values.shape[2], np.float32)
    within = ((values[taken] - means[taken]) ** 2).mean(axis=0, dtype=np.float64)
    overall = values[taken].var(axis=0, dtype=np.float64)
    variance = np.maximum(within, 1e-4 * overall)  # flat superpixels: what is a ten-thousandth is none
    scale = np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0)
    return means.reshape(-1, values.shape[2]), scale.astype(np.float32)


def positions(length: int, coarse: int, side: int, before: int) -> Integers:
    """Return in which of the larger blocks each block's centre lies; the last one in the last.

    Each larger block is met, since the others' sides are at most half of its own.
    """
    centres: Integers = (2 * np.arange(length) + 1) * side // (2 * before)
    centres[-1] = coarse - 1
    return np.minimum(centres, coarse - 1)


def shares(length: int, side: int, factor: int) -> Reals:
    """Return the weights of the cells before, at and after each block's centre: the quadratic B-spline."""
    t = ((2 * np.arange(length) + 1) * side / (2 * factor)) % 1
    return np.stack([(1 - t) ** 2 / 2, 0.75 - (t - 0.5) ** 2, t**2 / 2], axis=1).astype(np.float32)


def _enlarged(
    labels: Integers, shape: tuple[int, int], side: int, before: int, threads: int | None
) -> Integers:
    out = np.empty(shape, np.int32)
    rows = positions(shape[0], labels.shape[0], side, before)
    columns = positions(shape[1], labels.shape[1], side, before)
    map_slabs(
        lambda start, stop: enlarge(labels, rows, columns, start, stop, out),
        shape[0],
        threads=threads,
        size=STRIP,
    )
    return out


def weighed_by(off: Reals, scale: Reals) -> Reals:
    """Return what a squared distance counts for, a channel each, where these are some at boundaries."""
    variance = max(float(np.median(off)), 1e-6) / max(1, int(np.count_nonzero(scale)))
    return (scale / (2 * variance)).astype(np.float32)


def sides_of(factor: int) -> list[int]:
    """Return the sides of the blocks of each level, from the first that is refined to 1.

    >>> sides_of(30)
    [10, 3, 1]
    """
    sides, side = [], factor
    while side > 1:
        side = max(1, side // RATIO)
        sides.append(side)
    return sides


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
    """Let the blocks at boundaries take the label that fits them best, in place."""
    rows, columns = labels.shape
    known = (
        labels,
        level,
        np.empty((0, 0), np.bool_) if mask is None else np.ascontiguousarray(mask),
        cells,
        positions(rows, cells.shape[0], side, factor),
        positions(columns, cells.shape[1], side, factor),
        means,
    )
    found = map_slabs(
        lambda start, stop: boundary_blocks(labels, start, stop), rows, threads=threads, size=STRIP
    )
    off = np.concatenate([misfits(places, EVERY, *known, scale) for places in found])
    if off.size == 0:
        return
    weighed = weighed_by(off, scale)
    down, right = shares(rows, side, factor), shares(columns, side, factor)

    def look_at(places: Integers, top: int, bottom: int) -> None:
        settle(places, top, bottom, ROUNDS, LENGTH, MOST, NEARNESS, down, right, *known, weighed)

    def inside(start: int, stop: int) -> None:
        places, top = found[start // STRIP], start + (start > 0)
        look_at(places[np.searchsorted(places, top << 32) :], top, stop)

    def between(start: int, stop: int) -> None:
        if start > 0:
            top, bottom = start - SEAM, min(rows, start + SEAM)
            look_at(boundary_blocks(labels, top, bottom), top, bottom)

    # strips leave the row between them as it is, so that none reads what another writes; that row is next
    map_slabs(inside, rows, threads=threads, size=STRIP)
    map_slabs(between, rows, threads=threads, size=STRIP)
