"""Corners of polygons in columns and rows -> coordinates of the raster, or longitudes and latitudes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from pixture.arrays import Floats
from pixture.errors import WriteError
from pixture.imaging.geo.georeference import Georeference, Transform
from pixture.imaging.vector.polygons import Rings

Moved: TypeAlias = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Coordinates of places, x and y, made others."""


def moved(polygons: Sequence[Rings], by: Moved) -> tuple[Rings, ...]:
    """Return polygons with their corners moved, all of them at once.

    >>> square = (np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]),)
    >>> moved([square], lambda x, y: (10 + x, 5 - y))[0][0][1].tolist()
    [10.0, 4.0]
    """
    rings = [ring for polygon in polygons for ring in polygon]
    if not rings:
        return ()
    places = np.concatenate(rings)
    x, y = by(places[:, 0], places[:, 1])
    ends = np.cumsum([len(ring) for ring in rings])[:-1]
    turned = iter(np.split(np.stack([x, y], axis=1), ends))
    return tuple(tuple(next(turned) for _ in polygon) for polygon in polygons)


def oriented(polygon: Rings) -> Rings:
    """Return a polygon, its outer ring anticlockwise, its holes clockwise, y upwards (RFC 7946, 3.1.6).

    >>> clockwise = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    >>> oriented((clockwise,))[0][1].tolist()
    [1.0, 0.0]
    """
    return tuple(
        ring if (_signed_area(ring) > 0) == (place == 0) else ring[::-1] for place, ring in enumerate(polygon)
    )


def _signed_area(ring: Floats) -> float:
    x, y = (ring - ring[0]).T  # near 0: large coordinates lose no digits
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2


def in_raster(transform: Transform) -> Moved:
    """Return what makes coordinates of the raster's own system of columns and rows."""
    a, b, c, d, e, f = transform

    def by(columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        return a * columns + b * rows + c, d * columns + e * rows + f

    return by


def in_degrees(where: Georeference, transform: Transform) -> Moved:
    """Return what makes longitudes and latitudes in WGS 84 of columns and rows.

    Across the meridian of 180° longitudes go on, so that no polygon is torn.

    Raises
    ------
    WriteError
        When it is called: a place has neither, as at the rim of a satellite's view.
    """
    from rasterio.crs import CRS

    from pixture.imaging.geo.gdal import reprojected

    own, degrees = CRS.from_wkt(where.crs or ""), CRS.from_epsg(4326)
    to_raster = in_raster(transform)

    def by(columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        x, y = to_raster(columns, rows)
        if own == degrees:
            return x, y
        found = reprojected(own, degrees, x, y)
        if found is None:
            raise WriteError(
                "Some outlines lie where the image's coordinate reference system has no longitude or "
                "latitude, which GeoJSON is of. Write them in its own system: --vector gpkg (vector='gpkg')."
            )
        longitudes, latitudes = found
        middle = float(np.median(longitudes))
        return longitudes - 360 * np.round((longitudes - middle) / 360), latitudes

    return by
