"""Labels of an image as runs in reading order: labels and lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from pixture.arrays import Integers

Runs: TypeAlias = tuple[Integers, Integers]
"""The labels of runs and their lengths, (n,) int32 each."""

LONGEST = int(np.iinfo(np.int32).max)


def runs(labels: Integers) -> Runs:
    """Return the labels of an image's runs in reading order, and their lengths, both int32.

    >>> runs(np.array([[1, 1, 2], [2, 2, 0]]))
    (array([1, 2, 0], dtype=int32), array([2, 3, 1], dtype=int32))
    """
    flat = labels.ravel()
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
    lengths = np.diff(starts, append=len(flat))
    return flat[starts].astype(np.int32), lengths.astype(np.int32)


def joined(parts: Sequence[Runs]) -> Runs:
    """Return the runs of an image whose parts follow each other; a run too long for int32 stays in parts.

    >>> joined([runs(np.array([[1, 1, 2]])), runs(np.array([[2, 2, 0]]))])
    (array([1, 2, 0], dtype=int32), array([2, 3, 1], dtype=int32))
    """
    labels = np.concatenate([of for of, _ in parts])
    lengths = np.concatenate([of for _, of in parts])
    keep = np.ones(len(labels), bool)
    for at in np.cumsum([len(of) for of, _ in parts])[:-1].tolist():
        # all of the part before may be one run that was joined already
        if labels[at] == labels[at - 1] and int(lengths[at]) + int(lengths[at - 1]) <= LONGEST:
            lengths[at] += lengths[at - 1]
            keep[at - 1] = False
    return labels[keep], lengths[keep]
