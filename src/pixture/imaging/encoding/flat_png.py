"""PNG of pictures of few values, such as labels: several times as fast as filtering them first."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import cast

import imagecodecs
import numpy as np

from pixture.arrays import Integers
from pixture.imaging.encoding.png_chunks import SIGNATURE, chunk

LEVEL = 1
"""libdeflate's effort: labels become no smaller by more, and take longer."""

GREY, PALETTE = 0, 3
"""PNG's colour types."""


def labels_png(labels: Integers) -> bytes:
    """Return a PNG file of uint8 or uint16 labels, (rows, columns), as numbers: grey, no palette.

    >>> labels_png(np.zeros((2, 3), np.uint8))[1:4]
    b'PNG'
    """
    depth = 8 * labels.dtype.itemsize
    rows = labels.astype(f">u{labels.dtype.itemsize}", copy=False).view(np.uint8)
    return _file(labels.shape, depth, GREY, rows)


def palette_png(labels: Integers, colours: Integers, *, transparent: bool = False) -> bytes:
    """Return a PNG file in which each pixel has its label's colour.

    Whoever reads it sees red, green and blue (and opacity): a palette is but how they are stored.

    Parameters
    ----------
    labels
        (rows, columns), less than 256.
    colours
        (n, 3) uint8, n at most 256; labels from n on have the last.
    transparent
        Whether the last colour is.
    """
    last = len(colours) - 1
    bits = next(bits for bits in (1, 2, 4, 8) if last < 1 << bits)
    indices: Integers = np.minimum(labels, last).astype(np.uint8, copy=False)
    each = 8 // bits
    if each > 1:
        indices = np.pad(indices, ((0, 0), (0, -labels.shape[1] % each)))
        packed: Integers = indices[:, ::each]
        for i in range(1, each):
            packed = (packed << bits) | indices[:, i::each]
        indices = packed
    palette = [*chunk(b"PLTE", colours.astype(np.uint8).tobytes())]
    if transparent:
        palette += chunk(b"tRNS", b"\xff" * last + b"\x00")
    return _file(labels.shape, bits, PALETTE, indices, palette)


def _file(
    shape: tuple[int, ...], depth: int, colour_type: int, rows: Integers, palette: Iterable[bytes] = ()
) -> bytes:
    """Return the file: each row is stored as it is, after a zero that says so."""
    stored = np.zeros((rows.shape[0], rows.shape[1] + 1), dtype=np.uint8)
    stored[:, 1:] = rows
    compressed = cast(bytes, imagecodecs.deflate_encode(stored.tobytes(), level=LEVEL, raw=False))
    header = struct.pack(">IIBBBBB", shape[1], shape[0], depth, colour_type, 0, 0, 0)
    most = 1 << 30  # bytes of a chunk; it holds less than 2 GiB
    parts = [compressed[at : at + most] for at in range(0, len(compressed), most)]
    pixels = [piece for part in parts for piece in chunk(b"IDAT", part)]
    return b"".join([SIGNATURE, *chunk(b"IHDR", header), *palette, *pixels, *chunk(b"IEND", b"")])
