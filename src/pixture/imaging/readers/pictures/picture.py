"""BMP, GIF and QOI, which are known to arrive whole through Pillow; and pictures that Pillow holds."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import PIL.Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.QoiImagePlugin import QoiImageFile
from PIL.TiffImagePlugin import TiffImageFile

from pixture.arrays import Array
from pixture.errors import ReadError
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.pictures.frames import animation
from pixture.imaging.readers.pictures.orientation import TAG, upright
from pixture.imaging.readers.subimage import FIRST, Subimage, refuse_other_places


@dataclass(frozen=True)
class _Known:
    """A format that Pillow decodes whole: its class, and the modes in which that was compared."""

    magic: bytes
    reads: type[ImageFile]
    modes: tuple[str, ...]


KNOWN_WHOLE = (
    _Known(b"BM", BmpImageFile, ("1", "L", "P", "RGB", "RGBA")),
    _Known(b"GIF8", GifImageFile, ("L", "P", "RGB", "RGBA")),
    _Known(b"qoif", QoiImageFile, ("RGB", "RGBA")),
    _Known(b"II", TiffImageFile, ("RGB", "YCbCr")),  # YCbCr that is not JPEG, for which `tiff` calls
    _Known(b"MM", TiffImageFile, ("RGB", "YCbCr")),
)
"""What is not in this table is not given to Pillow."""

# Pillow's modes that are kept; each other mode becomes one of them without loss of depth
_KEPT = ("L", "LA", "RGB", "RGBA", "I;16", "I;16L", "I;16B", "I", "F")
_BECOMES = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "CMYK": "RGB", "YCbCr": "RGB"}

_METADATA = 2**24
"""Bytes of a file that may be read beside twice those that its pixels take."""


class _Bounded(io.RawIOBase):
    """A file of which only so many bytes are given out, however many times they are asked for."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        super().__init__()
        self.file = file
        self.left = left

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(self.left + 1 if size < 0 else min(size, self.left + 1))
        self.left -= len(data)
        if self.left < 0:
            raise DamagedError("it holds far more bytes than its pixels need")
        return data


def decode(path: Path, which: Subimage = FIRST) -> Image:
    """Return the picture, all frames of an animation; what cannot be decoded raises what the decoder does."""
    with path.open("rb") as file:
        head = file.read(64)
        known = next(known for known in KNOWN_WHOLE if head.startswith(known.magic))
        _refuse_unread(path, head)
        frames, place = _gif_frames(file) if known.reads is GifImageFile else (1, None)
        if place is not None:
            width, height = (int.from_bytes(head[at : at + 2], "little") for at in (6, 8))
            refuse_bomb(path, max(width, place.left + place.width), max(height, place.top + place.height))
        if frames > 1:
            return animation(path, GifImageFile, frames, which)
        refuse_other_places(path, which)
        file.seek(0)
        bounded = _Bounded(file, _METADATA)
        with warnings.catch_warnings():
            # what Pillow warns of is metadata cut short: the pixels are held against the file by the readers
            warnings.simplefilter("ignore", UserWarning)
            # ... or a size below that from which on it is refused
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
            with known.reads(bounded) as picture:  # type: ignore[arg-type]  # reads and seeks: Pillow needs no more
                refuse_bomb(path, *picture.size)
                bounded.left += 8 * picture.width * picture.height
                if picture.mode not in known.modes:
                    raise ReadError(
                        f"{path}: a {picture.format} file whose pixels are of the kind {picture.mode!r} is "
                        "not read. Convert it to PNG or TIFF."
                    )
                pixels, alpha = _held_pixels(str(path), picture)
                orientation = picture.getexif().get(TAG) if isinstance(picture, TiffImageFile) else None
    if place is not None:
        pixels, alpha = _within_frame(pixels, alpha, place)
    return image_from_array(upright(pixels, orientation), axes="yxc"[: pixels.ndim], alpha=alpha)


def image_from_pillow(picture: PIL.Image.Image) -> Image:
    """Return the image that a Pillow picture in memory holds, as if it had been read from a file.

    Raises
    ------
    ReadError
        The picture's mode is one that cannot be taken without loss.
    """
    pixels, alpha = _held_pixels("the picture", picture)
    turned = upright(pixels, picture.getexif().get(TAG))
    return image_from_array(turned, axes="yxc"[: pixels.ndim], alpha=alpha)


def _held_pixels(name: str, picture: PIL.Image.Image) -> tuple[Array, bool]:
    """Return the pixels that Pillow holds, and whether their last channel is opacity."""
    mode = picture.mode
    if picture.has_transparency_data and mode not in ("LA", "La", "PA", "RGBA", "RGBa"):
        picture = picture.convert("LA" if mode in ("1", "L") else "RGBA")  # one colour stands for transparent
    elif mode == "P":
        picture = picture.convert("RGB")
    elif mode in _BECOMES:
        picture = picture.convert(_BECOMES[mode])
    elif mode not in _KEPT:
        raise ReadError(
            f"{name}: pixels of the kind {mode!r} cannot be read without loss. Save it as grey or RGB, "
            "for example as TIFF."
        )
    return np.asarray(picture), picture.mode in ("LA", "RGBA")


def _refuse_unread(path: Path, head: bytes) -> None:
    """Refuse the kinds of BMP that hold another file, or more than 8 bits a channel."""
    if not head.startswith(b"BM") or head[14] == 12:
        return
    bits, compression = int.from_bytes(head[28:30], "little"), int.from_bytes(head[30:34], "little")
    if bits not in (1, 4, 8, 16, 24, 32) or compression > 3:
        raise ReadError(
            f"{path}: a BMP of {bits} bits, compressed by method {compression}, is not read. Convert it to "
            "PNG."
        )


@dataclass(frozen=True)
class _Place:
    """Where on the canvas a frame stands."""

    left: int
    top: int
    width: int
    height: int


def _gif_frames(file: BinaryIO) -> tuple[int, _Place]:
    """Return how many frames a GIF has, and where the first stands."""
    file.seek(10)
    file.seek(_palette_length(file.read(1)) + 13)
    frames, place = 0, _Place(0, 0, 0, 0)
    while (block := file.read(1)) in (b"!", b","):
        if block == b"!":
            file.seek(1, 1)
        else:
            head = file.read(9)
            frames += 1
            if frames == 1:
                place = _Place(*(int.from_bytes(head[at : at + 2], "little") for at in (0, 2, 4, 6)))
            file.seek(_palette_length(head[8:]) + 1, 1)
        while length := file.read(1):
            if length == b"\0":
                break
            file.seek(length[0], 1)
    return frames, place


def _palette_length(flags: bytes) -> int:
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _within_frame(pixels: Array, alpha: bool, place: _Place) -> tuple[Array, bool]:
    """Return the first frame's pixels; what it leaves of the canvas is transparent, and no colour."""
    left, top, width, height = place.left, place.top, place.width, place.height
    rows, columns = pixels.shape[:2]
    if left == top == 0 and width >= columns and height >= rows:
        return pixels, alpha
    channels = np.atleast_3d(pixels)
    inside = np.zeros((rows, columns, 1), pixels.dtype)
    inside[top : top + height, left : left + width] = 255
    if alpha:
        return np.concatenate([channels[..., :-1], np.minimum(channels[..., -1:], inside)], axis=-1), True
    return np.concatenate([channels, inside], axis=-1), True
