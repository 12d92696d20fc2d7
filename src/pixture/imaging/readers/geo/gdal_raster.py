"""Rasters of the Earth that GDAL reads whole, by rasterio: ERDAS Imagine, PCIDSK, grids of heights.

A file is opened by the one driver that its first bytes name, and by no other; nothing is fetched. What only
leads to other files (VRT and its like) is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.errors import ReadError, UnclearPlaceWarning, warn
from pixture.imaging.geo.bands import names_of_bands, scaled
from pixture.imaging.geo.gdal import opened
from pixture.imaging.geo.georeference import Georeference
from pixture.imaging.geo.placing import WITHOUT_CRS, georeference_of, located
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.subimage import FIRST, Content, Subimage, chosen_scene, refuse_level
from pixture.imaging.validity.validity import taking_part

_HEAD = 4096
_TEXT = ("AAIGrid", "GRASSASCIIGrid")
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class _Driver:
    """One of GDAL's drivers, and how the files that it reads begin."""

    name: str
    magic: bytes


_DRIVERS = (
    _Driver("HFA", rb"EHFA_HEADER_TAG"),
    _Driver("PCIDSK", rb"PCIDSK  "),
    _Driver("AAIGrid", rb"\s*(?i:ncols)\s"),
    _Driver("GRASSASCIIGrid", rb"\s*(?i:north|south|east|west|rows|cols)\s*:"),
    _Driver("GSAG", rb"DSAA"),
    _Driver("GSBG", rb"DSBB"),
    _Driver("GS7BG", rb"DSRB"),
    _Driver("PCRaster", rb"RUU CROSS SYSTEM MAP"),
    _Driver("BT", rb"binterr1"),
    _Driver("DTED", rb"(VOL1.{76})?(HDR.{77})?UHL1"),
    _Driver("SRTMHGT", rb""),  # no magic: its name says where it lies, its length how fine it is
)


def decode(path: Path, which: Subimage = FIRST) -> Image:
    """Return the raster, all of its bands, none of its values narrowed.

    Where a band has a scale and an offset, its values are offset + scale x stored. Classes are numbers, whose
    colours are not looked at. Which pixels count: those that neither the no-data values of the bands nor a
    band of opacity leave out.
    """
    chosen_scene(path, which, [""])
    driver = _driver_of(path)
    options: dict[str, Any] = {"DATATYPE": "Float64"} if driver in _TEXT else {}
    if which.level:
        with opened(path, driver) as file:
            refuse_level(path, which.level, len(_sizes(path, file)))
        options["overview_level"] = which.level - 1
    with opened(path, driver, **options) as file:
        _refuse_unread(path, file)
        _refuse_short(path, driver, file)
        where = georeference_of(file)
        kinds = [shown.name for shown in file.colorinterp]
        alpha = kinds.index("alpha") if "alpha" in kinds[1:] else None
        kept = [band for band in range(file.count) if band != alpha]
        bands = file.read()
        nodata = [file.nodatavals[band] for band in kept]
        names = names_of_bands(file, len(kept))
        scales, offsets = ([float(of[band]) for band in kept] for of in (file.scales, file.offsets))
    stored = np.moveaxis(bands[kept], 0, -1)
    if driver in _TEXT:
        stored = _whole(path, driver, stored)
    mask = None if alpha is None else bands[alpha] != 0
    values = scaled(path, stored, scales, offsets)
    has_nodata = any(value is not None for value in nodata)
    if values is not stored and has_nodata:  # the value is one of those that were stored
        valid, _ = taking_part(stored, nodata=nodata, mask=mask)
        mask, has_nodata = valid, False
    single = len(kept) == 1
    return image_from_array(
        values[..., 0] if single else values,
        axes="yx" if single else "yxc",
        nodata=nodata if has_nodata else None,
        mask=mask,
        channel_names=names,
        **_placed(path, where, bands.shape[1:]),
    )


