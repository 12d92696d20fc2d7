"""What rasterio knows of a raster's place -> how large its pixels are, and what a person is told of it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio
from rasterio.crs import CRS

from pixture.arrays import Floats
from pixture.imaging.geo.ellipsoid import cell_areas, ellipsoid_in
from pixture.imaging.geo.gdal import OPTIONS, reprojected
from pixture.imaging.geo.georeference import WHOLE, ControlPoint, Georeference, Transform, of_centres
from pixture.imaging.physical_space.place import Place, WorldCoordinates
from pixture.wording import plural

FAMILY = "GeoTIFF"
"""The family that writes what lies on the Earth."""

WITHOUT_CRS = (
    "{path}: it says where its pixels lie, but in no coordinate reference system (CRS): what is written "
    "lies in the same unnamed one. If you know it, say it first: gdal_edit.py -a_srs EPSG:32633."
)
"""What is said of a raster at `path` that has a place, and no CRS."""

_CYLINDRICAL = re.compile(
    r'METHOD\["(Popular Visualisation Pseudo Mercator|Mercator \(variant [ABC]\)|Mercator|'
    r'Equidistant Cylindrical|Miller Cylindrical)["( ]'
)
"""Projections whose x is longitude, and whose y is latitude, each stretched as it may be."""

_ROUNDING = 1e-9  # radians


@dataclass(frozen=True, eq=False)
class Located:
    """A place, and the size of a pixel along rows and columns and its unit, where a grid has one.

    Attributes
    ----------
    spacing
        (down, across); None where pixels are not the same size all over, or nothing says how large they are.
    """

    place: Place
    spacing: tuple[float, float] | None = None
    unit: str | None = None


def georeference_of(dataset: Any) -> Georeference | None:
    """Return where the pixels of an open rasterio dataset lie; None where it says nothing of that."""
    a, b, c, d, e, f = map(float, dataset.transform[:6])
    points, of_points = dataset.gcps
    transform: Transform | None = (a, b, c, d, e, f)
    if points or transform == WHOLE or not np.isfinite([a, b, c, d, e, f]).all():
        transform = None
    crs = dataset.crs or of_points
    rpcs = dataset.tags(ns="RPC")
    if transform is None and not points and not crs and not rpcs:
        return None
    return Georeference(
        crs.to_wkt(version="WKT2_2019") if crs else None,
        transform,
        tuple(ControlPoint(one.col, one.row, one.x, one.y, one.z or 0.0) for one in points),
        rpcs,
        dataset.tags().get("AREA_OR_POINT") == "Point",
    )


def located(where: Georeference, shape: tuple[int, int]) -> Located:
    """Return the place of an image (rows, columns), and how large its pixels are.

    In a projected CRS a pixel is as large as the transform says, in metres whatever its unit of length: on
    the grid, from which areas on the ground differ by the projection's distortion. In a geographic CRS, and
    in a cylindrical projection such as Web Mercator's, whose pixels are of another size at another latitude,
    the true area of the pixels of each row on the ellipsoid is in `Place.row_areas`, and there is no spacing;
    so it is not known where the rows are not along parallels. See `ellipsoid.cell_areas`.
    """
    with rasterio.Env(**OPTIONS):  # which finds PROJ's database
        return _located(where, shape)


def _located(where: Georeference, shape: tuple[int, int]) -> Located:
    crs = None if where.crs is None else CRS.from_wkt(where.crs)
    areas, spacing, unit, coordinates = None, None, None, None
    if where.transform is not None:
        system = "without CRS" if crs is None else _name(crs, where.crs or "")
        # control points and RPC are no grid: where a pixel lies, a warp would have to say
        coordinates = WorldCoordinates(("map_x", "map_y"), of_centres(where.transform), system)
        a, b, _, d, e, _ = where.transform
        determinant = abs(a * e - b * d)
        if crs is not None and _varies(crs, where.crs):
            areas = _row_areas(crs, where, shape)
        elif determinant > 0:
            metres = None if crs is None else crs.linear_units_factor[1] if crs.is_projected else None
            unit = None if metres is None else "m"
            down, across = (math.hypot(*step) * (metres or 1.0) for step in ((b, e), (a, d)))
            spacing = (down, across)
            if not math.isclose(determinant * (metres or 1.0) ** 2, down * across, rel_tol=1e-9):
                areas = np.full(shape[0], determinant * (metres or 1.0) ** 2)  # sheared
    area_unit = None if areas is None else "m²" if crs is not None else None
    place = Place(FAMILY, where, _in_words(where, crs), areas, area_unit, coordinates=coordinates)
    return Located(place, spacing, unit)


def _varies(crs: CRS, wkt: str | None) -> bool:
    """Whether pixels of a grid are of another size at another latitude, and at no other longitude."""
    return bool(crs.is_geographic) or _CYLINDRICAL.search(wkt or "") is not None


def _row_areas(crs: CRS, where: Georeference, shape: tuple[int, int]) -> Floats | None:
    """Return the area of a pixel of each row on the ellipsoid, in m²; None where rows are no parallels."""
    ellipsoid = ellipsoid_in(where.crs or "")
    if ellipsoid is None or where.transform is None:
        return None
    a, _, c, d, e, f = where.transform
    if d != 0 or a == 0 or e == 0:
        return None
    edges = f + e * np.arange(shape[0] + 1.0)
    if crs.is_geographic:
        degree = crs.units_factor[1]
        latitudes, width = edges * degree, a * degree
    else:
        # the longitudes of a row's first two edges, and the latitudes of all rows'
        radius, e2 = ellipsoid.radius, ellipsoid.eccentricity**2
        own = CRS.from_proj4(f"+proj=longlat +a={radius!r} +b={radius * math.sqrt(1 - e2)!r} +no_defs")
        xs = np.array([c, c + a, *[c] * len(edges)])
        found = reprojected(crs, own, xs, np.array([f, f, *edges]))
        if found is None:
            return None
        longitudes, latitudes = np.radians(found[0][:2]), np.radians(found[1][2:])
        width = (float(longitudes[1] - longitudes[0]) + np.pi) % (2 * np.pi) - np.pi
    beyond = abs(latitudes).max() - np.pi / 2
    if not beyond <= abs(np.diff(latitudes)).max() + _ROUNDING:  # these are no latitudes
        return None
    return cell_areas(latitudes, width, ellipsoid)


def _in_words(where: Georeference, crs: CRS | None) -> str:
    """Return what a person is told of a place: its CRS, the size of a pixel, how the image is turned.

    What is given in degrees is; a size in metres is the grid's.
    """
    said = ["without CRS" if crs is None else _name(crs, where.crs or "")]
    if where.transform is None:
        if where.points:
            said.append(f"{plural(len(where.points), 'ground control point')} and no transform")
        elif where.rpcs:
            said.append("rational polynomial coefficients (RPC) and no transform")
        return ", ".join(said)
    a, b, _, d, e, _ = where.transform
    unit = (
        "" if crs is None else "°" if crs.units_factor[0] == "degree" else f" {_short(crs.units_factor[0])}"
    )
    across, down = f"{math.hypot(a, d):.6g}", f"{math.hypot(b, e):.6g}"
    grid = " on the grid" if crs is not None and crs.is_projected and _varies(crs, where.crs) else ""
    said.append(f"{across if across == down else f'{across} x {down}'}{unit}{grid}")
    if b or d:
        along = math.degrees(math.atan2(d, a))
        square = math.isclose(a * b + d * e, 0, abs_tol=1e-9 * math.hypot(a, d) * math.hypot(b, e))
        said.append(f"turned by {along:.3g}°" if square else f"turned by {along:.3g}° and sheared")
    if a * e - b * d > 0:
        said.append("the first row the southernmost" if a > 0 and not (b or d) else "mirrored")
    return ", ".join(said)


def _name(crs: CRS, wkt: str) -> str:
    authority = crs.to_authority(confidence_threshold=90)
    if authority is not None:
        return ":".join(authority)
    named = re.match(r'\w+\["([^"]*)"', wkt)
    return named[1] if named and named[1] not in ("", "unnamed", "unknown") else "a CRS without a name"


def _short(unit: str) -> str:
    return {
        "metre": "m",
        "meter": "m",
        "metres": "m",
        "meters": "m",
        "kilometre": "km",
        "foot": "ft",
        "US survey foot": "US ft",
    }.get(unit, unit)
