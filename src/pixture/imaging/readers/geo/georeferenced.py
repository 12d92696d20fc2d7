"""What a picture says beside its pixels of where it lies on the Earth, and of its bands, by rasterio.

The pixels themselves are decoded by the format's own reader, which trusts no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixture.errors import UnclearPlaceWarning, warn

INSTALL = "pip install 'pixture[geo]'"


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


def said_by_gdal(path: Path, driver: str, channels: int, *, has_place: bool = True) -> Said:
    """Return what one of GDAL's drivers reads of a file's place and channels, but for the pixels.

    Parameters
    ----------
    path
        The file.
    driver
        The driver's name.
    channels
        How many channels the image has.
    has_place
        Whether the file says where it lies, so that it is worth a word where that cannot be kept.

    Raises
    ------
    ImportError
        rasterio is not installed.

    Warns
    -----
    UnclearPlaceWarning
        GDAL cannot understand the place, or it is one in no coordinate reference system.
    """
    from pixture.imaging.geo.bands import names_of_bands
    from pixture.imaging.geo.gdal import GDAL_ERRORS, opened
    from pixture.imaging.geo.placing import WITHOUT_CRS, georeference_of

    try:
        with opened(path, driver) as dataset:
            where = georeference_of(dataset)
            names = names_of_bands(dataset, channels)
            scales, offsets = tuple(map(float, dataset.scales)), tuple(map(float, dataset.offsets))
    except GDAL_ERRORS as error:
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


def say_not_kept(path: Path) -> None:
    """Warn that a place is not kept, since rasterio is not installed."""
    warn(
        f"{path}: the image is read, but its coordinates are not kept: the library that reads them is not "
        f"installed (rasterio). Install it: {INSTALL}.",
        UnclearPlaceWarning,
    )


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
