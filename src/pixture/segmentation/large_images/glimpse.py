"""Evenly spaced pixels of an image larger than memory, to look at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.scale.sources.source import Source

GLIMPSE = 2**21
"""Pixels of the glimpse of an image, at most."""

GLIMPSE_PLANES = 12
"""Planes, and times, of the glimpse of a stack, at most."""


@dataclass(frozen=True, eq=False)
class Glimpse:
    """Evenly spaced pixels of a piece, to look at.

    Attributes
    ----------
    at
        Where they go in the glimpse of the whole.
    pixels
        Their values.
    mask
        Which of them take part.
    planes
        (K, n) uint16, as in `OfPixels`.
    labels
        (n,) their labels.
    """

    at: tuple[slice, ...]
    pixels: Array
    mask: Array
    planes: Array
    labels: Integers


def glimpse_of(parts: tuple[Glimpse, ...], source: Source, strides: tuple[int, ...]) -> dict[str, Any]:
    """Return the pixels, the mask, the planes and the labels of a whole's glimpse, put together."""
    description = source.description
    shape = tuple(-(-length // stride) for length, stride in zip(description.shape, strides, strict=True))
    first = parts[0]
    pixels = np.zeros((*shape, *first.pixels.shape[len(shape) :]), first.pixels.dtype)
    mask, labels = np.zeros(shape, bool), np.zeros(shape, first.labels.dtype)
    planes = np.zeros((len(first.planes), *shape), np.uint16)
    for part in parts:
        pixels[part.at], mask[part.at], labels[part.at] = part.pixels, part.mask, part.labels
        if part.planes.size:
            planes[(slice(None), *part.at)] = part.planes
    return {"pixels": pixels, "mask": mask, "planes": planes, "labels": labels}


def glimpse_image(source: Source, parts: Mapping[str, Floats], strides: tuple[int, ...]) -> Image:
    """Return the image that a glimpse is; `parts` as `glimpse_of` has them."""
    description = source.description
    spacing = description.spacing or (1.0,) * len(strides)
    some = source.read(Window((0,) * len(strides), (1,) * len(strides)))
    mask = parts["mask"]
    return Image(
        parts["pixels"],
        description.axes,
        tuple(size * stride for size, stride in zip(spacing, strides, strict=True)),
        None if mask.all() else mask.astype(bool),
        description.origin,
        stored_channels=some.stored_channels,
        unit=description.unit,
        channel_names=description.channel_names,
    )


def strides_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return along each axis one in how many pixels a glimpse of an image of this shape has.

    >>> strides_of((32768, 32768)), strides_of((500, 4096, 4096))
    ((23, 23), (42, 10, 10))
    """
    before = tuple(-(-length // GLIMPSE_PLANES) for length in shape[:-2])
    planes = math.prod(-(-length // stride) for length, stride in zip(shape, before, strict=False))
    plane = max(1, math.ceil(math.sqrt(planes * math.prod(shape[-2:]) / GLIMPSE)))
    return (*before, plane, plane)
