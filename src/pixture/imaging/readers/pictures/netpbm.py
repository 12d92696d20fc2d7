"""Netpbm: PBM, PGM, PPM (plain and raw), PAM and PFM, of any depth."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from pixture.arrays import Array
from pixture.errors import FirstFrameWarning, warn
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb

_HEADER = 2**16
"""Bytes that a header with its comments may have."""
_PART = 2**20
_DIGITS = 16
"""Bytes that a sample of a plain file may take, spaces and comments included."""
_WITH_OPACITY = {"BLACKANDWHITE_ALPHA": 2, "GRAYSCALE_ALPHA": 2, "RGB_ALPHA": 4}


@dataclass(frozen=True)
class _Header:
    """What a header says; `start` is where the samples begin."""

    kind: bytes
    width: int
    height: int
    channels: int
    most: int
    start: int
    opacity: bool = False
    little: bool = False

    @property
    def samples(self) -> int:
        return self.width * self.height * self.channels


def decode(path: Path) -> Image:
    """Return the picture; integers are scaled to fill 8 or 16 bits, floats are as stored."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
        header = _pam(head) if head.startswith(b"P7") else _pnm(head)
        if not (header.width and header.height and header.channels):
            raise DamagedError("its header says no size")
        size = 4 if header.kind in (b"Pf", b"PF") else 1 if header.most < 256 else 2
        refuse_bomb(path, header.width, header.height, size * header.channels)
        file.seek(header.start)
        samples = _samples(file, header)
        behind = file.read(16).lstrip()
    if re.match(rb"P[1-7Ff]\s", behind):
        warn(
            f"{path}: the file holds several pictures; only the first is read.",
            FirstFrameWarning,
        )
    pixels = samples.reshape(header.height, header.width, header.channels)
    if header.kind in (b"Pf", b"PF"):
        pixels = pixels[::-1]  # whose first row is the lowest
    if header.channels == 1:
        return image_from_array(pixels[..., 0], axes="yx")
    return image_from_array(pixels, axes="yxc", alpha=header.opacity)


def _pnm(head: bytes) -> _Header:
    kind = head[:2]
    words = {b"P1": 2, b"P4": 2}.get(kind, 3)
    gap = rb"(?:\s|#[^\r\n]*[\r\n])+"
    pattern = rb"P." + rb"".join(gap + rb"([^\s#]{1,32})" for _ in range(words)) + rb"(?:#[^\r\n]*)?\s"
    match = re.match(pattern, head)
    if match is None:
        raise DamagedError("its header is incomplete, or longer than a header is")
    try:
        width, height = int(match[1]), int(match[2])
        if kind in (b"Pf", b"PF"):
            scale = float(match[3])
            if not np.isfinite(scale) or scale == 0:
                raise ValueError
            return _Header(kind, width, height, 3 if kind == b"PF" else 1, 0, match.end(), little=scale < 0)
        most = 1 if words == 2 else int(match[3])
    except ValueError:
        raise DamagedError("its header holds something else than numbers") from None
    return _checked(_Header(kind, width, height, 3 if kind in (b"P3", b"P6") else 1, most, match.end()))


def _pam(head: bytes) -> _Header:
    match = re.match(rb"P7\n((?:[^\n]*\n)*?)ENDHDR[ \t]*\n", head)
    if match is None:
        raise DamagedError("its header is incomplete, or longer than a header is")
    fields: dict[str, str] = {}
    for line in match[1].decode("latin-1").splitlines():
        name, _, value = line.strip().partition(" ")
        if name and not name.startswith("#"):
            fields[name] = f"{fields[name]} {value.strip()}" if name in fields else value.strip()
    try:
        width, height, channels, most = (int(fields[name]) for name in ("WIDTH", "HEIGHT", "DEPTH", "MAXVAL"))
    except (KeyError, ValueError):
        raise DamagedError("its header lacks WIDTH, HEIGHT, DEPTH or MAXVAL") from None
    opacity = _WITH_OPACITY.get(fields.get("TUPLTYPE", "")) == channels
    return _checked(_Header(b"P7", width, height, channels, most, match.end(), opacity))


