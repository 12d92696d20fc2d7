"""TGA, PCX and SGI: the kinds of them that are known to arrive whole through Pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL.ImageFile import ImageFile
from PIL.PcxImagePlugin import PcxImageFile
from PIL.SgiImagePlugin import SgiImageFile
from PIL.TgaImagePlugin import TgaImageFile

from pixture.errors import ReadError
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb, refuse_excess

_RUN = 128
"""The most pixels that a byte of these formats can stand for: no run is longer."""


def decode(path: Path) -> Image:
    """Return the picture in the file; what cannot be decoded raises whatever the decoder raises."""
    with path.open("rb") as file:
        head = file.read(128)
        if len(head) < 18:
            raise DamagedError("it ends within its header")
        reads, opacity = _kind(path, head)
        file.seek(0)
        with reads(file) as picture:
            refuse_bomb(path, *picture.size)
            if picture.width * picture.height > _RUN * path.stat().st_size:
                raise DamagedError("it holds too few bytes for its size")
            refuse_excess(path, path.stat().st_size, picture.width * picture.height, 4)
            pixels = np.array(picture.convert("RGB") if picture.mode == "P" else picture)
    if opacity is None and pixels.ndim == 3 and pixels.shape[-1] == 4:
        pixels = pixels[..., :3]  # the fourth byte is said to mean nothing
    return image_from_array(pixels, axes="yxc"[: pixels.ndim], alpha=bool(opacity))


def _kind(path: Path, head: bytes) -> tuple[type[ImageFile], bool | None]:
    """Return what reads the file and whether its last channel is opacity (None: it means nothing)."""
    if head.startswith(b"\x01\xda"):
        size, dimension, channels = head[3], head[5], int.from_bytes(head[10:12], "big")
        if size != 1 or (dimension, channels) not in ((2, 1), (3, 1), (3, 3), (3, 4)) or any(head[104:108]):
            raise _refused(path, f"SGI of {8 * size} bits and {channels} channels", "TIFF")
        return SgiImageFile, channels == 4
    if head.startswith(b"\n"):
        if len(head) < 128:
            raise DamagedError("it ends within its header")
        bits, planes = head[3], head[65]
        if head[1] != 5 or bits != 8 or planes not in (1, 3):
            raise _refused(path, f"PCX of {planes} planes of {bits} bits", "PNG")
        if planes == 1 and _end(path, 769)[:1] != b"\x0c":
            raise DamagedError("its palette is missing")
        return PcxImageFile, False
    kind, depth, attributes = head[2] & 7, head[16], head[17] & 15
    palette_fits = kind != 1 or (head[3:5] == b"\0\0" and head[7] == 24)
    known = ((1, 8, 0), (2, 24, 0), (2, 32, 0), (2, 32, 8), (3, 8, 0))
    if (kind, depth, attributes) not in known or not palette_fits or head[17] & 0x10:
        raise _refused(path, f"TGA of {depth} bits (or its palette or order of columns)", "PNG")
    if attributes:
        _refuse_other_alpha(path)
    return TgaImageFile, True if attributes else None


def _refuse_other_alpha(path: Path) -> None:
    """Refuse a TGA whose extension says that its attributes are something else than opacity."""
    data = _end(path, 26)
    if not data.endswith(b"TRUEVISION-XFILE.\0") or not (at := int.from_bytes(data[-26:-22], "little")):
        return
    with path.open("rb") as file:
        file.seek(at + 494)
        if file.read(1) != b"\x03":
            raise _refused(path, "TGA whose attributes are not plain opacity", "PNG")


def _end(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - length))
        return file.read()


def _refused(path: Path, what: str, target: str) -> ReadError:
    return ReadError(
        f"{path}: this kind of picture, {what.rstrip(',')}, is not read. Convert it to {target}."
    )
