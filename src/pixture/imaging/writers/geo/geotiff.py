"""GeoTIFF, laid out for the cloud (COG), by rasterio: with place, names, colours and smaller copies."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.env import Env
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from pixture.arrays import Array
from pixture.errors import NotKeptWarning, WriteError, warn
from pixture.imaging.geo.gdal import OPTIONS, quiet
from pixture.imaging.geo.georeference import Georeference
from pixture.imaging.writers.geo.attribute_table import attribute_table
from pixture.imaging.writers.geo.qgis_style import raster_style
from pixture.imaging.writers.raster import Holds, Raster

TILE = 512
"""Pixels of a tile's side; smaller copies are added until one fits into it."""


def encode(raster: Raster) -> dict[str, bytes]:
    """Return a raster as a GeoTIFF, and what QGIS and GDAL read beside it.

    The file is a Cloud Optimized GeoTIFF: tiles, compressed without loss, and smaller copies, whose pixels
    are nearest neighbours of labels and numbers, and means of values. It has the CRS, the transform or
    the ground control points of the image, the value of pixels without data, and a name a
    band. Floats without data are NaN; integers that are values have a mask.

    Labels are numbers, not colours of a palette: their colours, names and numbers are a raster attribute
    table in .tif.aux.xml, which GDAL reads, and a style in .qml, by which QGIS draws them and their legend.

    Raises
    ------
    WriteError
        The values are of a type that GeoTIFF does not hold.

    Warns
    -----
    NotKeptWarning
        Something of the place has no GeoTIFF key.
    """
    where = georeference_in(raster)
    made = {".tif": _cog(raster, where)}
    with quiet(), Env(**OPTIONS), MemoryFile(made[".tif"]) as memory, memory.open() as file:
        say_what_is_lost(file, where)
    return {**made, **beside(raster)}


def beside(raster: Raster) -> dict[str, bytes]:
    """Return what QGIS and GDAL read beside labels: their names and colours."""
    if raster.holds is not Holds.LABELS:
        return {}
    return {".tif.aux.xml": attribute_table(raster.classes), ".qml": raster_style(raster.classes)}


def georeference_in(raster: Raster) -> Georeference:
    """Return where the pixels of a raster's image lie; an empty one where it has no place of this family."""
    place = raster.image.place
    content = None if place is None else place.content
    return content if isinstance(content, Georeference) else Georeference()


def _cog(raster: Raster, where: Georeference) -> bytes:
    bands, mask, nodata = _bands(raster)
    profile: dict[str, Any] = {
        "count": len(bands),
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": bands.dtype.name,
        "nodata": nodata,
        "crs": where.crs,
        "transform": None if where.transform is None else Affine(*where.transform),
        **layout(raster.holds),
    }
    with quiet(), Env(**OPTIONS), MemoryFile() as memory:
        with memory.open(**profile) as file:
            describe(file, raster, where)
            file.write(bands)
            if mask is not None:
                file.write_mask(mask)
            if raster.image.is_colour and len(bands) == 3 and raster.holds is Holds.VALUES:
                file.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        return bytes(memory.getbuffer())


def layout(holds: Holds) -> dict[str, Any]:
    """Return GDAL's driver, and its options, for a raster laid out for the cloud."""
    return {
        "driver": "COG",
        "compress": "DEFLATE",
        "predictor": "YES" if holds is Holds.VALUES else "NO",  # differences of labels pack worse than these
        "blocksize": TILE,
        "overview_resampling": "AVERAGE" if holds is Holds.VALUES else "NEAREST",
        "bigtiff": "IF_SAFER",
    }


def describe(file: Any, raster: Raster, where: Georeference) -> None:
    """Say in an open file where its pixels lie, but for the transform, and how its bands are called."""
    if where.points:
        points = [GroundControlPoint(one.row, one.column, one.x, one.y, one.z) for one in where.points]
        file.gcps = (points, CRS.from_wkt(where.crs) if where.crs else CRS())
    if where.rpcs:
        file.update_tags(ns="RPC", **where.rpcs)
    if where.pixel_is_point:
        file.update_tags(AREA_OR_POINT="Point")
    for number, name in enumerate(raster.channel_names or (raster.holds.name.lower(),), 1):
        file.set_band_description(number, name)


def checked_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return a dtype that GeoTIFF holds.

    Raises
    ------
    WriteError
        It does not.
    """
    if dtype.kind not in "uif" or dtype == np.float16:
        raise WriteError(f"GeoTIFF holds integers and floats of 32 and 64 bits; got {dtype}.")
    return dtype


def _bands(raster: Raster) -> tuple[Array, Array | None, int | float | None]:
    """Return (bands, rows, columns), the mask where one is needed, and the value of pixels without data."""
    values, mask = raster.values, raster.image.mask
    bands = np.moveaxis(values, -1, 0) if raster.axes.endswith("c") else values[None]
    checked_dtype(bands.dtype)
    if raster.holds is not Holds.VALUES or mask is None:
        return np.ascontiguousarray(bands), None, raster.nodata
    if bands.dtype.kind == "f":
        return np.where(mask, bands, np.array(np.nan, bands.dtype)), None, float("nan")
    # every integer may be a value: what takes no part is masked, not marked by a number
    return np.ascontiguousarray(bands), np.where(mask, np.uint8(255), np.uint8(0)), None


def say_what_is_lost(file: Any, where: Georeference) -> None:
    """Warn where an open file, as it was written, says another place than the image has."""
    points, of_points = file.gcps
    found = file.crs or of_points
    lost = []
    if where.crs is not None and (found is None or found != CRS.from_wkt(where.crs)):
        lost.append("the exact definition of its coordinate reference system")
    if where.transform is not None and not np.allclose(
        file.transform[:6], where.transform, rtol=1e-12, atol=0
    ):
        lost.append("its transform")
    if len(points) != len(where.points):
        lost.append("its ground control points")
    if lost:
        warn(
            f"GeoTIFF has no keys for {' and '.join(lost)}: what is written may lie elsewhere. Reproject the "
            "image first, or copy the place with gdal_edit.py.",
            NotKeptWarning,
        )
