"""Large images made of photographs: `python -m benchmarks.large_files FOLDER KIND SIDE` writes one.

Patches of photographs, turned, flipped, brighter and darker, lie beside each other, so that distinct values,
compression and edges are those of photographs. The same side gives the same pixels.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.data import photographs
from pixture.arrays import Array

PATCH = 1024
"""Sides of a patch."""

TILE = 512
"""Sides of a tile of TIFF; chunks of Zarr are two by two of them."""

KINDS = ("uint8x3.tif", "uint8x3.zarr", "uint16x4.zarr", "float32x3.zarr", "uint8x3.npy")
"""Dtype, channels, format."""


def bands(side: int) -> Iterator[Array]:
    """Yield (PATCH, side, 3) uint8 rows of patches, from the top to the bottom."""
    there, _ = photographs()
    pictures = [one.image.pixels for one in there if min(one.image.shape) >= PATCH]
    generator = np.random.default_rng(side)
    for _ in range(side // PATCH):
        yield np.concatenate([_patch(pictures, generator) for _ in range(side // PATCH)], axis=1)


def _patch(pictures: list[Array], generator: np.random.Generator) -> Array:
    picture = pictures[generator.integers(len(pictures))]
    top, left = (int(generator.integers(length - PATCH + 1)) for length in picture.shape[:2])
    patch = picture[top : top + PATCH, left : left + PATCH]
    turned = np.rot90(patch, int(generator.integers(4)))
    if generator.random() < 0.5:
        turned = turned[::-1]
    gain, gamma = generator.uniform(0.8, 1.1), generator.uniform(0.85, 1.15)
    curve = (255 * (np.arange(256) / 255) ** gamma * gain).clip(0, 255).astype(np.uint8)
    return curve[turned]


def as_kind(band: Array, kind: str, generator: np.random.Generator) -> Array:
    """Return a band in another dtype and with as many channels: finer than 8 bits by noise of one step."""
    if kind.startswith("uint8x3"):
        return band
    fine = band.astype(np.float32) + generator.random(band.shape, dtype=np.float32)
    if kind.startswith("float32x3"):
        return fine / 256
    infrared = fine[..., 1:2] * 0.7 + 60 * generator.random((*band.shape[:2], 1), dtype=np.float32)
    values: Array = (np.concatenate([fine, infrared], axis=2) * 16).astype(np.uint16)
    return values


def write(folder: Path, kind: str, side: int) -> Path:
    """Write an image of side x side pixels; return its path. One that is there is left as it is."""
    path = folder / f"{side}.{kind}"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(1)
    found = (as_kind(band, kind, generator) for band in bands(side))
    part = path.with_name(f"part.{path.name}")
    {"tif": _tiff, "zarr": _zarr, "npy": _npy}[kind.rpartition(".")[2]](part, found, side)
    part.rename(path)
    return path


def _tiff(path: Path, found: Iterator[Array], side: int) -> None:
    import tifffile

    def tiles() -> Iterator[Array]:
        for band in found:
            for top in range(0, len(band), TILE):
                for left in range(0, side, TILE):
                    yield np.ascontiguousarray(band[top : top + TILE, left : left + TILE])

    tifffile.imwrite(
        path,
        tiles(),
        bigtiff=True,
        shape=(side, side, 3),
        dtype=np.uint8,
        photometric="rgb",
        tile=(TILE, TILE),
        compression="zlib",
        compressionargs={"level": 6},
        predictor=True,
    )


def _zarr(path: Path, found: Iterator[Array], side: int) -> None:
    import zarr

    first = next(found)
    store = zarr.create_array(
        path,
        shape=(side, side, first.shape[2]),
        chunks=(2 * TILE, 2 * TILE, first.shape[2]),
        dtype=first.dtype,
    )
    store[: len(first)] = first
    for number, band in enumerate(found, 1):
        store[number * PATCH : number * PATCH + len(band)] = band


def _npy(path: Path, found: Iterator[Array], side: int) -> None:
    first = next(found)
    array = np.lib.format.open_memmap(path, "w+", first.dtype, (side, side, first.shape[2]))
    array[: len(first)] = first
    for number, band in enumerate(found, 1):
        array[number * PATCH : number * PATCH + len(band)] = band
    array.flush()


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
