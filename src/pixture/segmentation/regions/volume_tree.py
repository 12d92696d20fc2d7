"""A volume -> its supervoxels and the tree of their merges, along the way that images go.

Where an image has its contrast measured between half-windows around every pixel, a volume has it measured
between the supervoxels themselves, which are as small as such windows: that takes a few bytes a voxel.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.parallel import map_slabs
from pixture.segmentation.regions.boundaries.appearance import ValuePosteriors, colour_posteriors
from pixture.segmentation.regions.boundaries.appearance_mixtures import Mixtures
from pixture.segmentation.regions.boundaries.gradient import gradient_magnitude, smoothed_volume
from pixture.segmentation.regions.boundaries.mutual_information import co_occurrence_of_values
from pixture.segmentation.regions.constants import Constants
from pixture.segmentation.regions.kernels.merging import contrasts
from pixture.segmentation.regions.kernels.tallies import add_of_values
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.region_graph import RegionGraph, tree_of_graph
from pixture.segmentation.regions.superpixels.faces import shared_faces
from pixture.segmentation.regions.superpixels.watershed import watershed

SLABS = 4
"""Parts that a volume is counted in: each has a histogram of its own for every supervoxel."""


def tree_of_volume(
    planes: Array,
    mask: Mask | None,
    spacing: Sequence[float],
    constants: Constants,
    *,
    seed: int | None = None,
    threads: int | None = None,
) -> tuple[Integers, MergeTree, Mixtures]:
    """Return the supervoxels of perceptual planes, their tree of merges, and the mixture behind it.

    Parameters
    ----------
    planes
        (channels, planes, rows, columns) as of `perceptual_planes`.
    mask
        (planes, rows, columns), True where a voxel takes part; None where all do.
    spacing
        Size of a voxel along planes, rows and columns.
    constants
        Those for volumes (`Constants.for_volumes`). Lengths are scaled as those of a picture of the volume's
        largest plane would be, in units of the shortest side of a voxel.
    seed, threads
        As in `regions`.

    Notes
    -----
    Supervoxels are the watershed of the gradient's smoothed length at one scale. The strength of a boundary
    between two of them is √(w χ²(h_u, h_v)), h their histograms over the components of the mixture of
    colours, χ² what is above chance (`contrasts`), and w the sum of the weights that an image's windows have:
    what those would find, were they these supervoxels.
    """
    if len(planes) == 1:
        constants = constants.for_lightness_alone()
    sizes = voxel_sizes(planes.shape[1:], spacing)
    constants = constants.scaled_to(_largest_plane(planes.shape[1:], sizes))
    colours = colour_posteriors(planes, mask, constants, seed=seed, threads=threads)
    strength = gradient_magnitude(planes, constants.gradient_scale, sizes, mask=mask, threads=threads)
    strength = smoothed_volume(strength, constants.gradient_smoothing, sizes, mask=mask, threads=threads)
    supervoxels = watershed(strength, mask, threads=threads)
    del strength
    tree = _merged(supervoxels, colours, sizes, constants, mask, threads)
    return supervoxels, tree, Mixtures(colours.mixture)


def voxel_sizes(shape: Sequence[int], spacing: Sequence[float]) -> tuple[float, ...]:
    """Return the sizes of a voxel in units of its shortest side, of those along which there are several.

    >>> voxel_sizes((40, 512, 512), (5.0, 0.8, 0.8)), voxel_sizes((1, 9, 9), (0.1, 2.0, 2.0))
    ((6.25, 1.0, 1.0), (0.05, 1.0, 1.0))
    """
    several = [size for size, length in zip(spacing, shape, strict=True) if length > 1]
    return tuple(size / min(several or spacing) for size in spacing)


def _largest_plane(shape: Sequence[int], sizes: Sequence[float]) -> int:
    """Return how many pixels the largest plane of a volume has, if they are 1 x 1."""
    extents = sorted(length * size for length, size in zip(shape, sizes, strict=True))
    return max(1, round(extents[-1] * extents[-2]))


def _merged(
    supervoxels: Integers,
    colours: ValuePosteriors,
    sizes: Sequence[float],
    constants: Constants,
    mask: Mask | None,
    threads: int | None,
) -> MergeTree:
    """Return the tree of merges of supervoxels."""
    pixels = np.bincount(supervoxels.ravel())[1:]
    faces = shared_faces(supervoxels, len(pixels), sizes, threads=threads)
    histograms = _histograms(supervoxels, colours, pixels, threads)
    contrast = np.empty(len(faces.pairs))
    contrasts(histograms, pixels, faces.pairs, contrast)
    strength = np.sqrt(sum(constants.colour_weights) * contrast)
    together = co_occurrence_of_values(
        colours.rows.reshape(supervoxels.shape),
        colours.shares,
        pair_steps(constants.pair_distances, sizes),
        mask,
    )
    return tree_of_graph(
        RegionGraph(faces.pairs, faces.areas, strength, pixels, histograms),
        together,
        constants,
        length=faces.areas / constants.scale**2,
        area=pixels.astype(np.float64) * (float(math.prod(sizes)) / constants.scale**3),
    )


def _histograms(
    supervoxels: Integers, colours: ValuePosteriors, pixels: Integers, threads: int | None
) -> Floats:
    """Return the mean posteriors of each supervoxel, (n, K)."""
    labels, table = supervoxels.ravel(), np.ascontiguousarray(colours.shares.T)

    def work(start: int, stop: int) -> Floats:
        out = np.zeros((len(pixels), table.shape[1]))
        add_of_values(labels, colours.rows, table, start, stop, out)
        return out

    parts = map_slabs(work, len(labels), threads=threads, size=-(-len(labels) // SLABS))
    found: Floats = np.sum(parts, axis=0) / pixels[:, None]
    return found


def pair_steps(distances: Sequence[float], sizes: Sequence[float]) -> list[tuple[int, ...]]:
    """Return the steps, in voxels, of pairs at distances along each axis and both diagonals of each plane.

    >>> pair_steps((8.0,), (4.0, 1.0, 1.0))[:4]
    [(2, 0, 0), (0, 8, 0), (0, 0, 8), (1, 6, 0)]
    """
    along = [tuple(distance * (at == axis) for at in range(3)) for distance in distances for axis in range(3)]
    aslant = [
        tuple(distance / math.sqrt(2) * (1 if at == first else way if at == second else 0) for at in range(3))
        for distance in distances
        for first, second in itertools.combinations(range(3), 2)
        for way in (1, -1)
    ]
    return [
        tuple(
            int(np.sign(part)) * max(1, round(abs(part) / size))
            for part, size in zip(step, sizes, strict=True)
        )
        for step in (*along, *aslant)
    ]
