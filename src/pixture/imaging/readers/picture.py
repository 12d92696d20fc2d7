"""Pictures: everything Pillow opens, and imagecodecs for what Pillow would cut to 8 bits."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import imagecodecs
import numpy as np
import PIL.Image

from pixture.arrays import Array
from pixture.errors import FirstFrameWarning, ReadError
from pixture.imaging.image import Image, image_from_array
from pixture.imaging.readers.limits import RAISE_THE_LIMIT
from pixture.imaging.readers.orientation import TAG, upright

Decoder: TypeAlias = Callable[[bytes], Array]

# Pillow's modes that are kept; each other mode becomes one of them without loss of depth
_KEPT = ("L", "LA", "RGB", "RGBA", "I;16", "I;16L", "I;16B", "I", "F")
_BECOMES = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "CMYK": "RGB", "YCbCr": "RGB"}
_MAY_BE_DEEP = ("PNG", "JPEG2000", "AVIF", "PPM", "SGI")

_PNG: Decoder = imagecodecs.png_decode
_JPEG2000: Decoder = imagecodecs.jpeg2k_decode
_AVIF: Decoder = imagecodecs.avif_decode


def decode(path: Path) -> Image:
    """Return the picture in the file; what cannot be decoded raises whatever the decoder raises."""
    try:
        picture = PIL.Image.open(path)
    except PIL.UnidentifiedImageError:
        raise ReadError(
            f"{path}: this is not an image in a format pixture reads (PNG, JPEG, TIFF, JPEG 2000, WebP, "
            "AVIF, BMP, GIF, PNM and others that Pillow knows)."
        ) from None
    except PIL.Image.DecompressionBombError as error:
        raise ReadError(
            f"{path}: the file claims to be larger than is taken for safe ({str(error).split(',')[0]}): "
            f"it is damaged, or made to exhaust memory. {RAISE_THE_LIMIT}"
        ) from None
    with picture:
        orientation = picture.getexif().get(TAG)
        frames = getattr(picture, "n_frames", 1)
        pixels, alpha = _pixels(path, picture)
    if frames > 1 and picture.format != "MPO":  # a camera's second frame is a preview or a depth map
        warnings.warn(
            f"{path}: the file holds {frames} frames; only the first is read.",
            FirstFrameWarning,
            stacklevel=3,
        )
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


def _pixels(path: Path, picture: PIL.Image.Image) -> tuple[Array, bool]:
    """Return the pixels of a picture in a file, and whether their last channel is opacity."""
    # a JPEG 2000 file may say its depth after megabytes of metadata
    content = path.read_bytes() if picture.format in _MAY_BE_DEEP else b""
    deep = _deeper_than_pillow(path, picture, content)
    if deep is not None:
        pixels = deep(content)
        return pixels, pixels.ndim == 3 and pixels.shape[-1] in (2, 4)
    if picture.format == "PNG" and picture.mode == "L" and isinstance(picture.info.get("transparency"), int):
        # Pillow spreads 2- and 4-bit grey over 8 bits, but not the shade that stands for transparent
        bits = content[24]
        picture.info["transparency"] *= 255 // (2**bits - 1)
    return _held_pixels(str(path), picture)


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
    pixels = np.asarray(picture)
    if picture.format == "PPM" and pixels.dtype == np.int32:
        pixels = pixels.astype(np.uint16)  # 16-bit PGM, which Pillow keeps in 32 bits
    return pixels, picture.mode in ("LA", "RGBA")


def _deeper_than_pillow(path: Path, picture: PIL.Image.Image, head: bytes) -> Decoder | None:
    """Return the decoder of a picture that has more bits than Pillow's colour modes hold, if it has."""
    match picture.format:
        case "PNG" if head[24] == 16:
            return _PNG
        case "JPEG2000" if _jpeg2000_bits(head) > 8:
            return _JPEG2000
        case "AVIF" if _avif_is_deep(head):
            return _AVIF
        case "PPM" if head[:2] in (b"P3", b"P6") and _pnm_maximum(head) > 255:
            raise _too_deep(path, "PPM")
        case "SGI" if head[3] == 2 and picture.mode != "L":
            raise _too_deep(path, "SGI")
    return None


def _too_deep(path: Path, name: str) -> ReadError:
    return ReadError(
        f"{path}: a 16-bit colour {name} file would be cut to 8 bits here. "
        "Convert it to a 16-bit TIFF or PNG."
    )


def _jpeg2000_bits(head: bytes) -> int:
    """Bits of the first component, from the codestream's SIZ marker segment (ISO 15444-1, A.5.1)."""
    size = head.find(b"\xff\x4f\xff\x51")
    return (head[size + 42] & 0x7F) + 1 if 0 <= size < len(head) - 42 else 8


def _avif_is_deep(head: bytes) -> bool:
    """Whether the AV1 configuration box says high_bitdepth (AV1-ISOBMFF, 2.3.3)."""
    box = head.find(b"av1C")
    return 0 <= box < len(head) - 6 and bool(head[box + 6] & 0x40)


def _pnm_maximum(head: bytes) -> int:
    """The largest value, the fourth word of a PNM header; comments run to the line's end."""
    lines = (line.split(b"#", 1)[0] for line in head.split(b"\n"))
    return int(b" ".join(lines).split()[3])
