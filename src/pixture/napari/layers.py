"""Layers of napari -> images, and segmentations -> what a layer of labels holds. Needs no napari."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.display.label_colours import label_colours
from pixture.imaging.grey_as_colour import as_grey
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.mixture.model.posterior import label_type
from pixture.segmentation.segmentation import Segmentation

OPACITY_TOO = 4
"""Channels of a layer of colour of which the last is opacity."""

_NO_UNITS = frozenset({"pixel", "dimensionless", ""})


class ImageLayer(Protocol):
    """What is asked of a layer of napari; its axes without that of red, green and blue."""

    name: str
    data: Any
    rgb: bool
    multiscale: bool
    scale: Any
    units: Any


def image_of_layer(layer: ImageLayer, axes: str) -> Image:
    """Return the pixels of a layer as an image, with the size of a pixel and its unit.

    Of several scales it is the finest. Grey that is stored as colour becomes grey; what is transparent
    takes no part.

    Parameters
    ----------
    layer
        An `Image` layer.
    axes
        A letter an axis, as `arrangements` has them.

    Raises
    ------
    ImageError
        The pixels cannot be segmented.
    """
    array = np.asarray(layer.data[0] if layer.multiscale else layer.data)
    spatial = [place for place, letter in enumerate(axes) if letter != "c"]
    units = {str(layer.units[place]) for place in spatial if axes[place] != "t"}
    unit = units.pop() if len(units) == 1 else ""
    image = image_from_array(
        array,
        axes=f"{axes}c" if layer.rgb else axes,
        spacing=[abs(float(layer.scale[place])) for place in spatial],
        unit=None if unit in _NO_UNITS else unit,
        alpha=bool(layer.rgb) and array.shape[-1] == OPACITY_TOO,
    )
    return as_grey(image)


def layer_labels(segmentation: Segmentation, axes: str, channels: int = 1) -> Integers:
    """Return labels as napari numbers them: 1 … K, and 0, which it does not draw, where pixels are masked.

    They have the axes of the layer, so that its place is theirs: along channels they are repeated.

    >>> import pixture
    >>> found = pixture.segment(np.array([[10, 12, 200, 204]], np.uint8), 2, smooth="off")
    >>> layer_labels(found, "yx")
    array([[1, 1, 2, 2]], dtype=uint8)
    """
    labels, masked = segmentation.labels, segmentation.masked_label
    numbers = labels.astype(label_type(segmentation.mixture.components + 1))
    numbers += 1
    if masked is not None:
        numbers[labels == masked] = 0
    if "c" not in axes:
        return numbers
    place = axes.index("c")
    return np.repeat(np.expand_dims(numbers, place), channels, axis=place)


def colours_by_number(count: int) -> dict[int | None, Floats]:
    """Return the colour, red, green, blue and opacity from 0 to 1, of numbers 1 … count; of all else none.

    >>> colours_by_number(1)[1].round(2)
    array([0.  , 0.45, 0.7 , 1.  ])
    """
    opaque = np.hstack([label_colours(count) / 255, np.ones((count, 1))])
    nothing = np.zeros(4)
    return {None: nothing, 0: nothing, **dict(enumerate(opaque, 1))}


def class_columns(segmentation: Segmentation) -> dict[str, list[Any]]:
    """Return what napari says of the class under the pointer: its label, its share, its pixels' mean."""
    classes = segmentation.classes
    return {
        "index": [0, *(one.label + 1 for one in classes)],
        "class": ["masked", *(str(one.label) for one in classes)],
        "share": ["", *(f"{one.share:.1%}" for one in classes)],
        "mean": ["", *(", ".join(f"{value:.4g}" for value in one.mean) for one in classes)],
    }


def channels_of(layer: ImageLayer, axes: str) -> int:
    """Return how many channels a layer has along its axis of channels; 1 where it has none."""
    finest: Array = layer.data[0] if layer.multiscale else layer.data
    return int(finest.shape[axes.index("c")]) if "c" in axes else 1
