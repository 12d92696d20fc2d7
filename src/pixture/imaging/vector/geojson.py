"""GeoJSON (RFC 7946): polygons with what is said of them, in longitudes and latitudes."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from pixture.imaging.vector.coordinates import oriented
from pixture.imaging.vector.polygons import Feature, Rings

DECIMALS = 9
"""Of degrees, a tenth of a millimetre; of other coordinates, a millionth of a pixel or less."""


def geojson(features: Sequence[Feature], name: str) -> bytes:
    """Return a feature collection, each feature a MultiPolygon.

    >>> square = (np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]),)
    >>> made = json.loads(geojson([Feature((square,), {"label": 0})], "classes"))
    >>> made["features"][0]["geometry"]["coordinates"]
    [[[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]]]
    """
    collection = {
        "type": "FeatureCollection",
        "name": name,
        "features": [
            {
                "type": "Feature",
                "properties": feature.properties,
                "geometry": {
                    "type": "MultiPolygon",
                    "coordinates": [_rings(polygon) for polygon in feature.polygons],
                },
            }
            for feature in features
        ],
    }
    return (json.dumps(collection, allow_nan=False, separators=(",", ":")) + "\n").encode("utf-8", "replace")


def _rings(polygon: Rings) -> list[list[list[float]]]:
    return [np.round(ring, DECIMALS).tolist() for ring in oriented(polygon)]
