"""Labels -> polygons: the exact outlines of their pixels, by rasterio."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from rasterio.features import shapes

from pixture.arrays import Floats, Integers, Mask

Rings = tuple[Floats, ...]
"""Of a polygon: its outer ring, then its holes, (n, 2) each, closed; x and y of each corner."""

_TRACED = (np.uint8, np.uint16, np.int16, np.int32)
"""Types that GDAL's polygonizer keeps."""


@dataclass(frozen=True, eq=False)
class Feature:
    """What has one label: its polygons, and what is said of it.

    Attributes
    ----------
    polygons
        Each in one piece; those of one feature meet at corners at most.
    properties
        By name: numbers and texts.
    """

    polygons: tuple[Rings, ...]
    properties: dict[str, Any]

    def __repr__(self) -> str:
        return f"<Feature: {len(self.polygons)} polygons, {self.properties}>"


def outlines(labels: Integers, mask: Mask | None = None) -> dict[int, tuple[Rings, ...]]:
    """Return the polygons of each label, their corners in columns and rows from the image's corner.

    They are the outlines of the pixels, exactly: only corners at which an outline turns are kept, and
    neighbours have the same line between them. Pixels of one label that meet at a corner alone are two
    polygons.

    Parameters
    ----------
    labels
        (rows, columns).
    mask
        Where there are labels; None where all are.

    Examples
    --------
    >>> found = outlines(np.array([[0, 1], [0, 1]], np.uint8))
    >>> found[1][0][0].tolist()
    [[1.0, 0.0], [1.0, 2.0], [2.0, 2.0], [2.0, 0.0], [1.0, 0.0]]
    """
    traced = labels if labels.dtype in _TRACED else labels.astype(np.int32)
    found: dict[int, list[Rings]] = {}
    for shape, label in shapes(np.ascontiguousarray(traced), mask, connectivity=4):
        found.setdefault(int(label), []).append(tuple(np.array(ring) for ring in shape["coordinates"]))
    return {label: tuple(found[label]) for label in sorted(found)}


def with_meeting_points(
    polygons: dict[int, tuple[Rings, ...]], shape: tuple[int, int]
) -> dict[int, tuple[Rings, ...]]:
    """Return polygons with those corners of their neighbours, too, that lie on their own lines.

    Where coordinates are bent, as when they become longitudes and latitudes, neighbours would else part
    between the corners that only one of them has.

    Parameters
    ----------
    polygons
        As `outlines` returns them.
    shape
        Rows and columns of the labels.

    Examples
    --------
    >>> found = outlines(np.array([[0, 1], [0, 2]], np.uint8))
    >>> [len(of[0][0]) for of in with_meeting_points(found, (2, 2)).values()]
    [6, 5, 5]
    """
    corners = np.zeros((shape[0] + 1, shape[1] + 1), bool)
    for of_label in polygons.values():
        for rings in of_label:
            for ring in rings:
                at = ring.astype(np.int64)
                corners[at[:, 1], at[:, 0]] = True
    return {
        label: tuple(tuple(_with_points(ring, corners) for ring in rings) for rings in of_label)
        for label, of_label in polygons.items()
    }


def _with_points(ring: Floats, corners: Mask) -> Floats:
    """Return a ring with the corners that lie on its sides."""
    at = ring.astype(np.int64).tolist()
    points: list[tuple[int, int]] = []
    for (column, row), (to_column, to_row) in itertools.pairwise(at):
        points.append((column, row))
        first_column, last_column = sorted((column, to_column))
        first_row, last_row = sorted((row, to_row))
        if row == to_row:
            between = np.flatnonzero(corners[row, first_column + 1 : last_column]) + first_column + 1
            on = [(there, row) for there in between.tolist()]
        else:
            between = np.flatnonzero(corners[first_row + 1 : last_row, column]) + first_row + 1
            on = [(column, there) for there in between.tolist()]
        points += on if (column, row) <= (to_column, to_row) else on[::-1]
    return np.array([*points, tuple(at[-1])], np.float64)
