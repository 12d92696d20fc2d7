"""Hierarchical merging: the two nearest regions become one, until none touch."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.segmentation.regions.kernels.merging import merge
from pixture.segmentation.regions.tree import MergeTree


def merge_hierarchically(
    pairs: Integers,
    strength: Floats,
    length: Floats | Integers,
    histograms: Floats,
    areas: Integers,
    *,
    region_weight: float = 2.0,
    size_exponent: float = 0.1,
    size_offset: float = 0.01,
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
        (n, bins): mean posteriors of each region; several mixtures' may stand side by side.
    areas
        (n,) positive: how many pixels each region has.
    region_weight
        Weight of the histograms' chi-square against the boundary's strength.
    size_exponent, size_offset
        How much nearer small regions are.

    Returns
    -------
    MergeTree
        A forest if the graph is not connected. Heights are distances as they stand; divide them by the
        height of the automatic cut.

    Notes
    -----
    The distance of two regions is

        [Σ l m / Σ l + region_weight · χ²(h_a, h_b)] · (q / (q + size_offset))^size_exponent,

    sums over the boundaries between their superpixels, χ² = ½ Σ (p − q)² / (p + q), and q the smaller one's
    share of all pixels. Of equal distances the pair with the lowest nodes is merged first. A merge can bring
    its neighbours nearer than it was itself; heights are made monotone by the greatest distance below.
    """
    n = len(areas)
    nodes = max(2 * n - 1, n)
    of = np.zeros((nodes, histograms.shape[1]))
    of[:n] = histograms
    area = np.zeros(nodes)
    area[:n] = areas
    long = np.array(length, np.float64)
    parents, heights = np.arange(nodes), np.zeros(nodes)
    made = merge(
        pairs.min(axis=1, initial=n).astype(np.int64),
        pairs.max(axis=1, initial=0).astype(np.int64),
        np.asarray(strength, np.float64) * long,
        long,
        of,
        area,
        n,
        float(region_weight),
        float(size_exponent),
        float(size_offset),
        parents,
        heights,
    )
    return MergeTree(parents[:made], heights[:made], np.rint(area[:made]).astype(np.int64))
