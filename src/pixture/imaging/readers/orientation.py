"""The eight ways a camera or scanner may have been held (EXIF and TIFF tag 274)."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array

TAG = 274


def upright(pixels: Array, orientation: object) -> Array:
    """Return pixels (rows, columns, …) as they are to be seen; unknown orientations change nothing.

    >>> upright(np.array([[1, 2, 3]]), 6)
    array([[1],
           [2],
           [3]])
    """
    match orientation:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.swapaxes(0, 1)
        case 6:
            return np.rot90(pixels, -1)
        case 7:
            return pixels[::-1, ::-1].swapaxes(0, 1)
        case 8:
            return np.rot90(pixels)
        case _:
            return pixels
