"""rasterio's open datasets -> images: bands, what is missing in them, where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pixture.errors import ImageError
from pixture.imaging.geo.placing import georeference_of, located
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.physical_space.coordinates import distinct

_ALPHA = 6
"""GDAL's number of a band that is opacity (GCI_AlphaBand)."""


def image_from_rasterio(dataset: Any) -> Image:
    """Return the image that an open dataset holds, in its place: all of its bands, scaled as it states.

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
    where = georeference_of(dataset)
    found = None if where is None else located(where, (dataset.height, dataset.width))
    named = distinct(dataset.descriptions[band - 1] or "" for band in bands)
    image = image_from_array(
        pixels[0] if len(bands) == 1 else pixels,
        axes="yx" if len(bands) == 1 else "cyx",
        spacing=None if found is None else found.spacing,
        unit=None if found is None else found.unit,
        mask=None if (masks != 0).all() else (masks != 0).all(axis=0),
        channel_names=named,
        place=None if found is None else found.place,
    )
    return image.resting_on(path for path in map(Path, dataset.files) if path.is_file())
