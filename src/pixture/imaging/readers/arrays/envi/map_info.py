"""Where the pixels of an ENVI file lie: `map info` of the header, kept for who writes ENVI again."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from pixture.imaging.physical_space.place import Place, WorldCoordinates
from pixture.imaging.physical_space.units import usual_unit
from pixture.imaging.readers.arrays.envi.header import values_in

FAMILY = "ENVI"

KEPT = ("map info", "coordinate system string", "projection info", "pixel size")
"""What of a header says where the pixels lie."""


def pixel_size(header: Mapping[str, str]) -> tuple[tuple[float, float] | None, str | None]:
    """Return the height and the width of a pixel, None where the header says none; and the unit of that.

    >>> pixel_size({"map info": "{UTM, 1, 1, 500000, 4000000, 10, 20, 33, North, WGS-84, units=Meters}"})
    ((20.0, 10.0), 'm')
    """
    said = values_in(header, "map info")
    sizes = said[5:7] if len(said) >= 7 else values_in(header, "pixel size")
    if not said:
        said = values_in(header, "pixel size")
    try:
        width, height = (float(size) for size in sizes[:2])
    except ValueError:
        return None, None
    if not (0 < width < math.inf and 0 < height < math.inf):
        return None, None
    units = [value.partition("=")[2] for value in said if value.lower().replace(" ", "").startswith("units=")]
    unit = usual_unit(units[0]) if units else None
    if unit is None and said[0].lower().startswith("geographic"):
        unit = "degree"
    return (height, width), unit


def place_of(header: Mapping[str, str]) -> Place | None:
    """Return where the pixels lie; None where the header says nothing of it."""
    content = {name: header[name] for name in KEPT if name in header}
    if "map info" not in content:
        return None
    said = values_in(header, "map info")
    words = [said[0], *(value for value in said[7:] if "=" not in value)]
    sizes, unit = pixel_size(header)
    if sizes is not None:
        words.append(
            " x ".join(f"{size:g}" for size in dict.fromkeys(sizes[::-1])) + (f" {unit}" if unit else "")
        )
    return Place(FAMILY, content, ", ".join(words), coordinates=_coordinates(said))


def _coordinates(said: list[str]) -> WorldCoordinates | None:
    """Return the coordinates that `map info` gives; None where it turns the grid, or is short of numbers.

    Its first pair is a place in the image, (1, 1) the corner of the first pixel; the second its coordinates.
    """
    turned = [value for value in said if value.lower().replace(" ", "").startswith("rotation=")]
    try:
        across, down, east, north, width, height = map(float, said[1:7])
        if any(float(value.partition("=")[2]) for value in turned):
            return None
    except ValueError:
        return None
    affine = np.array(
        [[0, width, east + (1.5 - across) * width], [-height, 0, north - (1.5 - down) * height]], np.float64
    )
    if not np.isfinite(affine).all() or width <= 0 or height <= 0:
        return None
    system = ", ".join([said[0], *(value for value in said[7:] if "=" not in value)])
    return WorldCoordinates(("map_x", "map_y"), affine, system)
