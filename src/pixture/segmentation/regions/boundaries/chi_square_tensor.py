"""The chi-square tensor: how different two half-windows are, for every orientation at once.

A boundary with the normal n passes between two half-windows. Soft maps f_k that sum to 1 over k, such as the
posteriors of a mixture, are the bins of a histogram of each; with S_k the mean of f_k over both
and G_k half the difference of the means of its halves along x and along y, the chi-square distance

    χ²(n) = ½ Σ_k (p_k - q_k)² / (p_k + q_k) = Σ_k (n · G_k)² / S_k = nᵀ T n,    T = Σ_k G_k G_kᵀ / S_k,

is a quadratic form of n: the derivative of a Gaussian is steerable (Freeman and Adelson 1991), so two numbers
a map serve every angle. S_k is the mean of four Gaussian windows, a pixel to either side along x and along y;
its weight lies nearer the centre than that of the half-windows, so beside a boundary χ² may exceed 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from pixture.arrays import Array
from pixture.imaging.feature_space.scale_space import gaussian_taps
from pixture.imaging.kernels import smoothing
from pixture.parallel import map_slabs
from pixture.segmentation.regions.kernels import tensor as kernels

REACHES = (4, 8, 12, 16)
"""How far windows reach, in pixels: the kernel is compiled for each, its sums written out."""

ENOUGH = 2.6
"""Standard deviations that a window reaches at least, where one of `REACHES` does: 99 % of a Gaussian."""


def chi_square_tensor(
    maps: Array,
    sigma: float,
    *,
    coverage: Array | None = None,
    weight: float = 1.0,
    add_to: Array | None = None,
    threads: int | None = None,
) -> Array:
    """Return the chi-square tensor of soft maps at one scale.

    Parameters
    ----------
    maps
        (K, rows, columns) float32, nowhere negative; where a pixel takes part, they sum to 1. Zero where it
        does not.
    sigma
        Standard deviation of the Gaussian window in pixels, at most 6; for larger windows reduce the maps
        (`halved`), as `add_tensors` does.
    coverage
        (rows, columns) float32: the share of each pixel that takes part; None where all do. Means are taken
        over what takes part, so a hole has no boundary with what surrounds it.
    weight
        What the tensor is multiplied by.
    add_to
        A tensor of this shape that is added to, and returned.
    threads
        None takes every processor available; the answer is the same.

    Returns
    -------
    array
        (3, rows, columns) float32: T_xx, T_xy and T_yy; x runs along the columns.

    Notes
    -----
    G is a central difference of the smoothed maps, (S(x + 1) - S(x - 1)) / (4 Σ_{j>0} g'_j) with g' the
    difference's kernel, so that the weights of each half-window sum to ½. A map adds next to nothing where
    its share in the window is below a thousandth.

    Examples
    --------
    >>> step = np.zeros((2, 9, 12), np.float32)
    >>> step[0, :, :6], step[1, :, 6:] = 1, 1
    >>> T = chi_square_tensor(step, 1.0)
    >>> round(float(T[0, 4, 5]), 2), round(float(T[2, 4, 5]), 2)  # the halves differ across x, not across y
    (1.11, 0.0)
    """
    rows, columns = maps.shape[1:]
    out = np.zeros((3, rows, columns), np.float32) if add_to is None else add_to
    reach = next((r for r in REACHES if r >= ENOUGH * sigma), REACHES[-1])
    taps = gaussian_taps(sigma, reach)
    scale = 0.5 / float(taps[0] + taps[1])
    covered = np.empty((0, 0), np.float32) if coverage is None else coverage

    def work(start: int, stop: int) -> None:
        kernels.add_tensor(maps, covered, taps, scale, weight, start, stop, out)

    map_slabs(work, rows, threads=threads, size=kernels.TILE_ROWS)
    return out


def add_tensors(
    pyramid: Sequence[Array],
    maps: Array,
    level: int,
    sigmas: Sequence[tuple[float, int]],
    weights: Sequence[float],
    *,
    coverage: Sequence[Array] | None = None,
    threads: int | None = None,
) -> None:
    """Add the tensors of maps at several scales to the levels of a pyramid of tensors.

    Parameters
    ----------
    pyramid
        Tensors of the image's size, of half of it, of a quarter and so on (`tensor_pyramid`).
    maps
        (K, rows, columns) float32 of the size of level `level`.
    level
        Where the maps stand.
    sigmas
        For each scale its σ in pixels of the image, and the level it is computed at, `level` or a later one.
    weights
        For each scale its weight.
    coverage
        As in `chi_square_tensor`, one a level.
    threads
        As in `chi_square_tensor`.
    """
    at, current = level, maps
    for (sigma, wanted), weight in zip(sigmas, weights, strict=True):
        while at < max(wanted, level):
            current, at = halved(current, threads=threads), at + 1
        chi_square_tensor(
            current,
            sigma / 2**at,
            coverage=None if coverage is None else coverage[at],
            weight=weight,
            add_to=pyramid[at],
            threads=threads,
        )


def tensor_pyramid(rows: int, columns: int, levels: int) -> list[Array]:
    """Return zero tensors of a size, of half of it, and so on.

    >>> [tensor.shape for tensor in tensor_pyramid(5, 8, 3)]
    [(3, 5, 8), (3, 3, 4), (3, 2, 2)]
    """
    pyramid = []
    for _ in range(levels):
        pyramid.append(np.zeros((3, rows, columns), np.float32))
        rows, columns = (rows + 1) // 2, (columns + 1) // 2
    return pyramid


def collapsed(pyramid: Sequence[Array]) -> Array:
    """Return the sum of a pyramid's levels at full size, interpolated linearly; its levels are used up."""
    for fine, coarse in reversed(list(itertools.pairwise(pyramid))):
        for into, plane in zip(fine, coarse, strict=True):
            smoothing.add_doubled(plane, into)
    return pyramid[0]


def halved(planes: Array, *, threads: int | None = None) -> Array:
    """Return planes (…, rows, columns) of half the size, such that mirrored planes give mirrored results.

    Of an even number of rows, pairs are averaged; of an odd one, every second is taken by half, with a
    quarter of either neighbour. Columns likewise.
    """
    rows, columns = planes.shape[-2:]
    stacked = planes.reshape(-1, rows, columns)
    out = np.empty((len(stacked), (rows + 1) // 2, (columns + 1) // 2), np.float32)

    def work(start: int, stop: int) -> None:
        for i in range(start, stop):
            smoothing.halve(stacked[i], out[i])

    map_slabs(work, len(stacked), threads=threads, size=1)
    return out.reshape(*planes.shape[:-2], *out.shape[1:])


def contrast(tensor: Array, *, threads: int | None = None) -> Array:
    """Return √λ, λ the tensor's greater eigenvalue: the distance across the strongest boundary at each pixel.

    (rows, columns) float32.
    """
    out = np.empty(tensor.shape[1:], np.float32)
    map_slabs(
        lambda start, stop: kernels.greatest(tensor, start, stop, out), len(out), threads=threads, size=64
    )
    return out
