"""Files -> sources: any window of an image is read by itself, where its format is known to allow that."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from pixture.errors import ReadError
from pixture.files.addresses import is_address, local_path
from pixture.files.input_files import INSIDE, file_and_inside
from pixture.imaging.readers.identification.file_formats import FOLDER_FORMATS, FORMATS, FolderFormat, Format
from pixture.imaging.readers.identification.what_cannot_be_read import no_path
from pixture.imaging.readers.read import asked, form_of, read_part
from pixture.imaging.readers.subimage import Subimage
from pixture.options.reading import Reading
from pixture.scale.sources.addresses import Remote, refuse_without_library
from pixture.scale.sources.file_source import Windows, described
from pixture.scale.sources.source import ImageSource, Source
from pixture.scale.sources.taken_part import taken_source

_READERS, _SOURCES = "pixture.imaging.readers.", "pixture.scale.sources."

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        _READERS + "tiff.reader": _SOURCES + "tiff",
        _READERS + "zarr.reader": _SOURCES + "zarr_array",
        _READERS + "arrays.numpy_file": _SOURCES + "numpy_file",
        _READERS + "arrays.hdf5": _SOURCES + "hdf5",
        _READERS + "arrays.matlab.reader": _SOURCES + "matlab",
        _READERS + "medical.nifti": _SOURCES + "nifti",
        _READERS + "geo.gdal_raster": _SOURCES + "gdal_raster",
    }
)
"""Which module reads windows of the formats that a reader reads whole."""


class Family(Protocol):
    """What a module that reads windows offers."""

    def windows_of(self, path: Path, which: Subimage) -> Windows | None:
        """Return the image in a file; None where windows of it are not known to arrive as the whole does."""


def open_source(path: str | os.PathLike[str], reading: Reading | None = None) -> Source:
    """Return the image in a file as a source: windows of it are what `read` gives there, pixels and mask.

    It reads its header alone, and a pixel: no file is hashed, so `Origin.sha256` is empty. What is larger
    than is taken for safe to decode at once is opened all the same, as windows are decoded and not the whole.
    Of formats, and kinds of them, that have no windows, the image is read now and held (`ImageSource`); its
    `Description.stored` is empty.

    Parameters
    ----------
    path
        As `read` takes it; or, with `pip install 'pixture[cloud]'`, the address of a Zarr store or a GeoTIFF
        (https://, s3://, gs://, az://, file:///), which is read where it is, with the keys and settings in
        the environment. What is at an address is taken not to change.
    reading
        Which part of the file; None is all of its first image.

    Raises
    ------
    ReadError, ChoiceError, ImageError
        As `read` raises them.

    Warns
    -----
    PixtureWarning
        As `read` warns, but of values that are not finite: whoever counts all pixels knows of these.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from pixture.imaging.window import Window
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder, "grey.npy"), np.arange(20, dtype=np.uint8).reshape(4, 5))
    ...     source = open_source(Path(folder, "grey.npy"))
    ...     source.read(Window((1, 1), (3, 4))).pixels
    array([[ 6,  7,  8],
           [11, 12, 13]], dtype=uint8)
    """
    reading = Reading() if reading is None else reading
    found = source_of_windows(path, reading)
    return ImageSource(read_part(path, reading)) if found is None else found


def source_of_windows(path: str | os.PathLike[str], reading: Reading) -> Source | None:
    """Return the image in a file as `open_source` does; None where it has no windows, and nothing is read."""
    given: object = path
    if not isinstance(given, str | os.PathLike) or isinstance(os.fspath(given), bytes):
        raise ReadError(no_path(given))
    path = local_path(os.fspath(path))
    if is_address(path):
        return _at_address(path, reading)
    place, inside = file_and_inside(path)
    if reading.stack and place.is_dir() and not any(form.is_format_of(place) for form in FOLDER_FORMATS):
        return None
    form, _ = form_of(place, os.fspath(path))
    if form is None or form.module not in FAMILIES:
        return None
    which = Subimage(reading.scene if inside is None else inside, reading.level, reading.axes)
    left = reading
    if form.picks:
        which = replace(which, time=reading.time, slice=reading.slice)
        left = replace(reading, time=None, slice=None)
    windows = _windows(place, form, which)
    if windows is None:
        return None
    return taken_source(described(place, form, windows, which.scene), left)


def _windows(place: Path, form: Format | FolderFormat, which: Subimage) -> Windows | None:
    def ask() -> Windows | None:
        return cast(Family, importlib.import_module(FAMILIES[form.module])).windows_of(place, which)

    return asked(place, form, ask)


def _at_address(given: str, reading: Reading) -> Source:
    """Return what is at an address as a source; as `open_source` otherwise."""
    outer, _, inside = given.partition(INSIDE)
    refuse_without_library(outer)
    remote = Remote(outer.rstrip("/"))
    which = Subimage(inside or reading.scene, reading.level, reading.axes, reading.time, reading.slice)
    place = cast(Path, remote)  # it answers as a path what is asked here
    if remote.is_dir():
        form: Format | FolderFormat = next(one for one in FOLDER_FORMATS if one.name == "Zarr")
        windows = _windows(place, form, which)
        if windows is None:
            raise ReadError(f"{remote}: its chunks are too large to be read in parts. Download it first.")
        return taken_source(
            described(place, form, windows, which.scene), replace(reading, time=None, slice=None)
        )
    form = next(one for one in FORMATS if one.name == "TIFF")
    if not form.begins(remote.head()):
        raise ReadError(
            f"{remote}: this is an address, and no file; read from there are Zarr stores and GeoTIFF, and it "
            "is neither. Download it first, then give the file."
        )

    def ask() -> Windows:
        from pixture.scale.sources.remote_raster import windows_of

        return windows_of(remote, which)

    return taken_source(described(place, form, asked(place, form, ask), which.scene), reading)
