"""Where pixels lie, as the format they were read from says it: opaque to all but its family."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pixture.arrays import Floats


@dataclass(frozen=True, eq=False)
class WorldCoordinates:
    """Where places in an image are outside of it: an affine map, and what its results are called.

    Attributes
    ----------
    names
        Of the coordinates, such as ("map_x", "map_y").
    affine
        (coordinates, spatial axes + 1): from (row, column, 1), of a volume (plane, row, column, 1), 0 at the
        centre of the first pixel, to the coordinates.
    in_words
        In which system they are, and in which unit: "EPSG:32633".
    """

    names: tuple[str, ...]
    affine: Floats = field(repr=False)
    in_words: str = ""


@dataclass(frozen=True, eq=False)
class Place:
    """Where pixels lie: what a reader found, and what the writers of the same family take back.

    Nothing but these looks inside.

    Attributes
    ----------
    family
        Which formats know what it means, such as "GeoTIFF": a name in `imaging.writers.families`.
    content
        What the family's reader keeps for its writers.
    in_words
        What a person is told of it: "EPSG:32633, 10 m".
    row_areas
        (rows,) the area of a pixel of each row, where it is not the same in all of them, as on a globe; None
        where the spacing says it.
    area_unit
        What `row_areas` are in.
    upwards
        The axes, of "y" and "z", along which pixels come to lie higher as people look at them: in pictures
        the first is at the bottom.
    coordinates
        Where pixels are outside of the image; None where no affine map says it.
    """

    family: str
    content: object = field(repr=False)
    in_words: str = ""
    row_areas: Floats | None = field(default=None, repr=False)
    area_unit: str | None = None
    upwards: str = ""
    coordinates: WorldCoordinates | None = None


def world_columns(place: Place | None, centres: Floats) -> dict[str, Floats]:
    """Return where places in an image are outside of it, by the coordinate's name; empty where not known.

    Parameters
    ----------
    place
        The image's.
    centres
        (n, spatial axes) rows and columns, of a volume planes first, 0 at the centre of the first pixel.

    Examples
    --------
    >>> metres = WorldCoordinates(("map_x", "map_y"), np.array([[0, 10.0, 505.0], [-10.0, 0, 895.0]]))
    >>> world_columns(Place("GeoTIFF", None, coordinates=metres), np.array([[0.0, 0.0], [3.0, 0.5]]))
    {'map_x': array([505., 510.]), 'map_y': array([895., 865.])}
    """
    known = None if place is None else place.coordinates
    if known is None or known.affine.shape[1] != centres.shape[1] + 1:
        return {}
    found = centres @ known.affine[:, :-1].T + known.affine[:, -1]
    return dict(zip(known.names, np.ascontiguousarray(found.T), strict=True))
