"""How well boundaries agree: precision, recall and F as the Berkeley benchmark defines them.

Boundaries are thinned to lines of one pixel, and pixels of the two are matched one to one where they lie
within a tolerance. The benchmark's own code finds the matching of least total distance, with a price on every
pixel that stays alone of a hundred times the tolerance; so it matches as many as can be. Here the nearest
pairs are matched first, and the matching is then enlarged to the greatest size there is (Hopcroft and Karp
1973). So recall is the benchmark's; precision counts pixels that any annotator's matching took, which are not
always the same ones in matchings of equal size, and may differ by a percent or two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from pixture.arrays import Integers, Mask
from pixture.errors import ImageError
from pixture.segmentation.evaluation.kernels import match, match_nearest

TOLERANCE = 0.0075
"""Share of the image's diagonal within which boundaries match: of the Berkeley images 4.3 pixels."""


@dataclass(frozen=True)
class BoundaryScores:
    """How one boundary map agrees with the annotators'; the counts add over images.

    Attributes
    ----------
    found, drawn
        Pixels of the map that match some annotator's boundary, and all of its pixels.
    recalled, wanted
        Pixels of truth that are matched, and all of them, summed over annotators.
    """

    found: int
    drawn: int
    recalled: int
    wanted: int

    @property
    def precision(self) -> float:
        """The share of the map's pixels that someone drew; 1 where there is none (the benchmark: 0)."""
        return self.found / self.drawn if self.drawn else 1.0

    @property
    def recall(self) -> float:
        """The share of the annotators' pixels that the map has; 1 where there is none."""
        return self.recalled / self.wanted if self.wanted else 1.0

    @property
    def f(self) -> float:
        """2 P R / (P + R), the harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __add__(self, other: BoundaryScores) -> BoundaryScores:
        return BoundaryScores(
            self.found + other.found,
            self.drawn + other.drawn,
            self.recalled + other.recalled,
            self.wanted + other.wanted,
        )


def boundary_scores(
    boundaries: npt.ArrayLike, truths: Sequence[npt.ArrayLike], *, tolerance: float = TOLERANCE
) -> BoundaryScores:
    """Return how a map of boundaries agrees with those of one or several annotators.

    Parameters
    ----------
    boundaries
        (rows, columns), true where there is a boundary; it is thinned.
    truths
        The same for each annotator; taken as they are.
    tolerance
        Share of the diagonal within which pixels match.

    Raises
    ------
    ImageError
        Shapes differ.

    Examples
    --------
    >>> line = np.zeros((9, 200), bool)
    >>> line[4] = True
    >>> scores = boundary_scores(line, [np.roll(line, 1, axis=0), line & (np.arange(200) < 100)])
    >>> scores.precision, scores.recall
    (1.0, 1.0)
    """
    drawn = np.asarray(boundaries, dtype=bool)
    lines = thinned(drawn)
    if not 0 <= tolerance <= 1:
        raise ImageError(f"A tolerance is a share of the diagonal, 0 to 1; got {tolerance}.")
    reach = tolerance * float(np.hypot(*lines.shape))
    at = np.argwhere(lines)
    matched = np.zeros(len(at), bool)
    recalled = wanted = 0
    for truth in truths:
        other = np.asarray(truth, dtype=bool)
        if other.shape != lines.shape:
            raise ImageError(
                f"Boundaries and their truth are of one shape; got {lines.shape} and {other.shape}. "
                "Bring them to the same size first."
            )
        places = np.argwhere(other)
        partners = matching(at, places, reach)
        matched |= partners >= 0
        recalled += int(np.count_nonzero(partners >= 0))
        wanted += len(places)
    return BoundaryScores(int(np.count_nonzero(matched)), len(at), recalled, wanted)


def label_boundaries(labels: Integers) -> Mask:
    """Return where labels change, as the benchmark draws a segmentation: (rows, columns).

    A pixel is on a boundary where labels change across any of the four cracks that meet at its lower right
    corner.

    >>> label_boundaries(np.array([[1, 1, 2], [1, 1, 2], [3, 3, 3]])).astype(int)
    array([[0, 1, 0],
           [1, 1, 1],
           [0, 0, 0]])
    """
    right: Mask = np.zeros(labels.shape, bool)
    below: Mask = np.zeros(labels.shape, bool)
    right[:, :-1] = labels[:, 1:] != labels[:, :-1]
    below[:-1] = labels[1:] != labels[:-1]
    found = right | below
    found[:-1] |= right[1:]
    found[:, :-1] |= below[:, 1:]
    return found


def drawn_boundaries(labels: Integers) -> Mask:
    """Return an annotator's boundaries of labels as the benchmark's data have them, (rows, columns).

    A pixel is on one where its label differs from that of its right, lower or lower right neighbour; the
    boundaries are thinned.
    """
    found: Mask = np.zeros(labels.shape, bool)
    found[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    found[:-1] |= labels[1:] != labels[:-1]
    found[:-1, :-1] |= labels[1:, 1:] != labels[:-1, :-1]
    return thinned(found)


def matching(one: Integers, other: Integers, reach: float) -> Integers:
    """Return which of `other` each of `one` is matched with, (n,), -1 for none: as many pairs as can be.

    Parameters
    ----------
    one, other
        (n, 2) and (m, 2) places.
    reach
        Places further apart do not match.

    Examples
    --------
    >>> matching(np.array([[0, 0], [0, 1]]), np.array([[0, 1]]), 1.0).tolist() in ([0, -1], [-1, 0])
    True
    """
    if not len(one) or not len(other):
        return np.full(len(one), -1)
    near = KDTree(one).sparse_distance_matrix(KDTree(other), reach * (1 + 1e-12), output_type="ndarray")
    near = near[np.lexsort((near["j"], near["i"], near["v"]))]  # the nearest pairs first
    partner, of_other = np.full(len(one), -1), np.full(len(other), -1)
    i, j = np.ascontiguousarray(near["i"]), np.ascontiguousarray(near["j"])
    match_nearest(i, j, partner, of_other)
    by_one = np.argsort(i, kind="stable")
    match(np.searchsorted(i[by_one], np.arange(len(one) + 1)), j[by_one], partner, of_other)
    return partner


def thinned(lines: Mask) -> Mask:
    """Return lines thinned until they are one pixel wide, by the two sub-iterations of Guo and Hall (1989).

    What MATLAB's bwmorph calls 'thin', which the benchmark applies.

    >>> thinned(np.ones((3, 7), bool)).astype(int)
    array([[0, 0, 0, 0, 0, 0, 0],
           [0, 1, 1, 1, 1, 1, 0],
           [0, 0, 0, 0, 0, 0, 0]])
    """
    left = np.pad(lines, 1)
    changed = True
    while changed:
        changed = False
        for removable in _removable():
            gone = removable[_neighbourhoods(left)] & left[1:-1, 1:-1]
            if gone.any():
                left[1:-1, 1:-1] &= ~gone
                changed = True
    return left[1:-1, 1:-1].copy()


_AROUND = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))
"""The neighbours x₁ … x₈ of Guo and Hall: east, then against the clock."""


def _neighbourhoods(padded: Mask) -> Integers:
    rows, columns = padded.shape[0] - 2, padded.shape[1] - 2
    code = np.zeros((rows, columns), np.uint8)
    for bit, (y, x) in enumerate(_AROUND):
        code |= padded[1 + y : 1 + y + rows, 1 + x : 1 + x + columns].astype(np.uint8) << bit
    return code


@cache
def _removable() -> tuple[Mask, Mask]:
    """For each of the 256 neighbourhoods, whether its centre goes, in either sub-iteration."""
    x = (np.arange(256)[:, None] >> np.arange(8)) & 1 == 1
    x1, x2, x3, x4, x5, x6, x7, x8 = x.T
    following = np.roll(x, -1, axis=1)  # x₂ … x₈, x₁
    crossings = (~x & (following | np.roll(x, -2, axis=1)))[:, ::2].sum(axis=1)
    first = (x | following)[:, ::2].sum(axis=1)
    second = (x | following)[:, 1::2].sum(axis=1)
    least = np.minimum(first, second)
    common = (crossings == 1) & (least >= 2) & (least <= 3)
    return common & ~((x2 | x3 | ~x8) & x1), common & ~((x6 | x7 | ~x4) & x5)
