"""rasterio's open datasets -> images: bands, what is missing in them, the size of a pixel.

The one function here is where the family of georeferenced rasters joins in: it may give the image its place.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from pixture.errors import ImageError
from pixture.imaging.coordinates import distinct, unit_in_short
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array

_ALPHA = 6
"""GDAL's number of a band that is opacity (GCI_AlphaBand)."""


def image_from_rasterio(dataset: Any) -> Image:
    """Return the image that an open dataset holds: all of its bands, with the scaling that it states.

    A pixel takes part where GDAL says that all bands have data there: no-data values, mask bands and opacity.

    Parameters
    ----------
    dataset
        A `rasterio.io.DatasetReader`, or what else reads as one, such as a `WarpedVRT`.

    Raises
    ------
    ImageError
        It is closed, holds no band, or no pixel with data.
    """
    if dataset.closed:
        raise ImageError("The rasterio dataset is closed. Open it again: rasterio.open(path).")
    bands = [
        band
        for band, colour in zip(dataset.indexes, dataset.colorinterp, strict=True)
        if int(colour) != _ALPHA
    ]
    if not bands:
        raise ImageError(f"The rasterio dataset {dataset.name} holds no band. Give one of its subdatasets.")
    pixels = dataset.read(bands)
    masks = dataset.read_masks(bands)
    scales, offsets = (
        np.array([values[band - 1] for band in bands]) for values in (dataset.scales, dataset.offsets)
    )
    if (scales != 1).any() or (offsets != 0).any():
        pixels = pixels * scales[:, None, None] + offsets[:, None, None]
    across = dataset.transform
    height, width = math.hypot(across.b, across.e), math.hypot(across.a, across.d)
    known = not across.is_identity and min(height, width) > 0
    system = dataset.crs
    unit = None if not known or system is None else "degree" if system.is_geographic else system.linear_units
    named = distinct(dataset.descriptions[band - 1] or "" for band in bands)
    image = image_from_array(
        pixels[0] if len(bands) == 1 else pixels,
        axes="yx" if len(bands) == 1 else "cyx",
        spacing=(height, width) if known else None,
        unit=unit_in_short(unit),
        mask=None if (masks != 0).all() else (masks != 0).all(axis=0),
        channel_names=named,
    )
    return image.resting_on(path for path in map(Path, dataset.files) if path.is_file())
