"""How a pixel's channels become one integer, its code, and how a code becomes channels again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask

TABLE_BITS = 24
"""Bits of the widest interleaved code: as many codes as a table of 16 MB has bytes."""

CHANNEL_BITS = 16
"""Bits of the widest channel that is looked up in a table."""

PACKED_BITS = 64
"""Bits of the widest packed code: four channels of 16 bits."""

MASKED_BLOCK = 1 << 16
"""Pixels looked at together where some are masked."""

_HALF_BITS = TABLE_BITS // 2
_HALF = 1 << _HALF_BITS


@dataclass(frozen=True, eq=False)
class Interleaved:
    """A code of at most 24 bits that interleaves the bits of the channels (Morton 1966).

    Similar colours have near codes. So the counters that a photograph needs share a few cache lines (half
    as many as with one channel after the other, on fewer than half as many pages), and rows in the order of
    their codes go through the colours along a curve that stays among neighbours.

    Attributes
    ----------
    low
        The least value of each channel.
    bits
        Bits of each channel's value, counted from `low`.
    dtype
        The unsigned dtype of one or two bytes through which the pixels are looked up.

    Examples
    --------
    >>> coding = Interleaved((0, 0), (2, 2), np.dtype("u1"))
    >>> [bin(table[3]) for table in coding.tables]
    ['0b1010', '0b101']
    >>> coding.values(np.array([0b1001]))
    array([[2.],
           [1.]])
    """

    low: tuple[int, ...]
    bits: tuple[int, ...]
    dtype: np.dtype[np.unsignedinteger]

    @property
    def total_bits(self) -> int:
        """Bits of a code."""
        return sum(self.bits)

    @property
    def _places(self) -> list[tuple[int, int, int]]:
        """(channel, bit of its value, bit of the code), the first channel highest at every level."""
        levels = range(max(self.bits))
        last_first = range(len(self.bits) - 1, -1, -1)
        bits = [(c, bit) for bit in levels for c in last_first if bit < self.bits[c]]
        return [(c, bit, place) for place, (c, bit) in enumerate(bits)]

    def patterns(self, pixels: Integers) -> Integers:
        """Return (n, d) pixels as the unsigned integers by which `tables` are read; bytes are not copied."""
        if pixels.dtype.itemsize == self.dtype.itemsize:
            return pixels.view(self.dtype)
        return pixels.astype(self.dtype)

    @cached_property
    def tables(self) -> tuple[Integers, ...]:
        """For each channel, what each of its values adds to the code, by the value's pattern; uint32."""
        tables = []
        for c, (low, bits) in enumerate(zip(self.low, self.bits, strict=True)):
            value = np.arange(1 << bits)
            code = np.zeros(value.size, dtype=np.uint32)
            for channel, bit, place in self._places:
                if channel == c:
                    code |= ((value >> bit & 1) << place).astype(np.uint32)
            table = np.zeros(1 << 8 * self.dtype.itemsize, dtype=np.uint32)
            table[(value + low) % table.size] = code  # as bytes wrap around
            tables.append(table)
        return tuple(tables)

    @cached_property
    def _halves(self) -> tuple[Floats, Floats]:
        """What the lower and the higher twelve bits of a code add to each channel, (d, 4096) each."""
        half = np.arange(_HALF)
        lower, higher = np.zeros((2, len(self.low), _HALF))
        for c, bit, place in self._places:
            of = lower if place < _HALF_BITS else higher
            of[c] += (half >> place % _HALF_BITS & 1) << bit
        return lower + np.array(self.low)[:, None], higher

    def values(self, codes: Integers) -> Floats:
        """Return the channels of codes, (d, n), float64."""
        low, high = codes & (_HALF - 1), codes >> _HALF_BITS
        values = np.empty((len(self.low), codes.size))
        for channel, lower, higher in zip(values, *self._halves, strict=True):
            np.add(lower.take(low), higher.take(high), out=channel)
        return values


