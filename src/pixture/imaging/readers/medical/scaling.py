"""Stored numbers -> the values that a header says they stand for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.imaging.readers.damaged import DamagedError

EXACT = 2**53
"""Up to here float64 has every integer."""


def scaled(stored: Array, slope: float, intercept: float) -> Array:
    """Return slope x stored + intercept: integers where all of them are whole numbers, else float64.

    The integers are of the smallest type that holds whatever the stored type could hold so scaled; so the
    type follows from the header alone.

    Raises
    ------
    DamagedError
        The slope is 0, or one of them is not finite.

    Examples
    --------
    >>> scaled(np.array([0, 2000], np.uint16), 1, -1024)
    array([-1024,   976], dtype=int32)
    >>> scaled(np.array([0, 3], np.int16), 0.5, 0)
    array([0. , 1.5])
    """
    if slope == 1 and intercept == 0:
        return stored
    if not (math.isfinite(slope) and math.isfinite(intercept) and slope):
        raise DamagedError(f"its slope is {slope}, its intercept {intercept}")
    whole = float(slope).is_integer() and float(intercept).is_integer()
    if stored.dtype.kind in "ui" and whole and (dtype := _holding(stored.dtype, int(slope), int(intercept))):
        whole_numbers: Array = stored.astype(dtype) * dtype.type(int(slope)) + dtype.type(int(intercept))
        return whole_numbers
    return stored.astype(np.float64) * slope + intercept


def _holding(stored: np.dtype[Any], slope: int, intercept: int) -> np.dtype[Any] | None:
    """Return the smallest type of what may come out; None where float64 could not tell it apart either."""
    limits = np.iinfo(stored)
    ends = sorted(slope * int(end) + intercept for end in (limits.min, limits.max))
    steps = (slope, intercept, *(slope * int(end) for end in (limits.min, limits.max)), *ends, 0)
    if max(map(abs, steps)) > EXACT:
        return None
    signed = min(steps) < 0  # what is computed on the way is held too
    kinds = ("i1", "i2", "i4", "i8") if signed else ("u1", "u2", "u4", "u8")
    held = (np.dtype(kind) for kind in kinds)
    return next(d for d in held if np.iinfo(d).min <= min(steps) and max(steps) <= np.iinfo(d).max)
