"""GeoTIFF laid out for the cloud: GDAL lays out tiles that are joined first, and makes the smaller copies."""

from __future__ import annotations

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
from pixture.scale.sinks.piece_files import PieceFiles
from pixture.scale.sinks.plan import Plan
from pixture.scale.sinks.tiff_file import write_tiles
from pixture.scale.sinks.tiling import Tiling

CACHE = 2**26
"""Bytes that GDAL keeps of what it reads; by itself it takes a twentieth of the memory."""


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
        """As `Form` says: tiles are joined to a file, which GDAL copies; meanwhile both take room."""
        plan, path = self.plan, folder / "image.tif"
        raster, joined = plan.hollow, folder / "joined.tif"
        where = geotiff.georeference_in(raster)
        bands = {"planarconfig": "separate"} if "c" in self.tiling.axes else {}
        write_tiles(joined, self.tiling, self.pieces, plan.dtype, metadata=None, software=False, **bands)
        options = {"GDAL_CACHEMAX": CACHE, "GDAL_NUM_THREADS": str(available_threads()), **OPTIONS}
        try:
            with quiet(), rasterio.Env(**options):
                with rasterio.open(joined, "r+") as file:
                    _place(file, plan, raster, where)
                layout = {name: str(value) for name, value in geotiff.layout(plan.holds).items()}
                rasterio.shutil.copy(joined, path, **layout)
                with rasterio.open(path) as file:
                    geotiff.say_what_is_lost(file, where)
        except GDAL_ERRORS as error:
            raise WriteError(
                f"GDAL cannot write {plan.name}{plan.family.suffix} ({str(error).splitlines()[0][:200]}). "
                "See that the disk has room; the pieces are kept."
            ) from error
        joined.unlink()
        return {plan.family.suffix: path, **geotiff.beside(raster)}


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
