"""Which superpixels touch, along which cracks, and in which direction each boundary runs there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.errors import ImageError
from pixture.segmentation.regions.kernels import boundaries

RADIUS = 3.0
"""Pixels around a crack that say which way its boundary runs."""


@dataclass(frozen=True, eq=False)
class RegionAdjacency:
    """The graph of superpixels that share a boundary, and each boundary's cracks.

    A crack is the unit edge between two 4-neighbouring pixels of different superpixels. Edge e has the
    cracks start[e] … start[e + 1] - 1.

    Attributes
    ----------
    regions
        How many superpixels there are.
    shape
        Rows and columns of the image.
    pairs
        (edges, 2) int32: the two leaves u < v (superpixels u + 1 and v + 1), sorted.
    start
        (edges + 1,) int64: where each edge's cracks begin.
    p, q
        (cracks,) int64: the flat indices of a crack's pixels; q is right of p, or below it.
    ny, nx
        (cracks,) float32: the boundary's unit normal at the crack (its sign means nothing).
    """

    regions: int
    shape: tuple[int, int]
    pairs: Integers
    start: Integers
    p: Integers
    q: Integers
    ny: Array
    nx: Array

    @property
    def length(self) -> Integers:
        """(edges,) int64: how many cracks each boundary has."""
        return np.diff(self.start)


def adjacency(superpixels: Integers, radius: float = RADIUS) -> RegionAdjacency:
    """Return which superpixels touch, and the cracks between them.

    Parameters
    ----------
    superpixels
        (rows, columns) labels 1 … n; 0 is masked, and has no boundary with anything.
    radius
        How many pixels around a crack its direction is taken from.

    Notes
    -----
    A crack's normal is perpendicular to the first principal axis of the centres of its edge's cracks within
    the radius; where there is no such axis (a single crack, a closed square) it points from pixel to pixel.
    """
    labels = _labels(superpixels)
    regions = int(labels.max(initial=0))
    cracks = boundaries.count_cracks(labels)
    lower, upper = np.empty(cracks, np.int32), np.empty(cracks, np.int32)
    p, q = np.empty(cracks, np.int64), np.empty(cracks, np.int64)
    boundaries.list_cracks(labels, lower, upper, p, q)
    by_upper, order = np.empty(cracks, np.int64), np.empty(cracks, np.int64)
    buckets = np.empty(regions + 1, np.int64)
    boundaries.counting_order(upper, np.arange(cracks), buckets, by_upper)
    boundaries.counting_order(lower, by_upper, buckets, order)
    lower, upper, p, q = lower[order], upper[order], p[order], q[order]
    begins = np.ones(cracks, bool)
    begins[1:] = (lower[1:] != lower[:-1]) | (upper[1:] != upper[:-1])
    first = np.flatnonzero(begins)
    start = np.append(first, cracks)
    ny, nx = np.empty(cracks, np.float32), np.empty(cracks, np.float32)
    boundaries.normals(start, p, q, labels.shape[1], float(radius), ny, nx)
    pairs = np.stack([lower[first], upper[first]], axis=1)
    rows, columns = labels.shape
    return RegionAdjacency(regions, (rows, columns), pairs, start, p, q, ny, nx)


def boundary_mean(graph: RegionAdjacency, tensor: Array) -> Floats:
    """Return the mean strength √(nᵀ T n) along each boundary, n being its normal.

    Parameters
    ----------
    graph
        What `adjacency` returned.
    tensor
        (3, rows, columns): the components xx, xy and yy of each pixel's tensor T. A crack has the mean of
        its two pixels' tensors.

    Returns
    -------
    (edges,) float64.
    """
    if tensor.shape != (3, *graph.shape):
        raise ImageError(
            f"A tensor has the shape {(3, *graph.shape)} of its superpixels; got {tensor.shape}."
        )
    xx, xy, yy = np.ascontiguousarray(tensor).reshape(3, -1)
    out = np.empty(len(graph.pairs))
    boundaries.boundary_means(xx, xy, yy, graph.start, graph.p, graph.q, graph.ny, graph.nx, out)
    return out


def region_sums(superpixels: Integers, maps: Array) -> Floats:
    """Return the sum of each map over each superpixel's pixels.

    Parameters
    ----------
    superpixels
        (rows, columns) labels 1 … n; 0 is masked.
    maps
        (K, rows, columns), or half as large each way, rounded up: then pixel (y, x) has the value of the
        map's (y // 2, x // 2), so that a superpixel of any size has a sum.

    Returns
    -------
    (n, K) float64.
    """
    labels = _labels(superpixels)
    rows, columns = labels.shape
    if maps.ndim == 3 and maps.shape[1:] == labels.shape:
        halvings = 0
    elif maps.ndim == 3 and maps.shape[1:] == ((rows + 1) // 2, (columns + 1) // 2):
        halvings = 1
    else:
        raise ImageError(
            f"Maps have the size of their superpixels, {rows} × {columns}, or half of it; got the shape "
            f"{maps.shape}."
        )
    K = len(maps)
    out = np.zeros((int(labels.max(initial=0)) + 1, -(-K // 8) * 8))
    boundaries.sum_regions(labels, np.ascontiguousarray(maps), halvings, out)
    return np.ascontiguousarray(out[1:, :K])


def _labels(superpixels: Integers) -> Integers:
    if superpixels.ndim != 2 or superpixels.dtype.kind not in "iu" or superpixels.size == 0:
        raise ImageError(
            f"Superpixels are whole numbers in rows and columns; got {superpixels.dtype} of shape "
            f"{superpixels.shape}."
        )
    if superpixels.min() < 0:
        raise ImageError(f"Superpixels are numbered from 1, masked pixels are 0; got {superpixels.min()}.")
    return np.ascontiguousarray(superpixels, np.int32)
