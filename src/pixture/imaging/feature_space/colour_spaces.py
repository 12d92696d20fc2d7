"""A pixel's value in other spaces: functions of the value alone.

Values come as they are shown, (channels, n) with 0 black and 1 white; what comes back is (features, n). All
scales are such that white, or full saturation, is 100, as it is of L*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pixture.arrays import Floats
from pixture.imaging.feature_space.lab_colour import FROM_LINEAR, WHITE, lab, linear_of

_LEVELS = 255
"""Steps from black to white by which `logarithm` counts."""


def rgb(shown: Floats) -> Floats:
    """Return red, green and blue in percent.

    >>> rgb(np.array([[0.0], [0.5], [1.0]])).ravel()
    array([  0.,  50., 100.])
    """
    return 100 * shown


def linear(shown: Floats) -> Floats:
    """Return linear red, green and blue in percent: the display's curve undone (see `imaging.lab_colour`).

    >>> linear(np.array([[0.0], [0.5], [1.0]])).ravel().round(1)
    array([  0. ,  21.4, 100. ])
    """
    return 100 * linear_of(shown)


def cie_lab(shown: Floats) -> Floats:
    """Return L*, a* and b* (see `imaging.lab_colour`)."""
    return lab(shown.T).T


def cie_luv(shown: Floats) -> Floats:
    """Return CIE 1976 L*, u* and v* (CIE 15:2018, eq. 8.15-8.19), for the white point D65.

    u* = 13 L* (u' - u'_n), v* = 13 L* (v' - v'_n), where u' = 4 X / (X + 15 Y + 3 Z) and
    v' = 9 Y / (X + 15 Y + 3 Z). Values below black count as black.

    >>> cie_luv(np.array([[1.0], [0.0], [0.0]])).ravel().round(1)
    array([ 53.2, 175.1,  37.8])
    """
    x, y, z = WHITE[:, None] * (FROM_LINEAR @ linear_of(shown.clip(0)))
    lightness = np.where(y > (6 / 29) ** 3, 116 * np.cbrt(y) - 16, (29 / 3) ** 3 * y)
    whole, of_white = x + 15 * y + 3 * z, WHITE @ [1, 15, 3]
    whole = np.where(whole > 0, whole, 1.0)  # black has neither u' nor v', and no need of them
    u = 13 * lightness * (4 * x / whole - 4 * WHITE[0] / of_white)
    v = 13 * lightness * (9 * y / whole - 9 * WHITE[1] / of_white)
    return np.stack([lightness, u, v])


def hue_saturation_value(shown: Floats) -> Floats:
    """Return S cos H, S sin H and V of the hexcone (Smith 1978), in percent.

    A hue is an angle: as a number red would lie at both ends. As a point on a circle whose radius is the
    saturation, near colours are near, and grey, which has no hue, is in the middle. Values below black count
    as black.

    >>> hue_saturation_value(np.array([[1.0, 0.5], [0.0, 0.5], [0.0, 0.5]])).T.round(1) + 0.0
    array([[100.,   0., 100.],
           [  0.,   0.,  50.]])
    """
    red, green, blue = shown = shown.clip(0)
    value = shown.max(axis=0)
    chroma = value - shown.min(axis=0)
    sixth = 1 / np.where(chroma > 0, chroma, 1.0)
    largest = shown.argmax(axis=0)
    turned = np.choose(largest, [(green - blue) * sixth, 2 + (blue - red) * sixth, 4 + (red - green) * sixth])
    hue = np.pi / 3 * turned
    saturation = chroma / np.where(value > 0, value, 1.0)
    return 100 * np.stack([saturation * np.cos(hue), saturation * np.sin(hue), value])


def opponent(shown: Floats) -> Floats:
    """Return the opponent colours in percent: (R + G + B) / √3, (R - G) / √2, (R + G - 2 B) / √6.

    A rotation of red, green and blue (van de Sande, Gevers and Snoek 2010).

    >>> opponent(np.array([[1.0], [1.0], [1.0]])).ravel().round(1) + 0.0
    array([173.2,   0. ,   0. ])
    """
    turn = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3], [2], [6]])
    return 100 * turn @ shown


def logarithm(shown: Floats) -> Floats:
    """Return the logarithm of each channel, 100 ln(1 + 255 x) / ln 256; of x below 0 that of -x, negated.

    A factor on the light becomes a difference, but for the darkest levels.

    >>> logarithm(np.array([[0.0, 15 / 255, 1.0]])).round(1)
    array([[  0.,  50., 100.]])
    """
    found: Floats = 100 / np.log(1 + _LEVELS) * np.sign(shown) * np.log1p(_LEVELS * np.abs(shown))
    return found


OF_COLOUR: Mapping[str, tuple[Callable[[Floats], Floats], tuple[str, ...]]] = {
    "rgb": (rgb, ("R", "G", "B")),
    "linear": (linear, ("linear R", "linear G", "linear B")),
    "lab": (cie_lab, ("L*", "a*", "b*")),
    "luv": (cie_luv, ("L*", "u*", "v*")),
    "hsv": (hue_saturation_value, ("S cos H", "S sin H", "V")),
    "opponent": (opponent, ("R+G+B", "R−G", "R+G−2B")),
}
"""Features of red, green and blue by name, and what their channels are called."""
