"""Labels as programs for scans have them: from 1 on, 0 where there is none; tables of their names."""

from __future__ import annotations

from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.imaging.writers.raster import ClassLook, Holds, Raster

TYPES = (np.uint8, np.int16, np.int32)
"""Which numbers are written in; unsigned ones of 16 bits are not known to all programs."""


def numbers_from_one(raster: Raster) -> Array:
    """Return labels + 1, 0 where the mask leaves pixels out; numbers that count from 1 already as they are.

    Labels are of the smallest of `TYPES` that holds them all, other numbers int32.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> image = image_from_array(np.ones((1, 3), np.uint8))
    >>> numbers_from_one(Raster(np.array([[0, 1, 255]], np.uint8), image, Holds.LABELS, 255))
    array([[1, 2, 0]], dtype=uint8)
    """
    if raster.holds is Holds.NUMBERS:
        return raster.values.astype(np.int32)
    masked = None if raster.nodata is None else raster.values == raster.nodata
    known = raster.values if masked is None else raster.values[~masked]
    dtype = type_of_numbers(max(len(raster.classes), int(known.max(initial=0)) + 1))
    found: Array = raster.values.astype(dtype) + dtype.type(1)  # of what is masked it may wrap around
    if masked is not None:
        found[masked] = 0
    return found


def type_of_numbers(most: int) -> np.dtype[Any]:
    """Return the smallest of `TYPES` that holds numbers up to one.

    >>> type_of_numbers(255), type_of_numbers(256)
    (dtype('uint8'), dtype('int16'))
    """
    return next(np.dtype(kind) for kind in TYPES if most <= np.iinfo(kind).max)


def stored_type(raster: Raster) -> np.dtype[Any]:
    """Return the type in which the numbers of a raster are written whose values are not looked at.

    Labels have as many numbers as there are classes; where these are not said, as their type has.
    """
    if raster.holds is Holds.VALUES:
        return raster.values.dtype
    if raster.holds is Holds.NUMBERS:
        return np.dtype(np.int32)
    return type_of_numbers(len(raster.classes) or min(np.iinfo(raster.values.dtype).max, 2**31 - 1))


def names_of_numbers(classes: tuple[ClassLook, ...]) -> list[str]:
    """Return what the numbers 1, 2, ... are called: the class's name, or its label.

    >>> names_of_numbers((ClassLook("GM", "#ff0000"), ClassLook("", "#00ff00")))
    ['GM', 'label 1']
    """
    return [look.name or f"label {label}" for label, look in enumerate(classes)]


def colour_of(look: ClassLook) -> tuple[int, int, int]:
    """Return a class's colour as red, green and blue.

    >>> colour_of(ClassLook("", "#0072b2"))
    (0, 114, 178)
    """
    red, green, blue = bytes.fromhex(look.colour.removeprefix("#"))
    return red, green, blue


def itk_snap_table(classes: tuple[ClassLook, ...]) -> bytes:
    r"""Return the names and colours of numbers as ITK-SNAP reads them.

    >>> print(itk_snap_table((ClassLook("GM", "#ff0000"),)).decode().splitlines()[-1])
        1   255    0    0        1  1  1    "GM"
    """
    lines = [
        "################################################",
        "# ITK-SnAP Label Description File",
        "# A number is a label of pixture + 1; 0 is what is in none of the classes.",
        "# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL",
        "################################################",
        '    0     0    0    0        0  0  0    "Clear Label"',
    ]
    for number, (look, name) in enumerate(zip(classes, names_of_numbers(classes), strict=True), 1):
        red, green, blue = colour_of(look)
        said = name.replace('"', "'")
        lines.append(f'{number:5d} {red:5d}{green:5d}{blue:5d}        1  1  1    "{said}"')
    return ("\n".join(lines) + "\n").encode()


def freesurfer_table(classes: tuple[ClassLook, ...]) -> bytes:
    """Return the names and colours of numbers as FreeSurfer's colour tables have them.

    >>> print(freesurfer_table((ClassLook("grey matter", "#ff0000"),)).decode().splitlines()[-1].split())
    ['1', 'grey-matter', '255', '0', '0', '0']
    """
    lines = [
        "# A number is a label of pixture + 1; 0 is what is in none of the classes.",
        "#No. Label Name:                              R   G   B   A",
        f"{0:<5d}{'Unknown':<40}{0:>4d}{0:>4d}{0:>4d}{0:>4d}",
    ]
    for number, (look, name) in enumerate(zip(classes, names_of_numbers(classes), strict=True), 1):
        red, green, blue = colour_of(look)
        said = "-".join(name.split())
        lines.append(f"{number:<5d}{said:<40}{red:>4d}{green:>4d}{blue:>4d}{0:>4d}")
    return ("\n".join(lines) + "\n").encode()
