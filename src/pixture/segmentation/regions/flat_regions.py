"""Regions of a volume as those of a picture of some of its planes: what is looked at is flat."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pixture.imaging.display.montage import montage

if TYPE_CHECKING:
    from pixture.segmentation.regions.regions import Regions


def flat_regions(regions: Regions) -> Regions:
    """Return the regions of a volume's montage, those of an image as they are.

    Each pixel keeps its superpixel, and so its region, in this cut and in every other. Superpixels that are
    in no plane that is shown have no pixel, so nothing is measured of what is returned: it is to be looked
    at.

    >>> import pixture
    >>> volume = pixture.image_from_array(np.arange(24, dtype=np.uint8).reshape(4, 2, 3), axes="zyx")
    >>> flat_regions(pixture.regions(volume)).labels.shape
    (5, 7)
    """
    image = regions.image
    if not image.is_volume:
        return regions
    numbers = replace(image, pixels=regions.superpixels, axes="zyx", channel_names=(), stored_channels=None)
    shown, seen = montage(numbers), montage(image)
    superpixels = shown.pixels if shown.mask is None else np.where(shown.mask, shown.pixels, 0)
    return replace(regions, image=seen, superpixels=superpixels.astype(np.int32))
