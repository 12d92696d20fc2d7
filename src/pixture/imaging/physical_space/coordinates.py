"""Coordinates along axes -> how large a pixel is, in what, and what channels are called.

What xarray, NetCDF and HDF5 keep beside an array: a value for each row, column, plane, time or channel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.imaging.physical_space.units import usual_unit

REGULAR = 1e-3
"""How far a step may be from the mean step, as a share of it, where coordinates count as regular."""


@dataclass(frozen=True, eq=False)
class Coordinate:
    """A value for each place along an axis, and what it is in.

    Attributes
    ----------
    values
        (length of the axis,) numbers, times or names.
    unit
        As what keeps them says it, such as "degrees_north"; None where it says nothing.
    """

    values: Array
    unit: str | None = None

    @property
    def step(self) -> float | None:
        """How far neighbours are apart, of times in seconds; None where that is not the same everywhere.

        >>> Coordinate(np.array([30.0, 20.0, 10.0])).step
        10.0
        >>> Coordinate(np.array([30.0, 20.0, 0.0])).step is None
        True
        """
        values = np.asarray(self.values)
        if values.ndim != 1 or len(values) < 2 or values.dtype.kind not in "iufmM":
            return None
        rounded = np.finfo(values.dtype).eps if values.dtype.kind == "f" else 0.0
        if values.dtype.kind in "mM":
            values = (values - values[0]) / np.timedelta64(1, "s")
        values = values.astype(np.float64)
        mean = float(values[-1] - values[0]) / (len(values) - 1)
        if not math.isfinite(mean) or mean == 0:
            return None
        apart = REGULAR * abs(mean) + 4 * float(rounded) * float(np.abs(values).max())
        return abs(mean) if bool((np.abs(np.diff(values) - mean) <= apart).all()) else None


def pixel_size(
    coordinates: Mapping[str, Coordinate], axes: str, unit: str | None = None
) -> tuple[tuple[float, ...] | None, str | None]:
    """Return the size of a pixel along the axes but the channels', and the unit of that.

    It is known where the coordinates of all spatial axes are regular and in one unit.

    Parameters
    ----------
    coordinates
        Those of axes that have some, by the axis's letter.
    axes
        As `Image` has them.
    unit
        That of coordinates that name none.

    Returns
    -------
    tuple
        The sizes, of times first; None where they are not known. And the unit, None where it is not.

    Examples
    --------
    >>> rows, columns = Coordinate(np.array([40.0, 30.0, 20.0]), "m"), Coordinate(np.arange(4) * 5.0, "m")
    >>> pixel_size({"y": rows, "x": columns}, "yxc")
    ((10.0, 5.0), 'm')
    """
    spatial = [letter for letter in axes if letter in "zyx"]
    steps = [coordinates[letter].step if letter in coordinates else None for letter in spatial]
    units = {usual_unit(coordinates[letter].unit) or unit for letter in spatial if letter in coordinates}
    if any(step is None for step in steps) or len(units) > 1:
        return None, None
    sizes = tuple(step for step in steps if step is not None)
    if "t" in axes:
        sizes = ((coordinates["t"].step if "t" in coordinates else None) or 1.0, *sizes)
    return sizes, units.pop()


def names_of_channels(coordinate: Coordinate, count: int) -> tuple[str, ...]:
    """Return the names that coordinates give channels; empty where they only count them, or name two alike.

    >>> names_of_channels(Coordinate(np.array([443.0, 665.5]), "nm"), 2)
    ('443 nm', '665.5 nm')
    >>> names_of_channels(Coordinate(np.array(["red", "nir"])), 2)
    ('red', 'nir')
    >>> names_of_channels(Coordinate(np.arange(2)), 2)
    ()
    """
    values = np.asarray(coordinate.values)
    if values.shape != (count,) or _counts(values):
        return ()
    if values.dtype.kind in "iuf":
        unit = usual_unit(coordinate.unit)
        return distinct(f"{value:.10g}{f' {unit}' if unit else ''}" for value in values.tolist())
    return distinct(str(value) for value in values.tolist())


def distinct(names: Any) -> tuple[str, ...]:
    """Return names without blanks around them; empty where one is empty, or two are alike.

    >>> distinct(["red ", "nir"]), distinct(["red", "red"])
    (('red', 'nir'), ())
    """
    found: Sequence[str] = tuple(str(name).strip() for name in names)
    apart = all(found) and len({name.casefold() for name in found}) == len(found)
    return tuple(found) if apart else ()


def _counts(values: Array) -> bool:
    """Whether values are no more than the numbers of channels, from 0 or from 1."""
    if values.dtype.kind not in "iuf":
        return False
    return any(bool((values == np.arange(first, first + len(values))).all()) for first in (0, 1))
