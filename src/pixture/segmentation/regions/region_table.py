"""Regions as a table: how large each is, where it lies, what it holds, where it belongs in the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.imaging.channels import channel_names
from pixture.imaging.image import Image
from pixture.imaging.physical_space.place import world_columns
from pixture.segmentation.classes.class_statistics import millilitres
from pixture.segmentation.regions.kernels.meetings import NEVER
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree, meeting_nodes
from pixture.segmentation.regions.superpixels.measures import places_of_regions, values_of_regions

if TYPE_CHECKING:
    from pixture.segmentation.large_images.regions.large_regions import LargeRegions
    from pixture.segmentation.regions.regions import Regions


BOX = {2: ("top", "left", "bottom", "right"), 3: ("front", "top", "left", "back", "bottom", "right")}
CENTROID = {2: ("row", "column"), 3: ("plane", "row", "column")}
IN_UNITS = {2: ("y", "x"), 3: ("z", "y", "x")}
"""What is measured along each axis is called, by how many spatial axes there are."""


def region_rows(regions: Regions | LargeRegions) -> list[dict[str, Any]]:
    """Return a row a region, by number.

    Each has its `region` (number), its `name` where some have one, `pixels` and `share` of those that take
    part; the box it lies in, `top`, `left`, `bottom`, `right`, the last two past its last pixel (in a volume
    `front` and `back` too); its centroid, `row` and `column` (`plane`); of each channel `mean_…` and
    `spread_…` (standard deviation), in the image's units; its `node` in the tree (None where it is none,
    being merged or split by hand), the `parent` node that it is part of next, and `strength`, the height of
    that: how strong its weakest boundary is. A root
    has no parent and no strength.
    Where the size of a pixel is known, `area` and the centroid's `y` and `x` are in its unit; of an image of
    the Earth, `area` is in m², and true where pixels differ from row to row. Of a volume, `volume` and `z`
    too; in mm, `volume_ml`. Where the image says where it lies, the centroid's coordinates outside of it
    follow, as in `Objects.table`.
    """
    ids, members = np.unique(regions.members, return_inverse=True)
    where = places_of_regions(regions.shared.places, members, len(ids))
    held = values_of_regions(regions.shared.values, regions.shared.places.pixels, members, len(ids))
    spreads = np.sqrt(held.squares / where.pixels[:, None])
    centroids = where.sums / where.pixels[:, None]
    nodes, parents, strengths = _in_tree(regions.tree, members, where.pixels)
    columns: dict[str, list[Any]] = {
        "region": ids.tolist(),
        **({"name": [regions.names.get(region, "") for region in ids.tolist()]} if regions.names else {}),
        "pixels": where.pixels.tolist(),
        "share": (where.pixels / where.pixels.sum()).tolist(),
        **_by_name(BOX[centroids.shape[1]], where.boxes),
        **_by_name(CENTROID[centroids.shape[1]], centroids),
        **_in_units(regions, ids, where.pixels, centroids),
        **{name: held.tolist() for name, held in world_columns(regions.image.place, centroids).items()},
    }
    for channel, name in enumerate(channel_suffixes(regions.image)):
        columns[f"mean{name}"] = held.means[:, channel].tolist()
        columns[f"spread{name}"] = spreads[:, channel].tolist()
    columns |= {
        "node": [None if node == NEVER else node for node in nodes.tolist()],
        "parent": [None if node == NEVER else node for node in parents.tolist()],
        "strength": [None if height == np.inf else height for height in strengths.tolist()],
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _by_name(names: tuple[str, ...], table: Integers | Floats) -> dict[str, list[Any]]:
    return {name: column.tolist() for name, column in zip(names, table.T, strict=True)}


def _in_units(
    regions: Regions | LargeRegions, ids: Integers, pixels: Integers, centroids: Floats
) -> dict[str, list[Any]]:
    image = regions.image
    counts = np.zeros(int(ids[-1]) + 1, np.int64)
    counts[ids] = pixels
    areas = regions.areas(counts)
    if areas is None:
        return {}
    sizes = areas[ids].tolist()
    held: dict[str, list[Any]] = {"volume" if image.is_volume else "area": sizes}
    if image.is_volume and image.unit == "mm":
        held["volume_ml"] = [millilitres(size, image.unit) for size in sizes]
    if image.has_units:
        held |= _by_name(IN_UNITS[centroids.shape[1]], centroids * np.array(image.spatial_spacing))
    return held


def channel_suffixes(image: Image) -> tuple[str, ...]:
    """Return what the names of measures end with, a channel each."""
    if image.is_colour and not image.channel_names:
        return ("_red", "_green", "_blue")
    if image.channels == 1:
        return ("",)
    return tuple(f"_{name}".replace(" ", "_") for name in channel_names(image))


def _in_tree(tree: MergeTree, members: Integers, pixels: Integers) -> tuple[Integers, Integers, Floats]:
    """Return each region's node, the node it is part of next, and the height of that.

    Where there is none they are `NEVER`, `NEVER` and infinity.
    """
    first = np.full(len(pixels), tree.leaves)
    np.minimum.at(first, members, np.arange(tree.leaves))
    meets = meeting_nodes(tree, first[members], np.arange(tree.leaves))
    smallest, top = np.full(len(pixels), len(tree.parents)), np.zeros(len(pixels), np.int64)
    np.minimum.at(smallest, members, meets)
    np.maximum.at(top, members, meets)
    apart = smallest == NEVER
    is_node = ~apart & (tree.pixels[top] == pixels)
    # what is put together by hand, and is no node, is part of the lowest node that holds all of it
    next_node = np.where(is_node, tree.parents[top], top)
    last = apart | (is_node & (next_node == top))
    return (
        np.where(is_node, top, NEVER),
        np.where(last, NEVER, next_node),
        np.where(last, np.inf, tree.heights[next_node]),
    )
