"""Image -> regions: appearance, boundaries, superpixels, the graph of regions, the tree of merges."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.errors import ImageError
from pixture.imaging.features import perceptual_planes, smoothed
from pixture.segmentation.masking import opened, within
from pixture.segmentation.regions.adjacency import adjacency, boundary_mean, region_sums
from pixture.segmentation.regions.appearance import Appearance, colour_appearance, texture_appearance
from pixture.segmentation.regions.chi_square_tensor import (
    add_tensors,
    collapsed,
    contrast,
    halved,
    tensor_pyramid,
)
from pixture.segmentation.regions.constants import Constants
from pixture.segmentation.regions.gains import heights_by_gains
from pixture.segmentation.regions.merging import merge_hierarchically
from pixture.segmentation.regions.mutual_information import (
    co_occurrence,
    edge_information,
    pointwise_mutual_information,
)
from pixture.segmentation.regions.regions import Mixtures, Regions, regions_of
from pixture.segmentation.regions.spectral_embedding import spectral_difference, spectral_embedding
from pixture.segmentation.regions.superpixels import watershed
from pixture.segmentation.regions.tree import MergeTree
from pixture.segmentation.source import Source, as_image


def tree_of(
    planes: Array,
    mask: Mask | None,
    constants: Constants,
    *,
    seed: int | None = None,
    threads: int | None = None,
) -> tuple[Integers, MergeTree, Mixtures]:
    """Return the superpixels of perceptual planes, their tree of merges, and the mixtures behind it."""
    constants = constants.scaled_to(planes[0].size)
    colours = colour_appearance(planes, mask, constants, seed=seed, threads=threads)
    textures = texture_appearance(planes[0], mask, constants, seed=seed, threads=threads)
    tensor = boundary_tensor(colours, textures, mask, constants, threads=threads)
    strength = smoothed(contrast(tensor, threads=threads), constants.smoothing, threads=threads)
    superpixels = watershed(strength, mask)
    tree = merged(superpixels, tensor, colours, textures, constants, mask)
    return superpixels, tree, Mixtures(colours.mixture, textures.mixture)


def boundary_tensor(
    colours: Appearance,
    textures: Appearance,
    mask: Mask | None,
    constants: Constants,
    *,
    threads: int | None = None,
) -> Array:
    """Return the weighted sum of the chi-square tensors of colours and textures over all scales."""
    levels = max(constants.window_levels) + 1
    pyramid = tensor_pyramid(*colours.maps.shape[1:], levels)
    coverage = None
    if mask is not None:
        coverage = [mask.astype(np.float32)]
        for _ in range(levels - 1):
            coverage.append(halved(coverage[-1]))
    scales = list(zip(constants.window_scales, constants.window_levels, strict=True))
    for level, appearance, weights in (
        (0, colours, constants.colour_weights),
        (1, textures, constants.texture_weights),
    ):
        add_tensors(pyramid, appearance.maps, level, scales, weights, coverage=coverage, threads=threads)
    return collapsed(pyramid)


def merged(
    superpixels: Integers,
    tensor: Array,
    colours: Appearance,
    textures: Appearance,
    constants: Constants,
    mask: Mask | None,
) -> MergeTree:
    """Return the tree of merges of superpixels."""
    graph = adjacency(superpixels, constants.normal_radius)
    mean = boundary_mean(graph, tensor)
    areas = np.bincount(superpixels.ravel(), minlength=graph.regions + 1)[1:]
    of_colours = region_sums(superpixels, colours.maps) / areas[:, None]
    of_textures = region_sums(superpixels, textures.maps) / areas[:, None]
    distances = tuple(max(1, round(distance)) for distance in constants.pair_distances)
    information = edge_information(
        of_colours,
        pointwise_mutual_information(
            co_occurrence(colours.maps, distances, mask=mask), constants.information_exponent
        ),
        graph.pairs,
    )
    # lengths and areas as they would be in an image of the reference's size
    length, area = graph.length / constants.scale, areas / constants.scale**2
    affinity = length * np.exp(
        -(mean - constants.information_weight * information - constants.affinity_offset)
        / constants.affinity_width
    )
    eigenvalues, coordinates = spectral_embedding(graph.pairs, affinity + 1e-6, area, constants.vectors)
    strength = mean + constants.spectral_weight * spectral_difference(eigenvalues, coordinates, graph.pairs)
    tree = merge_hierarchically(
        graph.pairs,
        strength,
        graph.length,
        np.concatenate([of_colours, of_textures], axis=1),
        areas,
        region_weight=constants.region_weight,
        size_exponent=constants.size_exponent,
        size_offset=constants.size_offset,
    )
    return heights_by_gains(tree, of_colours, constants)


def regions(
    image: Source,
    *,
    regions: int | None = None,
    detail: float | None = None,
    mask: Source | None = None,
    mask_threshold: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
) -> Regions:
    """Find the regions of an image."""
    seen = within(as_image(image), opened(mask, mask_threshold))
    if seen.mask is not None and not seen.mask.any():
        raise ImageError("No pixel of the image takes part, so there are no regions. Look at the mask.")
    planes = perceptual_planes(seen, threads=threads)
    superpixels, tree, mixtures = tree_of(planes, seen.mask, Constants(), seed=seed, threads=threads)
    return regions_of(
        seen, superpixels, tree, regions=regions, detail=detail, mixture=mixtures, threads=threads
    )