def contents(path: Path) -> tuple[Content, ...]:
    """Return the raster and the sizes of its smaller copies; nothing of one without copies."""
    with opened(path, _driver_of(path)) as file:
        sizes = _sizes(path, file)
        if len(sizes) == 1:
            return ()
        axes, shape = ("yx", sizes[0]) if file.count == 1 else ("yxc", (*sizes[0], file.count))
        return (Content("", axes, shape, file.dtypes[0], sizes),)


def _driver_of(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return next(driver.name for driver in _DRIVERS if re.match(driver.magic, head, re.DOTALL))


def _sizes(path: Path, file: Any) -> tuple[tuple[int, int], ...]:
    """Return rows and columns of the raster and of its smaller copies, in it or in an .ovr TIFF.

    GDAL opens whatever copies a file beside the raster names: where there may be others, none is looked for.
    """
    size = (file.height, file.width)
    beside, remarks = Path(f"{path}.ovr"), Path(f"{path}.aux.xml")
    if remarks.is_file() and b"OVERVIEW_FILE" in remarks.read_bytes():
        return (size,)
    if beside.is_file():
        with beside.open("rb") as other:
            if other.read(4) not in _TIFF:
                return (size,)
    return (size, *((-(-size[0] // by), -(-size[1] // by)) for by in file.overviews(1)))


def _refuse_unread(path: Path, file: Any) -> None:
    """Refuse what is no raster, is of several types or of complex numbers, or too large, or elsewhere."""
    if file.count == 0:
        raise ReadError(f"{path}: the file holds no raster. Give one that does.")
    kinds = {np.dtype(kind) for kind in file.dtypes if "complex" not in kind}
    if len(kinds) != 1 or any("complex" in kind for kind in file.dtypes):
        raise ReadError(
            f"{path}: its bands are {', '.join(dict.fromkeys(file.dtypes))}; bands of one type of "
            "integers or floats are read. Convert it to a GeoTIFF: gdal_translate -ot Float32."
        )
    refuse_bomb(path, file.width, file.height, file.count * next(iter(kinds)).itemsize)
    folder = path.absolute().parent
    elsewhere = [name for name in file.files if Path(name).absolute().parent != folder]
    if elsewhere:
        raise ReadError(
            f"{path}: its pixels are in another place ({elsewhere[0]}). Give a file that holds its "
            "pixels, or put both into one folder."
        )


def _refuse_short(path: Path, driver: str, file: Any) -> None:
    """Refuse a file that ends before its pixels do, where GDAL's driver makes numbers of what is missing."""
    needed = 0
    if driver == "PCIDSK":  # the header says how many blocks of 512 bytes there are
        with path.open("rb") as content:
            head = content.read(32)[16:]
        if not head.strip().isdigit():
            raise DamagedError(f"its header says that it has {head!r} blocks")
        needed = 512 * int(head)
    elif driver == "PCRaster":  # 256 bytes of header, then the cells
        needed = 256 + file.height * file.width * np.dtype(file.dtypes[0]).itemsize
    if (size := path.stat().st_size) < needed:
        raise DamagedError(f"it ends at byte {size:,}, but its pixels go on to byte {needed:,}")


def _whole(path: Path, driver: str, values: Array) -> Array:
    """Return numbers of a text as integers, where it has no others; GDAL looks at its begin alone."""
    with opened(path, driver) as file:
        kind = np.dtype(file.dtypes[0])
    if kind.kind not in "iu" or not np.isfinite(values).all():
        return values
    whole = values.astype(np.int64)
    if not np.array_equal(whole, values) or abs(whole).max() >= 2**31:
        return values
    return whole.astype(np.int32)


def _placed(path: Path, where: Georeference | None, shape: tuple[int, int]) -> dict[str, Any]:
    if where is None:
        return {}
    if where.crs is None:
        warn(WITHOUT_CRS.format(path=path), UnclearPlaceWarning)
    found = located(where, shape)
    return {"place": found.place, "spacing": found.spacing, "unit": found.unit}
