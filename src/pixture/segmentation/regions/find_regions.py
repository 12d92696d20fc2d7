"""Image -> regions: appearance, boundaries, superpixels, the graph of regions, the tree of merges.

Of volumes the first half of the way, to the graph, is in `volume_tree`.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import label

from pixture.arrays import Array, Integers, Mask
from pixture.errors import ImageError
from pixture.imaging.downsampling import reduce, reduction
from pixture.imaging.feature_space.perceptual_planes import perceptual_planes
from pixture.imaging.feature_space.scale_space import smoothed
from pixture.imaging.image import Image
from pixture.options.fitting import Choices
from pixture.segmentation.regions.boundaries.appearance import (
    Appearance,
    colour_appearance,
    texture_appearance,
)
from pixture.segmentation.regions.boundaries.appearance_mixtures import Mixtures
from pixture.segmentation.regions.boundaries.chi_square_tensor import (
    add_tensors,
    collapsed,
    contrast,
    halved,
    tensor_pyramid,
)
from pixture.segmentation.regions.boundaries.mutual_information import co_occurrence
from pixture.segmentation.regions.constants import REFERENCE_PIXELS, Constants
from pixture.segmentation.regions.full_resolution import bring_to_full_resolution
from pixture.segmentation.regions.kernels.merging import add_to_parents
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.region_graph import RegionGraph, Textures, tree_of_graph
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.regions.regions_of_tree import regions_of
from pixture.segmentation.regions.superpixels.adjacency import adjacency, boundary_mean, region_sums
from pixture.segmentation.regions.superpixels.measures import places
from pixture.segmentation.regions.superpixels.watershed import watershed
from pixture.segmentation.regions.volume_tree import tree_of_volume
from pixture.segmentation.sources.image_source import Source
from pixture.segmentation.sources.mask_image import opened_within

DEFAULTS = Constants()


def tree_of(
    planes: Array,
    mask: Mask | None,
    constants: Constants,
    *,
    seed: int | None = None,
    threads: int | None = None,
) -> tuple[Integers, MergeTree, Mixtures]:
    """Return the superpixels of perceptual planes, their tree of merges, and the mixtures behind it."""
    if len(planes) == 1:
        constants = constants.for_lightness_alone()
    constants = constants.scaled_to(planes[0].size)
    colours = colour_appearance(planes, mask, constants, seed=seed, threads=threads)
    textures = texture_appearance(planes[0], mask, constants, seed=seed, threads=threads)
    of_colours, of_textures = boundary_tensors(colours, textures, mask, constants, threads=threads)
    tensor = of_colours + of_textures
    strength = smoothed(contrast(tensor, threads=threads), constants.smoothing, threads=threads)
    superpixels = watershed(strength, mask)
    tree = merged(superpixels, tensor, of_textures, colours, textures, constants, mask)
    return superpixels, tree, Mixtures(colours.mixture, textures.mixture)


def boundary_tensors(
    colours: Appearance,
    textures: Appearance,
    mask: Mask | None,
    constants: Constants,
    *,
    threads: int | None = None,
) -> tuple[Array, Array]:
    """Return the weighted sums over all scales of the chi-square tensors, of colours and of textures."""
    levels = max(constants.window_levels) + 1
    _, rows, columns = colours.maps.shape
    coverage = None
    if mask is not None:
        coverage = [mask.astype(np.float32)]
        for _ in range(levels - 1):
            coverage.append(halved(coverage[-1]))
    scales = list(zip(constants.window_scales, constants.window_levels, strict=True))
    found = []
    for level, appearance, weights in (
        (0, colours, constants.colour_weights),
        (1, textures, constants.texture_weights),
    ):
        pyramid = tensor_pyramid(rows, columns, levels)
        add_tensors(pyramid, appearance.maps, level, scales, weights, coverage=coverage, threads=threads)
        found.append(collapsed(pyramid))
    return found[0], found[1]


def merged(
    superpixels: Integers,
    tensor: Array,
    of_textures_alone: Array,
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
    textures_alone = Textures(boundary_mean(graph, of_textures_alone), of_textures)
    return tree_of_graph(
        RegionGraph(graph.pairs, graph.length, mean, areas, of_colours, textures_alone),
        co_occurrence(colours.maps, distances, mask=mask),
        constants,
        length=graph.length / constants.scale,
        area=areas / constants.scale**2,
    )


MOST_PIXELS = 2 * REFERENCE_PIXELS
"""Pixels of an image, above which its tree is found on a reduced one."""


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
    """Find the regions of an image or a volume: what people would outline, and the tree of every other cut.

    Parameters
    ----------
    image
        A path, an array (H, W) or (H, W, C), a Pillow picture, or an `Image`, of any depth and any number of
        channels; a volume, too, whose voxels may be longer than they are wide. Of a series in time, one time.
    regions
        How many regions; None leaves it to the image.
    detail
        From 0, one region, to 1, every superpixel, instead of a number; 0.5 is what is found by itself.
    mask, mask_threshold
        As in `segment`. A masked pixel is in no region and has no boundary with anything.
    seed
        None starts EM from the image alone. A number starts it at random, to see how much depends on that.
    threads
        None takes every processor available; the answer has the same bits whatever their number.

    Returns
    -------
    Regions
        `.labels` are 1 ... N, in the order of the regions' first pixels; `.cut` gives any other cut.

    Raises
    ------
    ReadError, ImageError, ChoiceError
        The file, the image or a choice is not usable as it is; the message says what to do.

    Notes
    -----
    The posteriors of a mixture of colours and of one of textures are the bins of histograms; their chi-square
    distance across every line gives the strength of boundaries, a watershed the superpixels, and the
    mutual information of neighbours and the spectrum of the graph of superpixels what belongs together; the
    two nearest regions are merged, again and again (after Arbelaez and others 2011; Isola and others 2014).
    The tree of an image of more than 0.31 megapixels is found on area means, and its outlines are brought to
    full resolution. In a volume the strength of boundaries is the chi-square distance of the supervoxels that
    they lie between, which are the watershed of the gradient at a physical scale. The page on regions in the
    documentation has the method and the constants.

    Examples
    --------
    >>> import numpy as np
    >>> picture = np.zeros((40, 60), np.uint8)
    >>> picture[:, 20:], picture[10:30, 35:50] = 120, 250
    >>> found = regions(picture)
    >>> found.count, found.labels[20, [0, 25, 40]]
    (3, array([1, 2, 3], dtype=int32))
    """
    if seed is not None:
        seed = Choices(seed=seed).seed
    seen = opened_within(image, mask, mask_threshold)
    return find_regions(seen, regions=regions, detail=detail, seed=seed, threads=threads)


def find_regions(
    image: Image,
    *,
    regions: int | None = None,
    detail: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    constants: Constants = DEFAULTS,
) -> Regions:
    """Find regions as `regions` does, of an image as it is; `constants` are the method's."""
    if image.has_times:
        raise ImageError(
            f"Regions are found in one time; got {image.in_words}. Take one of the times: --time, or "
            "image.at('t', time)."
        )
    if image.mask is not None and not image.mask.any():
        raise ImageError("No pixel of the image takes part, so it has no regions; look at its mask.")
    superpixels, tree, mixtures = superpixels_and_tree(image, constants, seed=seed, threads=threads)
    choices = {"regions": regions, "detail": detail, "seed": seed}
    return regions_of(
        image,
        superpixels,
        tree,
        regions=regions,
        detail=detail,
        mixture=mixtures,
        choices=choices,
        threads=threads,
    )


