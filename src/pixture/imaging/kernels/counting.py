"""The compiled passes over pixels: counting distinct values, and looking results up.

`imaging.histogram.channel_packing` says what a pixel's *code* is. Tables, `low` and `shift` are tuples with
an entry a channel, so that the compiler writes the sum over the channels out. Pixels are indexed from 0 and
by unsigned integers, which need no test of their sign. Counting has a naive twin in `tests/reference.py`;
looking up is proven by giving the image back.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.compilation.jit import kernel

EMPTY = -1
"""What a slot holds that no code has taken."""

FULL = 255
"""The most a counter counts to; what is beyond is put on a list, FULL at a time."""

CHUNK = 256
"""Counters looked at together; most chunks of a table are empty."""

BLOCK = 2048
"""Pixels whose codes are found together, before the first is used: the processor then waits for many of the
large table's cells at once, a third less time than code by code. Their codes are 8 kB, in its nearest cache.
"""

_WORD = 8


@kernel
def _block_codes(pixels: Integers, tables: tuple[Integers, ...], start: int, codes: Integers) -> int:
    """Write the codes of the next pixels from `start`, as many as fit; return how many there are."""
    seen = pixels[start : start + codes.shape[0]]
    for i in range(seen.shape[0]):
        code = np.uint32(0)
        for c in range(len(tables)):
            code |= tables[c][seen[i, c]]
        codes[i] = code
    return int(seen.shape[0])


@kernel
def count(
    pixels: Integers,
    mask: Mask,
    tables: tuple[Integers, ...],
    start: int,
    stop: int,
    counters: Integers,
    overflow: Integers,
) -> int:
    """Count each pixel's code in `counters`, uint8; return how many codes were put on `overflow`.

    A code is put there each time its counter would pass `FULL`, and its counter starts again at 1. A table
    of bytes is a quarter of one of 32-bit counters: it stays nearer the processor, and every thread
    has one of its own. An empty mask takes every pixel.
    """
    over = 0
    seen, through = pixels[start:stop], mask[start:stop]
    codes = np.empty(BLOCK, np.uint32)
    for block in range(0, seen.shape[0], BLOCK):
        unmasked = through[block : block + BLOCK]
        for i in range(_block_codes(seen, tables, block, codes)):
            if unmasked.size == 0 or unmasked[i]:
                code = codes[i]
                counted = np.uint8(counters[code] + np.uint8(1))  # a sum of bytes is wider than they are
                counters[code] = counted
                if counted == 0:
                    counters[code] = np.uint8(1)
                    overflow[over] = code
                    over += 1
    return over


@kernel
def collect(
    words: Integers, counters: Integers, start: int, stop: int, codes: Integers, counts: Integers
) -> int:
    """Write the codes start … stop - 1 that were counted, and their counts; return how many there are.

    `counters` is (tables, codes) and `words` the same memory as (tables, codes // 8) integers; start and stop
    are multiples of `CHUNK`.
    """
    found = 0
    totals = np.empty(CHUNK, np.uint32)
    for chunk in range(start, stop, CHUNK):
        some = np.int64(0)
        for t in range(words.shape[0]):
            several = words[t, chunk // _WORD : (chunk + CHUNK) // _WORD]
            for i in range(several.size):  # vector
                some |= several[i]
        if some == 0:
            continue
        totals[:] = 0
        for t in range(counters.shape[0]):
            of = counters[t, chunk : chunk + CHUNK]
            for i in range(CHUNK):  # vector
                totals[i] += of[i]
        for i in range(CHUNK):
            # written in any case, kept if counted: no branch that the processor must guess
            codes[found] = chunk + i
            counts[found] = totals[i]
            found += totals[i] > 0
    return found


@kernel
def look_up_code(
    pixels: Integers,
    mask: Mask,
    tables: tuple[Integers, ...],
    of_code: Array,
    fill: Array,
    start: int,
    stop: int,
    out: Array,
) -> None:
    """out[i] = of_code[code of pixel i], or fill[0] where it is masked."""
    seen, through, to = pixels[start:stop], mask[start:stop], out[start:stop]
    codes = np.empty(BLOCK, np.uint32)
    for block in range(0, seen.shape[0], BLOCK):
        unmasked, filled = through[block : block + BLOCK], to[block : block + BLOCK]
        for i in range(_block_codes(seen, tables, block, codes)):
            if unmasked.size == 0 or unmasked[i]:
                filled[i] = of_code[codes[i]]
            else:
                filled[i] = fill[0]


@kernel
def _packed_code(pixels: Integers, at: int, low: tuple[int, ...], shift: tuple[int, ...]) -> int:
    code = np.int64(0)
    for c in range(len(shift)):
        code |= (np.int64(pixels[at, c]) - low[c]) << shift[c]
    return code  # type: ignore[return-value]  # an int64 in Python, the same in the kernel


@kernel
def _slot(code: int, slots: Integers, codes: Integers) -> int:
    """Return the slot whose row has this code, or the empty one where it belongs."""
    last = slots.shape[0] - 1
    # Fibonacci hashing: of code * 2^64 / golden ratio only the high bits are well mixed, and the low ones are
    # zero where the code's are, as in whole numbers stored as floats. So the high ones are folded down, and
    # what is left of patterns in the code (8 bits stretched to 16) is mixed once more.
    mixed = np.uint64(code) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    slot: int = np.int64(mixed >> np.uint64(32)) & last
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
        code = _packed_code(pixels, i, low, shift)
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
def distinct_in_either(one: Integers, other: Integers) -> int:
    """Return how many distinct codes two ascending lists of distinct codes hold together."""
    i = j = found = 0
    while i < one.shape[0] and j < other.shape[0]:
        a, b = one[i], other[j]
        i += a <= b  # no branch: which list is next cannot be foretold
        j += b <= a
        found += 1
    return int(found + one.shape[0] - i + other.shape[0] - j)


@kernel
def add_counts(
    one: Integers,
    counts_of_one: Integers,
    other: Integers,
    counts_of_other: Integers,
    codes: Integers,
    counts: Integers,
) -> None:
    """Write the codes of two ascending lists, merged, and how often each occurs in both together.

    `codes` and `counts` have the length that `distinct_in_either` returns.
    """
    i = j = at = 0
    while i < one.shape[0] and j < other.shape[0]:
        a, b = one[i], other[j]
        codes[at] = min(a, b)
        counts[at] = counts_of_one[i] * (a <= b) + counts_of_other[j] * (b <= a)
        i += a <= b
        j += b <= a
        at += 1
    for k in range(i, one.shape[0]):
        codes[at], counts[at] = one[k], counts_of_one[k]
        at += 1
    for k in range(j, other.shape[0]):
        codes[at], counts[at] = other[k], counts_of_other[k]
        at += 1


@kernel
def look_up(rows: Integers, of_row: Array, start: int, stop: int, out: Array) -> None:
    """out[i] = of_row[rows[i]], or the last of `of_row` where there is no such row."""
    last = np.uint32(of_row.shape[0] - 1)
    of, to = rows[start:stop], out[start:stop]
    for i in range(of.shape[0]):
        to[i] = of_row[min(of[i], last)]
