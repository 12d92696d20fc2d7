"""Isotonic regression along a tree: the nearest values that never fall on the way to a root."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.errors import ChoiceError
from pixture.segmentation.regions.kernels.merging import pool


def tree_regression(parents: Integers, values: Floats, weights: Floats) -> Floats:
    """Return the values v, v(child) <= v(parent), that minimise Σ w (v − a)².

    Parameters
    ----------
    parents
        (nodes,): the parent of each node, which comes after it; a root is its own. Of a `MergeTree` with n
        leaves, the merges' are `tree.parents[n:] - n`.
    values
        (nodes,): a.
    weights
        (nodes,) positive: w.

    Notes
    -----
    Adjacent violators are pooled from the leaves up (Pardalos and Xue 1999): O(n log n).

    This is the cut by gains for every threshold at once. For a threshold t, let the gain of dividing node x
    be w_x (a_x − t), and prune the tree so that the gains kept are greatest. The nodes kept are those whose v
    exceeds t (but for exact ties): v minimises Σ w (v − a)² exactly if each of its upper level sets
    {v > t} has the greatest Σ w (a − t) of all sets that hold the parents of what they hold.

    Examples
    --------
    >>> tree_regression(np.array([2, 2, 2]), np.array([1.0, 4.0, 2.0]), np.ones(3))
    array([1., 3., 3.])
    """
    above = np.ascontiguousarray(parents, np.int64)
    value, weight = np.array(values, np.float64), np.array(weights, np.float64)
    if not len(above) == len(value) == len(weight):
        raise ChoiceError("Parents, values and weights are as many as the nodes; got different lengths.")
    if np.any(above < np.arange(len(above))) or np.any(above >= len(above)):
        raise ChoiceError("A node's parent comes after it, or is itself where it is a root.")
    if not (np.isfinite(value).all() and np.isfinite(weight).all() and np.all(weight > 0)):
        raise ChoiceError("Values are finite numbers, and weights finite and above 0.")
    pool(above, value, weight)
    return value
