"""GeoTIFF laid out for the cloud: GDAL lays out tiles that are joined first, and makes the smaller copies."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rasterio
import rasterio.shutil
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.transform import Affine

from pixture.arrays import Array
from pixture.errors import WriteError
from pixture.imaging.geo.gdal import GDAL_ERRORS, OPTIONS, quiet
from pixture.imaging.window import Window
from pixture.imaging.writers.geo import geotiff
from pixture.imaging.writers.raster import Holds
from pixture.imaging.writers.tiff import pages_first
from pixture.parallel import available_threads
from pixture.scale.sinks.piece_files import KEPT, LEVEL, PieceFiles
from pixture.scale.sinks.plan import Plan
from pixture.scale.sinks.tiff_file import write_tiles
from pixture.scale.sinks.tiling import Tiling

CACHE = 2**26
"""Bytes that GDAL keeps of what it reads; by itself it takes a twentieth of the memory."""

ROOM = 2
"""How many times the room of joined tiles GDAL's copy may take, with smaller ones and a file of these."""


@dataclass(frozen=True, eq=False)
class CloudGeotiff:
    """A Cloud Optimized GeoTIFF, and what QGIS and GDAL read beside it."""

    plan: Plan

    @property
    def pieces(self) -> PieceFiles:
        """Where pieces are kept."""
        return PieceFiles(self.plan.parts)

    @property
    def tiling(self) -> Tiling:
        """How values are cut into tiles: band by band."""
        return Tiling.of(self.plan, pages_first(self.plan.axes))

    def prepare(self) -> None:
        """As `Form` says: nothing is needed."""
        geotiff.checked_dtype(self.plan.dtype)

    def keep(self, window: Window, values: Array) -> None:
        """As `Form` says."""
        self.pieces.write(window, self.tiling.tiles(values))

    def is_whole(self, window: Window) -> bool:
        """As `Form` says."""
        return self.pieces.is_whole(window)

    def make(self, folder: Path) -> Mapping[str, bytes | Path]:
        """As `Form` says: tiles are joined to a file, which GDAL copies; both are on the disk meanwhile."""
        plan, path = self.plan, folder / "image.tif"
        raster, joined = plan.hollow, folder / "joined.tif"
        where = geotiff.georeference_in(raster)
        bands = {"planarconfig": "separate"} if "c" in self.tiling.axes else {}
        write_tiles(joined, self.tiling, self.pieces, plan.dtype, metadata=None, software=False, **bands)
        if shutil.disk_usage(folder).free < ROOM * joined.stat().st_size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        options = {"GDAL_CACHEMAX": CACHE, "GDAL_NUM_THREADS": str(available_threads()), **OPTIONS}
        try:
            with quiet(), rasterio.Env(**options):
                with rasterio.open(joined, "r+") as file:
                    _place(file, plan, raster, where)
                layout = {name: str(value) for name, value in geotiff.layout(plan.holds).items()}
                rasterio.shutil.copy(joined, path, **layout, level=str(LEVEL))
                whole = _is_whole(path, joined)
                with rasterio.open(path) as file:
                    geotiff.say_what_is_lost(file, where)
        except GDAL_ERRORS as error:
            raise self._refusal(str(error)) from error
        if not whole:
            raise self._refusal("what it wrote is not what was given")
        joined.unlink()
        return {plan.family.suffix: path, **geotiff.beside(raster)}

    def _refusal(self, error: str) -> WriteError:
        said = error.splitlines()[0][:200].rstrip(".")
        return WriteError(
            f"GDAL cannot write {self.plan.name}{self.plan.family.suffix} ({said}). See that the disk has "
            f"room. {KEPT}"
        )


def _is_whole(path: Path, source: Path) -> bool:
    """Whether a copy has the pixels of its source, and smaller copies that can be read.

    GDAL's threads may fail to write, on a full disk, and nothing tell of it.
    """
    with rasterio.open(source) as given, rasterio.open(path) as found:
        if any(given.checksum(band) != found.checksum(band) for band in given.indexes):
            return False
        levels, bands = len(found.overviews(1)), given.indexes
    for level in range(levels):
        with rasterio.open(path, overview_level=level) as smaller:
            for band in bands:
                smaller.checksum(band)
    return True


def _place(file: Any, plan: Plan, raster: Any, where: Any) -> None:
    """Say in a file that tiles are joined to what GDAL is to copy besides them."""
    if where.crs is not None and not where.points:
        file.crs = CRS.from_wkt(where.crs)
    if where.transform is not None:
        file.transform = Affine(*where.transform)
    nodata = float("nan") if plan.holds is Holds.VALUES and plan.dtype.kind == "f" else plan.nodata
    if nodata is not None:
        file.nodata = nodata
    geotiff.describe(file, raster, where)
    if plan.holds is Holds.VALUES and len(plan.channel_names) == 3 and plan.dtype.name == "uint8":
        file.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
