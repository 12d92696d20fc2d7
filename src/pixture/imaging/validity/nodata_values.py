"""What stands for missing data: as files and people name it, and as numbers of a dtype."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array
from pixture.errors import ImageError

Number: TypeAlias = "int | float | Decimal | np.number[Any] | np.bool_"
"""One value; a `Decimal` keeps what the text said, which a float may not hold."""

Nodata: TypeAlias = "Number | Sequence[Number | None] | npt.NDArray[Any]"
"""One value for all channels, or one a channel, None for a channel that has none."""

LEAST_DIGITS = 6
"""Significant digits from which a decimal may stand for the largest value of a dtype, cut short or rounded:
as many as printing with %g leaves."""

_OTHER_NAMES = {"1.#QNAN": "nan", "-1.#IND": "nan", "1.#IND": "nan", "1.#INF": "inf", "-1.#INF": "-inf"}
"""What C programs on Windows used to print."""


def nodata_in(text: str) -> tuple[Decimal, ...] | None:
    """Return the values that a text names, separated by spaces or commas; None where it names none.

    >>> nodata_in("-9999 0")
    (Decimal('-9999'), Decimal('0'))
    >>> nodata_in("none") is None
    True
    """
    words = text.strip("\0 \t\r\n").replace(",", " ").split()
    try:
        values = tuple(Decimal(_OTHER_NAMES.get(word.upper(), word)) for word in words)
    except InvalidOperation:
        return None
    return values or None


def values_a_channel(nodata: Nodata, channels: int) -> list[Decimal | None]:
    """Return the value of each channel; None for one that has none.

    Raises
    ------
    ImageError
        There are neither one nor as many as channels, or they are no numbers.
    """
    given = [nodata] if np.ndim(cast(Any, nodata)) == 0 else list(cast(Sequence[Any], nodata))
    if len(given) not in (1, channels):
        raise ImageError(
            f"There are {len(given)} no-data values, and {channels} channels; expected one value, or one a "
            "channel."
        )
    try:
        values = [None if value is None else _exact(value) for value in given]
    except (InvalidOperation, TypeError, ValueError):
        raise ImageError(f"A no-data value is a number, such as -9999 or NaN; got {nodata!r}.") from None
    return values * channels if len(values) == 1 else values


def _exact(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool | np.bool_ | int | np.integer):
        return Decimal(int(value))
    if isinstance(value, np.floating) and value.dtype.itemsize < 8:
        return Decimal(str(value))  # the decimals it would be printed with
    if isinstance(value, float | np.floating):
        return Decimal(repr(float(value)))
    raise TypeError


def in_dtype(value: Decimal, dtype: np.dtype[Any]) -> Array:
    """Return the numbers of a dtype that a no-data value stands for: none, one, or two.

    A float is rounded as the pixels were. What lies beyond the finite range, and the largest value of the
    dtype printed with fewer digits than it has (but six or more), stand for that largest value, which
    programs write where there is nothing. Integers have no number for NaN, fractions and what is out of
    their range.

    >>> bool(in_dtype(Decimal("-1.797693134862316e+308"), np.dtype("f8")) == np.finfo("f8").min)
    True
    >>> in_dtype(Decimal("-9999"), np.dtype("u1")), in_dtype(Decimal("nan"), np.dtype("f4"))
    (array([], dtype=uint8), array([nan], dtype=float32))
    """
    if dtype.kind == "f":
        return _in_floats(value, dtype)
    if dtype.kind == "b":
        return np.array([bool(value)] if value in (0, 1) else [], dtype)
    limits = np.iinfo(dtype)
    found = {extreme for extreme in (int(limits.min), int(limits.max)) if _cut_short(value, Decimal(extreme))}
    if value.is_finite() and limits.min <= value <= limits.max and value == value.to_integral_value():
        found.add(int(value))
    return np.array(sorted(found), dtype)


def _in_floats(value: Decimal, dtype: np.dtype[Any]) -> Array:
    if value.is_nan():
        return np.array([np.nan], dtype)
    with np.errstate(over="ignore"):
        found = {np.array(float(value)).astype(dtype).item()}
    largest = float(np.finfo(dtype).max)
    if value.is_finite():
        found -= {np.inf, -np.inf}
    if abs(value) > Decimal(largest):
        found.add(float(Decimal(largest).copy_sign(value)))
    for end in {largest, min(largest, float(np.finfo(np.float32).max))}:  # float32 may have been widened
        if _cut_short(value, Decimal(end).copy_sign(value)):
            found.add(float(Decimal(end).copy_sign(value)))
    return np.array(sorted(found), dtype)


def _cut_short(value: Decimal, extreme: Decimal) -> bool:
    """Whether a decimal is the extreme, rounded or cut off at its last digit."""
    if not value.is_finite():
        return False
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    return len(digits) >= LEAST_DIGITS and abs(value - extreme) < Decimal((0, (1,), int(exponent)))
