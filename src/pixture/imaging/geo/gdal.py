"""Rasters opened by rasterio: one driver, nothing but what is on this disk, and no remarks on the screen."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from rasterio._err import (
    CPLE_BaseError,
)  # rasterio lets GDAL's own errors through, and names them nowhere else
from rasterio.crs import CRS
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.warp import transform

from pixture.arrays import Floats

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

GDAL_ERRORS = (RasterioError, CPLE_BaseError, ValueError)
"""What rasterio raises where GDAL cannot do as asked; that of a CRS is a ValueError."""

_NOWHERE = "127.0.0.1:9"  # the port "discard": whatever a file may point to, nothing is fetched
OPTIONS = {
    "GDAL_HTTP_PROXY": _NOWHERE,
    "GDAL_HTTPS_PROXY": _NOWHERE,
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_GEOREF_SOURCES": "PAM,INTERNAL,WORLDFILE",
}
"""How GDAL is set up while a file is open."""

_quiet_one = threading.RLock()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep rasterio's remark on rasters without a place off the screen, and GDAL's that are no text.

    What GDAL says of a damaged file may quote bytes of it, which rasterio, about to log that, cannot decode:
    it goes to the hooks for errors that nobody can catch. Filters and hooks are the process's: one thread at
    a time changes them and puts them back.
    """
    with _quiet_one, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        printed, ignored = sys.excepthook, sys.unraisablehook

        def print_other(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            if not issubclass(kind, UnicodeDecodeError):
                printed(kind, error, trace)

        def ignore_other(what: UnraisableHookArgs) -> None:
            if not issubclass(what.exc_type, UnicodeDecodeError):
                ignored(what)

        sys.excepthook, sys.unraisablehook = print_other, ignore_other
        try:
            yield
        finally:
            sys.excepthook, sys.unraisablehook = printed, ignored


@contextmanager
def opened(path: str | os.PathLike[str], driver: str, **options: Any) -> Iterator[Any]:
    """Open a raster by one of GDAL's drivers; what cannot be raises `rasterio.errors.RasterioError`."""
    with (
        quiet(),
        rasterio.Env(**OPTIONS),
        rasterio.open(Path(path).absolute(), driver=driver, **options) as found,
    ):
        yield found


def reprojected(own: CRS, other: CRS, x: Floats, y: Floats) -> tuple[Floats, Floats] | None:
    """Return coordinates in another CRS; None where some of them have none there."""
    try:
        with rasterio.Env(**OPTIONS):
            across, up = transform(own, other, x, y)
    except GDAL_ERRORS:
        return None
    both = np.array(across, np.float64), np.array(up, np.float64)
    return both if all(np.isfinite(one).all() for one in both) else None
