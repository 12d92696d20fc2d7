"""AVIF: sizes and turns are read from the boxes, the pixels are decoded by libavif (through imagecodecs)."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np

from pixture.arrays import Array
from pixture.errors import FirstFrameWarning, ReadError, warn
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.pictures.boxes import Box, boxes, contents

_AT_MOST = 2**26
"""Bytes that a file may have beside what its pixels can need: of metadata, and of further frames."""


def decode(path: Path) -> Image:
    """Return the picture; what cannot be decoded raises whatever the decoder raises."""
    with path.open("rb") as file:
        end = path.stat().st_size
        properties, frames = _properties(file, end)
        sizes = [contents(file, box) for box in properties if box.kind == b"ispe"]
        areas = [(int.from_bytes(size[4:8]), int.from_bytes(size[8:12])) for size in sizes]
        if not areas or min(map(min, areas)) == 0:
            raise DamagedError("it says no size")
        width, height = max(areas, key=lambda area: area[0] * area[1])
        refuse_bomb(path, width, height, 8)
        if end > 16 * width * height + _AT_MOST:
            raise ReadError(
                f"{path}: the file holds {end:,} bytes, far more than {width:,} x {height:,} pixels "
                "need. Save the picture alone, as AVIF or PNG."
            )
        turned = {box.kind: contents(file, box) for box in properties if box.kind in (b"irot", b"imir")}
        file.seek(0)
        content = file.read(end)
    # libavif takes a sequence's still picture where the file does not call itself one; imagecodecs, asked for
    # the first frame of a sequence (index=0), writes beyond the memory that it has for it
    content = content[:8] + b"avif" + content[12:] if content[8:12] == b"avis" else content
    pixels: Array = imagecodecs.avif_decode(content)
    if pixels.shape[:2] not in ((height, width), (width, height)):
        raise DamagedError("its picture has another size than its header")
    if frames > 1:
        warn(
            f"{path}: the file holds {frames} frames; only the first is read.",
            FirstFrameWarning,
        )
    pixels = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[-1] == 1 else pixels
    # the file's own transformations, the rotation first; it may not be turned by EXIF as well
    if quarters := turned.get(b"irot"):
        pixels = np.rot90(pixels, quarters[0] & 3)
    if axis := turned.get(b"imir"):
        pixels = pixels[:, ::-1] if axis[0] & 1 else pixels[::-1]
    return image_from_array(
        pixels, axes="yxc"[: pixels.ndim], alpha=pixels.ndim == 3 and pixels.shape[-1] in (2, 4)
    )


def _properties(file: BinaryIO, end: int) -> tuple[list[Box], int]:
    """Return the item properties (ISO 23008-12, 9.3), and how many frames a sequence has."""
    found: list[Box] = []
    frames = 1
    for box in boxes(file, 0, end):
        if box.kind == b"meta":
            for part in boxes(file, box.start + 4, box.end):
                if part.kind == b"iprp":
                    for container in boxes(file, part.start, part.end):
                        if container.kind == b"ipco":
                            found += list(boxes(file, container.start, container.end))
        elif box.kind == b"moov":
            frames = max(frames, _frames(file, box))
    return found, frames


def _frames(file: BinaryIO, within: Box) -> int:
    """Return the largest number of samples of a track (stsz, ISO 14496-12, 8.7.3)."""
    most = 1
    for box in boxes(file, within.start, within.end):
        if box.kind in (b"trak", b"mdia", b"minf", b"stbl"):
            most = max(most, _frames(file, box))
        elif box.kind == b"stsz" and box.length >= 12:
            file.seek(box.start + 8)
            most = max(most, int.from_bytes(file.read(4)))
    return most
