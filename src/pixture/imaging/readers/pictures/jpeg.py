"""JPEG: 8-bit grey, RGB and CMYK, by libjpeg (through Pillow).

The segments are walked through here: Pillow is given those alone that the pixels need, so that no metadata
is parsed, and kinds of JPEG that would not arrive whole are refused by name.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL.JpegImagePlugin import JpegImageFile

from pixture.errors import ReadError
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.pictures.orientation import orientation_of, upright

_START_OF_SCAN, _END = 0xDA, 0xD9
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_ADOBE, _JFIF, _APP1 = 0xEE, 0xE0, 0xE1
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_READ = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}  # baseline, extended, progressive; the last two arithmetic
_NAMES = {0xC3: "lossless", 0xCB: "lossless", 0xF7: "JPEG-LS"}
_TABLES = {0xDB, 0xC4, 0xCC, 0xDD}
_MOST_SCANS = 500
"""A progressive picture has some ten; each costs the time of a whole picture, however few its bytes."""


@dataclass
class _Segments:
    """What precedes the first scan."""

    kept: list[bytes] = field(default_factory=list)
    frame: bytes = b""
    kind: int = 0
    exif: bytes = b""
    xmp: bytes = b""


def decode(path: Path) -> Image:
    """Return the picture; what cannot be decoded raises whatever the decoder raises.

    A camera's further pictures (MPO) are previews and depth maps, and are passed over.
    """
    with path.open("rb") as file:
        segments = _read_segments(path, file)
        height, width = (int.from_bytes(segments.frame[at : at + 2]) for at in (1, 3))
        components = segments.frame[5]
        _refuse_unread(path, segments, components)
        if not (width and height):
            raise DamagedError("its header says no size")
        refuse_bomb(path, width, height, components)
        scans = file.read(2 * width * height * components + 2**20)
    _refuse_invented(segments, width, height, scans)
    if scans.count(b"\xff\xda") > _MOST_SCANS:
        raise ReadError(
            f"{path}: the JPEG holds more than {_MOST_SCANS} scans, where some ten are usual: it is damaged, "
            "or made to take time. Export the image again."
        )
    with JpegImageFile(io.BytesIO(b"".join(segments.kept) + scans)) as picture:
        if picture.mode not in ("L", "RGB", "CMYK"):
            raise DamagedError(f"its components are {picture.mode}")
        pixels = np.asarray(picture.convert("RGB") if picture.mode == "CMYK" else picture)
    turned = upright(pixels, orientation_of(segments.exif, segments.xmp))
    return image_from_array(turned, axes="yxc"[: turned.ndim])


def _refuse_invented(segments: _Segments, width: int, height: int, scans: bytes) -> None:
    """Refuse scans of fewer bits than their blocks have: libjpeg would make up what is missing.

    A block of 8 x 8 samples takes a bit at least, two where it is not refined by later scans.
    """
    if segments.kind > 0xC2:  # arithmetic coding has no such limit
        return
    sampling = segments.frame[7 : 6 + 3 * segments.frame[5] : 3]
    across, down = (
        [max(1, factors >> 4) for factors in sampling],
        [max(1, factors & 15) for factors in sampling],
    )
    blocks = sum(
        -(-width * h // (8 * max(across))) * -(-height * v // (8 * max(down)))
        for h, v in zip(across, down, strict=True)
    )
    end = scans.find(b"\xff\xd9")
    held = len(scans) if end < 0 else end
    if 8 * held < blocks * (1 if segments.kind == 0xC2 else 2):
        raise DamagedError(f"it holds {held:,} bytes for {blocks:,} blocks of pixels")


def _read_segments(path: Path, file: BinaryIO) -> _Segments:
    """Return what the pixels need of the segments up to the first scan; its data follow in the file."""
    segments = _Segments(kept=[file.read(2)])
    while True:
        marker = _next_marker(file)
        if marker in _STANDALONE:
            continue
        if marker == _END:
            raise DamagedError("it ends before its pixels")
        length = int.from_bytes(file.read(2))
        if length < 2:
            raise DamagedError("it ends within its header")
        if marker not in _TABLES | _FRAMES | {_START_OF_SCAN, _ADOBE, _JFIF, _APP1, 0xF7, 0xF8}:
            file.seek(length - 2, 1)
            continue
        body = file.read(length - 2)
        if len(body) < length - 2:
            raise DamagedError("it ends within its header")
        if marker == _APP1:
            if body.startswith(b"Exif\0\0") and not segments.exif:
                segments.exif = body
            elif body.startswith(b"http://ns.adobe.com/xap/1.0/\0") and not segments.xmp:
                segments.xmp = body
            continue
        if marker in _FRAMES or marker == 0xF7:
            if segments.frame:
                raise DamagedError("it has two frame headers")
            if len(body) < 6:
                raise DamagedError("its frame header is too short")
            segments.frame, segments.kind = body, marker
        segments.kept.append(bytes((0xFF, marker)) + length.to_bytes(2) + body)
        if len(segments.kept) > 1000:
            raise DamagedError("it has over a thousand tables")
        if marker == _START_OF_SCAN:
            if not segments.frame:
                raise DamagedError("its pixels have no frame header")
            return segments


def _next_marker(file: BinaryIO) -> int:
    """Return the marker that is next; fill bytes and what stands between segments are passed over."""
    passed = 0
    while byte := file.read(1):
        if byte == b"\xff":
            while (code := file.read(1)) == b"\xff":
                pass
            if code and code != b"\0":
                return code[0]
        passed += 1
        if passed > 2**16:
            break
    raise DamagedError("it ends before its pixels")


def _refuse_unread(path: Path, segments: _Segments, components: int) -> None:
    bits = segments.frame[0]
    if segments.kind in _NAMES:
        kind = f"a {_NAMES[segments.kind]} file"
    elif segments.kind not in _READ:
        kind = "a hierarchical JPEG"
    elif bits != 8:
        kind = f"a {bits}-bit JPEG"
    elif components not in (1, 3, 4):
        kind = f"a JPEG of {components} components"
    else:
        return
    raise ReadError(
        f"{path}: this is {kind}, which pixture does not read: only JPEG of 8 bits, grey, RGB or CMYK. "
        "Convert it to TIFF or PNG, which keep its depth."
    )
