"""Rasters of the Earth that GDAL reads whole, by rasterio: ERDAS Imagine, PCIDSK, grids of heights.

A file is opened by the one driver that its first bytes name, and by no other; nothing is fetched. What only
leads to other files (VRT and its like) is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
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
from pixture.imaging.image_from_array import image_from_array, part_from_array
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.subimage import FIRST, Content, Subimage, chosen_scene, refuse_level
from pixture.imaging.validity.validity import taking_part

_HEAD = 4096
TEXT = ("AAIGrid", "GRASSASCIIGrid")
"""Drivers of numbers written as text, of which GDAL tells the type by the first ones."""

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
    driver = driver_of(path)
    with level_opened(path, driver, which.level) as file:
        refuse_unread(path, file)
        refuse_size(path, file)
        refuse_short(path, driver, file)
        said = said_by(file)
        bands = file.read()
    stored = np.moveaxis(bands[list(said.kept)], 0, -1)
    if driver in TEXT:
        stored = _whole(path, driver, stored)
    known = placed(path, said.where, bands.shape[1:])
    return image_of(path, said, stored, None if said.alpha is None else bands[said.alpha], known)


@dataclass(frozen=True, eq=False)
class Said:
    """What a raster says beside its values.

    Attributes
    ----------
    where
        Its place; None where it says none.
    kept, alpha
        Which bands, from 0, are channels, and which is opacity.
    nodata, scales, offsets
        One a channel.
    names
        Of the channels, or empty.
    """

    where: Georeference | None
    kept: tuple[int, ...]
    alpha: int | None
    nodata: tuple[float | None, ...]
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    names: tuple[str, ...]


def said_by(file: Any) -> Said:
    """Return what an open raster says beside its values."""
    kinds = [shown.name for shown in file.colorinterp]
    alpha = kinds.index("alpha") if "alpha" in kinds[1:] else None
    kept = tuple(band for band in range(file.count) if band != alpha)
    scales, offsets = (tuple(float(of[band]) for band in kept) for of in (file.scales, file.offsets))
    nodata = tuple(file.nodatavals[band] for band in kept)
    return Said(georeference_of(file), kept, alpha, nodata, scales, offsets, names_of_bands(file, len(kept)))


def image_of(
    path: Path,
    said: Said,
    stored: Array,
    opacity: Array | None,
    known: dict[str, Any],
    *,
    is_part: bool = False,
) -> Image:
    """Return the image of stored values, or of a part of them, which may be masked all over.

    Parameters
    ----------
    path
        The file, for messages.
    said
        Beside them.
    stored
        (rows, columns, channels).
    opacity
        (rows, columns); None where there is none.
    known
        Place, spacing and unit.
    is_part
        Whether they are a part.
    """
    mask = None if opacity is None else opacity != 0
    values = scaled(path, stored, said.scales, said.offsets)
    has_nodata = any(value is not None for value in said.nodata)
    if values is not stored and has_nodata:  # the value is one of those that were stored
        valid, _ = taking_part(stored, nodata=said.nodata, mask=mask, may_be_none=is_part)
        mask, has_nodata = valid, False
    single = len(said.kept) == 1
    return (part_from_array if is_part else image_from_array)(
        values[..., 0] if single else values,
        axes="yx" if single else "yxc",
        nodata=said.nodata if has_nodata else None,
        mask=mask,
        channel_names=said.names,
        **known,
    )


@contextmanager
def level_opened(path: Path, driver: str, level: int) -> Iterator[Any]:
    """Open a raster, or one of its smaller copies.

    Raises
    ------
    ReadError
        There are not so many.
    """
    options: dict[str, Any] = {"DATATYPE": "Float64"} if driver in TEXT else {}
    if level:
        with opened(path, driver) as file:
            refuse_level(path, level, len(_sizes(path, file)))
        options["overview_level"] = level - 1
    with opened(path, driver, **options) as file:
        yield file


def contents(path: Path) -> tuple[Content, ...]:
    """Return the raster and the sizes of its smaller copies; nothing of one without copies."""
    with opened(path, driver_of(path)) as file:
        sizes = _sizes(path, file)
        if len(sizes) == 1:
            return ()
        axes, shape = ("yx", sizes[0]) if file.count == 1 else ("yxc", (*sizes[0], file.count))
        return (Content("", axes, shape, file.dtypes[0], sizes),)


def driver_of(path: Path) -> str:
    """Return the one of GDAL's drivers that reads a file that begins as this one does."""
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


def refuse_unread(path: Path, file: Any) -> None:
    """Refuse what is no raster, is of several types or of complex numbers, or elsewhere."""
    if file.count == 0:
        raise ReadError(f"{path}: the file holds no raster. Give one that does.")
    kinds = {np.dtype(kind) for kind in file.dtypes if "complex" not in kind}
    if len(kinds) != 1 or any("complex" in kind for kind in file.dtypes):
        raise ReadError(
            f"{path}: its bands are {', '.join(dict.fromkeys(file.dtypes))}; bands of one type of "
            "integers or floats are read. Convert it to a GeoTIFF: gdal_translate -ot Float32."
        )
    folder = path.absolute().parent
    elsewhere = [name for name in file.files if Path(name).absolute().parent != folder]
    if elsewhere:
        raise ReadError(
            f"{path}: its pixels are in another place ({elsewhere[0]}). Give a file that holds its "
            "pixels, or put both into one folder."
        )


def refuse_size(path: Path, file: Any) -> None:
    """Refuse a raster that is larger than is taken for safe."""
    refuse_bomb(path, file.width, file.height, file.count * np.dtype(file.dtypes[0]).itemsize)


def refuse_short(path: Path, driver: str, file: Any) -> None:
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


def placed(path: Path, where: Georeference | None, shape: tuple[int, int]) -> dict[str, Any]:
    """Return place, spacing and unit of a raster, as `image_from_array` takes them, where it says them."""
    if where is None:
        return {}
    if where.crs is None:
        warn(WITHOUT_CRS.format(path=path), UnclearPlaceWarning)
    found = located(where, shape)
    return {"place": found.place, "spacing": found.spacing, "unit": found.unit}