def superpixels_and_tree(
    image: Image, constants: Constants, *, seed: int | None, threads: int | None
) -> tuple[Integers, MergeTree, Mixtures]:
    """Return the superpixels of an image or of a volume, their tree of merges, and the mixtures behind it."""
    if image.is_volume and len(image.pixels) == 1:  # a single plane is a picture
        picture = image.at("z", 0)
        superpixels, tree, mixtures = superpixels_and_tree(picture, constants, seed=seed, threads=threads)
        return superpixels[None], tree, mixtures
    if image.is_volume:
        planes, of_volumes = perceptual_planes(image, threads=threads), constants.for_volumes()
        sizes = image.spatial_spacing
        return tree_of_volume(planes, image.mask, sizes, of_volumes, seed=seed, threads=threads)
    factor = reduction(image.size, MOST_PIXELS)
    reduced = reduce(image, factor, threads=threads)
    planes = perceptual_planes(reduced, threads=threads)
    superpixels, tree, mixtures = tree_of(planes, reduced.mask, constants, seed=seed, threads=threads)
    if factor > 1:
        pixels = image.pixels.reshape(*image.shape, -1)
        superpixels = bring_to_full_resolution(superpixels, pixels, factor, mask=image.mask, threads=threads)
        superpixels, tree = with_lost_parts(superpixels, tree, image.mask)
        tree = counted_anew(tree, superpixels, threads)
    return superpixels, tree, mixtures


def with_lost_parts(superpixels: Integers, tree: MergeTree, mask: Mask | None) -> tuple[Integers, MergeTree]:
    """Return superpixels and tree with those parts that were too small for the reduced image, one each.

    They touch no superpixel, so they are merged with none.
    """
    if mask is None:
        return superpixels, tree
    parts, count = label(mask & (superpixels == 0))
    if not count:
        return superpixels, tree
    n = tree.leaves
    found = np.where(parts > 0, parts + n, superpixels).astype(np.int32)
    of_leaves = np.where(tree.parents[:n] < n, tree.parents[:n], tree.parents[:n] + count)
    parents = np.concatenate([of_leaves, n + np.arange(count), tree.parents[n:] + count])
    heights = np.insert(tree.heights, n, np.zeros(count))
    pixels = np.insert(tree.pixels, n, np.bincount(parts.ravel())[1:])
    return found, MergeTree(parents, heights, pixels)


def counted_anew(tree: MergeTree, superpixels: Integers, threads: int | None) -> MergeTree:
    """Return a tree whose superpixels have other numbers of pixels."""
    pixels = np.zeros((len(tree.parents), 1))
    pixels[: tree.leaves, 0] = places(superpixels, tree.leaves, threads=threads).pixels
    add_to_parents(tree.parents, pixels)
    return MergeTree(tree.parents, tree.heights, pixels[:, 0].astype(np.int64))
