"""Nikon's ND2, by nd2: positions, times, planes and channels, of which only what is asked for is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nd2
import numpy as np

from pixture.arrays import Array, Mask
from pixture.imaging.image import Image
from pixture.imaging.readers.microscopy.scene import Scene, contents_of, image_of, images_alone
from pixture.imaging.readers.subimage import Content, Subimage

_LETTERS = {"T": "t", "Z": "z", "C": "c", "S": "c", "Y": "y", "X": "x"}
"""Ours for nd2's; others, such as positions of the stage, P, become images."""


def decode(path: Path, which: Subimage) -> Image:
    """Return an image of the file; what cannot be decoded raises what the decoder does."""
    with nd2.ND2File(path) as file:
        return image_of(path, "Nikon ND2", images_alone(path, [_scene(file)]), which)


def contents(path: Path) -> tuple[Content, ...]:
    """Return the images that the file holds."""
    with nd2.ND2File(path) as file:
        return contents_of(images_alone(path, [_scene(file)]))


def _scene(file: Any) -> Scene:
    letters = [_LETTERS.get(axis, axis) for axis in file.sizes]
    if letters.count("c") > 1:  # colours of a channel
        letters = ["S" if axis == "S" else letter for axis, letter in zip(file.sizes, letters, strict=True)]
    axes = "".join(letters)

    def read(picks: Mapping[str, int], level: int) -> tuple[Array, Mask | None]:
        at = tuple(picks.get(letter, slice(None)) for letter in axes)
        return np.asarray(file.to_dask()[at].compute()), None

    voxel = file.voxel_size()
    sizes = {axis: float(getattr(voxel, axis)) for axis in "xyz" if getattr(voxel, axis) > 0}
    apart = next((loop.parameters.periodMs for loop in file.experiment if loop.type == "TimeLoop"), 0)
    if apart and apart > 0:
        sizes["t"] = apart / 1000
    return Scene(
        "", axes, tuple(file.sizes.values()), np.dtype(file.dtype), read, sizes, channels=_names(file)
    )


def _names(file: Any) -> tuple[str, ...]:
    channels = getattr(file.metadata, "channels", None) or []
    names = tuple(str(one.channel.name or "") for one in channels)
    return names if all(names) else ()