@dataclass(frozen=True)
class Packed:
    """Code = Σ_c (value_c - low_c) << shift_c, the first channel in the highest bits.

    So ascending codes, taken as unsigned, are ascending values, the first channel counting most.

    Attributes
    ----------
    low
        The least value of each channel.
    bits
        Bits of each channel's value, counted from `low`.

    Examples
    --------
    >>> Packed((0, 1), (8, 3)).values(np.array([0x0102 << 1]))
    array([[64.],
           [ 5.]])
    """

    low: tuple[int, ...]
    bits: tuple[int, ...]

    @property
    def shift(self) -> tuple[int, ...]:
        """Where each channel begins."""
        return tuple(sum(self.bits[c + 1 :]) for c in range(len(self.bits)))

    def values(self, codes: Integers) -> Floats:
        """Return the channels of codes, (d, n), float64."""
        channels = np.empty((len(self.low), codes.size))
        for channel, low, shift, bits in zip(channels, self.low, self.shift, self.bits, strict=True):
            np.add((codes >> shift) & ((1 << bits) - 1), float(low), out=channel)
        return channels


def coding_of(pixels: Array, mask: Mask) -> Interleaved | Packed | None:
    """Return the narrowest coding of (n, d) integers; None where no code holds them.

    Bytes keep all their 8 bits, for which their extent need not be sought. Of pixels that the mask, (n,),
    leaves out the code may be that of others; an empty mask takes every pixel.
    """
    if pixels.dtype.itemsize == 1:
        limits = np.iinfo(pixels.dtype)
        low, high = [int(limits.min)] * pixels.shape[1], [int(limits.max)] * pixels.shape[1]
    else:
        low, high = _extents(pixels) if mask.size == 0 else _extents_within(pixels, mask)
    return coding_between(low, high, pixels.dtype)


def coding_between(
    low: Sequence[int], high: Sequence[int], dtype: np.dtype[Any]
) -> Interleaved | Packed | None:
    """Return the narrowest coding of integers of a dtype whose channels are from `low` to `high`.

    >>> coding_between([0, 0], [255, 3], np.dtype("u2"))
    Interleaved(low=(0, 0), bits=(8, 2), dtype=dtype('uint16'))
    """
    bits = tuple(int(h - b).bit_length() for b, h in zip(low, high, strict=True))
    if sum(bits) <= TABLE_BITS and max(bits) <= CHANNEL_BITS:
        width = min(dtype.itemsize, 2)
        return Interleaved(tuple(low), bits, np.dtype(f"u{width}"))
    return Packed(tuple(low), bits) if sum(bits) <= PACKED_BITS else None


def _extents(pixels: Array) -> tuple[list[int], list[int]]:
    """Return the least and the largest value of each channel.

    NumPy takes the least of columns an entry at a time where there are few; of thousands, as vectors. So
    blocks of pixels are laid beside each other.
    """
    n, d = pixels.shape
    beside = min(n, 4096)
    whole = n // beside * beside
    blocks, rest = pixels[:whole].reshape(-1, beside * d), pixels[whole:]
    least, largest = (
        of(np.concatenate([of(blocks, axis=0).reshape(-1, d), rest]), axis=0) for of in (np.min, np.max)
    )
    return least.tolist(), largest.tolist()


def _extents_within(pixels: Array, mask: Mask) -> tuple[list[int], list[int]]:
    """Return the extents of the pixels that take part, of which only a block is copied at a time."""
    starts = range(0, len(pixels), MASKED_BLOCK)
    blocks = (pixels[at : at + MASKED_BLOCK][mask[at : at + MASKED_BLOCK]] for at in starts)
    ends = np.array([(block.min(axis=0), block.max(axis=0)) for block in blocks if block.size])
    return ends[:, 0].min(axis=0).tolist(), ends[:, 1].max(axis=0).tolist()
