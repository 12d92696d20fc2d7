"""GeoPackage (OGC 12-128): polygons and what is said of them, in any coordinate reference system."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import numpy as np
from pyogrio.raw import write

from pixture.imaging.vector.coordinates import oriented
from pixture.imaging.vector.polygons import Feature, Rings

_POLYGON, _MULTIPOLYGON = 3, 6  # of well-known binary


def geopackage(features: Sequence[Feature], name: str, crs: str | None) -> bytes:
    """Return a GeoPackage of one layer, each feature a MultiPolygon.

    Parameters
    ----------
    features
        At least one; all have the same properties.
    name
        Of the layer.
    crs
        As WKT; None leaves it undefined.
    """
    content = io.BytesIO()
    names = list(features[0].properties)
    write(
        content,
        np.array([multipolygon(feature.polygons) for feature in features], dtype=object),
        [np.array([feature.properties[one] for feature in features]) for one in names],
        names,
        layer=name,
        driver="GPKG",
        geometry_type="MultiPolygon",
        crs=crs,
    )
    return content.getvalue()


def multipolygon(polygons: Sequence[Rings]) -> bytes:
    """Return polygons as well-known binary (ISO 19125-1), little-endian.

    >>> square = (np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]),)
    >>> multipolygon([square]).hex()[:36]
    '010600000001000000010300000001000000'
    """
    parts = [struct.pack("<BII", 1, _MULTIPOLYGON, len(polygons))]
    for polygon in polygons:
        parts.append(struct.pack("<BII", 1, _POLYGON, len(polygon)))
        for ring in oriented(polygon):
            parts += [struct.pack("<I", len(ring)), np.ascontiguousarray(ring, "<f8").tobytes()]
    return b"".join(parts)
