"""JPEG, for pictures that are for looking at alone."""

from __future__ import annotations

from typing import cast

import imagecodecs
import numpy as np

from pixture.arrays import Integers

QUALITY = 90
"""Of 100; on labels over a photograph the colours are within 2 levels of what was drawn, in the mean."""

FINE = 4_000_000
"""Pixels up to which colours are stored for every pixel; beyond, for every two by two, in half the time."""

LONGEST = 65_500
"""Rows or columns of a JPEG at most."""


def jpeg(pixels: Integers) -> bytes:
    r"""Return a JPEG file of (rows, columns, 3) uint8; of every n-th row and column where it is too long.

    >>> jpeg(np.zeros((8, 8, 3), np.uint8))[:3]
    b'\xff\xd8\xff'
    """
    step = -(-max(pixels.shape) // LONGEST)
    shown = np.ascontiguousarray(pixels[::step, ::step])
    subsampling = "444" if shown.size <= 3 * FINE else "420"
    return cast(bytes, imagecodecs.jpeg8_encode(shown, level=QUALITY, subsampling=subsampling))
