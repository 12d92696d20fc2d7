"""Windows of a GeoTIFF at an address, by GDAL: of a cloud-optimised one, only the tiles touched travel.

What GDAL gives otherwise than pixture's own reader of TIFF does is refused: palettes, inks, bits.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urlsplit

import numpy as np
import rasterio

from pixture.arrays import Array
from pixture.errors import ReadError
from pixture.imaging.geo.gdal import quiet
from pixture.imaging.image import Image
from pixture.imaging.readers.geo.gdal_raster import Said, image_of, placed, said_by
from pixture.imaging.readers.subimage import Subimage, chosen_scene, refuse_level
from pixture.imaging.window import Window
from pixture.scale.sources.addresses import Remote
from pixture.scale.sources.file_source import MOST_STORED

_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # nothing but the file is asked for
        "GDAL_HTTP_MAX_RETRY": "3",
        "GDAL_HTTP_RETRY_DELAY": "0.5",
        "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
        "GDAL_INGESTED_BYTES_AT_OPEN": "32768",
    }
)
_PLAIN = frozenset({"gray", "red", "green", "blue", "alpha", "undefined"})
_VSI = {"s3": "/vsis3/", "gs": "/vsigs/", "az": "/vsiaz/"}


@dataclass(frozen=True, eq=False)
class RemoteRasterWindows:
    """A raster at an address: `Windows` says what its methods are.

    Attributes
    ----------
    address
        Of the file.
    level
        Which smaller copy; 0 is the full size.
    shape, stored
        As `Windows` says.
    said
        What the file says beside its values.
    masked
        Whether it has a mask of its own.
    known
        Place, spacing and unit, as `image_from_array` takes them.
    watched
        None: what is far away is not asked again before each window.
    """

    address: str
    level: int
    shape: tuple[int, ...]
    stored: tuple[int, ...]
    said: Said
    masked: bool
    known: dict[str, Any]
    watched: None = None

    def image(self, window: Window) -> Image:
        """As `Windows` says."""
        said, ends = self.said, tuple(zip(window.start, window.stop, strict=True))
        with _opened(self.address, self.level) as file:
            bands: Array = file.read(window=ends)
            opacity = None if said.alpha is None else bands[said.alpha]
            if self.masked:
                opacity = file.read_masks(1, window=ends)
        stored = np.moveaxis(bands[list(said.kept)], 0, -1)
        return image_of(cast(Any, Remote(self.address)), said, stored, opacity, self.known, is_part=True)


def windows_of(place: Remote, which: Subimage) -> RemoteRasterWindows:
    """Return the raster at an address.

    Raises
    ------
    ReadError
        It is of a kind that is not read there, or not in tiles.
    """
    chosen_scene(place, which, [""])
    address = str(place)
    if which.level:
        with _opened(address, 0) as file:
            refuse_level(place, which.level, 1 + len(file.overviews(1)))
    with _opened(address, which.level) as file:
        kinds = {shown.name for shown in file.colorinterp}
        structure = file.tags(ns="IMAGE_STRUCTURE")
        odd = structure.get("MINISWHITE") == "YES" or "NBITS" in file.tags(1, ns="IMAGE_STRUCTURE")
        odd = odd or structure.get("ALPHA") == "PREMULTIPLIED" or len(set(file.dtypes)) > 1
        blocks = tuple(map(int, file.block_shapes[0]))
        if odd or not kinds <= _PLAIN or file.dtypes[0].startswith("complex"):
            raise ReadError(
                f"{address}: a TIFF of palettes, inks, bits or opacity multiplied in is not read from an "
                "address. Download it first, then give the file."
            )
        if math.prod(blocks) * file.count * np.dtype(file.dtypes[0]).itemsize > MOST_STORED:
            raise ReadError(
                f"{address}: its strips are too large to be fetched for a part of it. Make a cloud-optimised "
                "GeoTIFF of it: gdal_translate -of COG. Or download it first, then give the file."
            )
        shape = int(file.height), int(file.width)
        said = said_by(file)
        flags = {flag.name for flag in file.mask_flag_enums[0]}
        masked = "per_dataset" in flags and "alpha" not in flags
    known = placed(cast(Any, place), said.where, shape)
    return RemoteRasterWindows(address, which.level, shape, blocks, said, masked, known)


@contextmanager
def _opened(address: str, level: int) -> Iterator[Any]:
    """Open a raster where it is; GDAL takes keys and settings from the environment, as its handbook says."""
    options = {"overview_level": level - 1} if level else {}
    with rasterio.Env(**_OPTIONS, **_endpoint()):
        with quiet():
            file = rasterio.open(_for_gdal(address), driver="GTiff", **options)
        with file:
            yield file


def _for_gdal(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme.lower() in ("http", "https"):
        return f"/vsicurl/{address}"
    return f"{_VSI.get(parts.scheme.lower(), '/vsiadls/')}{parts.netloc}{parts.path}"


def _endpoint() -> dict[str, str]:
    """Return the server of S3 that AWS's own variable names, as GDAL takes it."""
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    if not endpoint.netloc:
        return {}
    return {
        "AWS_S3_ENDPOINT": endpoint.netloc,
        "AWS_HTTPS": "YES" if endpoint.scheme == "https" else "NO",
        "AWS_VIRTUAL_HOSTING": "FALSE",
    }
