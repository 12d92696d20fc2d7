"""What the benchmarks run on: photographs, and rows that never repeat."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

import pixture
from benchmarks.machine import installed
from pixture.arrays import Array, Reals
from pixture.demo import photograph
from pixture.mixture.model.mixture import Mixture

LARGE = ("Elephants", "Kleiber", "rhythm")
"""Photographs of 9 to 20 megapixels that the folder of test images may hold."""


@dataclass(frozen=True)
class Photograph:
    """A colour photograph of 8 bits."""

    name: str
    path: Path | None = None
    """Of the file; None if it is not one (retina comes out of scikit-image)."""

    @cached_property
    def image(self) -> pixture.Image:
        """The image, decoded."""
        if self.path is not None:
            return pixture.read(self.path)
        from skimage import data

        return pixture.image_from_array(data.retina())

    @property
    def is_large(self) -> bool:
        """Whether it is one of the large ones."""
        return self.name in LARGE

    @property
    def pixels(self) -> Array:
        """(n, 3) uint8."""
        return self.image.rows

    def start(self, components: int) -> Mixture:
        """Return a k-means++ start, the same in every run."""
        return _start(self, components)


@lru_cache(maxsize=64)
def _start(photograph: Photograph, components: int) -> Mixture:
    first: list[Mixture] = []

    def keep(step: pixture.Step) -> bool:
        first.append(step.mixture)
        return True

    pixture.segment(photograph.image, components, accelerate=False, on_step=keep)
    return first[0]


def photographs() -> tuple[list[Photograph], list[str]]:
    """Return the photographs there are, small ones first, and a sentence on each that is absent."""
    there, absent = [Photograph("china", photograph("china"))], []
    if installed("scikit-image"):
        there.append(Photograph("retina"))
    else:
        absent.append("retina is absent: it comes with scikit-image (`pip install -e '.[bench]'`).")
    folder = folder_of_images()
    for name in LARGE:
        found = sorted(folder.glob(f"large_photos/{name}*.jpg"))
        if found:
            there.append(Photograph(name, found[0]))
        else:
            absent.append(f"{name} is absent: it is not in large_photos/ of what PIXTURE_TEST_DATA names.")
    return there, absent


def folder_of_images() -> Path:
    """Return where the images are that are too large to commit."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("PIXTURE_TEST_DATA", beside)).resolve()


def sixteen_bits(pixels: Array) -> Array:
    """Return 8-bit values stretched to 16 bits: as many distinct ones in twice the memory."""
    return pixels * np.uint16(257)


def uniform_rows(size: int, dimension: int = 3) -> Reals:
    """Return (size, dimension) float32 between 0 and 1, that never repeat for our purpose."""
    return np.random.default_rng(1).random((size, dimension), dtype=np.float32)


def plain_mixture(components: int, dimension: int = 3) -> Mixture:
    """Return Gaussians spread along the diagonal of the unit cube, correlated a little."""
    means = np.repeat((np.arange(components)[:, None] + 0.5) / components, dimension, axis=1)
    covariance = 0.08 * (0.9 * np.eye(dimension) + 0.1)
    return Mixture(np.full(components, 1 / components), means, np.stack([covariance] * components))
