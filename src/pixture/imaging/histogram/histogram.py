"""Image -> weighted sample of its distinct values, and the way back.

The bridge to the statistics: EM on the distinct values, weighted by their counts, gives the same
estimate as EM on every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.imaging.histogram.channel_packing import PACKED_BITS, Interleaved, Packed, coding_of
from pixture.imaging.histogram.lookup import ByCode, ByPixel, ByRow, Lookup
from pixture.imaging.image import Image
from pixture.imaging.kernels import counting
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import available_threads, map_slabs
from pixture.wording import plural

MOST_TABLES = 8
"""Tables, one a thread, that count side by side: 16 MB each."""

MOST_COUNTED = 2**22
"""Distinct values, and 65,536 more, that are counted at most, however large the image is."""

MOST_LEVELS = 65_536
"""Distinct values of a channel of floats beyond which they are taken to be continuous."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """The distinct values of an image with their counts, and where each is.

    Attributes
    ----------
    sample
        A row a distinct value, in the order of the values' codes (`channel_packing`; of one channel,
        ascending); a row a pixel where values do not repeat.
    lookup
        Which row each pixel has.
    shape
        Spatial shape of the image.
    counted
        Whether the rows are distinct values with their counts; else they are the pixels themselves.
    own
        (channels, rows), each row's value in the image's own channels, where the sample holds features made
        of it; None where the sample holds these values themselves.
    names
        Of the sample's channels where they are features; else empty.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> found = histogram(image_from_array(np.array([[7, 7], [9, 7]], np.uint8)))
    >>> found.sample.values.ravel(), found.sample.weights
    (array([7., 9.]), array([3., 1.]))
    >>> found.spread(np.array([10, 20]), fill=0)
    array([[10, 10],
           [20, 10]])
    """

    sample: WeightedSample
    lookup: Lookup
    shape: tuple[int, ...]
    counted: bool = False
    own: Array | None = None
    names: tuple[str, ...] = ()

    @property
    def own_channels(self) -> Array:
        """(channels, rows), each row's value in the image's own channels."""
        return self.sample.channels if self.own is None else self.own

    def __repr__(self) -> str:
        pixels = plural(round(self.sample.total_weight), "pixel")
        rows = plural(self.sample.size, "distinct value") if self.counted else "a row each"
        return f"<Histogram: {pixels}, {rows}, {plural(self.sample.dimension, 'channel')}>"

    def spread(self, of_row: Array, fill: float, *, threads: int | None = None) -> Array:
        """Return the image whose pixels hold what `of_row` says of their row; masked ones hold `fill`."""
        out = np.empty(self.shape, of_row.dtype)
        self.lookup.spread(of_row, fill, out.reshape(-1), threads)
        return out

    def rows(self, *, threads: int | None = None) -> Integers:
        """Return the row of each pixel, of the image's shape, uint32; `sample.size` where masked."""
        return self.spread(np.arange(self.sample.size, dtype=np.uint32), self.sample.size, threads=threads)

    def at(self, places: Integers, image: Image) -> Histogram:
        """Return the histogram of an image made of some of the pixels: (n,) their places, in its order.

        >>> from pixture.imaging.image_from_array import image_from_array
        >>> found = histogram(image_from_array(np.array([[7, 7], [9, 7]], np.uint8)))
        >>> found.at(np.array([2, 0]), image_from_array(np.array([[9, 7]], np.uint8))).sample.weights
        array([1., 1.])
        """
        sample, rows = self.sample, self.rows().ravel()[places]
        if image.mask is not None:
            rows[~image.mask.ravel()] = sample.size
        kept, first = np.unique(rows, return_inverse=True)
        counts = np.bincount(first.ravel(), minlength=kept.size)
        there = kept < sample.size
        kept, counts = kept[there], counts[there]
        picked = WeightedSample(sample.values[kept], counts, sample.resolution, sample.scales)
        lookup = ByRow(first.ravel().astype(np.uint32))
        own = None if self.own is None else self.own[:, kept]
        return replace(self, sample=picked, lookup=lookup, shape=image.shape, own=own)


