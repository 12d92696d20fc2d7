"""How well objects agree: those found beside the true ones, as the Data Science Bowl 2018 counts them.

An object is found at a threshold t where an object of the other side has an IoU with it above t. From t = .5
on there can be but one such, so nothing is left to choose in the matching. 0 is the background of both sides;
labels are taken as they are: a label in several parts is one object.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pixture.arrays import Integers
from pixture.errors import ImageError

TWENTIETHS = tuple(range(10, 20))
"""The thresholds of IoU, .5 to .95, in twentieths: so they are compared in whole numbers."""


@dataclass(frozen=True)
class ObjectScores:
    """How the objects found agree with the true ones; the counts add over images.

    Attributes
    ----------
    matched
        Objects that have a partner, at each threshold of IoU from .5 to .95 in steps of .05.
    found, true
        How many objects there are on either side.
    shared, found_pixels, true_pixels
        Pixels that are foreground on both sides, and on either.
    """

    matched: tuple[int, ...]
    found: int
    true: int
    shared: int
    found_pixels: int
    true_pixels: int

    @property
    def precision(self) -> float:
        """The share of objects found that are true ones, at an IoU above .5; 1 where none is found."""
        return self.matched[0] / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of true objects that are found, at an IoU above .5; 1 where there is none."""
        return self.matched[0] / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN) at an IoU above .5; 1 where there is no object on either side."""
        both = self.found + self.true
        return 2 * self.matched[0] / both if both else 1.0

    @property
    def average_precision(self) -> float:
        """The mean of TP / (TP + FP + FN) over the thresholds; 1 where there is no object on either side."""
        both = self.found + self.true
        return float(np.mean([n / (both - n) for n in self.matched])) if both else 1.0

    @property
    def dice(self) -> float:
        """2 |A ∩ B| / (|A| + |B|) of the foregrounds; 1 where both are empty."""
        both = self.found_pixels + self.true_pixels
        return 2 * self.shared / both if both else 1.0

    def __add__(self, other: ObjectScores) -> ObjectScores:
        return ObjectScores(
            tuple(a + b for a, b in zip(self.matched, other.matched, strict=True)),
            self.found + other.found,
            self.true + other.true,
            self.shared + other.shared,
            self.found_pixels + other.found_pixels,
            self.true_pixels + other.true_pixels,
        )


def object_scores(labels: npt.ArrayLike, truth: npt.ArrayLike, *, ignore: int | None = None) -> ObjectScores:
    """Return how objects agree with the true ones.

    Parameters
    ----------
    labels
        Whole numbers of any shape, a number an object, 0 for the background.
    truth
        The same of the true objects.
    ignore
        A label of the truth whose pixels are left out, on both sides; None leaves out none.

    Raises
    ------
    ImageError
        Shapes differ.

    Examples
    --------
    >>> scores = object_scores([[1, 1, 0, 2]], [[7, 7, 7, 0]])
    >>> scores.precision, scores.recall, scores.matched[:4], round(scores.dice, 3)
    (0.5, 1.0, (1, 1, 1, 1), 0.667)
    """
    one, other = np.asarray(labels), np.asarray(truth)
    if one.shape != other.shape:
        raise ImageError(
            f"Objects and their truth are of one shape; got {one.shape} and {other.shape}. "
            "Bring them to the same size first."
        )
    kept = (one != 0) | (other != 0)
    if ignore is not None:
        kept &= other != ignore
    one, other = one[kept], other[kept]
    numbers, i = np.unique(one, return_inverse=True)
    true_numbers, j = np.unique(other, return_inverse=True)
    pairs, together = np.unique(i * len(true_numbers) + j, return_counts=True)
    i, j = np.divmod(pairs, max(1, len(true_numbers)))
    # of the pairs, not of all combinations: there may be a hundred thousand objects
    sizes, true_sizes = _added(i, together, len(numbers)), _added(j, together, len(true_numbers))
    real = (numbers[i] != 0) & (true_numbers[j] != 0)
    i, j, together = i[real], j[real], together[real]
    union = sizes[i] + true_sizes[j] - together
    return ObjectScores(
        tuple(int(np.count_nonzero(20 * together > step * union)) for step in TWENTIETHS),
        int(np.count_nonzero(numbers)),
        int(np.count_nonzero(true_numbers)),
        int(together.sum()),
        int(np.count_nonzero(one)),
        int(np.count_nonzero(other)),
    )


def _added(at: Integers, counts: Integers, length: int) -> Integers:
    sums = np.zeros(length, np.int64)
    np.add.at(sums, at, counts)
    return sums
