"""The graph of superpixels, or of supervoxels, that touch -> the tree of their merges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.segmentation.regions.boundaries.mutual_information import (
    edge_information,
    pointwise_mutual_information,
)
from pixture.segmentation.regions.boundaries.spectral_embedding import spectral_difference, spectral_embedding
from pixture.segmentation.regions.constants import Constants
from pixture.segmentation.regions.merge_tree.gains import heights_by_gains, with_fewest_regions
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree, cut
from pixture.segmentation.regions.merge_tree.region_merging import MergeWeights, merge_hierarchically

MOST_IN_SPECTRUM = 8_000
"""Superpixels whose spectrum is computed: images have some thousands, volumes tens of thousands."""


@dataclass(frozen=True, eq=False)
class Textures:
    """What is known of the textures of superpixels.

    Attributes
    ----------
    strength
        (edges,): the part of the boundaries' mean strength that is of textures alone.
    histograms
        (n, bins): mean posteriors of each superpixel.
    """

    strength: Floats
    histograms: Floats


@dataclass(frozen=True, eq=False)
class RegionGraph:
    """Superpixels that touch, and what is known of them and of their boundaries.

    Attributes
    ----------
    pairs
        (edges, 2): the two leaves of each boundary, u < v.
    length
        (edges,) positive: how long a boundary is, or how large a face.
    strength
        (edges,): its mean strength.
    pixels
        (n,): how many pixels each superpixel has.
    colours
        (n, K): the mean posteriors of the mixture of colours.
    textures
        The same of textures, where these are looked at.
    """

    pairs: Integers
    length: Floats | Integers
    strength: Floats
    pixels: Integers
    colours: Floats
    textures: Textures | None = None


def tree_of_graph(
    graph: RegionGraph,
    together: Floats,
    constants: Constants,
    *,
    length: Floats,
    area: Floats,
) -> MergeTree:
    """Return the tree of merges of a graph, its heights in units of the automatic cut.

    Parameters
    ----------
    graph
        The graph.
    together
        (K, K): how often two components of the mixture of colours occur together (`co_occurrence`).
    constants
        The method's.
    length, area
        (edges,) and (n,): lengths of boundaries and areas of superpixels as they would be in an image of the
        reference's size; in a volume areas of faces and volumes.
    """
    information = edge_information(
        graph.colours,
        pointwise_mutual_information(together, constants.information_exponent),
        graph.pairs,
    )
    affinity = length * np.exp(
        -(graph.strength - constants.information_weight * information - constants.affinity_offset)
        / constants.affinity_width
    )
    apart = _spectrally_apart(graph, affinity + 1e-6, area, constants)
    strength = constants.boundary_weight * graph.strength
    histograms, chi_square, entropy = [graph.colours], [constants.colour_weight], [0.0]
    if graph.textures is not None:
        strength = strength + constants.texture_boundary_weight * graph.textures.strength
        histograms.append(graph.textures.histograms)
        chi_square.append(constants.texture_weight)
        entropy.append(constants.texture_entropy_weight)
    strength = strength + constants.spectral_weight * apart
    weights = MergeWeights(tuple(chi_square), tuple(entropy), size=constants.size_weight)
    tree = merge_hierarchically(graph.pairs, strength, graph.length, histograms, graph.pixels, weights)
    return with_fewest_regions(heights_by_gains(tree, graph.colours, constants), constants)


def _spectrally_apart(graph: RegionGraph, affinity: Floats, area: Floats, constants: Constants) -> Floats:
    """Return how far the spectrum of the graph parts the two ends of each boundary.

    Of a graph of many superpixels, those that are most alike are one for it: eigenvectors of what is left
    take a tenth of the time, and are smooth there anyway.
    """
    pairs = graph.pairs
    if len(graph.pixels) <= MOST_IN_SPECTRUM:
        return spectral_difference(*spectral_embedding(pairs, affinity, area, constants.vectors), pairs)
    weights = MergeWeights((constants.colour_weight,), (0.0,), size=constants.size_weight)
    strength = constants.boundary_weight * graph.strength
    tree = merge_hierarchically(pairs, strength, graph.length, [graph.colours], graph.pixels, weights)
    part = cut(tree, regions=max(MOST_IN_SPECTRUM, len(tree.roots))).astype(np.int64) - 1
    count = int(part.max()) + 1
    ends = np.sort(part[pairs], axis=1)
    between = ends[:, 0] != ends[:, 1]
    keys, of = np.unique(ends[between] @ np.array([count, 1]), return_inverse=True)
    eigenvalues, coordinates = spectral_embedding(
        np.stack(np.divmod(keys, count), axis=1),
        np.bincount(of, affinity[between], len(keys)).astype(np.float64),
        np.bincount(part, area, count),
        constants.vectors,
    )
    return spectral_difference(eigenvalues, coordinates[part], pairs)
