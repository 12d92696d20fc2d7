"""Tiled TIFF: tiles are packed where pieces are labelled, and joined to a file as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from pixture.arrays import Array
from pixture.errors import WriteError
from pixture.imaging.window import Window
from pixture.imaging.writers import ome_tiff
from pixture.imaging.writers.families import OME_TIFF
from pixture.imaging.writers.tiff import imagej_tags, is_colour, pages_first
from pixture.scale.sinks.piece_files import PieceFiles
from pixture.scale.sinks.plan import Plan
from pixture.scale.sinks.tiling import Tiling

CLASSIC = 2**31
"""Bytes of values from which a file is a BigTIFF: packed they may be less, which is not known before."""


@dataclass(frozen=True, eq=False)
class TiffFile:
    """A TIFF, or an OME-TIFF, of tiles."""

    plan: Plan

    @property
    def pieces(self) -> PieceFiles:
        """Where pieces are kept."""
        return PieceFiles(self.plan.parts)

    @property
    def tiling(self) -> Tiling:
        """How values are cut into tiles."""
        return Tiling.of(self.plan, self._axes)

    @property
    def _axes(self) -> str:
        if self.plan.family is OME_TIFF:
            return pages_first(self.plan.axes)
        channels = len(self.plan.channel_names)
        return pages_first(self.plan.axes, colour=is_colour(self.plan.axes, channels, self.plan.dtype))

    @property
    def _dtype(self) -> np.dtype[Any]:
        dtype = self.plan.dtype
        return ome_tiff.held_dtype(dtype) if self.plan.family is OME_TIFF else dtype

    def prepare(self) -> None:
        """As `Form` says: nothing is needed."""

    def keep(self, window: Window, values: Array) -> None:
        """As `Form` says."""
        self.pieces.write(window, self.tiling.tiles(values.astype(self._dtype, copy=False)))

    def is_whole(self, window: Window) -> bool:
        """As `Form` says."""
        return self.pieces.is_whole(window)

    def make(self, folder: Path) -> Mapping[str, bytes | Path]:
        """As `Form` says."""
        path = folder / "image.tif"
        write_tiles(path, self.tiling, self.pieces, self._dtype, **self._tags())
        return {self.plan.family.suffix: path}

    def _tags(self) -> dict[str, Any]:
        raster = self.plan.hollow
        if self.plan.family is not OME_TIFF:
            image = raster.image
            tags = imagej_tags(
                self.tiling.axes,
                self.tiling.shape,
                self.plan.dtype,
                image.spatial_spacing,
                image.unit,
                raster.channel_names,
            )
            return {"metadata": None, "software": False, **tags}
        found = hashlib.sha256(self.plan.identity.encode())
        for window in self.plan.windows:
            found.update(self.pieces.checksum_of(window) or b"")
        told = ome_tiff.metadata(raster, self.tiling.axes, self.tiling.shape, found.hexdigest())
        return {"ome": True, "metadata": told}


def write_tiles(path: Path, tiling: Tiling, pieces: PieceFiles, dtype: np.dtype[Any], **tags: Any) -> None:
    """Write the tiles of all pieces as a TIFF."""
    shape = tiling.shape
    colour = tiling.axes.endswith("s")
    nbytes = int(np.prod(shape, dtype=object)) * dtype.itemsize
    tifffile.imwrite(
        path,
        _all(tiling, pieces),
        **{
            "shape": shape,
            "dtype": dtype,
            "tile": tiling.tile,
            "bigtiff": nbytes > CLASSIC,
            "compression": "zlib",
            "photometric": "rgb" if colour else "minisblack",
            **({"planarconfig": "contig"} if colour else {}),
            **tags,
        },
    )


def _all(tiling: Tiling, pieces: PieceFiles) -> Iterator[bytes]:
    """Yield all tiles, and see that there are as many as a file has: tifffile fills up what is missing."""
    count = 0
    for tile in tiling.of_file(pieces):
        count += 1
        yield tile
    if count != tiling.count:
        raise WriteError(f"A file has {tiling.count:,} tiles; {count:,} were kept. Write it again.")
