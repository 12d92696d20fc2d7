"""Which pixels of an image lie away from its edges: the pixels that are of one class alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise, product, starmap
from statistics import NormalDist

import numpy as np

from pixture.arrays import Array, Floats, Mask
from pixture.imaging.image import Image
from pixture.parallel import map_slabs

ACROSS = {
    2: ((0, 2), (2, 0), (2, 2), (2, -2)),
    3: tuple(step for step in product((-2, 0, 2), repeat=3) if step > (0, 0, 0)),
}
"""From a pixel to the middles of two windows, one on either side: rows and columns, of four directions; of a
volume planes, rows and columns, of thirteen.

The windows are three pixels wide. So they come no closer than the pixel next to the one in question, and an
edge as far away as two pixels shows: that is how far optics and demosaicing blur most photographs.
"""

EXCEEDED = NormalDist().inv_cdf(1 - 0.0027)
"""Two sides differ where noise would make them so in 27 of 10,000 cases: beyond three standard deviations."""

QUIET = 0.25
"""Share of the pixels that are surely away from edges: the least differences tell how large noise's are."""

BELOW = NormalDist().inv_cdf(QUIET)

CONCENTRATIONS = 3
"""How often the scatter of the quiet differences is taken; after that it hardly changes."""

LEAST_LEFT = 0.3
"""Where less of the image than this is away from edges, it is all edges, and nothing is left out."""

SIDE, THINNED = {2: 512, 3: 64}, 65_536
"""Side of the windows that noise is measured in, by the number of axes, and how many pixels of them."""

TILE = {2: 64, 3: 16}
"""Side of the tiles, by the number of axes, that may be louder than the quietest parts of the image: leaves
or grass beside sky."""


def away_from_edges(image: Image, *, threads: int | None = None) -> Mask:
    """Return where pixels take part whose surroundings are the same on opposite sides.

    Optics and demosaicing mix the light of neighbouring pixels: one along an edge lies between two classes,
    and is of neither. Enough of them look like a class of their own. A pixel is left out where, in one of
    four directions (thirteen in a volume), the means m₁, m₂ of two windows on opposite sides of it differ by
    more than noise:

        (m₁ - m₂)ᵀ V⁻¹ (m₁ - m₂) > χ²

    where V is what noise makes of such differences, and χ² the quantile, of as many degrees of freedom as
    there are channels, that noise exceeds as often as a Gaussian does three standard deviations.

    Parameters
    ----------
    image
        Masked pixels take no part, neither here nor in the means.
    threads
        As in `Choices`.

    Returns
    -------
    Mask
        Of the image's shape; wherever pixels take part, if less than `LEAST_LEFT` of them would be left.

    Notes
    -----
    The pixel's own value is not looked at, and whatever noise it shares with its surroundings by symmetry is
    not in their difference. So no tail of a class is cut off; its weight changes, its shape does not.

    V is measured on the differences themselves, so it holds for correlated noise: the scatter of the
    smallest ones, which edges have no part in, enlarged until their quantile is that of χ² (one
    concentration after another: Rousseeuw and Van Driessen 1999). Tiles whose quiet differences are larger
    than the image's have a texture, which is not an edge: there V is larger by as much. Where every pixel
    has a label of its own, all differences are of one size, and hardly a pixel is left out.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> halves = np.repeat([0.0, 20.0], 32)[None].repeat(64, axis=0)
    >>> halves[:, 32] = 10.0  # mixed pixels
    >>> noise = np.random.default_rng(0).normal(0, 1, halves.shape)
    >>> away = away_from_edges(image_from_array(halves + noise))
    >>> bool(away[:, 30:35].any()), bool(away[:, :28].mean() > 0.95)
    (False, True)
    """
    here: Mask = np.ones(image.shape, dtype=bool) if image.mask is None else image.mask
    standard = _Standard(image)
    whitenings = _whitenings(standard)
    limit = _chi_square(image.channels, EXCEEDED)
    usual = _chi_square(image.channels, BELOW)
    tops, *others = (_bounds(length, TILE[len(image.shape)]) for length in image.shape)
    tiles = [(slice(None), *sides) for sides in product(*(starmap(slice, pairwise(each)) for each in others))]
    away = np.empty(image.shape, dtype=bool)

    def work(start: int, stop: int) -> None:
        rows = slice(tops[start], tops[stop])
        edge = np.zeros_like(away[rows])
        across = standard.differences((rows, *(slice(0, length) for length in image.shape[1:])))
        for (difference, known), whitening in zip(across, whitenings, strict=True):
            squares = _squares(difference.reshape(image.channels, -1), whitening).reshape(edge.shape)
            known &= here[rows]
            for tile in tiles:
                edge[tile] = edge[tile] | (squares[tile] > limit * _louder(squares[tile], known[tile], usual))
        away[rows] = ~edge & here[rows]

    map_slabs(work, len(tops) - 1, threads=threads, size=1)
    enough = np.count_nonzero(away) >= LEAST_LEFT * np.count_nonzero(here)
    return away if enough else here


