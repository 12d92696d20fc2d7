"""What the value of a row says of each label, as the field looks it up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Floats
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.segmentation.posterior.pixel_posterior import Groups


@dataclass(frozen=True, eq=False)
class LabelTable:
    """What the values of an image's distinct rows say.

    Attributes
    ----------
    joint
        (rows + 1, labels) float32: log p(x, label) of each row, 0 of masked pixels.
    within
        (K, rows) float32: of a row with a label, the share of each of its components; None where each
        component has a label of its own.
    """

    joint: Array
    within: Array | None = None

    def of_components(self, weights: Floats, groups: Groups) -> Floats:
        """Return how much of each row each component answers for, (K, rows), of how much each label does."""
        if self.within is None:
            return weights
        label = np.empty(len(self.within), np.intp)
        for number, group in enumerate(groups):
            label[list(group)] = number
        return weights[label] * self.within


def label_table(
    histogram: Histogram,
    mixture: Mixture,
    chances: Floats | None = None,
    groups: Groups = (),
    *,
    threads: int | None = None,
) -> LabelTable:
    """Return what values say of labels under a mixture.

    Parameters
    ----------
    histogram
        The distinct values.
    mixture
        The mixture. Its weights say how frequent the components of a label are beside each other.
    chances
        (labels,) the logarithm of each label's chance before the value is seen; None takes its share of the
        mixture.
    groups
        The components of each label; where there are none, each has its own.
    threads
        As in `Choices`.
    """
    joint = posterior.log_joint(mixture, histogram.sample, threads=threads)
    table = np.zeros((histogram.sample.size + 1, len(groups) or mixture.components), np.float32)
    if groups:
        within = np.empty(joint.shape, np.float32)
        for number, group in enumerate(groups):
            of = joint[list(group)]
            top = of.max(axis=0)
            shares = np.exp(of - top)
            total = shares.sum(axis=0)
            table[:-1, number] = top + np.log(total)
            within[list(group)] = shares / total
    else:
        within = None
        table[:-1] = joint.T
    if chances is not None:
        table[:-1] += (chances - log_label_shares(mixture, groups)).astype(np.float32)
    return LabelTable(table, within)


def log_label_shares(mixture: Mixture, groups: Groups) -> Floats:
    """Return the logarithm of each label's share of a mixture, the sum of its components' weights, (labels,).

    That of a share of 0 is finite, though lower than any other.

    >>> mixture = Mixture([0.5, 0.3, 0.2], [[0.0], [1.0], [2.0]], [1.0, 1.0, 1.0], "spherical")
    >>> np.exp(log_label_shares(mixture, ((0, 2), (1,))))
    array([0.7, 0.3])
    """
    shares = mixture.weights
    if groups:
        shares = np.array([mixture.weights[list(group)].sum() for group in groups])
    logs: Floats = np.log(np.maximum(shares, np.finfo(np.float64).tiny))
    return logs
