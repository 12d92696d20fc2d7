"""Heights by gains: what a split is worth decides how deep the tree is cut there, not its height alone."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats
from pixture.segmentation.regions.constants import Constants
from pixture.segmentation.regions.kernels.merging import add_to_parents
from pixture.segmentation.regions.merge_tree.isotonic_regression import tree_regression
from pixture.segmentation.regions.merge_tree.merge_tree import AUTOMATIC_HEIGHT, MergeTree

_LEAST = 1e-12
BELOW_THE_CUT = 0.1
"""Share of a regressed height that counts below the automatic cut."""


def heights_by_gains(tree: MergeTree, histograms: Floats, constants: Constants) -> MergeTree:
    """Return the tree with heights in units of the automatic cut, so that cuts by gains are cuts at a height.

    Parameters
    ----------
    tree
        As of `merge_hierarchically`.
    histograms
        (leaves, K): each superpixel's mean posteriors.
    constants
        `cut_distance`, `entropy_gain` and `region_cost`.

    Notes
    -----
    Splitting the region x into a and b gains

        g(x) = w ln(h_x / h₀) + α [p_x E(x) - p_a E(a) - p_b E(b)] - β,

    p being shares of the image, E the entropy in bits of the mean posteriors, h₀ the height of the cut, and
    w = p_x H(p_a / p_x), H the entropy of a coin. With h₀ alone that would be the cut at height h₀, weighted
    by the information that the split gives of where a pixel is; the second term adds what it tells of the
    colour, the third is what a region costs. Of all prunings of the tree the one of greatest total gain is
    wanted, for every h₀ at once. It is the cut at ln h₀ of the isotonic regression, along the tree and with
    weights w, of ln h_x + (α […] - β) / w (`tree_regression`). So the tree's heights are replaced by these, v
    in logarithms and from the automatic cut on. Below it, where someone asks for finer regions than are worth
    it, strong boundaries of small things come first, whatever they gain: v where it is above 0, elsewhere
    min(ln h / h₀, v / 10). Both are monotone, so cuts stay nested.
    """
    merges = tree.leaves + np.arange(tree.merges)
    if not len(merges):
        return tree
    pixels = tree.pixels.astype(np.float64)
    sums = np.zeros((len(pixels), histograms.shape[1]))
    sums[: tree.leaves] = histograms * pixels[: tree.leaves, None]
    add_to_parents(tree.parents, sums)
    mean = np.maximum(sums / pixels[:, None], _LEAST)
    share = pixels / pixels[: tree.leaves].sum()
    spread = share * -(mean * np.log2(mean)).sum(axis=1)
    a, b = tree.children.T
    part = np.clip(share[a] / share[merges], _LEAST, 1 - _LEAST)
    weight = -share[merges] * (part * np.log2(part) + (1 - part) * np.log2(1 - part))
    told = constants.entropy_gain * (spread[merges] - spread[a] - spread[b]) - constants.region_cost
    over = np.log(np.maximum(tree.heights[merges], _LEAST)) - constants.cut_distance
    regressed = tree_regression(tree.parents[merges] - tree.leaves, over + told / weight, weight)
    found = np.where(regressed > 0, regressed, np.minimum(over, BELOW_THE_CUT * regressed))
    heights = np.zeros(len(pixels))
    heights[merges] = np.exp(np.clip(found, -700, 700))
    return MergeTree(tree.parents, heights, tree.pixels)


def with_fewest_regions(tree: MergeTree, constants: Constants) -> MergeTree:
    """Return the tree with heights multiplied so that the automatic cut leaves `constants.fewest_regions`.

    An image all of whose boundaries are about equally weak, such as a painting, would be a single region.
    Heights stay as they are where the cut leaves so many anyway, and where it takes boundaries below
    `constants.fewest_height` to have them: of white noise one region is right.

    Examples
    --------
    >>> painting = MergeTree([3, 3, 4, 4, 4], [0, 0, 0, 0.7, 0.9], [6, 6, 4, 12, 16])
    >>> with_fewest_regions(painting, Constants()).heights.round(2)
    array([0.  , 0.  , 0.  , 1.  , 1.29])
    """
    missing = constants.fewest_regions - len(tree.roots)
    if not 1 <= missing <= tree.merges:
        return tree
    weakest = np.sort(tree.heights)[-missing]
    if not constants.fewest_height <= weakest <= AUTOMATIC_HEIGHT:
        return tree
    heights = tree.heights * ((1 + _LEAST) * AUTOMATIC_HEIGHT / weakest)
    return MergeTree(tree.parents, heights, tree.pixels)
