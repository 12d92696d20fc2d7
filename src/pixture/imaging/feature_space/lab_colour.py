"""sRGB -> CIE 1976 L*a*b*, in which equal distances look about equally far apart.

The display's curve is undone (IEC 61966-2-1:1999), channel by channel, of values in 0 … 1:

    linear = value / 12.92                       if value <= 0.04045
             ((value + 0.055) / 1.055)^2.4       otherwise

The linear values give the tristimulus values by the same standard's matrix, for the white point D65:

    X = 0.4124 R + 0.3576 G + 0.1805 B
    Y = 0.2126 R + 0.7152 G + 0.0722 B
    Z = 0.0193 R + 0.1192 G + 0.9505 B

and these, beside those of white (X_n, Y_n, Z_n), the coordinates (CIE 15:2018, eq. 8.3-8.8; ISO/CIE 11664-4):

    L* = 116 f(Y / Y_n) - 16,    a* = 500 (f(X / X_n) - f(Y / Y_n)),    b* = 200 (f(Y / Y_n) - f(Z / Z_n))

    f(t) = t^(1/3)                       if t > (6/29)^3
           (841/108) t + 4/29            otherwise
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pixture.arrays import Floats

_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = _TO_XYZ.sum(axis=1)  # of this very matrix, so that greys have no hue
"""X_n, Y_n and Z_n."""

FROM_LINEAR = _TO_XYZ / WHITE[:, None]
"""Linear red, green and blue to X / X_n, Y / Y_n and Z / Z_n."""


def linear_of(stored: Floats) -> Floats:
    """Return linear values of those that a picture stores, 0 … 1: the display's curve undone.

    >>> linear_of(np.array([0.0, 0.5, 1.0])).round(3)
    array([0.   , 0.214, 1.   ])
    """
    found: Floats = np.where(stored <= 0.04045, stored / 12.92, ((stored.clip(0) + 0.055) / 1.055) ** 2.4)
    return found


def lab(srgb: npt.ArrayLike) -> Floats:
    """Return the L*, a* and b* of sRGB colours.

    Parameters
    ----------
    srgb
        (…, 3), red, green and blue in 0 … 1, as a picture stores them.

    Returns
    -------
    array
        (…, 3): L* from 0, black, to 100, white; a* from green to red; b* from blue to yellow.

    Examples
    --------
    >>> lab([[1, 1, 1], [1, 0, 0]]).round(1) + 0.0
    array([[100. ,   0. ,   0. ],
           [ 53.2,  80.1,  67.2]])
    """
    relative = linear_of(np.asarray(srgb, dtype=np.float64)) @ FROM_LINEAR.T
    x, y, z = np.moveaxis(
        np.where(relative > (6 / 29) ** 3, np.cbrt(relative), 841 / 108 * relative + 4 / 29), -1, 0
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
