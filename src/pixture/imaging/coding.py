"""How a pixel's channels are packed into one integer, its code, and unpacked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixture.arrays import Array, Integers


@dataclass(frozen=True)
class Coding:
    """Code = Σ_c (value_c - low_c) << shift_c, the first channel in the highest bits.

    So ascending codes are ascending values, the first channel counting most.

    Attributes
    ----------
    low
        The least value of each channel.
    shift
        Where each channel begins.
    bits
        Bits of each channel.

    Examples
    --------
    >>> coding = coding_of(np.array([[0, 7], [255, 1]], np.uint8))
    >>> coding.total_bits, coding.values(np.array([0x0102]))
    (16, array([[1.],
           [2.]]))
    """

    low: tuple[int, ...]
    shift: tuple[int, ...]
    bits: tuple[int, ...]

    @property
    def total_bits(self) -> int:
        """Bits of a code."""
        return sum(self.bits)

    def values(self, codes: Integers) -> Array:
        """Return the channels of codes, (d, n), float64."""
        channels = np.empty((len(self.low), codes.size))
        for channel, low, shift, bits in zip(channels, self.low, self.shift, self.bits, strict=True):
            np.add((codes >> shift) & ((1 << bits) - 1), low, out=channel)
        return channels


def coding_of(pixels: Integers) -> Coding:
    """Return the narrowest coding of (n, d) integers; bytes keep all their 8 bits, which fit a table."""
    if pixels.dtype.itemsize == 1:
        limits = np.iinfo(pixels.dtype)
        low, high = [int(limits.min)] * pixels.shape[1], [int(limits.max)] * pixels.shape[1]
    else:
        low, high = pixels.min(axis=0).tolist(), pixels.max(axis=0).tolist()
    bits = [int(h - b).bit_length() for b, h in zip(low, high, strict=True)]
    shift = [sum(bits[c + 1 :]) for c in range(len(bits))]
    return Coding(tuple(low), tuple(shift), tuple(bits))
