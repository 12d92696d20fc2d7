"""How well regions agree: covering, variation of information, probabilistic Rand, and what else overlap says.

Everything follows from the confusion matrix n, n_ij the pixels that have label i in the segmentation and j
in the truth; a_i and b_j are its sums, N its total. Labels are taken as they are: a label in several parts is
one region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from pixture.arrays import Array, Floats
from pixture.errors import ImageError


@dataclass(frozen=True)
class RegionScores:
    """How one segmentation agrees with the annotators of its image: means over them, but for the covering.

    Attributes
    ----------
    covering
        Σ_j b_j max_i IoU(i, j) / Σ_j b_j, over the regions of all annotators: 1 is perfect. `covered` and
        `truth_pixels` are its two sums, which add over images.
    variation_of_information
        H(S) + H(G) - 2 I(S; G) in bits: 0 is perfect (Meila 2007).
    probabilistic_rand
        The share of pairs of pixels that are together in both, or apart in both (Unnikrishnan and others
        2007).
    adjusted_rand
        The same above chance: 1 is perfect, 0 chance (Hubert and Arabie 1985).
    jaccard, dice
        Regions of truth and segmentation matched one to one so that the sum of IoU is greatest; the sums of
        IoU, and of 2 IoU / (1 + IoU), over the larger of the two numbers of regions.
    """

    covered: float
    truth_pixels: float
    variation_of_information: float
    probabilistic_rand: float
    adjusted_rand: float
    jaccard: float
    dice: float

    @property
    def covering(self) -> float:
        """Σ b max IoU / Σ b (Arbelaez and others 2011)."""
        return self.covered / self.truth_pixels


def region_scores(
    labels: npt.ArrayLike, truths: Sequence[npt.ArrayLike], *, ignore: int | None = None
) -> RegionScores:
    """Return how a segmentation agrees with one or several others.

    Parameters
    ----------
    labels
        (rows, columns) whole numbers.
    truths
        An array of that shape for each annotator.
    ignore
        A label of the truth whose pixels are left out; None leaves out none.

    Raises
    ------
    ImageError
        Shapes differ, or nothing is left to compare.

    Examples
    --------
    >>> scores = region_scores([[1, 1, 2, 2]], [[[5, 5, 7, 7]], [[5, 5, 5, 5]]])
    >>> scores.covering, scores.variation_of_information, round(scores.probabilistic_rand, 3)
    (0.75, 0.5, 0.667)
    """
    return scores_of_confusions([confusion(labels, truth, ignore) for truth in truths])


def confusion(labels: npt.ArrayLike, truth: npt.ArrayLike, ignore: int | None = None) -> Floats:
    """Return how many pixels have each pair of labels, (labels, labels of the truth) float64.

    >>> confusion([3, 3, 4], [0, 1, 1])
    array([[1., 1.],
           [0., 1.]])
    """
    one, other = np.asarray(labels), np.asarray(truth)
    if one.shape != other.shape:
        raise ImageError(
            f"A segmentation and its truth are of one shape; got {one.shape} and {other.shape}. "
            "Bring them to the same size first."
        )
    if ignore is not None:
        kept = other != ignore
        one, other = one[kept], other[kept]
    if not one.size:
        raise ImageError("No pixel of the truth is left to compare; look at what is ignored.")
    rows, i = np.unique(one, return_inverse=True)
    columns, j = np.unique(other, return_inverse=True)
    pairs = np.bincount(i.ravel() * len(columns) + j.ravel(), minlength=len(rows) * len(columns))
    return pairs.reshape(len(rows), len(columns)).astype(np.float64)


def scores_of_confusions(confusions: Sequence[Floats]) -> RegionScores:
    """Return the scores of a segmentation whose confusion with each annotator is known."""
    if not confusions:
        raise ImageError("There is no truth to compare with; give at least one.")
    parts = np.array([_of_one(n) for n in confusions])
    covered, pixels = parts[:, :2].sum(axis=0)
    return RegionScores(float(covered), float(pixels), *(float(mean) for mean in parts[:, 2:].mean(axis=0)))


def _of_one(n: Floats) -> tuple[float, ...]:
    a, b, total = n.sum(axis=1), n.sum(axis=0), n.sum()
    shared = n / (a[:, None] + b - n).clip(1)
    covered = float((b * shared.max(axis=0)).sum())
    p = n / total
    information = 2 * entropy(p) - entropy(p.sum(axis=1)) - entropy(p.sum(axis=0))
    rand, adjusted = _rand(n, a, b, float(total))
    i, j = linear_sum_assignment(shared, maximize=True)
    matched = shared[i, j]
    most = max(n.shape)
    jaccard, dice = matched.sum() / most, (2 * matched / (1 + matched)).sum() / most
    return covered, float(b.sum()), information, rand, adjusted, float(jaccard), float(dice)


def _rand(n: Floats, a: Floats, b: Floats, total: float) -> tuple[float, float]:
    pairs = total * (total - 1) / 2
    if pairs == 0:  # one pixel: there is no pair to disagree on
        return 1.0, 1.0
    together = ((n * n).sum() - total) / 2
    of_one, of_other = ((a * a).sum() - total) / 2, ((b * b).sum() - total) / 2
    rand = 1 - (of_one + of_other - 2 * together) / pairs
    by_chance = of_one * of_other / pairs
    most = (of_one + of_other) / 2
    return float(rand), 1.0 if most == by_chance else float((together - by_chance) / (most - by_chance))


def entropy(p: Array) -> float:
    """Return -Σ p log₂ p, in bits.

    >>> entropy(np.array([0.5, 0.5, 0.0]))
    1.0
    """
    positive = p[p > 0]
    return float(-(positive * np.log2(positive)).sum())
