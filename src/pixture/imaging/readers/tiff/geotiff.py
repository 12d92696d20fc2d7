"""What a GeoTIFF says beside its pixels: its place, and its bands' names, scales and offsets, by rasterio.

The pixels themselves are decoded by `reader`, which trusts no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixture.errors import ReadError, UnclearPlaceWarning, warn

PLACE_TAGS = (33550, 33922, 34264, 34735, 50844)
"""ModelPixelScale, ModelTiepoint, ModelTransformation, GeoKeyDirectory, RPCCoefficient."""

METADATA_TAG = 42112
"""GDAL_METADATA: XML, with names of bands, scales and offsets."""

_WORLD_FILES = (".tfw", ".tifw", ".tiffw", ".wld")
_INSTALL = "pip install 'pixture[geo]'"


@dataclass(frozen=True, eq=False)
class Said:
    """What is said of the full image: where it lies (a `Georeference`), and of its bands.

    Attributes
    ----------
    where
        None where nothing is said.
    names
        A name a channel, or empty.
    scales, offsets
        One a band; empty where the values are as stored.
    """

    where: Any = None
    names: tuple[str, ...] = ()
    scales: tuple[float, ...] = ()
    offsets: tuple[float, ...] = ()


NOTHING = Said()


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
        from rasterio.errors import RasterioError

        from pixture.imaging.geo.bands import names_of_bands
        from pixture.imaging.geo.gdal import opened
        from pixture.imaging.geo.placing import WITHOUT_CRS, georeference_of
    except ImportError:
        _say_not_installed(path, page, has_place)
        return NOTHING
    try:
        with opened(path, "GTiff") as dataset:
            where = georeference_of(dataset)
            names = names_of_bands(dataset, channels)
            scales, offsets = tuple(map(float, dataset.scales)), tuple(map(float, dataset.offsets))
    except (RasterioError, ValueError) as error:
        if has_place:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
            warn(
                f"{path}: it says where it lies on the Earth, but not in a way that GDAL understands "
                f"({reason}); the image is read without its coordinates.",
                UnclearPlaceWarning,
            )
        return NOTHING
    if where is not None and where.crs is None:
        warn(WITHOUT_CRS.format(path=path), UnclearPlaceWarning)
    plain = all(scale == 1 for scale in scales) and not any(offsets)
    return Said(where, names, () if plain else scales, () if plain else offsets)


def placed(said: Said, orientation: object, full: tuple[int, int], shape: tuple[int, ...]) -> dict[str, Any]:
    """Return place, spacing and unit of an image, as `image_from_array` takes them, if there are any.

    Parameters
    ----------
    said
        Of the full image.
    orientation
        How the file says that it is held; the pixels have been turned upright.
    full
        Rows and columns as stored, of the full image.
    shape
        Rows and columns of the image that was read, upright: that, or a smaller copy.
    """
    if said.where is None:
        return {}
    from pixture.imaging.geo.georeference import coarser, turned
    from pixture.imaging.geo.placing import located

    rows, columns = full[::-1] if orientation in (5, 6, 7, 8) else full
    where = coarser(turned(said.where, orientation, full), columns / shape[1], rows / shape[0])
    found = located(where, (shape[0], shape[1]))
    return {"place": found.place, "spacing": found.spacing, "unit": found.unit}


def _has_side_file(path: Path) -> bool:
    """Whether there is a world file beside a TIFF, or what GDAL knows of it besides."""
    return (
        any(path.with_suffix(suffix).is_file() for suffix in _WORLD_FILES)
        or Path(f"{path}.aux.xml").is_file()
    )


def _say_not_installed(path: Path, page: Any, has_place: bool) -> None:
    text = str(page.tags.valueof(METADATA_TAG, ""))
    if 'role="scale"' in text or 'role="offset"' in text:
        raise ReadError(
            f"{path}: its values are to be scaled, as GDAL's metadata in it say, and the library that reads "
            f"these is not installed (rasterio). Install it: {_INSTALL}."
        )
    if has_place:
        warn(
            f"{path}: the image is read, but its coordinates are not kept: the library that reads them is "
            f"not installed (rasterio). Install it: {_INSTALL}.",
            UnclearPlaceWarning,
        )
