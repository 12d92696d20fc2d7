"""What trees of merges and regions say, the slow and plain way; and trees and images to try it on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.regions import Regions
from pixture.segmentation.regions.regions_of_tree import regions_of


def random_tree(pixels: Integers, roots: int, seed: int) -> MergeTree:
    """A tree whose merges take any two parts, at heights with ties, until so many roots are left."""
    generator = np.random.default_rng(seed)
    parents, heights, sizes = list(range(len(pixels))), [0.0] * len(pixels), [int(p) for p in pixels]
    parts = list(range(len(pixels)))
    height = 0.0
    while len(parts) > roots:
        a, b = generator.choice(len(parts), 2, replace=False)
        first, second = parts[a], parts[b]
        height += float(generator.choice([0.0, 0.25, 0.5]))
        node = len(parents)
        parents[first] = parents[second] = node
        parents.append(node)
        heights.append(height)
        sizes.append(sizes[first] + sizes[second])
        parts = [part for part in parts if part not in (first, second)] + [node]
    return MergeTree(np.array(parents), np.array(heights), np.array(sizes))


@st.composite
def trees(draw: st.DrawFn, most: int = 12) -> MergeTree:
    leaves = draw(st.integers(1, most))
    roots = draw(st.integers(1, min(3, leaves)))
    seed = draw(st.integers(0, 2**32 - 1))
    pixels = np.random.default_rng(seed).integers(1, 9, leaves)
    return random_tree(pixels, roots, seed)


@st.composite
def wholes(draw: st.DrawFn) -> Regions:
    """Regions of a small image: superpixels in any order; some have a mask, colour, several roots."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 7)), draw(st.integers(1, 7)))
    mask = generator.random(shape) < draw(st.sampled_from((0.7, 1.0)))
    mask.flat[generator.integers(mask.size)] = True
    drawn = generator.integers(0, draw(st.integers(1, 9)), shape)
    _, there = np.unique(drawn[mask], return_inverse=True)
    superpixels = np.zeros(shape, np.int32)
    superpixels[mask] = 1 + generator.permutation(there.max() + 1)[there]
    count = int(superpixels.max())
    channels = draw(st.sampled_from((1, 2, 3)))
    values = generator.integers(0, 256, (*shape, channels)).astype(draw(st.sampled_from(("u1", "u2", "f4"))))
    image = image_from_array(values, axes="yxc").masked(mask if not mask.all() else None)
    tree = random_tree(
        np.bincount(superpixels.ravel(), minlength=count + 1)[1:], draw(st.integers(1, min(2, count))), 1
    )
    return regions_of(image, superpixels, tree, height=draw(st.sampled_from((0.0, 0.5, 1.0, 3.0))))


def ancestors(tree: MergeTree, node: int) -> list[int]:
    """A node, and the nodes on the way to its root."""
    found = [node]
    while tree.parents[found[-1]] != found[-1]:
        found.append(int(tree.parents[found[-1]]))
    return found


def meeting(tree: MergeTree, a: int, b: int) -> int:
    """The lowest common ancestor of two leaves, -1 where there is none."""
    return min(set(ancestors(tree, a)) & set(ancestors(tree, b)), default=-1)


def meeting_height(tree: MergeTree, a: int, b: int) -> float:
    node = meeting(tree, a, b)
    return math.inf if node < 0 else float(tree.heights[node])


def contours(superpixels: Integers, tree: MergeTree) -> Floats:
    """The strongest of the cracks to the right of each pixel and below it."""
    rows, columns = superpixels.shape
    out = np.zeros((rows, columns))
    for y, x in np.ndindex(rows, columns):
        for other in ((y, x + 1), (y + 1, x)):
            if other[0] < rows and other[1] < columns:
                out[y, x] = max(float(out[y, x]), crack(superpixels, tree, (y, x), other))
    return out


def contour_map(superpixels: Integers, tree: MergeTree) -> Floats:
    """Every crack in a grid of twice the size; corners are the strongest of the cracks that end there."""
    rows, columns = superpixels.shape
    out = np.zeros((2 * rows + 1, 2 * columns + 1))
    for y, x in np.ndindex(rows, columns):
        if x + 1 < columns:
            out[2 * y + 1, 2 * x + 2] = crack(superpixels, tree, (y, x), (y, x + 1))
        if y + 1 < rows:
            out[2 * y + 2, 2 * x + 1] = crack(superpixels, tree, (y, x), (y + 1, x))
    for y in range(0, 2 * rows + 1, 2):
        for x in range(0, 2 * columns + 1, 2):
            beside = ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1))
            inside = [at for at in beside if 0 <= at[0] <= 2 * rows and 0 <= at[1] <= 2 * columns]
            out[y, x] = max(float(out[at]) for at in inside)
    return out


def crack(superpixels: Integers, tree: MergeTree, one: tuple[int, int], other: tuple[int, int]) -> float:
    a, b = int(superpixels[one]), int(superpixels[other])
    return 0.0 if a == b or 0 in (a, b) else meeting_height(tree, a - 1, b - 1)


def outlines(labels: Integers) -> Array:
    out = np.zeros(labels.shape, bool)
    for y, x in np.ndindex(labels.shape):
        beside = [labels[y, x + 1 : x + 2], labels[y + 1 : y + 2, x]]
        out[y, x] = any(labels[y, x] and near.size and near[0] and near[0] != labels[y, x] for near in beside)
    return out


def rows_of(labels: Integers, image: Image) -> list[dict[str, Any]]:
    """The table's columns that need no tree, region by region."""
    found = []
    names = {1: [""], 2: ["_channel_1", "_channel_2"], 3: ["_red", "_green", "_blue"]}[image.channels]
    values = image.rows.reshape(*image.shape, -1).astype(np.float64)
    for number in np.unique(labels[labels > 0]):
        y, x = np.nonzero(labels == number)
        row: dict[str, Any] = {
            "region": number,
            "pixels": len(y),
            "share": len(y) / np.count_nonzero(labels),
            "top": y.min(),
            "left": x.min(),
            "bottom": y.max() + 1,
            "right": x.max() + 1,
            "row": y.mean(),
            "column": x.mean(),
        }
        for channel, name in enumerate(names):
            row[f"mean{name}"] = values[y, x, channel].mean()
            row[f"spread{name}"] = values[y, x, channel].std()
        found.append(row)
    return found
