"""The compiled passes over pixels: counting distinct values, and looking results up.

A pixel's *code* is its channels packed into one integer: Σ_c (value_c - low_c) << shift_c. Each kernel has
a naive twin in `tests/reference.py`.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.compiled import kernel

EMPTY = -1
"""What a slot holds that no code has taken; codes are not negative."""


@kernel
def _code(pixels: Integers, at: int, low: Integers, shift: Integers) -> int:
    code = np.int64(0)
    for c in range(pixels.shape[1]):
        code |= (np.int64(pixels[at, c]) - low[c]) << shift[c]
    return code  # type: ignore[return-value]  # an int64 in Python, the same in the kernel


@kernel
def count(pixels: Integers, mask: Mask, low: Integers, shift: Integers, table: Integers) -> None:
    """Add 1 to table[code] for each pixel; an empty mask takes every pixel."""
    for i in range(pixels.shape[0]):
        if mask.size == 0 or mask[i]:
            table[_code(pixels, i, low, shift)] += 1


@kernel
def find(
    pixels: Integers,
    mask: Mask,
    low: Integers,
    shift: Integers,
    row_of_code: Integers,
    missing: int,
    start: int,
    stop: int,
    rows: Integers,
) -> None:
    """rows[i] = the row of pixel i's code, or `missing` where it is masked."""
    for i in range(start, stop):
        if mask.size == 0 or mask[i]:
            rows[i] = row_of_code[_code(pixels, i, low, shift)]
        else:
            rows[i] = missing


@kernel
def count_hashed(
    pixels: Integers,
    mask: Mask,
    low: Integers,
    shift: Integers,
    slots: Integers,
    row_of_slot: Integers,
    codes: Integers,
    counts: Integers,
    missing: int,
    rows: Integers,
) -> int:
    """Number the distinct codes as they first appear; return how many, or -1 if more than `codes` holds.

    An open-addressing hash table with linear probing: `slots`, whose length is a power of two and all of
    which start `EMPTY`, and `row_of_slot`. codes[row] and counts[row] describe each row; rows[i] is the
    row of pixel i, or `missing` where it is masked.
    """
    last_slot = slots.shape[0] - 1
    found = 0
    for i in range(pixels.shape[0]):
        if not (mask.size == 0 or mask[i]):
            rows[i] = missing
            continue
        code = _code(pixels, i, low, shift)
        # Fibonacci hashing: the high bits of code * 2^64 / golden ratio are well mixed
        slot = ((code * np.int64(-7046029254386353131)) >> 20) & last_slot
        while slots[slot] != code and slots[slot] != EMPTY:
            slot = (slot + 1) & last_slot
        if slots[slot] == EMPTY:
            if found == codes.shape[0]:
                return -1
            slots[slot] = code
            row_of_slot[slot] = found
            codes[found] = code
            found += 1
        row = row_of_slot[slot]
        counts[row] += 1
        rows[i] = row
    return found


@kernel
def look_up(rows: Integers, of_row: Array, start: int, stop: int, out: Array) -> None:
    """out[i] = of_row[rows[i]]."""
    for i in range(start, stop):
        out[i] = of_row[rows[i]]
