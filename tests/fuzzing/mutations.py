"""What is done to a good file: by its bytes, by the fields and the parts of its format, by another file."""

from __future__ import annotations

import json
import random
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

Parts = list[tuple[int, int]]
"""Where the parts of a file begin and end: chunks, segments, boxes, entries of a directory."""

EXTREMES: tuple[int, ...] = (
    0,
    1,
    2,
    3,
    8,
    16,
    127,
    128,
    255,
    256,
    2**15 - 1,
    2**15,
    2**16 - 1,
    2**16,
    60_000,
    10**6,
)
EXTREMES += (2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
VALUES: tuple[Any, ...] = (
    0,
    -1,
    1,
    1.5,
    1e308,
    2**70,
    None,
    True,
    "",
    "x" * 99,
    [],
    {},
    [1],
    "float64",
    "diag",
    float("nan"),
)


def parts(content: bytes) -> Parts:
    """Return the parts of a file, as its format has them; a few equal blocks where it has none."""
    found: Parts = []
    if content.startswith(b"\x89PNG"):
        at = 8
        while at + 12 <= len(content):
            end = at + 12 + int.from_bytes(content[at : at + 4], "big")
            found.append((at, min(end, len(content))))
            at = end
    elif content.startswith((b"\xff\xd8", b"\xff\x4f")):
        marks = [match.start() for match in re.finditer(b"\xff[\xc0-\xfe\x4f-\x93]", content)]
        found = list(zip(marks, [*marks[1:], len(content)], strict=True))
    elif content.startswith(b"RIFF"):
        at = 12
        while at + 8 <= len(content):
            end = at + 8 + int.from_bytes(content[at + 4 : at + 8], "little")
            found.append((at, min(end + end % 2, len(content))))
            at = end + end % 2
    elif content[4:8] in (b"ftyp", b"jP  "):
        found = _boxes(content, 0, len(content))
    elif content[:2] in (b"II", b"MM"):
        found = _directory(content)
    elif content[8:9] == b"{":  # a model: tokens of its header
        end = 8 + int.from_bytes(content[:8], "little")
        found = [
            match.span() for match in re.finditer(rb'"[^"]*"|[\d.]+', content[:end]) if match.start() > 8
        ]
    if len(found) < 2:
        step = max(1, len(content) // 12)
        found = [(at, min(at + step, len(content))) for at in range(0, len(content), step)]
    return found


def _boxes(content: bytes, start: int, stop: int) -> Parts:
    found: Parts = []
    while start + 8 <= stop:
        size = int.from_bytes(content[start : start + 4], "big") or stop - start
        if size < 8 or start + size > stop:
            break
        found.append((start, start + size))
        if content[start + 4 : start + 8] in (b"jp2h", b"meta", b"iprp", b"ipco", b"moov"):
            inside = start + (12 if content[start + 4 : start + 8] == b"meta" else 8)
            found += _boxes(content, inside, start + size)
        start += size
    return found


def _directory(content: bytes) -> Parts:
    order = "little" if content[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(content[at : at + size], order)  # type: ignore[arg-type]  # one of the two

    big = number(2, 2) == 43
    at = number(8, 8) if big else number(4, 4)
    counter, entry = (8, 20) if big else (2, 12)
    count = min(number(at, counter), 64)
    return [(at + counter + entry * i, at + counter + entry * (i + 1)) for i in range(count)]


def _flip(content: bytearray, draw: random.Random, other: bytes) -> None:
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)


def _bytes(content: bytearray, draw: random.Random, other: bytes) -> None:
    at = draw.randrange(len(content))
    length = draw.choice((1, 2, 4, 8, 40))
    content[at : at + length] = draw.choice((draw.randbytes(length), b"\0" * length, b"\xff" * length))


def _cut(content: bytearray, draw: random.Random, other: bytes) -> None:
    del content[draw.randrange(1, len(content)) :]


def _drop(content: bytearray, draw: random.Random, other: bytes) -> None:
    at = draw.randrange(len(content))
    del content[at : at + draw.choice((1, 2, 4, 16, 100))]


def _repeat(content: bytearray, draw: random.Random, other: bytes) -> None:
    start, stop = _some(content, draw)
    content[stop:stop] = content[start:stop] * draw.choice((1, 1, 2, 50))


def _remove(content: bytearray, draw: random.Random, other: bytes) -> None:
    start, stop = _some(content, draw)
    del content[start:stop]


def _swap(content: bytearray, draw: random.Random, other: bytes) -> None:
    (a, b), (c, d) = sorted((_some(content, draw), _some(content, draw)))
    if b <= c:
        content[a:d] = content[c:d] + content[b:c] + content[a:b]


def _splice(content: bytearray, draw: random.Random, other: bytes) -> None:
    start, stop = _some(content, draw)
    begin, end = _some(bytearray(other), draw)
    content[start : draw.choice((start, stop))] = other[begin:end]


def _join(content: bytearray, draw: random.Random, other: bytes) -> None:
    content[draw.randrange(len(content)) :] = other[draw.randrange(len(other)) :]


def _number(content: bytearray, draw: random.Random, other: bytes) -> None:
    """Set a field to an extreme, or one more or less: most often where a part begins, and its fields are."""
    size = draw.choice((1, 2, 2, 4, 4, 8))
    start, stop = _some(content, draw)
    near = draw.random() < 0.7
    at = start + draw.randrange(min(stop - start, 24)) if near else draw.randrange(len(content))
    order = draw.choice(("little", "big"))
    before = int.from_bytes(content[at : at + size], order)  # type: ignore[arg-type]  # one of the two
    value = draw.choice((draw.choice(EXTREMES), draw.choice(EXTREMES), before + 1, before - 1, before * 2))
    content[at : at + size] = (value % 256**size).to_bytes(size, order)


def _text(content: bytearray, draw: random.Random, other: bytes) -> None:
    """Set a number written in digits to another."""
    found = [match.span() for match in re.finditer(rb"-?\d+", content[:4096])]
    if found:
        start, stop = draw.choice(found)
        content[start:stop] = draw.choice(
            (b"0", b"-1", b"65536", b"99999999999999999999", b"1e9", b"", b"nan")
        )


def _value(content: bytearray, draw: random.Random, other: bytes) -> None:
    """Set a value of a model's header to one of another type; its length is mended."""
    end = 8 + int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8:end])
        told = json.loads(header["__metadata__"]["pixture"])
    except (ValueError, KeyError, TypeError):
        return
    place = draw.choice((header, told, told))
    place[draw.choice(list(place))] = draw.choice(VALUES)
    if isinstance(header.get("__metadata__"), dict):
        header["__metadata__"]["pixture"] = json.dumps(told)
    written = json.dumps(header).encode()
    content[:end] = struct.pack("<Q", len(written)) + written


