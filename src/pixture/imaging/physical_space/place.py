"""Where pixels lie, as the format they were read from says it: opaque to all but its family."""

from __future__ import annotations

from dataclasses import dataclass, field

from pixture.arrays import Floats


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
    """

    family: str
    content: object = field(repr=False)
    in_words: str = ""
    row_areas: Floats | None = field(default=None, repr=False)
    area_unit: str | None = None
    upwards: str = ""
