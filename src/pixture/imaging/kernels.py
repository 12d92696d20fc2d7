"""The compiled passes over pixels: counting distinct values, and looking results up.

A pixel's *code* is its channels packed into one integer: Σ_c (value_c - low_c) << shift_c. `low` and
`shift` are tuples, so that the sum over the channels is written out by the compiler. Each kernel has a
naive twin in `tests/reference.py`.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.compiled import kernel

EMPTY = -1
"""What a slot holds that no code has taken."""

FULL = 255
"""The most a counter counts to; what is beyond is put on a list, FULL at a time."""

WORD = 8
"""Counters looked at at once."""


@kernel
def _code(pixels: Integers, at: int, low: tuple[int, ...], shift: tuple[int, ...]) -> int:
    code = np.int64(0)
    for c in range(len(shift)):
        code |= (np.int64(pixels[at, c]) - low[c]) << shift[c]
    return code  # type: ignore[return-value]  # an int64 in Python, the same in the kernel


@kernel
def count(
    pixels: Integers,
    mask: Mask,
    low: tuple[int, ...],
    shift: tuple[int, ...],
    start: int,
    stop: int,
    counters: Integers,
    overflow: Integers,
) -> int:
    """Count each pixel's code in `counters`, uint8; return how many codes were put on `overflow`.

    A code is put there each time its counter would pass `FULL`, and its counter starts again at 1. A
    table of bytes is a quarter of one of 32-bit counters: it stays nearer the processor, and every thread
    has one of its own. An empty mask takes every pixel.
    """
    over = 0
    for i in range(start, stop):
        if mask.size == 0 or mask[i]:
            code = _code(pixels, i, low, shift)
            counted = counters[code]
            if counted == FULL:
                overflow[over] = code
                over += 1
                counted = np.uint8(0)
            counters[code] = counted + np.uint8(1)
    return over


@kernel
def collect(
    words: Integers, counters: Integers, start: int, stop: int, codes: Integers, counts: Integers
) -> int:
    """Write the codes start … stop - 1 that were counted, and their counts; return how many there are.

    `counters` is (tables, codes) and `words` the same memory as (tables, codes // WORD) integers.
    """
    found = 0
    for word in range(start // WORD, stop // WORD):
        some = words[0, word]
        for t in range(1, words.shape[0]):
            some |= words[t, word]
        if some != 0:
            for code in range(word * WORD, word * WORD + WORD):
                total = np.uint32(0)
                for t in range(counters.shape[0]):
                    total += np.uint32(counters[t, code])
                if total > 0:
                    codes[found] = code
                    counts[found] = total
                    found += 1
    return found


@kernel
def look_up_code(
    pixels: Integers,
    mask: Mask,
    low: tuple[int, ...],
    shift: tuple[int, ...],
    of_code: Array,
    fill: Array,
    start: int,
    stop: int,
    out: Array,
) -> None:
    """out[i] = of_code[code of pixel i], or fill[0] where it is masked."""
    for i in range(start, stop):
        if mask.size == 0 or mask[i]:
            out[i] = of_code[_code(pixels, i, low, shift)]
        else:
            out[i] = fill[0]


@kernel
def _slot(code: int, slots: Integers, codes: Integers) -> int:
    """Return the slot whose row has this code, or the empty one where it belongs."""
    last = slots.shape[0] - 1
    # Fibonacci hashing: the high bits of code * 2^64 / golden ratio are well mixed
    slot: int = ((code * np.int64(-7046029254386353131)) >> 20) & last
    while slots[slot] != EMPTY and codes[slots[slot]] != code:
        slot = (slot + 1) & last
    return slot


@kernel
def count_hashed(
    pixels: Integers,
    mask: Mask,
    low: tuple[int, ...],
    shift: tuple[int, ...],
    start: int,
    stop: int,
    found: int,
    slots: Integers,
    codes: Integers,
    counts: Integers,
    rows: Integers,
) -> tuple[int, int]:
    """Number the distinct codes as they first appear; return the pixel reached, and how many were found.

    An open-addressing hash table with linear probing: `slots`, whose length is a power of two, hold rows
    of `codes` and `counts`, the first `found` of which are taken already. rows[i] is the row of pixel i,
    or the largest value of its type where it is masked. Where `codes` is full, it stops at the pixel that
    needs a new one.
    """
    for i in range(start, stop):
        if not (mask.size == 0 or mask[i]):
            rows[i] = np.uint32(0xFFFFFFFF)
            continue
        code = _code(pixels, i, low, shift)
        slot = _slot(code, slots, codes)
        if slots[slot] == EMPTY:
            if found == codes.shape[0]:
                return i, found
            slots[slot] = found
            codes[found] = code
            counts[found] = 0
            found += 1
        row = slots[slot]
        counts[row] += 1
        rows[i] = row
    return stop, found


@kernel
def rehash(codes: Integers, found: int, slots: Integers) -> None:
    """Enter the first `found` codes into a hash table whose slots are all empty."""
    for row in range(found):
        slots[_slot(codes[row], slots, codes)] = row


@kernel
def look_up(rows: Integers, of_row: Array, start: int, stop: int, out: Array) -> None:
    """out[i] = of_row[rows[i]], or the last of `of_row` where there is no such row."""
    last = of_row.shape[0] - 1
    for i in range(start, stop):
        out[i] = of_row[min(np.int64(rows[i]), last)]
