"""Superpixels: the catchment basins of a boundary strength map."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.errors import ImageError
from pixture.parallel import map_slabs
from pixture.segmentation.regions.kernels.watershed import drain, number_basins


def watershed(strength: Array, mask: Mask | None = None, *, threads: int | None = None) -> Integers:
    """Divide an image or a volume into the catchment basins of its boundary strength.

    Parameters
    ----------
    strength
        (rows, columns) or (planes, rows, columns) finite numbers: how strong a boundary is at each pixel.
        Computed in float32.
    mask
        Of its shape, True where a pixel takes part; None takes every pixel.
    threads
        None takes every processor available; the answer is the same.

    Returns
    -------
    Of its shape, int32: 1 … n, numbered in raster order of each superpixel's first pixel; 0 where masked.
    Each superpixel is connected by its pixels' edges (4-connected), in a volume by its voxels' faces.

    Raises
    ------
    ImageError
        Of other axes, without a pixel, not finite, or a mask of another shape.

    Notes
    -----
    Flooding visits the pixels in rising order of strength (equal ones in raster order); each joins the basin
    of its lowest neighbour of four (in a volume, of six) that was visited, or begins a basin where none was.
    The visited neighbours are exactly those that come before it in that order, so the lowest of all is the
    one it joins, if that comes before it at all. So no pixel need be sorted, and no queue be kept: each pixel
    drains to the lowest neighbour before it, and a basin is what drains to the same pixel (rainfalling
    watershed, Smet and Pires 2000, without the drowning). Where strengths have no ties the basins turn and
    flip with the image; a plateau drains towards its first pixel in raster order.

    Examples
    --------
    >>> watershed(np.array([[1, 2, 5, 2, 0]], np.float32))
    array([[1, 1, 1, 2, 2]], dtype=int32)
    """
    heights = np.array(strength, np.float32, order="C")
    if heights.ndim not in (2, 3) or heights.size == 0:
        raise ImageError(
            "A strength map has rows and columns of pixels, or planes of them; got an array of shape "
            f"{heights.shape}."
        )
    if mask is not None:
        if mask.shape != heights.shape:
            raise ImageError(
                f"A mask has the shape of its strength map, {heights.shape}; got {mask.shape}. "
                "Give one value a pixel."
            )
        heights[~mask.astype(bool)] = np.inf
        if not np.all(np.isfinite(heights) | (heights == np.inf)):
            raise ImageError("A strength map holds finite numbers.")
    elif not np.isfinite(heights).all():
        raise ImageError("A strength map holds finite numbers; mask the pixels that have none.")
    planes = heights.reshape(-1, *heights.shape[-2:])
    to = np.empty(planes.shape, np.uint8)
    labels = np.zeros(planes.shape, np.int32)
    map_slabs(lambda start, stop: drain(planes, to, start, stop), len(planes), threads=threads, size=1)
    number_basins(planes, to, labels)
    return labels.reshape(heights.shape)
