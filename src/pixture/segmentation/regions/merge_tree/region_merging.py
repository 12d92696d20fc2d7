"""Hierarchical merging: the two nearest regions become one, until none touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.errors import ChoiceError
from pixture.segmentation.regions.kernels.merging import merge
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree


@dataclass(frozen=True)
class MergeWeights:
    """What each cue adds to the distance of two regions, beside their boundary's strength.

    Attributes
    ----------
    chi_square
        For each group of bins, the weight of the chi-square distance of the histograms.
    entropy
        For each group of bins, the weight of the lower of the two entropies, in bits.
    size
        Weight of the logarithm of the smaller region's share of the image.
    """

    chi_square: tuple[float, ...]
    entropy: tuple[float, ...]
    size: float = 0.0


def merge_hierarchically(
    pairs: Integers,
    strength: Floats,
    length: Floats | Integers,
    histograms: Sequence[Floats],
    areas: Integers,
    weights: MergeWeights,
) -> MergeTree:
    """Merge the two nearest regions, again and again.

    Parameters
    ----------
    pairs
        (edges, 2): the regions u ≠ v of each boundary, numbered from 0; each pair once.
    strength
        (edges,): the boundary's mean strength.
    length
        (edges,) positive: its length.
    histograms
        Groups of bins, each (n, bins): mean posteriors of each region, such as of colours and of textures.
    areas
        (n,) positive: how many pixels each region has.
    weights
        What each cue counts.

    Returns
    -------
    MergeTree
        A forest if the graph is not connected. Heights are e to the power of the distance.

    Raises
    ------
    ChoiceError
        There are not as many weights as groups of bins.

    Notes
    -----
    The distance of two regions is linear in what is known of them,

        d = Σ l m / Σ l + Σ_g [w_g χ²(h_a, h_b) + e_g min(E_a, E_b)] + s log q,

    the first sums over the boundaries between their superpixels, χ² = ½ Σ (p − q)² / (p + q), E the entropy
    of a histogram in bits, and q the smaller one's share of the image. With the weights of a logistic
    regression it is the log-odds that people would draw a boundary there, but for a constant. Of equal
    distances the pair with the lowest nodes is merged first. A merge can bring its neighbours nearer than it
    was itself; heights are made monotone by the greatest distance below.

    Examples
    --------
    >>> pairs = np.array([[0, 1], [1, 2]])
    >>> bins = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    >>> weights = MergeWeights(chi_square=(1.0,), entropy=(0.0,))
    >>> merge_hierarchically(pairs, np.zeros(2), np.ones(2), [bins], np.array([4, 4, 4]), weights).parents
    array([3, 3, 4, 4, 4])
    """
    groups = len(histograms)
    if not len(weights.chi_square) == len(weights.entropy) == groups:
        raise ChoiceError(
            f"There is a weight for each group of bins; got {groups} groups, {len(weights.chi_square)} "
            f"weights of chi-squares and {len(weights.entropy)} of entropies."
        )
    n = len(areas)
    nodes = max(2 * n - 1, n)
    bins = np.concatenate(histograms, axis=1)
    of = np.zeros((nodes, bins.shape[1]))
    of[:n] = bins
    area = np.zeros(nodes)
    area[:n] = areas
    long = np.array(length, np.float64)
    parents, distances = np.arange(nodes), np.zeros(nodes)
    made = merge(
        pairs.min(axis=1, initial=n).astype(np.int64),
        pairs.max(axis=1, initial=0).astype(np.int64),
        np.asarray(strength, np.float64) * long,
        long,
        of,
        np.cumsum([group.shape[1] for group in histograms]),
        area,
        n,
        float(weights.size),
        np.array([weights.chi_square, weights.entropy], np.float64).T.copy(),
        parents,
        distances,
    )
    heights = np.exp(np.clip(distances[:made], -700, 700))
    heights[:n] = 0
    return MergeTree(parents[:made], heights, np.rint(area[:made]).astype(np.int64))
