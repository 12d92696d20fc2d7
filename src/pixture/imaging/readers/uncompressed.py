"""A box of an array that lies uncompressed in a file, read without the rest: nothing of it stays mapped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, BinaryIO, Literal, Protocol

import numpy as np
from numpy.lib.stride_tricks import as_strided

from pixture.arrays import Array
from pixture.imaging.readers.damaged import DamagedError

_SMALL = 2**14
"""Bytes that are read in one go, whatever of them is wanted: a call costs as much."""

_DENSE = 2
"""Bytes that may be read for one that is wanted."""


class RawFile(Protocol):
    """A file opened without a buffer."""

    def seek(self, offset: int, /) -> int:
        """Go to a byte."""

    def readinto(self, buffer: Any, /) -> int | None:
        """Fill a buffer as far as it goes."""


def read_box(
    file: BinaryIO | RawFile,
    dtype: np.dtype[Any],
    start: int,
    shape: Sequence[int],
    box: Sequence[slice],
    order: Literal["C", "F"] = "C",
) -> Array:
    """Return a box of an array that lies uncompressed in a file.

    Parameters
    ----------
    file
        Open, of which nobody else reads meanwhile.
    dtype
        Of the values, as they are stored.
    start
        The byte at which the array begins.
    shape
        Of the whole array.
    box
        Where along each axis: plain starts and stops within it.
    order
        Whether the last axis varies fastest ("C") or the first ("F").

    Raises
    ------
    DamagedError
        The file ends before the box does.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO(np.arange(20, dtype=np.uint8).tobytes())
    >>> read_box(file, np.dtype("u1"), 0, (4, 5), (slice(1, 3), slice(2, 4)))
    array([[ 7,  8],
           [12, 13]], dtype=uint8)
    """
    if order == "F":
        return read_box(file, dtype, start, shape[::-1], box[::-1]).T
    out: Array = np.empty([at.stop - at.start for at in box], dtype)
    strides = [dtype.itemsize * math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    begins = [at.start for at in box]
    if out.size:
        _fill(file, out, start + sum(a * b for a, b in zip(begins, strides, strict=True)), strides)
    return out


def _fill(file: BinaryIO | RawFile, out: Array, at: int, strides: Sequence[int]) -> None:
    """Fill an array, contiguous along all axes, with what begins at a byte and lies with some strides."""
    span = out.itemsize + sum((n - 1) * step for n, step in zip(out.shape, strides, strict=True))
    if span == out.nbytes:
        _read(file, at, out.reshape(-1).view(np.uint8))
    elif span <= max(_SMALL, _DENSE * out.nbytes):
        held = np.empty(span, np.uint8)
        _read(file, at, held)
        first = held[: out.itemsize].view(out.dtype)
        out[...] = as_strided(first, out.shape, strides, writeable=False)
    else:
        for number, inner in enumerate(out):
            _fill(file, inner, at + number * strides[0], strides[1:])


def _read(file: BinaryIO | RawFile, at: int, buffer: Array) -> None:
    file.seek(at)
    done = 0
    while done < len(buffer):
        count = file.readinto(buffer[done:])  # type: ignore[union-attr]  # raw files have it
        if not count:
            raise DamagedError(f"it ends at byte {at + done:,}, but its values go on to {at + len(buffer):,}")
        done += count
