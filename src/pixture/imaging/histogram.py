"""Image -> weighted sample of its distinct values, and the way back.

The bridge to the statistics: EM on the distinct values, weighted by their counts, gives the same
estimate as EM on every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.imaging import kernels
from pixture.imaging.image import Image
from pixture.mixture.sample import WeightedSample
from pixture.parallel import map_slabs

TABLE_BITS = 24
"""Codes of up to this many bits are counted in a table; wider ones in a hash table."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """The distinct values of an image with their counts, and where each is.

    Attributes
    ----------
    sample
        A row a distinct value, in ascending order of the channels (the first counts most); a row a pixel
        where values do not repeat.
    rows
        (pixels,), uint32: the row of each pixel; `sample.size` for masked ones.
    shape
        Spatial shape of the image.
    counted
        Whether the rows are distinct values with their counts; else they are the pixels themselves.

    Examples
    --------
    >>> from pixture.imaging.image import image_from_array
    >>> found = histogram(image_from_array(np.array([[7, 7], [9, 7]], np.uint8)))
    >>> found.sample.values.ravel(), found.sample.weights
    (array([7., 9.]), array([3., 1.]))
    >>> found.spread(np.array([10, 20]), fill=0)
    array([[10, 10],
           [20, 10]])
    """

    sample: WeightedSample
    rows: Integers
    shape: tuple[int, ...]
    counted: bool = False

    def spread(self, of_row: Array, fill: float, *, threads: int | None = None) -> Array:
        """Return the image whose pixels hold what `of_row` says of their row; masked ones hold `fill`."""
        table = np.append(of_row, np.array([fill], dtype=of_row.dtype))
        out = np.empty(self.rows.size, dtype=of_row.dtype)

        def work(start: int, stop: int) -> None:
            kernels.look_up(self.rows, table, start, stop, out)

        map_slabs(work, self.rows.size, threads=threads)
        return out.reshape(self.shape)


def histogram(image: Image, *, threads: int | None = None) -> Histogram:
    """Return the weighted sample of an image's distinct values.

    Integer images whose channels pack into 63 bits are counted; floats, wider ones, and those whose
    values hardly repeat, give a row a pixel of weight 1.

    Parameters
    ----------
    image
        Masked pixels are left out.
    threads
        None takes every processor available.
    """
    pixels = image.rows
    mask: Mask = np.empty(0, dtype=bool) if image.mask is None else image.mask.ravel()
    if pixels.dtype.kind == "f":
        return _every_pixel(pixels, mask, image.shape, resolution=0.0)
    low, high = _range(pixels)
    bits = [int(h - b).bit_length() for b, h in zip(low, high, strict=True)]
    if sum(bits) > 63:
        return _every_pixel(pixels, mask, image.shape, resolution=1.0)
    base = np.array(low, dtype=np.int64)
    # the first channel in the highest bits, so that ascending codes are ascending values
    shift = np.array([sum(bits[c + 1 :]) for c in range(len(bits))], dtype=np.int64)
    if sum(bits) <= TABLE_BITS:
        codes, counts, rows = _by_table(pixels, mask, base, shift, sum(bits), threads)
    else:
        counted = _by_hash(pixels, mask, base, shift)
        if counted is None:
            return _every_pixel(pixels, mask, image.shape, resolution=1.0)
        codes, counts, rows = counted
    widths = np.array([(1 << b) - 1 for b in bits], dtype=np.int64)
    values = ((codes[:, None] >> shift) & widths) + base
    return Histogram(WeightedSample(values, counts, resolution=1.0), rows, image.shape, counted=True)


def _range(pixels: Integers) -> tuple[list[int], list[int]]:
    if pixels.dtype.itemsize == 1:  # its whole range fits a table anyway
        limits = np.iinfo(pixels.dtype)
        return [int(limits.min)] * pixels.shape[1], [int(limits.max)] * pixels.shape[1]
    return [int(v) for v in pixels.min(axis=0)], [int(v) for v in pixels.max(axis=0)]


def _by_table(
    pixels: Integers, mask: Mask, low: Integers, shift: Integers, bits: int, threads: int | None
) -> tuple[Integers, Integers, Integers]:
    table = np.zeros(1 << bits, dtype=np.uint32)
    kernels.count(pixels, mask, low, shift, table)
    codes = np.flatnonzero(table)
    counts = table[codes]
    table[codes] = np.arange(codes.size, dtype=np.uint32)  # from here on: the row of each code
    rows = np.empty(len(pixels), dtype=np.uint32)

    def work(start: int, stop: int) -> None:
        kernels.find(pixels, mask, low, shift, table, codes.size, start, stop, rows)

    map_slabs(work, len(pixels), threads=threads)
    return codes, counts, rows


def _by_hash(
    pixels: Integers, mask: Mask, low: Integers, shift: Integers
) -> tuple[Integers, Integers, Integers] | None:
    most = len(pixels) // 4 + 65_536  # beyond this, counting saves less than it costs
    slots = np.full(1 << (2 * most - 1).bit_length(), kernels.EMPTY, dtype=np.int64)
    codes, counts = np.empty(most, dtype=np.int64), np.zeros(most, dtype=np.uint32)
    rows = np.empty(len(pixels), dtype=np.uint32)
    missing = np.iinfo(np.uint32).max
    found = kernels.count_hashed(
        pixels, mask, low, shift, slots, np.empty(slots.shape, np.uint32), codes, counts, missing, rows
    )
    if found < 0:
        return None
    order = np.argsort(codes[:found])
    # from the order of appearance to ascending order; masked pixels, one past the last row
    rank = np.empty(found + 1, dtype=np.uint32)
    rank[order] = np.arange(found, dtype=np.uint32)
    rank[found] = found
    np.minimum(rows, found, out=rows)
    np.take(rank, rows, out=rows)
    return codes[order], counts[order], rows


def _every_pixel(pixels: Array, mask: Mask, shape: tuple[int, ...], resolution: float) -> Histogram:
    if mask.size == 0:
        return Histogram(
            WeightedSample(pixels, resolution=resolution), np.arange(len(pixels), dtype=np.uint32), shape
        )
    sample = WeightedSample(pixels[mask], resolution=resolution)
    rows = np.full(len(pixels), sample.size, dtype=np.uint32)
    rows[mask] = np.arange(sample.size, dtype=np.uint32)
    return Histogram(sample, rows, shape)
