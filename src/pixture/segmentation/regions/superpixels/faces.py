"""Which supervoxels of a volume touch, and how large the face between them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.parallel import map_slabs

SLAB = 1 << 20
"""Voxels whose faces are listed together."""


@dataclass(frozen=True, eq=False)
class Faces:
    """The graph of supervoxels that share a face.

    Attributes
    ----------
    pairs
        (edges, 2) int64: the two leaves u < v (supervoxels u + 1 and v + 1), sorted.
    areas
        (edges,) float64: how large the face is that they share, in the unit of the spacing squared.
    """

    pairs: Integers
    areas: Floats


def shared_faces(
    supervoxels: Integers, count: int, spacing: Sequence[float], *, threads: int | None = None
) -> Faces:
    """Return which of the supervoxels 1 … count touch.

    Parameters
    ----------
    supervoxels
        (planes, rows, columns) labels 1 … count; 0 is masked, and touches nothing.
    count
        How many there are.
    spacing
        Size of a voxel along planes, rows and columns: a face across an axis has the area of the other two.

    Examples
    --------
    >>> found = shared_faces(np.array([[[1, 1, 2]], [[3, 3, 2]]]), 3, (5.0, 2.0, 1.0))
    >>> found.pairs.tolist(), found.areas.tolist()
    ([[0, 1], [0, 2], [1, 2]], [10.0, 4.0, 10.0])
    """
    planes = len(supervoxels)
    voxel = float(np.prod(spacing))
    size = max(1, SLAB // max(1, supervoxels[0].size))

    def work(start: int, stop: int) -> tuple[Integers, Floats]:
        part = supervoxels[start : min(stop + 1, planes)]
        own = part[: stop - start]
        keys, areas = zip(
            _met(part[:-1], part[1:], count, voxel / spacing[0]),
            _met(own[:, :-1], own[:, 1:], count, voxel / spacing[1]),
            _met(own[:, :, :-1], own[:, :, 1:], count, voxel / spacing[2]),
            strict=True,
        )
        return _added(np.concatenate(keys), np.concatenate(areas))

    parts = map_slabs(work, planes, threads=threads, size=size)
    keys, areas = _added(
        np.concatenate([key for key, _ in parts]), np.concatenate([area for _, area in parts])
    )
    return Faces(np.stack(np.divmod(keys, count), axis=1), areas)


def _met(before: Integers, after: Integers, count: int, area: float) -> tuple[Integers, Floats]:
    """Return the pairs of leaves that meet in neighbouring voxels, as u · count + v, and their areas."""
    at = (before != after) & (before > 0) & (after > 0)
    a, b = before[at].astype(np.int64) - 1, after[at].astype(np.int64) - 1
    keys, faces = np.unique(np.minimum(a, b) * count + np.maximum(a, b), return_counts=True)
    return keys, faces.astype(np.float64) * area


def _added(keys: Integers, areas: Floats) -> tuple[Integers, Floats]:
    found, of = np.unique(keys, return_inverse=True)
    return found, np.bincount(of, areas, len(found)).astype(np.float64)
