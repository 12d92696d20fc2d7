"""How alike neighbouring pixels are: across an edge of the image, labels are coupled less."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.image import Image
from pixture.parallel import LEAST_ROWS, map_slabs
from pixture.segmentation.field.kernels import contrast as kernels
from pixture.segmentation.field.neighbourhood import Neighbourhood

ACROSS = 127
"""What is left of a coupling, in 255ths, across the strongest contrast. With nothing left, specks that differ
most from what is around them would stay."""

ENOUGH = 2**17
"""Pairs of neighbours that settle how much they differ."""


def contrast_weights(
    image: Image,
    near: Neighbourhood,
    *,
    across: int = ACROSS,
    usual: Floats | None = None,
    threads: int | None = None,
) -> Integers:
    """Return each pixel's likeness to its neighbours, (n, planes, rows, columns) uint8: 255 where alike.

    w_ij = a + (1 - a) exp(-Σ_c (x_ic - x_jc)² / (2 d v_c)), where v_c is the mean square by which neighbours
    differ in channel c, of d channels (after Boykov and Jolly 2001). So neither the scale nor the order of
    channels matters.

    Parameters
    ----------
    image
        The image.
    near
        Its pixels' neighbours, n of them; of each pair of opposite ones, one.
    across
        a, in 255ths.
    usual
        (channels,) v, of an image that this one is a piece of; None takes its own.
    """
    pixels = as_volume(image)
    squares = usual_squares_of(image) if usual is None else usual
    scale = (1 / np.sqrt(2 * image.channels * squares)).astype(np.float32)
    planes, height, width = pixels.shape[:3]
    out = np.empty((len(near.offsets), planes, height, width), np.uint8)

    def work(start: int, stop: int) -> None:
        kernels.likeness(pixels, scale, near.offsets, float(across), start, stop, out)

    map_slabs(work, planes * height, threads=threads, size=max(1, LEAST_ROWS // width))
    if image.has_times:  # the last planes of one time are no neighbours of the first ones of the next
        depth = planes_of_time(image)
        for n, (across_planes, _, _) in enumerate(near.offsets.tolist()):
            for plane in range(across_planes):
                out[n, depth - 1 - plane :: depth] = 0
    return out


def as_volume(image: Image) -> Array:
    """Return the pixels as (planes, rows, columns, channels): an image is one plane, or one a time."""
    return image.pixels.reshape(-1, *image.shape[-2:], image.channels)


def planes_of_time(image: Image) -> int:
    """Return how many planes an image has at each time."""
    return image.shape[-3] if image.is_volume else 1


def usual_squares_of(image: Image) -> Floats:
    """Return the mean square by which neighbours differ, (channels,): see `usual_squares`."""
    pixels = as_volume(image)
    mask = None if image.mask is None else image.mask.reshape(pixels.shape[:3])

    def lines(z: Integers, y: Integers) -> Floats:
        found = pixels[z, y].astype(np.float64)
        if mask is not None:
            found[~mask[z, y]] = np.nan
        return found

    return usual_squares((*pixels.shape[:3], image.channels), planes_of_time(image), lines)


def usual_squares(
    shape: tuple[int, int, int, int], depth: int, lines: Callable[[Integers, Integers], Floats]
) -> Floats:
    """Return the mean square by which neighbours along all axes differ, (channels,), 1 where none do.

    Masked pixels take no part: the background of a scanned head is no measure of its noise.

    Parameters
    ----------
    shape
        Planes of all times, rows, columns, channels.
    depth
        Planes of each time.
    lines
        Returns the pixels of lines, (n, columns, channels) float64, given their planes and rows; what is
        masked is NaN.
    """
    planes, height, width, channels = shape
    # some of the lines, evenly spaced, and for each the next one of its plane and of the next plane
    some = np.arange(0, planes * height, max(1, planes * height * width // ENOUGH))
    z, y = np.divmod(some, height)
    here = lines(z, y)
    below, behind = y < height - 1, z % depth < depth - 1
    differences = [
        np.diff(here, axis=1),
        lines(z[below], y[below] + 1) - here[below],
        lines(z[behind] + 1, y[behind]) - here[behind],
    ]
    together = np.concatenate([np.square(found).reshape(-1, channels) for found in differences])
    finite = together[np.isfinite(together).all(axis=1)]
    if not len(finite):
        return np.ones(channels)
    usual: Floats = finite.mean(axis=0)
    return np.where(usual > 0, usual, 1.0)