WAYS: tuple[Callable[[bytearray, random.Random, bytes], None], ...] = (
    _flip, _bytes, _cut, _drop, _repeat, _remove, _swap, _splice, _join, _number, _number, _number, _text,
)  # fmt: skip


def _some(content: bytearray, draw: random.Random) -> tuple[int, int]:
    start, stop = draw.choice(parts(bytes(content)))
    start = min(start, len(content) - 1)
    return start, max(start + 1, min(stop, len(content)))


def mutated(content: bytes, draw: random.Random, other: bytes) -> bytes:
    """Return a file that differs from a good one, in one to three ways."""
    changed = bytearray(content)
    ways = (*WAYS, _value, _value, _value) if content[8:9] == b"{" else WAYS
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        if len(changed) > 1:
            draw.choice(ways)(changed, draw, other)
    if changed.startswith(b"\x89PNG") and draw.random() < 0.7:
        _mend_checksums(changed)
    return bytes(changed)


def truncated(content: bytes, draw: random.Random) -> bytes:
    """Return the beginning of a file."""
    return content[: draw.randrange(1, len(content))]


def _mend_checksums(content: bytearray) -> None:
    """Without them, all that a decoder sees of a PNG is that its sum is wrong."""
    for start, stop in parts(bytes(content)):
        if stop - start >= 12:
            content[stop - 4 : stop] = zlib.crc32(content[start + 4 : stop - 4]).to_bytes(4, "big")
