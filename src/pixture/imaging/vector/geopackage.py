"""GeoPackage (OGC 12-128): polygons and what is said of them, in any coordinate reference system."""

from __future__ import annotations

import io
import sqlite3
import struct
import warnings
from collections.abc import Sequence

import numpy as np
from pyogrio.raw import write

from pixture.imaging.vector.coordinates import oriented
from pixture.imaging.vector.polygons import Feature, Rings

WRITTEN = "1970-01-01T00:00:00.000Z"
"""When every GeoPackage says that it was last changed."""

_POLYGON, _MULTIPOLYGON = 3, 6  # of well-known binary


def geopackage(features: Sequence[Feature], name: str, crs: str | None) -> bytes:
    """Return a GeoPackage of one layer, each feature a MultiPolygon; the same features give the same bytes.

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
    with warnings.catch_warnings():
        # of a scene without a system, which its reader has warned of
        warnings.filterwarnings("ignore", "'crs' was not provided", UserWarning)
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
    return _without_the_hour(content.getvalue())


def _without_the_hour(content: bytes) -> bytes:
    """Return a GeoPackage that does not say when it was written, nor how often while it was.

    GDAL notes the time in `gpkg_contents`, and SQLite counts changes in its header, at bytes 24 and 92, as
    many as there happened to be; the two counts only have to be equal ("Database File Format", 1.3.7).
    """
    held = sqlite3.connect(":memory:")
    try:
        held.deserialize(content)
        held.execute("UPDATE gpkg_contents SET last_change = ?", (WRITTEN,))
        held.commit()
        made = bytearray(held.serialize())
    finally:
        held.close()
    for at in (24, 92):
        made[at : at + 4] = struct.pack(">I", 1)
    return bytes(made)


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
