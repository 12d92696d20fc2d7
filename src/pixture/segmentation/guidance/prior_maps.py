"""Probability maps of classes: how frequent each is at each pixel, before its value is seen."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.errors import ChoiceError, ImageError, PriorNormalisedWarning, warn
from pixture.files.input_files import Inputs
from pixture.imaging.image import Image
from pixture.segmentation.sources.image_source import as_image
from pixture.wording import plural, shown

NEARLY_ONE = 0.02
"""What a pixel's probabilities may sum to more or less than 1: maps are kept in few bits."""

LEAST = 1e-6
"""The least probability: where a map says 0, a value may still say otherwise."""


def opened_maps(given: Any) -> list[Any]:
    """Return the maps one by one, of paths those that are read.

    >>> len(opened_maps(np.ones((3, 4, 5))))
    3
    """
    if isinstance(given, str | os.PathLike):
        return [as_image(Path(part.strip())) for part in str(given).split(",")]
    if not isinstance(given, Iterable) or isinstance(given, Image):
        raise ChoiceError(f"prior must be several maps, one for each component; got {shown(given)}.")
    return [as_image(one) if isinstance(one, str | os.PathLike) else one for one in given]


def with_opened_maps(given: Any) -> tuple[Any, Inputs]:
    """Return maps whose files are read, once for all images, and these files."""
    if given is None:
        return None, Inputs()
    maps, inputs = opened_maps(given), Inputs()
    for one in maps:
        if isinstance(one, Image):
            inputs |= one.inputs
    return maps, inputs


def prior_maps(given: Any, image: Image, components: int) -> Array:
    """Return the probability of each component at each pixel, (K, *shape) float32; they sum to 1.

    Where no map says anything, all components are equally probable.

    Parameters
    ----------
    given
        A map for each component: paths, arrays or `Image` objects of the image's shape. Integers are shares
        of the largest value of their type.
    image
        The image.
    components
        How many there are.

    Raises
    ------
    ReadError, ImageError, ChoiceError
        A map cannot be read, is of another shape, or is no map of probabilities; or there are not as many.

    Warns
    -----
    PriorNormalisedWarning
        The probabilities of some pixels did not sum to 1, and were divided by their sum.
    """
    maps = opened_maps(given)
    if len(maps) != components:
        raise ChoiceError(
            f"Each component has a prior map; got {plural(len(maps), 'map')} for components={components}. "
            "Give as many, one of them for all that is none of the others."
        )
    found = np.stack([_values(one, number, image) for number, one in enumerate(maps)])
    total = found.sum(axis=0)
    seen = total if image.mask is None else total[image.mask]
    off = float(np.mean(np.abs(seen - 1) > NEARLY_ONE))
    if off:
        warn(
            f"The prior maps of {100 * off:.3g} % of the pixels do not sum to 1 (from {seen.min():.3g} to "
            f"{seen.max():.3g}); there they are divided by their sum.",
            PriorNormalisedWarning,
        )
    nothing = total <= 0
    found[:, nothing] = 1 / components
    total[nothing] = 1
    found /= total
    return found


def _values(given: Any, number: int, image: Image) -> Array:
    """Return one map as probabilities, float32."""
    values = given.pixels if isinstance(given, Image) else np.asarray(given)
    if values.shape == (*image.shape, 1):
        values = values[..., 0]
    if values.shape != image.shape:
        raise ImageError(
            f"Prior map {number} has the shape {values.shape}, the image {image.shape}; they must agree."
        )
    if values.dtype.kind not in "uifb":
        raise ImageError(f"A prior map holds probabilities; map {number} holds {values.dtype}.")
    if values.dtype.kind in "ui":
        values = values / np.iinfo(values.dtype).max
    found = np.array(values, np.float32)
    found[~np.isfinite(found)] = 0
    if found.min() < 0 or found.max() > 1 + NEARLY_ONE:
        raise ImageError(
            f"Probabilities are from 0 to 1; prior map {number} goes from {found.min():g} to "
            f"{found.max():g}. Divide it by its largest value."
        )
    return found
