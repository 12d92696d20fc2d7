"""Units of length and angle as sentences say them, however a file spells them; lengths in another unit."""

from __future__ import annotations

import math

METRES = {
    "pm": 1e-12,
    "Å": 1e-10,
    "nm": 1e-9,
    "µm": 1e-6,
    "mm": 1e-3,
    "cm": 1e-2,
    "m": 1.0,
    "km": 1e3,
    "inch": 0.0254,
    "ft": 0.3048,
}
"""How long units are."""

# fmt: off
_SPELLINGS = {
    "pm": ("picometer", "picometre"),
    "Å": ("å", "ang", "angstrom", "ångström"),
    "nm": ("nanometer", "nanometre"),
    "µm": ("um", "\u03bcm", "micron", "micrometer", "micrometre", "\\u00b5m", "\\u03bcm", "u00b5m"),
    "mm": ("millimeter", "millimetre"),
    "cm": ("centimeter", "centimetre"),
    "m": ("meter", "metre"),
    "km": ("kilometer", "kilometre"),
    "inch": ("in", "inches", "\""),
    "ft": ("foot", "feet"),
    "degree": (
        "deg", "°", "degree_north", "degree_east", "degree_n", "degree_e", "degreen", "degreee",
        "degrees_north", "degrees_east", "degrees_n", "degrees_e", "degreesn", "degreese",
    ),
}
# fmt: on
_USUAL = {name.casefold(): unit for unit, names in _SPELLINGS.items() for name in (unit, *names)}
_NOTHING = frozenset(
    (
        *("", "1", "pixel", "pixels", "px", "index", "unknown", "none", "null", "a.u.", "arbitrary"),
        *("reference frame", "referenceframe"),
    )
)
"""Units by which nothing is known."""


def usual_unit(name: object) -> str | None:
    r"""Return a unit as sentences say it; None where it says nothing, such as "pixel".

    What is no unit that is known here stays as it is.

    >>> [usual_unit(name) for name in ("um", "micron", "\\u00B5m", "\u03bcm", "Micrometers")]
    ['µm', 'µm', 'µm', 'µm', 'µm']
    >>> usual_unit("pixel"), usual_unit("metres"), usual_unit("degrees_north"), usual_unit(" furlong ")
    (None, 'm', 'degree', 'furlong')
    """
    if not isinstance(name, str):
        return None
    plain = name.strip("\0 \t\r\n")
    folded = plain.casefold()
    if folded in _NOTHING:
        return None
    return _USUAL.get(folded) or _USUAL.get(folded.removesuffix("s")) or plain


def in_unit(length: float, unit: str | None, wanted: str | None) -> float | None:
    """Return a length in another unit; None where one of the two is no unit of length that is known.

    >>> in_unit(250, "nm", "µm"), in_unit(2, "furlong", "µm") is None
    (0.25, True)
    """
    if unit == wanted:
        return length
    if unit not in METRES or wanted not in METRES:
        return None
    return float(f"{length * METRES[unit] / METRES[wanted]:.12g}")


def sizes_in_one_unit(
    sizes: dict[str, float], units: dict[str, str | None]
) -> tuple[dict[str, float], str | None]:
    """Return the sizes of a pixel along axes, by their letters, in one unit: that of the columns, x.

    An axis whose size is no size above 0, or in a unit that cannot be turned into that one, is left out.

    >>> sizes_in_one_unit({"z": 500.0, "y": 0.1, "x": 0.1}, {"z": "nm", "y": "µm", "x": "µm"})
    ({'z': 0.5, 'y': 0.1, 'x': 0.1}, 'µm')
    """
    known = {letter: size for letter, size in sizes.items() if 0 < size < math.inf}
    first = next((letter for letter in "xyz" if letter in known), None)
    unit = None if first is None else units.get(first)
    turned = {letter: in_unit(size, units.get(letter), unit) for letter, size in known.items()}
    return {letter: size for letter, size in turned.items() if size is not None}, unit
