"""Whether fax code (ITU-T T.4 and T.6) is whole: its decoder makes white of what is missing or no code."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from pixture.arrays import Array

_END_OF_LINE = (("000000000001", 12), ("0000000000011", 13))  # the second where lines may be two-dimensional
_BLACK_RUNS = ("000111010", "000000000001000111010", "00000000000100110101010")
# one white pixel, one black; as the begin of a line; a line that begins with a black one
_BLACK_MODES = (
    "001000111010",
    "000111010",
)  # one white pixel, one black, said in two dimensions; and its end
_REPLACED = 24  # bits
_TAIL = 32  # bytes; more than an end-of-block of six end-of-lines


def is_damaged(data: bytes, decode: Callable[[bytes], Array], pixels: Array, *, runs_only: bool) -> bool:
    """Whether the decoder stopped before the end of the data, or would have read on.

    It stops without a word where a code word is none, or where the data end. So more data must change
    nothing, and other data at the end must change something.

    Parameters
    ----------
    data
        The code, the first bit of a byte its highest.
    decode
        Its decoder.
    pixels
        What it made of `data`.
    runs_only
        T.4 or its like, where lines are runs; False for T.6, where they refer to the line above.
    """
    head, tail = data[:-_TAIL], _without_end(data[-_TAIL:])

    def is_same(bits: str) -> bool:
        try:
            return np.array_equal(decode(head + _bytes(bits)), pixels)
        except (RuntimeError, ValueError):  # it says of some code that it is none
            return False

    kept = tail[: max(0, len(tail) - _REPLACED)]
    read_to_the_end = any(not is_same(kept + bits) for bits in _probes(runs_only))
    return not (read_to_the_end and all(is_same(tail + bits) for bits in _probes(runs_only)))


def _without_end(tail: bytes) -> str:
    """Return bits without the end-of-lines that close them; with their padding where there are none."""
    bits = "".join(f"{byte:08b}" for byte in tail)
    shorter, closed = bits.rstrip("0"), False
    while found := next((length for word, length in _END_OF_LINE if shorter.endswith(word)), 0):
        shorter, closed = shorter[:-found], True
    return shorter if closed else bits


def _probes(runs_only: bool) -> Iterator[str]:
    """Bits that draw black pixels, begun at each of their places: one goes on wherever the data stopped."""
    for word in _BLACK_RUNS if runs_only else _BLACK_MODES:
        for start in range(len(word)):
            yield (word[start:] + word * 12)[:96]


def _bytes(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8, "big") if padded else b""
