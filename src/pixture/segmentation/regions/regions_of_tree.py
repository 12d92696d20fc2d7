"""Superpixels and a tree of their merges -> regions, by a cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pixture.arrays import Integers
from pixture.errors import TreeError
from pixture.imaging.image import Image
from pixture.segmentation.regions.boundaries.appearance_mixtures import Mixtures
from pixture.segmentation.regions.merge_tree.merge_tree import MergeTree
from pixture.segmentation.regions.regions import Regions
from pixture.wording import plural


def regions_of(
    image: Image,
    superpixels: Integers,
    tree: MergeTree,
    *,
    regions: int | None = None,
    height: float | None = None,
    detail: float | None = None,
    mixture: Mixtures | None = None,
    choices: Mapping[str, Any] | None = None,
    threads: int | None = None,
) -> Regions:
    """Return the regions that a cut of a tree makes of an image's superpixels.

    Parameters
    ----------
    image
        The image, or the volume.
    superpixels
        Of the image's shape, int32: 1 … n, and 0 where it is masked. They are not copied: do not change them.
    tree
        Leaf i is the superpixel labelled i + 1, and has as many pixels.
    regions, height, detail
        As in `Regions.cut`.
    mixture, choices, threads
        As in `Regions`.

    Raises
    ------
    ChoiceError
        More than one cut is asked for, or one out of its range.
    TreeError
        The superpixels are not those of the tree, or of the image.
    """
    one = Regions(
        image,
        superpixels,
        tree,
        np.ones(tree.leaves, np.int32),
        mixture or Mixtures(),
        dict(choices or {}),
        threads,
    )
    pixels = one.shared.places.pixels
    if not np.array_equal(pixels, tree.pixels[: tree.leaves]):
        at = int((pixels != tree.pixels[: tree.leaves]).argmax())
        raise TreeError(
            f"The tree is not of these superpixels: superpixel {at + 1} has "
            f"{plural(int(pixels[at]), 'pixel')}, leaf {at} of the tree {int(tree.pixels[at]):,}."
        )
    seen = image.size if image.mask is None else int(np.count_nonzero(image.mask))
    if pixels.sum() != seen or (image.mask is not None and (superpixels[image.mask] == 0).any()):
        raise TreeError(
            "Every pixel that takes part is in a superpixel, and no masked one is; the image has "
            f"{seen:,}, the superpixels {int(pixels.sum()):,}."
        )
    return one.cut(regions=regions, height=height, detail=detail)
