"""What the samples of a TIFF mean: grey, colours, palettes, inks, opacity."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.errors import ReadError

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCBCR = 0, 1, 2, 3, 4, 5, 6
_SAMPLES = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, MASK: 1, CMYK: 4, YCBCR: 3}
_PREMULTIPLIED, _OPACITY = 1, 2
_INK_SET = 332


@dataclass(frozen=True)
class Seen:
    """(rows, columns[, channels]) as a person sees it, and whether the last channel is opacity.

    `stored` are the samples that `pixels` were made of, where they were made and not taken: a value that
    stands for missing data is one of those.
    """

    pixels: Array
    alpha: bool
    stored: Array | None


def refuse_photometric(path: Path, page: Any) -> None:
    """Refuse a photometric interpretation that is not known here, or has too few samples."""
    photometric = int(page.photometric)
    if photometric not in _SAMPLES:
        raise ReadError(
            f"{path}: a TIFF whose pixels are {getattr(page.photometric, 'name', photometric)} is not read. "
            "Convert it to grey or RGB."
        )
    if page.samplesperpixel < _SAMPLES[photometric]:
        raise ReadError(
            f"{path}: the file is damaged: it says that its pixels are {page.photometric.name}, "
            f"of {_SAMPLES[photometric]} samples, and that they have {page.samplesperpixel}. Export it again."
        )


def as_seen(path: Path, samples: Array, page: Any) -> Seen:
    """Return grey, RGB or plain channels, and opacity last, of (rows, columns, samples)."""
    photometric, base = int(page.photometric), _SAMPLES[int(page.photometric)]
    extra = [int(kind) for kind in page.extrasamples][: samples.shape[-1] - base]
    # opacity is where the file says so; what else there is are channels of their own
    at = next((base + i for i, kind in enumerate(extra) if kind in (_PREMULTIPLIED, _OPACITY)), None)
    opacity, stored = None, samples
    if at is not None:
        opacity, stored = samples[..., at], np.delete(samples, at, axis=-1)
    pixels = stored
    if at is not None and opacity is not None and extra[at - base] == _PREMULTIPLIED:
        pixels = _divided(path, pixels, opacity)
    pixels = _turned(path, pixels, page, photometric)
    made = pixels is not stored
    if opacity is not None:
        pixels = np.concatenate([pixels, _in_kind(opacity, pixels)[..., None]], axis=-1)
    elif pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    return Seen(pixels, opacity is not None, stored if made else None)


def _turned(path: Path, pixels: Array, page: Any, photometric: int) -> Array:
    bits, kind = page.bitspersample, pixels.dtype.kind
    if photometric == PALETTE:
        return _coloured(path, pixels, page.colormap)
    if photometric == WHITE_IS_ZERO and kind == "b":
        pixels = ~pixels
    elif photometric == WHITE_IS_ZERO and kind == "u" and isinstance(bits, int):
        pixels = pixels.dtype.type((1 << bits) - 1) - pixels
    elif (
        photometric == CMYK and pixels.shape[-1] == 4 and kind == "u" and page.tags.valueof(_INK_SET, 1) == 1
    ):
        largest = np.iinfo(pixels.dtype).max
        light = largest - pixels.astype(np.uint64)
        pixels = ((light[..., :3] * light[..., 3:] + largest // 2) // largest).astype(pixels.dtype)
    if bits == 1:
        return pixels.astype(np.uint8) * 255  # black and white, as from every other format
    return pixels


def _in_kind(opacity: Array, pixels: Array) -> Array:
    """Return opacity so that it stays zero where it is, beside pixels of another dtype."""
    return opacity if opacity.dtype == pixels.dtype else (opacity > 0).astype(pixels.dtype)


def _divided(path: Path, pixels: Array, opacity: Array) -> Array:
    """Undo the multiplication by opacity."""
    if pixels.dtype.kind == "b":
        return pixels
    if pixels.dtype.kind == "i" or pixels.dtype == np.uint64:
        raise ReadError(
            f"{path}: a TIFF whose {pixels.dtype} pixels are multiplied by their opacity is not read. Save "
            "it with opacity that is not associated."
        )
    if pixels.dtype.kind == "f":
        return np.divide(pixels, opacity[..., None], out=np.zeros_like(pixels), where=opacity[..., None] > 0)
    largest = np.iinfo(pixels.dtype).max
    by = np.maximum(opacity, 1).astype(np.uint64)[..., None]
    divided: Array = np.minimum((pixels.astype(np.uint64) * largest + by // 2) // by, largest)
    return divided.astype(pixels.dtype)


def _coloured(path: Path, pixels: Array, palette: Any) -> Array:
    """Look colours up; a palette whose 16-bit entries are 8-bit ones spread out becomes 8 bits.

    What stands beside the index stays out: it has no place among three colours.
    """
    if palette is None or np.ndim(palette) != 2 or len(palette) != 3:
        raise ReadError(
            f"{path}: the file is damaged: its pixels are of a palette that it lacks. Export it again."
        )
    indices = pixels[..., 0].astype(np.uint8) if pixels.dtype.kind == "b" else pixels[..., 0]
    if pixels.shape[-1] > 1 or indices.dtype.kind != "u":
        raise ReadError(
            f"{path}: a TIFF whose pixels are {pixels.dtype} of a palette, with {pixels.shape[-1] - 1} "
            "channels beside it, is not read. Convert it to RGB."
        )
    colours = np.asarray(palette, dtype=np.uint16).T
    if int(indices.max()) >= len(colours):
        raise ReadError(
            f"{path}: the file is damaged: pixels have the colour number {int(indices.max()):,}, but its "
            f"palette has {len(colours):,} colours. Export it again."
        )
    if not (colours % 257).any():
        colours = (colours // 257).astype(np.uint8)
    elif not (colours % 256).any():
        colours = (colours // 256).astype(np.uint8)
    looked_up: Array = colours[indices]
    return looked_up