def _checked(header: _Header) -> _Header:
    if not 1 <= header.most <= 65535 or header.width < 0 or header.height < 0 or header.channels < 0:
        raise DamagedError("its header holds numbers that cannot be")
    return header


def _samples(file: BinaryIO, header: _Header) -> Array:
    match header.kind:
        case b"Pf" | b"PF":
            return np.frombuffer(_exactly(file, 4 * header.samples), "<f4" if header.little else ">f4")
        case b"P4":
            row = -(-header.width // 8)
            packed = np.frombuffer(_exactly(file, row * header.height), np.uint8).reshape(header.height, row)
            return (1 - np.unpackbits(packed, axis=1, count=header.width).ravel()) * np.uint8(255)
        case b"P1":
            return (1 - _plain(file, header)) * np.uint8(255)
        case b"P2" | b"P3":
            return _filling(_plain(file, header), header.most)
        case _:
            kind = np.dtype("u1" if header.most < 256 else ">u2")
            return _filling(np.frombuffer(_exactly(file, kind.itemsize * header.samples), kind), header.most)


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise DamagedError(f"it holds {len(data):,} of the {length:,} bytes of its pixels")
    return data


def _plain(file: BinaryIO, header: _Header) -> Array:
    """Return the samples of a plain file, read part by part: words would take fifty times their bytes."""
    samples = np.empty(header.samples, np.uint8 if header.most < 256 else np.uint16)
    bits = header.kind == b"P1"
    found, rest, left = 0, b"", _DIGITS * header.samples + _HEADER
    while found < header.samples:
        part = file.read(min(_PART, left))
        left -= len(part)
        if not part and not rest:
            raise DamagedError(f"it holds {found:,} of the {header.samples:,} numbers of its pixels")
        text = re.sub(rb"#[^\r\n]*[\r\n]" if part else rb"#[^\r\n]*", b" ", rest + part)
        # what may go on in the next part waits for it: a comment, or a number
        whole = len(text) if not part else text.rfind(b"#") if b"#" in text else _last_space(text, bits)
        rest, text = text[whole:], text[:whole]
        if len(rest) > 2 * _PART:
            raise DamagedError("a comment or a number in it does not end")
        values = _bits(text) if bits else _numbers(text, header.most)
        values = values[: header.samples - found]
        samples[found : found + len(values)] = values
        found += len(values)
    return samples


def _last_space(text: bytes, bits: bool) -> int:
    return len(text) if bits else max(text.rfind(space) for space in (b" ", b"\n", b"\r", b"\t")) + 1


def _bits(text: bytes) -> Array:
    digits = np.frombuffer(b"".join(text.split()), np.uint8) - np.uint8(ord("0"))
    if digits.size and digits.max() > 1:
        raise DamagedError("its pixels are something else than 0 and 1")
    return digits


def _numbers(text: bytes, most: int) -> Array:
    words = text.split()
    if words and (max(map(len, words)) > 8 or not b"".join(words).isdigit()):
        raise DamagedError("its pixels are something else than numbers")
    values = np.array(words, dtype="S8").astype(np.int64)
    if values.size and values.max() > most:
        raise DamagedError(f"it has a value of {values.max()} where {most} is the largest")
    return values


def _filling(samples: Array, most: int) -> Array:
    """Return samples scaled so that the largest that can be is the largest of 8 or 16 bits."""
    full = 255 if most < 256 else 65535
    if samples.size and int(samples.max()) > most:
        raise DamagedError(f"it has a value of {samples.max()} where {most} is the largest")
    if most == full:
        return samples
    table = (np.arange(most + 1, dtype=np.int64) * full * 2 + most) // (2 * most)
    return table.astype(np.uint8 if full == 255 else np.uint16)[samples]