def histogram(image: Image, *, threads: int | None = None) -> Histogram:
    """Return the weighted sample of an image's distinct values.

    Integers whose channels pack into 64 bits are counted, and so are floats with few distinct values in
    every channel (8-bit values stored as floats). Continuous floats, wider images, and those whose values
    hardly repeat, give a row a pixel of weight 1.

    Parameters
    ----------
    image
        Masked pixels are left out.
    threads
        None takes every processor available. The answer does not depend on it.
    """
    pixels = np.ascontiguousarray(image.rows)
    mask: Mask = np.empty(0, dtype=bool) if image.mask is None else image.mask.ravel()
    resolution, levels = 1.0, None
    integers = pixels
    if pixels.dtype.kind == "f":
        resolution = 0.0
        numbered = _levels(pixels, mask, threads)
        if numbered is None:
            return _of_every_pixel(pixels, mask, image.shape, resolution)
        levels, integers = numbered
    coding = coding_of(integers, mask)
    if isinstance(coding, Interleaved):
        patterns = _read_only(coding.patterns(integers))
        codes, counts, channels = _by_table(patterns, mask, coding, threads)
        lookup: Lookup = ByCode(patterns, mask, coding, codes)
    else:
        most = most_distinct(len(pixels))
        hashed = None if coding is None else _by_hash(_read_only(integers), mask, coding, most, threads)
        if coding is None or hashed is None:
            return _of_every_pixel(pixels, mask, image.shape, resolution)
        codes, counts, rows = hashed
        lookup = ByRow(rows)
        channels = coding.values(codes)
    if levels is not None:
        for channel, of_number in zip(channels, levels, strict=True):
            channel[:] = of_number[channel.astype(np.intp)]
    return Histogram(WeightedSample(channels.T, counts, resolution), lookup, image.shape, counted=True)


