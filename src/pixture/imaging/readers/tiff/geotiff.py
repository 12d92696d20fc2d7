"""What a GeoTIFF says beside its pixels: which tags, and which files beside it, are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pixture.errors import ReadError
from pixture.imaging.readers.geo.georeferenced import INSTALL, NOTHING, Said, said_by_gdal, say_not_kept

PLACE_TAGS = (33550, 33922, 34264, 34735, 50844)
"""ModelPixelScale, ModelTiepoint, ModelTransformation, GeoKeyDirectory, RPCCoefficient."""

METADATA_TAG = 42112
"""GDAL_METADATA: XML, with names of bands, scales and offsets."""

_WORLD_FILES = (".tfw", ".tifw", ".tiffw", ".wld")


def said_of(path: Path, page: Any, channels: int) -> Said:
    """Return what a TIFF says of the place and the channels of its image; `NOTHING` where it says nothing.

    Raises
    ------
    ReadError
        Its values are to be scaled, and rasterio is not installed.

    Warns
    -----
    UnclearPlaceWarning
        It has a place that is not kept: rasterio is not installed, or cannot understand it; or it has one,
        but names no coordinate reference system.
    """
    has_place = any(tag in page.tags for tag in PLACE_TAGS) or _has_side_file(path)
    if not has_place and METADATA_TAG not in page.tags:
        return NOTHING
    try:
        return said_by_gdal(path, "GTiff", channels, has_place=has_place)
    except ImportError:
        text = str(page.tags.valueof(METADATA_TAG, ""))
        if 'role="scale"' in text or 'role="offset"' in text:
            raise ReadError(
                f"{path}: its values are to be scaled, as GDAL's metadata in it say, and the library that "
                f"reads these is not installed (rasterio). Install it: {INSTALL}."
            ) from None
        if has_place:
            say_not_kept(path)
        return NOTHING


def _has_side_file(path: Path) -> bool:
    """Whether there is a world file beside a TIFF, or what GDAL knows of it besides."""
    return (
        any(path.with_suffix(suffix).is_file() for suffix in _WORLD_FILES)
        or Path(f"{path}.aux.xml").is_file()
    )
