"""Areas on the ellipsoid: how large a pixel is whose edges are parallels and meridians."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats

_ELLIPSOID = re.compile(
    r"(?:ELLIPSOID|SPHEROID)\[\"[^\"]*\",\s*([\d.eE+]+),\s*([\d.eE+]+)(?:,\s*LENGTHUNIT\[\"[^\"]*\",\s*([\d.eE+-]+))?"
)


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid of revolution: its equatorial radius a in metres, and its eccentricity e."""

    radius: float
    eccentricity: float


def ellipsoid_in(wkt: str) -> Ellipsoid | None:
    """Return the ellipsoid of a coordinate reference system, None where its text names none.

    >>> ellipsoid_in('GEOGCRS["WGS 84",DATUM["WGS 84",ELLIPSOID["WGS 84",6378137,298.257223563]]]')
    Ellipsoid(radius=6378137.0, eccentricity=0.08181919084262...)
    """
    found = _ELLIPSOID.search(wkt)
    if found is None:
        return None
    radius, inverse_flattening = float(found[1]) * float(found[3] or 1), float(found[2])
    flattening = 0 if inverse_flattening == 0 else 1 / inverse_flattening
    if not (0 < radius < math.inf and 0 <= flattening < 1):
        return None
    return Ellipsoid(radius, math.sqrt(flattening * (2 - flattening)))


def cell_areas(latitudes: Floats, width: float, ellipsoid: Ellipsoid) -> Floats:
    """Return the areas, in m², of cells between parallels and two meridians, (n,).

    Between the parallels φ₁ and φ₂ and meridians Δλ apart it is a² Δλ |q(φ₂) - q(φ₁)| / 2, with
    q(φ) = (1 - e²) [sin φ / (1 - e² sin² φ) + ln((1 + e sin φ) / (1 - e sin φ)) / 2e]
    (J. P. Snyder, Map Projections, USGS Professional Paper 1395, 1987, equation 3-12 and page 16, where
    a² q / 2 is the area from the equator to φ, per radian of longitude).

    Parameters
    ----------
    latitudes
        (n + 1,) of the parallels, in radians; beyond the poles there is no area.
    width
        Δλ, in radians.
    ellipsoid
        Its a and e.

    Examples
    --------
    >>> sphere = Ellipsoid(1.0, 0.0)
    >>> bool(np.isclose(cell_areas(np.radians([-90, 0, 90]), 2 * np.pi, sphere).sum(), 4 * np.pi))
    True
    """
    e = ellipsoid.eccentricity
    sines = np.sin(np.clip(latitudes, -np.pi / 2, np.pi / 2))
    if e == 0:
        q = 2 * sines
    else:
        q = (1 - e**2) * (sines / (1 - (e * sines) ** 2) + np.arctanh(e * sines) / e)
    areas: Floats = ellipsoid.radius**2 * abs(width) * np.abs(np.diff(q)) / 2
    return areas
