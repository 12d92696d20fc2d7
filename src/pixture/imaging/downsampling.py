"""An image reduced by a whole number: each of its pixels is the mean of a block of the image's."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from pixture.arrays import Array, Floats, Mask
from pixture.errors import ChoiceError
from pixture.imaging.image import Image
from pixture.imaging.kernels.downsampling import area_means
from pixture.parallel import map_slabs

SLABS = 64
"""Slabs of rows that a reduction is shared out in, at most."""


def reduction(pixels: int, most: int) -> int:
    """Return by which whole number an image of so many pixels is reduced, such that about `most` are left.

    A last row or column of blocks that are cut short may bring a few more.

    >>> reduction(20_000_000, 200_000), reduction(150_000, 200_000)
    (10, 1)
    """
    return max(1, math.isqrt(max(0, -(-pixels // most) - 1)) + 1)


def reduce(image: Image, factor: int, *, threads: int | None = None) -> Image:
    """Return the image of the area means of blocks of factor x factor pixels.

    Parameters
    ----------
    image
        Any image. Pixels that do not take part count in no mean.
    factor
        Side of a block; the last row and column of blocks may be cut short. 1 returns the image itself.
    threads
        None takes every processor this process may use.

    Returns
    -------
    Image
        float32, in the image's own units, and larger pixels: `spacing` is `factor` times as long. A block
        takes part if at least half of its pixels do.

    Raises
    ------
    ChoiceError
        The factor is below 1.

    Notes
    -----
    The mean is that of the stored values; those of a photograph are not proportional to light, so it is a
    little darker than what a lens would have made of the same block. Sums of integers of up to 32 bits are
    exact, others are float64; the answer has the same bits for any number of threads.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> reduce(image_from_array(np.arange(12, dtype=np.uint8).reshape(3, 4)), 2).pixels
    array([[ 2.5,  4.5],
           [ 8.5, 10.5]], dtype=float32)
    """
    if factor < 1:
        raise ChoiceError(f"An image is reduced by a whole number from 1; got {factor}.")
    if factor == 1:
        return image
    means, takes_part = block_means(
        image.pixels.reshape(*image.shape, image.channels), factor, mask=image.mask, threads=threads
    )
    return replace(
        image,
        pixels=means if image.axes.endswith("c") else means[..., 0],
        mask=None if takes_part.all() else takes_part,
        spacing=tuple(factor * length for length in image.spacing),
    )


def block_means(
    pixels: Array, factor: int, *, mask: Mask | None = None, threads: int | None = None
) -> tuple[Floats, Mask]:
    """Return the area means of (rows, columns, channels), float32, and which blocks take part; see `reduce`.

    >>> block_means(np.array([[[1], [3], [8]]]), 2)[0].ravel()
    array([2., 8.], dtype=float32)
    """
    rows, columns, channels = pixels.shape
    shape = -(-rows // factor), -(-columns // factor)
    means = np.empty((*shape, channels), np.float32)
    takes_part = np.empty(shape, np.bool_)
    flat = np.ascontiguousarray(pixels).reshape(rows, columns * channels)
    through = np.empty((0, 0), np.bool_) if mask is None else np.ascontiguousarray(mask)
    kind = _sum_dtype(pixels.dtype, factor)

    def work(start: int, stop: int) -> None:
        sums = np.empty(columns * channels, kind)
        area_means(flat, through, factor, start, stop, sums, means, takes_part)

    map_slabs(work, shape[0], threads=threads, size=-(-shape[0] // SLABS))
    return means, takes_part


def _sum_dtype(dtype: np.dtype[np.generic], factor: int) -> np.dtype[np.generic]:
    """Return a type in which the sum of a block is exact, or float64 where there is none."""
    if dtype.kind in "ui" and dtype.itemsize <= 4:
        fits = 8 * dtype.itemsize + 2 * math.log2(factor) < 31
        return np.dtype(np.int32 if fits else np.int64)
    return np.dtype(np.float64)
