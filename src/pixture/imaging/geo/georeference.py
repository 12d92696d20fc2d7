"""Where the pixels of a raster lie in a coordinate reference system: what GeoTIFF and its like say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from pixture.arrays import Floats

Transform = tuple[float, float, float, float, float, float]
"""(a, b, c, d, e, f): x = a · column + b · row + c and y = d · column + e · row + f, of a pixel's upper left
corner at its column and row."""

WHOLE: Transform = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""What leaves columns and rows as they are."""


@dataclass(frozen=True)
class ControlPoint:
    """A ground control point: a place in the image, in pixels from its corner, and its coordinates."""

    column: float
    row: float
    x: float
    y: float
    z: float = 0.0


@dataclass(frozen=True, eq=False)
class Georeference:
    """What a family of rasters of the Earth keeps of where they lie.

    Attributes
    ----------
    crs
        The coordinate reference system as WKT 2 (ISO 19162); None where none is named.
    transform
        From columns and rows to coordinates; None where there is none.
    points
        Ground control points, in place of a transform.
    rpcs
        Rational polynomial coefficients of a camera, as GDAL names them; empty where there are none.
    pixel_is_point
        Whether a pixel is a measurement at its centre, not a mean over its area (AREA_OR_POINT).
    """

    crs: str | None = None
    transform: Transform | None = None
    points: tuple[ControlPoint, ...] = ()
    rpcs: Mapping[str, str] = field(default_factory=dict)
    pixel_is_point: bool = False

    def __repr__(self) -> str:
        crs = "no CRS" if self.crs is None else self.crs.partition("[")[0]
        return f"<Georeference: {crs}, {self.transform or f'{len(self.points)} control points'}>"


def times(outer: Transform, inner: Transform) -> Transform:
    """Return the transform that is `inner`, then `outer`.

    >>> times((2, 0, 10, 0, 2, 20), (1, 0, 1, 0, 1, 1))
    (2, 0, 12, 0, 2, 22)
    """
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (a * g + b * j, a * h + b * k, a * i + b * m + c, d * g + e * j, d * h + e * k, d * i + e * m + f)


def applied(transform: Transform, column: float, row: float) -> tuple[float, float]:
    """Return the coordinates of a place in an image.

    >>> applied((10, 0, 500, 0, -10, 900), 2, 3)
    (520, 870)
    """
    a, b, c, d, e, f = transform
    return a * column + b * row + c, d * column + e * row + f


def of_centres(transform: Transform) -> Floats:
    """Return a transform as (2, 3): from (row, column, 1), 0 at the centre of the first pixel, to (x, y).

    >>> of_centres((10, 0, 500, 0, -10, 900)).tolist()
    [[0.0, 10.0, 505.0], [-10.0, 0.0, 895.0]]
    """
    a, b, _, d, e, _ = transform
    x, y = applied(transform, 0.5, 0.5)
    return np.array([[b, a, x], [e, d, y]], np.float64)


def coarser(where: Georeference, across: float, down: float) -> Georeference:
    """Return where the pixels of a smaller copy lie, each as large as `across` columns and `down` rows.

    >>> coarser(Georeference(transform=(10, 0, 500, 0, -10, 900)), 2, 2).transform
    (20.0, 0.0, 500.0, 0.0, -20.0, 900.0)
    """
    larger: Transform = (float(across), 0.0, 0.0, 0.0, float(down), 0.0)
    return replace(
        where,
        transform=None if where.transform is None else times(where.transform, larger),
        points=tuple(replace(one, column=one.column / across, row=one.row / down) for one in where.points),
        rpcs={} if (across, down) != (1, 1) else where.rpcs,
    )


def turned(where: Georeference, orientation: object, shape: tuple[int, int]) -> Georeference:
    """Return where pixels lie once an image (rows, columns) was turned upright by its TIFF orientation.

    >>> turned(Georeference(transform=(10, 0, 500, 0, -10, 900)), 4, (3, 5)).transform
    (10.0, 0.0, 500.0, 0.0, 10.0, 870.0)
    """
    rows, columns = map(float, shape)
    # from a place in the upright image to that in the stored one, and back; as `upright` turns pixels
    ways: dict[object, tuple[Transform, Transform]] = {
        2: ((-1.0, 0.0, columns, 0.0, 1.0, 0.0), (-1.0, 0.0, columns, 0.0, 1.0, 0.0)),
        3: ((-1.0, 0.0, columns, 0.0, -1.0, rows), (-1.0, 0.0, columns, 0.0, -1.0, rows)),
        4: ((1.0, 0.0, 0.0, 0.0, -1.0, rows), (1.0, 0.0, 0.0, 0.0, -1.0, rows)),
        5: ((0.0, 1.0, 0.0, 1.0, 0.0, 0.0), (0.0, 1.0, 0.0, 1.0, 0.0, 0.0)),
        6: ((0.0, 1.0, 0.0, -1.0, 0.0, rows), (0.0, -1.0, rows, 1.0, 0.0, 0.0)),
        7: ((0.0, -1.0, columns, -1.0, 0.0, rows), (0.0, -1.0, rows, -1.0, 0.0, columns)),
        8: ((0.0, -1.0, columns, 1.0, 0.0, 0.0), (0.0, 1.0, 0.0, -1.0, 0.0, columns)),
    }
    if orientation not in ways:
        return where
    to_stored, to_upright = ways[orientation]
    points = []
    for one in where.points:
        column, row = applied(to_upright, one.column, one.row)
        points.append(replace(one, column=column, row=row))
    transform = None if where.transform is None else times(where.transform, to_stored)
    return replace(where, transform=transform, points=tuple(points), rpcs={})