Box = tuple[slice, ...]
"""Where a block of pixels lies; it may reach beyond the image."""


class _Standard:
    """An image whose channels are shifted and scaled, so that float32 holds their differences."""

    def __init__(self, image: Image) -> None:
        self._pixels = image.rows.reshape(*image.shape, image.channels)
        self._mask = image.mask
        rows = image.rows if image.mask is None else image.rows[image.mask.ravel()]
        some = rows[:: max(1, len(rows) // THINNED)].astype(np.float64)
        self._centre = some.mean(axis=0)
        self._spread = some.std(axis=0)
        self._spread[self._spread == 0] = 1.0
        self.shape = image.shape
        step = 0.0 if self._pixels.dtype.kind == "f" else 1.0
        self._window = 3 ** len(image.shape)
        self.least = np.maximum(1e-6, (step / self._spread) ** 2 / 12) * 2 / self._window
        """(d,) least variances of a difference: that of rounding, of two means of windows."""

    def differences(self, box: Box) -> Iterator[tuple[Array, Mask]]:
        """Yield for each direction the differences across a block's pixels, (d, *its shape), and where.

        Of windows that lack pixels, by the image's border or its mask, the difference is scaled to the
        variance of whole ones; where a window has none, none is known.
        """
        values, there = self._block(tuple(slice(side.start - 3, side.stop + 3) for side in box))
        counts = _box_sums(there, there.ndim)
        means = _box_sums(values, there.ndim) / np.maximum(counts, 1)
        for step in ACROSS[len(box)]:
            one, other = (
                tuple(
                    slice(2 + way * at, 2 + way * at + side.stop - side.start)
                    for at, side in zip(step, box, strict=True)
                )
                for way in (1, -1)
            )
            known: Mask = (counts[one] > 0) & (counts[other] > 0)
            pairs = 1 / np.maximum(counts[one], 1) + 1 / np.maximum(counts[other], 1)
            share = known * np.sqrt(2 / self._window / pairs)  # 1 where both have all pixels
            yield (means[:, *one] - means[:, *other]) * share, known

    def _block(self, box: Box) -> tuple[Array, Array]:
        """Return pixels, (d, *shape), 0 where there are none, and which there are, as numbers."""
        inside = tuple(slice(max(side.start, 0), side.stop) for side in box)
        pixels = self._pixels[inside]
        here: Array = np.ones(pixels.shape[:-1], dtype=bool) if self._mask is None else self._mask[inside]
        within = tuple(
            slice(max(-side.start, 0), max(-side.start, 0) + length)
            for side, length in zip(box, here.shape, strict=True)
        )
        shape = [side.stop - side.start for side in box]
        values = np.zeros((pixels.shape[-1], *shape), dtype=np.float32)
        there = np.zeros(values.shape[1:], dtype=np.float32)
        there[within] = here
        for channel, centre, spread, plane in zip(
            np.moveaxis(pixels, -1, 0), self._centre, self._spread, values, strict=True
        ):
            if self._mask is not None:  # what is masked may not be finite
                channel = np.where(here, channel, centre)
            plane[within] = (channel - centre) / spread
        return values, there


def _box_sums(planes: Array, axes: int) -> Array:
    """Return the sums of three pixels along each of the last axes; the outermost ones are lost."""
    sums = planes
    for axis in range(-axes, 0):
        along = np.moveaxis(sums, axis, 0)
        sums = np.moveaxis(along[:-2] + along[1:-1] + along[2:], 0, axis)
    return sums


def _bounds(length: int, side: int) -> list[int]:
    tiles = max(1, round(length / side))
    return [tile * length // tiles for tile in range(tiles + 1)]


def _louder(squares: Array, known: Mask, usual: float) -> float:
    """Return how much larger than usual the quiet differences of a tile are; 1 where they are not."""
    every_other = (slice(None, None, 2),) * squares.ndim
    some = squares[every_other][known[every_other]]
    if some.size == 0:
        return 1.0
    place = int(QUIET * some.size)
    return max(1.0, float(np.partition(some, place)[place]) / usual)


def _whitenings(standard: _Standard) -> list[Array]:
    """Return for each direction the (d, d) matrix that makes the differences of noise standard normal."""
    axes = len(standard.shape)
    side = SIDE[axes]
    corners = list(product(*(_places(length, side, axes) for length in standard.shape)))
    step = max(1, int((len(corners) * side**axes // THINNED) ** (1 / axes) + 1e-9))
    thinned = (slice(None, None, step),) * axes
    seen: list[list[Array]] = [[] for _ in ACROSS[axes]]
    for corner in corners:
        box = tuple(slice(at, min(at + side, n)) for at, n in zip(corner, standard.shape, strict=True))
        for of, (difference, known) in zip(seen, standard.differences(box), strict=True):
            of.append(difference[:, *thinned][:, known[thinned]])
    return [_whitening(np.concatenate(of, axis=1).astype(np.float64), standard.least) for of in seen]


def _places(length: int, side: int, axes: int) -> list[int]:
    """Return where windows begin along an axis: at an image's ends; a quarter inside of a volume's.

    The corners of a scanned body are air.
    """
    rest = max(0, length - side)
    return sorted({0, rest} if axes == 2 else {rest // 4, rest - rest // 4})


def _whitening(differences: Floats, least: Floats) -> Array:
    d = least.size
    if differences.size == 0:
        return np.zeros((d, d), dtype=np.float32)
    noise = np.diag(np.quantile(differences**2, QUIET, axis=1) / _chi_square(1, BELOW) + least)
    for _ in range(CONCENTRATIONS):
        squares = _squares(differences, _inverse_root(noise))
        quiet = differences[:, squares <= np.quantile(squares, QUIET)]
        shape = quiet @ quiet.T / quiet.shape[1] + np.diag(least)
        squares = _squares(differences, _inverse_root(shape))
        noise = np.quantile(squares, QUIET) / _chi_square(d, BELOW) * shape + np.diag(least)
    whitening: Array = _inverse_root(noise).astype(np.float32)
    return whitening


def _inverse_root(matrix: Floats) -> Floats:
    root: Floats = np.linalg.inv(np.linalg.cholesky(matrix))
    return root


def _squares(differences: Array, whitening: Array) -> Array:
    white = whitening @ differences
    squares: Array = np.einsum("ij,ij->j", white, white)
    return squares


def _chi_square(degrees: int, normal: float) -> float:
    """Return the quantile of χ² that is as probable as `normal` of the standard normal.

    degrees (1 - 2 / (9 degrees) + normal √(2 / (9 degrees)))³  (Wilson and Hilferty 1931)

    >>> round(_chi_square(3, 0.0), 1), round(_chi_square(1, EXCEEDED), 1)
    (2.4, 9.1)
    """
    share = 2 / (9 * degrees)
    return float(degrees * (1 - share + normal * math.sqrt(share)) ** 3)
