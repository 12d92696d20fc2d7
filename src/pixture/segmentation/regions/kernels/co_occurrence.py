"""The compiled pass that counts what occurs together at some displacements."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.compilation.jit import kernel


@kernel
def count_pairs(maps: Array, steps: Integers, margin: int, counts: Floats) -> None:
    """counts[j, k] += Σ maps[j, y, x] maps[k, y + dy, x + dx] over pixels, and four directions a distance.

    `steps` (distances, 2) are how far to go along rows and columns, and along each axis of a diagonal. Beyond
    the pixels, `maps` has a margin of zeros as wide as the furthest step: below, and on both sides. `counts`
    has K rounded up to whole fours of rows and columns.

    Row by row: first the sum of the displaced rows of each map, of which a row is soon used up, then its
    products with each map's own row.
    """
    K, rows, columns = maps.shape[0], maps.shape[1] - margin, maps.shape[2] - 2 * margin
    displaced = np.zeros((counts.shape[1], columns), maps.dtype)
    zero = np.float32(0)
    for y in range(rows):
        for k in range(K):
            to = displaced[k]
            to[:] = 0
            for d in range(steps.shape[0]):
                straight, diagonal = steps[d, 0], steps[d, 1]
                right = maps[k, y, margin + straight : margin + straight + columns]
                down = maps[k, y + straight, margin : margin + columns]
                aslant = maps[k, y + diagonal, margin + diagonal : margin + diagonal + columns]
                back = maps[k, y + diagonal, margin - diagonal : margin - diagonal + columns]
                for x in range(columns):  # vector
                    to[x] += (right[x] + down[x]) + (aslant[x] + back[x])
        for j in range(0, K, 2):
            a, b = (
                maps[j, y, margin : margin + columns],
                maps[min(j + 1, K - 1), y, margin : margin + columns],
            )
            for k in range(0, K, 4):
                c, d, e, f = displaced[k], displaced[k + 1], displaced[k + 2], displaced[k + 3]
                ac, ad, ae, af, bc, bd, be, bf = zero, zero, zero, zero, zero, zero, zero, zero
                for x in range(columns):  # vector: eight products of six numbers that are read once
                    ac += a[x] * c[x]
                    ad += a[x] * d[x]
                    ae += a[x] * e[x]
                    af += a[x] * f[x]
                    bc += b[x] * c[x]
                    bd += b[x] * d[x]
                    be += b[x] * e[x]
                    bf += b[x] * f[x]
                for i, row in ((j, (ac, ad, ae, af)), (j + 1, (bc, bd, be, bf))):
                    for n in range(4):
                        counts[i, k + n] += row[n]


@kernel
def count_value_pairs(a: Integers, b: Integers, shares: Array, counts: Floats) -> None:
    """counts[j, k] += Σ shares[a[i], j] shares[b[i], k] over pairs i of values, a row a value; most are 0."""
    for i in range(a.size):
        one, other = shares[a[i]], shares[b[i]]
        for j in range(one.size):
            share = one[j]
            if share > 0:
                into = counts[j]
                for k in range(other.size):  # vector
                    into[k] += share * other[k]