def most_distinct(pixels: int) -> int:
    """Return how many distinct values an image of so many pixels may have for them to be counted.

    Beyond this, counting saves less than it costs.

    >>> most_distinct(12_000_000), most_distinct(1_000_000_000)
    (1565536, 4259840)
    """
    return min(pixels // 8, MOST_COUNTED) + 65_536


def _read_only(array: Array) -> Array:
    """Return the array as a file's pixels are, so that one compiled kernel serves both."""
    view = array.view()
    view.flags.writeable = False
    return view


def _by_table(
    patterns: Integers, mask: Mask, coding: Interleaved, threads: int | None
) -> tuple[Integers, Integers, Floats]:
    """Return the distinct codes, ascending, their counts, and their channels, (d, n)."""
    parts = min(available_threads() if threads is None else threads, MOST_TABLES)
    rows = -(-len(patterns) // parts)
    parts = -(-len(patterns) // rows)
    size = max(1 << coding.total_bits, counting.CHUNK)
    counters = np.zeros((parts, size), dtype=np.uint8)
    overflow = np.empty((parts, rows // counting.FULL + 1), dtype=np.uint32)
    tables = coding.tables

    def count(start: int, stop: int) -> Integers:
        at = start // rows
        over = counting.count(patterns, mask, tables, start, stop, counters[at], overflow[at])
        return overflow[at, :over]

    full = np.sort(np.concatenate(map_slabs(count, len(patterns), threads=threads, size=rows)))
    words = counters.view(np.int64)

    def collect(start: int, stop: int) -> tuple[Integers, Integers, Floats]:
        codes, counts = np.empty(stop - start, np.int64), np.empty(stop - start, np.uint32)
        found = counting.collect(words, counters, start, stop, codes, counts)
        return codes[:found].copy(), counts[:found].copy(), coding.values(codes[:found])

    found = map_slabs(collect, size, threads=threads, size=min(size, 1 << 18))
    codes, counts, channels = (np.concatenate(part, axis=-1) for part in zip(*found, strict=True))
    np.add.at(counts, np.searchsorted(codes, full), np.uint32(counting.FULL))
    return codes, counts, channels


def _by_hash(
    pixels: Integers, mask: Mask, coding: Packed, most: int, threads: int | None
) -> tuple[Integers, Integers, Integers] | None:
    """Return the distinct codes, ascending, their counts, and each pixel's row; None if beyond `most`."""
    rows = np.empty(len(pixels), dtype=np.uint32)
    parts = min(available_threads() if threads is None else threads, MOST_TABLES)
    length = max(1, -(-len(pixels) // parts))

    def count(start: int, stop: int) -> tuple[Integers, Integers] | None:
        capacity, found, at = 0, 0, start
        low, shift = coding.low, coding.shift
        codes, counts = np.empty(0, np.int64), np.empty(0, np.uint32)
        while at < stop:
            if found > most:
                return None
            capacity = 4 * capacity or 2**14
            codes, counts = _longer(codes, capacity), _longer(counts, capacity)
            slots = np.full(2 * capacity, counting.EMPTY, dtype=np.int32)
            counting.rehash(codes, found, slots)
            at, found = counting.count_hashed(
                pixels, mask, low, shift, at, stop, found, slots, codes, counts, rows
            )
        return codes[:found].copy(), counts[:found].copy()

    counted = map_slabs(count, len(pixels), threads=threads, size=length)
    found = [part for part in counted if part is not None]
    if len(found) < len(counted):
        return None
    # kernels take codes as signed, but their order is that of unsigned ones
    signed = np.concatenate([part[0] for part in found])
    codes, row_of = np.unique(signed.view(np.uint64), return_inverse=True)
    if codes.size > most:
        return None
    counts = np.bincount(row_of, np.concatenate([part[1] for part in found]), minlength=codes.size)
    ends = np.cumsum([part[0].size for part in found])
    # from each part's own rows to those of the whole; a masked pixel's is past the last
    for at, of_part in enumerate(np.split(row_of.astype(np.uint32), ends[:-1])):
        piece = rows[at * length : (at + 1) * length]
        ByRow(piece).spread(of_part, codes.size, piece, threads)  # each read before it is written
    return codes, counts, rows


def _longer(array: Array, size: int) -> Array:
    longer = np.empty(size, dtype=array.dtype)
    longer[: array.size] = array
    return longer


def most_levels(pixels: int) -> int:
    """Return how many distinct values a channel of floats may have for them not to be continuous.

    >>> most_levels(80_000), most_levels(1_000_000)
    (10000, 65536)
    """
    return min(MOST_LEVELS, pixels // 8)


def _levels(pixels: Array, mask: Mask, threads: int | None) -> tuple[list[Array], Integers] | None:
    """Return each channel's distinct values, ascending, and the number of each pixel's among them.

    None if some channel has more than `MOST_LEVELS`, or more than an eighth of the pixels. What is masked is
    no value, and has the number 0.
    """
    most = most_levels(len(pixels))
    levels = []
    numbers = np.empty(pixels.shape, dtype=np.uint16)
    whole = {4: np.int32, 8: np.int64}[pixels.dtype.itemsize]
    for c in range(pixels.shape[1]):
        with np.errstate(invalid="ignore"):  # of what is masked
            channel = pixels[:, c] + 0  # -0 becomes 0, whose bits differ
        bits = _read_only(channel.view(whole)[:, None])
        found = _by_hash(bits, mask, Packed((0,), (PACKED_BITS,)), most, threads)
        if found is None:
            return None
        codes, _, rows = found
        values = codes.astype(whole).view(pixels.dtype)
        order = np.argsort(values)
        number = np.empty(order.size, dtype=np.uint16)
        number[order] = np.arange(order.size, dtype=np.uint16)
        of_pixel = np.empty(len(pixels), dtype=np.uint16)
        ByRow(rows).spread(number, 0, of_pixel, threads)
        numbers[:, c] = of_pixel
        levels.append(values[order])
    return levels, numbers


def _of_every_pixel(pixels: Array, mask: Mask, shape: tuple[int, ...], resolution: float) -> Histogram:
    taken = pixels if mask.size == 0 else pixels[mask]
    return Histogram(WeightedSample(taken, resolution=resolution), ByPixel(mask), shape)


def every_pixel(image: Image) -> Histogram:
    """Return a sample with a row for each pixel that takes part, of weight 1, however often values repeat."""
    mask: Mask = np.empty(0, dtype=bool) if image.mask is None else image.mask.ravel()
    resolution = 0.0 if image.pixels.dtype.kind == "f" else 1.0
    return _of_every_pixel(np.ascontiguousarray(image.rows), mask, image.shape, resolution)
