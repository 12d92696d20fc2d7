"""Leica's LIF, by liffile: every image, its channels, wavelengths, planes and times."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import liffile
import numpy as np

from pixture.arrays import Array, Mask
from pixture.imaging.image import Image
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.microscopy.scene import Scene, contents_of, image_of, images_alone
from pixture.imaging.readers.subimage import Content, Subimage

_LETTERS = {"T": "t", "Z": "z", "Y": "y", "X": "x", "C": "c", "S": "c", "λ": "w", "Λ": "w"}
"""Ours for liffile's; others, such as tiles of a mosaic, M, become images."""


def decode(path: Path, which: Subimage) -> Image:
    """Return an image of the file; what cannot be decoded raises what the decoder does."""
    with liffile.LifFile(path) as file:
        return image_of(path, "Leica LIF", _scenes(path, file), which)


def contents(path: Path) -> tuple[Content, ...]:
    """Return the images that the file holds."""
    with liffile.LifFile(path) as file:
        return contents_of(_scenes(path, file))


def _scenes(path: Path, file: Any) -> tuple[Scene, ...]:
    return images_alone(path, (_scene(path, image) for image in file.images))


def _scene(path: Path, image: Any) -> Scene:
    letters = [_LETTERS.get(axis, axis) for axis in image.sizes]
    if letters.count("c") > 1:  # colours of a channel
        letters = ["S" if axis == "S" else letter for axis, letter in zip(image.sizes, letters, strict=True)]
    axes = "".join(letters)
    sizes = dict[str, float]()
    for axis, letter in zip(image.sizes, letters, strict=True):
        along = image.coords.get(axis)
        if letter in "tzyx" and along is not None and len(along) > 1 and along[1] != along[0]:
            step = abs(float(along[-1] - along[0])) / (len(along) - 1)
            sizes[letter] = float(f"{step if letter == 't' else 1e6 * step:.6g}")  # metres

    def read(picks: Mapping[str, int], level: int) -> tuple[Array, Mask | None]:
        block = image.memory_block
        if block.offset + block.size > path.stat().st_size or block.size < image.nbytes:
            raise DamagedError(f"the pixels of {image.name!r} are not all in it")
        whole = np.asarray(image.asarray())
        return whole[tuple(picks.get(letter, slice(None)) for letter in axes)], None

    return Scene(
        str(image.path),
        axes,
        tuple(int(length) for length in image.sizes.values()),
        np.dtype(image.dtype),
        read,
        sizes,
        channels=_names(image),
    )


def _names(image: Any) -> tuple[str, ...]:
    """Return the names of channels: wavelengths where these are the channels, else what they are shown in."""
    waves = next((image.coords[axis] for axis in ("λ", "Λ") if axis in image.coords), None)
    if waves is not None and image.sizes.get("C", 1) == 1:
        return tuple(f"{1e9 * float(wave):.4g} nm" for wave in waves)
    found = [element.get("LUTName", "") for element in image.xml_element.iter("ChannelDescription")]
    return tuple(found) if all(found) and len(set(found)) == len(found) else ()
