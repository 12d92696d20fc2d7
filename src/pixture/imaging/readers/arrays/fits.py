"""FITS, by astropy: any BITPIX, scaled and signed as the header says, missing values masked.

Rows are in the order of the file: the first, which astronomers' programs show at the bottom, is at the top.
"""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

from pixture.arrays import Array
from pixture.errors import FirstFrameWarning, ReadError, warn
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb

_LOOK_AT = 1000  # header and data units
_UNSIGNED = {(8, -128.0): "i1", (16, 2.0**15): "u2", (32, 2.0**31): "u4", (64, 2.0**63): "u8"}
"""(BITPIX, BZERO) by which FITS keeps the types that it has no BITPIX for."""
_quiet_one = threading.Lock()


def decode(path: Path) -> Image:
    """Return the first image; what cannot be decoded raises whatever the decoder raises."""
    with _quiet(), fits.open(path, memmap=True, lazy_load_hdus=True, do_not_scale_image_data=True) as units:
        images = [unit for unit in islice(units, _LOOK_AT) if unit.is_image and _lengths(unit)]
        if not images:
            raise ReadError(
                f"{path}: the FITS file holds no image, only tables or headers. Give one with an image."
            )
        unit = images[0]
        lengths = _lengths(unit)
        _refuse_unread(path, unit, lengths)
        stored = np.array(unit.data[(0,) * (len(lengths) - 2)])
        header = {name: unit.header.get(name) for name in ("BITPIX", "BSCALE", "BZERO", "BLANK")}
    pixels = _scaled(stored, header)
    planes = math.prod(lengths[:-2])
    if planes > 1:
        _warn_first(f"{path}: the image has {planes:,} planes; only the first is read.")
    elif len(images) > 1:
        _warn_first(f"{path}: the file holds {len(images):,} images; only the first is read.")
    blank = header["BLANK"]
    if stored.dtype.kind in "iu" and blank is not None:
        return image_from_array(np.ma.MaskedArray(pixels, stored == blank), axes="yx")
    return image_from_array(pixels, axes="yx")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep astropy's remarks on how a header is written off the screen.

    The filters are the process's: one thread at a time changes them and puts them back.
    """
    with _quiet_one, warnings.catch_warnings():
        warnings.simplefilter("ignore", AstropyWarning)
        yield


def _warn_first(said: str) -> None:
    warn(said, FirstFrameWarning)


def _lengths(unit: Any) -> tuple[int, ...]:
    """Lengths of an image's axes, the rows last but one; empty where it holds no data."""
    lengths = tuple(int(length) for length in unit.shape)
    return lengths if lengths and min(lengths) > 0 else ()


def _refuse_unread(path: Path, unit: Any, lengths: tuple[int, ...]) -> None:
    if len(lengths) < 2:
        raise ReadError(
            f"{path}: the first image in the FITS file is a row of {lengths[0]:,} numbers. Give a file whose "
            "first image has rows and columns."
        )
    bytes_per_pixel = abs(int(unit.header["BITPIX"])) // 8
    compressed = isinstance(unit, fits.CompImageHDU)
    # of a cube that is stored as it is only a plane is read; a compressed one is unpacked as a whole
    planes = math.prod(lengths[:-2]) if compressed else 1
    refuse_bomb(path, lengths[-1], lengths[-2] * planes, bytes_per_pixel)
    if compressed:
        if math.prod(unit.tile_shape) > 2 * math.prod(lengths) + 2**20:
            raise DamagedError("its tiles are larger than its image")
        return
    end = unit.fileinfo()["datLoc"] + bytes_per_pixel * math.prod(lengths)
    if end > path.stat().st_size:
        raise DamagedError(f"it ends at byte {path.stat().st_size:,}, but its pixels go on to byte {end:,}")


def _scaled(stored: Array, header: dict[str, Any]) -> Array:
    """Return BZERO + BSCALE x stored: integers where both are, else float64."""
    scale, zero = (float(1 if header["BSCALE"] is None else header["BSCALE"]), float(header["BZERO"] or 0))
    if scale == 1 and zero == 0:
        return stored
    if not (math.isfinite(scale) and math.isfinite(zero) and scale):
        raise DamagedError(f"its BSCALE is {scale}, its BZERO {zero}")
    if stored.dtype.kind == "f" or scale != 1 or zero != int(zero) or abs(zero) > 2.0**63:
        return stored.astype(np.float64) * scale + zero
    bits = 8 * stored.dtype.itemsize
    if kind := _UNSIGNED.get((bits, zero)):
        native = stored.astype(stored.dtype.newbyteorder("="))
        unsigned = f"u{native.itemsize}"
        turned: Array = native.view(unsigned) ^ np.array(1 << bits - 1, unsigned)
        return turned.view(kind)
    if bits == 64 or abs(zero) > 2.0**53:
        return stored.astype(np.float64) + zero
    return stored.astype(np.int64) + int(zero)
