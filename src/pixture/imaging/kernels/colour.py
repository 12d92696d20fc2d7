"""Colour spaces and derivatives, plane by plane, in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.compilation.jit import exp, kernel, log
from pixture.imaging.kernels.smoothing import mirrored

_f: Any = np.float32
_LINEAR_BELOW, _SLOPE, _OFFSET, _GAMMA = _f(0.04045), _f(1 / 12.92), _f(0.055), _f(2.4)
_CUBE_BELOW, _TANGENT, _AT_ZERO, _THIRD = _f((6 / 29) ** 3), _f(841 / 108), _f(4 / 29), _f(1 / 3)
_ONE, _TINY = _f(1), _f(1e-20)


@kernel
def to_lab(srgb: Array, matrix: Array, start: int, stop: int, out: Array) -> None:
    """Write the L*, a* and b* of the pixels start … stop - 1; `srgb` and `out` are (3, pixels) float32.

    `matrix` (3, 3) takes linear red, green and blue to X / X_n, Y / Y_n, Z / Z_n. See `imaging.lab_colour`.
    """
    red, green, blue = srgb[0, start:stop], srgb[1, start:stop], srgb[2, start:stop]
    lightness, a, b = out[0, start:stop], out[1, start:stop], out[2, start:stop]
    for i in range(stop - start):  # vector
        r, g, v = red[i], green[i], blue[i]
        r = r * _SLOPE if r <= _LINEAR_BELOW else exp(_GAMMA * log((r + _OFFSET) / (_ONE + _OFFSET)))
        g = g * _SLOPE if g <= _LINEAR_BELOW else exp(_GAMMA * log((g + _OFFSET) / (_ONE + _OFFSET)))
        v = v * _SLOPE if v <= _LINEAR_BELOW else exp(_GAMMA * log((v + _OFFSET) / (_ONE + _OFFSET)))
        x = matrix[0, 0] * r + matrix[0, 1] * g + matrix[0, 2] * v
        y = matrix[1, 0] * r + matrix[1, 1] * g + matrix[1, 2] * v
        z = matrix[2, 0] * r + matrix[2, 1] * g + matrix[2, 2] * v
        x = exp(_THIRD * log(x)) if x > _CUBE_BELOW else _TANGENT * x + _AT_ZERO
        y = exp(_THIRD * log(y)) if y > _CUBE_BELOW else _TANGENT * y + _AT_ZERO
        z = exp(_THIRD * log(z)) if z > _CUBE_BELOW else _TANGENT * z + _AT_ZERO
        lightness[i] = _f(116) * y - _f(16)
        a[i] = _f(500) * (x - y)
        b[i] = _f(200) * (y - z)


@kernel
def derivatives(smoothed: Array, scale: float, out: Array) -> None:
    """Write Lx, Ly, Lxx, Lxy and Lyy of a smoothed plane times scale to their order, (5, rows, columns).

    By central differences; borders are mirrored.
    """
    rows, columns = smoothed.shape
    first, second = _f(0.5 * scale), _f(scale * scale)
    line = np.empty((3, columns + 2), np.float32)
    for y in range(rows):
        for i in range(3):
            source, padded = smoothed[mirrored(y + i - 1, rows)], line[i]
            for x in range(columns):
                padded[x + 1] = source[x]
            padded[0], padded[columns + 1] = source[0], source[columns - 1]
        up, here, down = line[0], line[1], line[2]
        for x in range(columns):  # vector
            middle = here[x + 1]
            out[0, y, x] = first * (here[x + 2] - here[x])
            out[1, y, x] = first * (down[x + 1] - up[x + 1])
            out[2, y, x] = second * ((here[x + 2] + here[x]) - (middle + middle))
            out[3, y, x] = _f(0.25) * second * ((down[x + 2] + up[x]) - (up[x + 2] + down[x]))
            out[4, y, x] = second * ((down[x + 1] + up[x + 1]) - (middle + middle))


@kernel
def compress(vectors: Array) -> None:
    """Shorten each vector v, the columns of (d, n), to 3 log(1 + |v| / 2) of its length."""
    d, n = vectors.shape
    length = np.empty(n, np.float32)
    for i in range(n):
        length[i] = _TINY
    for j in range(d):
        row = vectors[j]
        for i in range(n):  # vector
            length[i] += row[i] * row[i]
    for i in range(n):  # vector
        long = np.sqrt(length[i])
        length[i] = _f(3) * log(_ONE + _f(0.5) * long) / long if long > _f(1e-6) else _f(1.5)
    for j in range(d):
        row = vectors[j]
        for i in range(n):  # vector
            row[i] *= length[i]
