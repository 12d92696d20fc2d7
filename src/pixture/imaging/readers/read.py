"""Files -> images: which reader takes which file, and what is said when none can.

The format is told by the file's first bytes, not by its name (`file_formats`). Readers are modules with a
`decode(path) -> Image`, or, where files may hold several images, `decode(path, which) -> Image`, loaded when
first needed.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar, cast

from pixture.errors import ChoiceError, PixtureError, PixtureWarning, ReadError
from pixture.files import file_digest
from pixture.files.file_digest import state_of
from pixture.files.input_files import file_and_inside
from pixture.imaging.channels import some_channels
from pixture.imaging.image import Image, Origin
from pixture.imaging.readers.folder import folder_as_volume
from pixture.imaging.readers.identification.file_formats import FOLDER_FORMATS, FORMATS, FolderFormat, Format
from pixture.imaging.readers.identification.first_bytes import HEAD
from pixture.imaging.readers.identification.what_cannot_be_read import (
    no_path,
    not_installed,
    not_read,
    plain_folder,
    reason_of,
    where_else,
)
from pixture.imaging.readers.subimage import Content, Subimage, chosen_scene, refuse_level
from pixture.options.reading import Reading
from pixture.wording import plural

T = TypeVar("T")


class Reader(Protocol):
    """What a reader module offers."""

    def decode(self, path: Path) -> Image:
        """Return the image in the file; any exception means that it cannot be decoded."""


class ReaderOfSeveral(Protocol):
    """What a reader module of files that may hold several images offers."""

    def decode(self, path: Path, which: Subimage) -> Image:
        """Return one of the images in the file; any exception means that it cannot be decoded."""

    def contents(self, path: Path) -> tuple[Content, ...]:
        """Return what the file holds, without decoding it; asked of formats of several images alone."""


def read(
    path: str | os.PathLike[str],
    *,
    channels: Sequence[str | int] | str | None = None,
    scene: str | int | None = None,
    level: int = 0,
    time: int | None = None,
    slice: int | None = None,
    stack: bool = False,
    axes: str | None = None,
) -> Image:
    """Return the image in a file, none of its values narrowed.

    Grey and colour, 8- and 16-bit, floats; palettes and CMYK become RGB, one-bit pixels 0 and 255,
    transparent pixels and those without data are masked, the orientation in the file is applied. Values
    are as stored (FITS: BSCALE and BZERO applied); only Netpbm's integers, and grey PNG of 2 and 4 bits, are
    scaled to fill 8 or 16 bits. Opacity is what the file calls opacity: a fourth band that it does not is a
    channel. Rows are in the order of the file, the first at the top: in FITS, where that row is the
    lowest, the image is upside down to what astronomers' programs show.

    Parameters
    ----------
    path
        A TIFF (ImageJ's stacks, OME-TIFF, LSM, STK, whole slides; with `pip install 'pixture[geo]'` a GeoTIFF
        keeps its place), PNG, JPEG, JPEG 2000, WebP, AVIF, Netpbm (PBM, PGM, PPM, PAM, PFM), BMP, GIF, QOI,
        TGA, or 8-bit PCX or SGI file; an array: NumPy (.npy, .npz), MATLAB (.mat), ENVI (the header, or the
        data beside it). With `pip install 'pixture[NAME]'`: FITS (`astronomy`); grids of ERDAS Imagine,
        PCIDSK, ESRI, GRASS, Surfer, PCRaster, DTED and SRTM (`geo`); NIfTI, Analyze, MGH, DICOM, or a folder
        of one DICOM series (`medical`); CZI, ND2, LIF (`microscopy`); a Zarr or OME-Zarr store (`zarr`);
        HDF5, NetCDF-4, MATLAB 7.3 (`hdf5`). The suffix does not matter.
    channels
        Names of channels, or their numbers from 1, in the order in which they are taken; None takes all.
    scene
        Which image of a file that holds several (scenes, series, datasets): its number from 1, its name, or
        its path in the file, which may also follow the file's after "::", as in "data.h5::/raw". None takes
        the first, but of several arrays none.
    level
        Which level of a pyramid; 0 is the full size.
    time, slice
        Which of several times, which plane of a volume, from 1; None takes all.
    stack
        Whether a folder of images is one volume, its planes in the order of their names.
    axes
        Of an array in a file that does not say them (NumPy, MATLAB, HDF5): a letter an axis, in the file's
        order, such as "zyx" or "cyx". None takes what the file says, and else what the shape leaves no doubt
        of. Files of other formats say theirs.

    Raises
    ------
    ChoiceError
        There is no such channel, time or plane.
    ReadError
        The file is missing, empty, damaged, not an image, of a format (or a kind of it) that is not known to
        arrive whole, or larger than is safe; or the library that reads its format is not installed.

    Warns
    -----
    FirstFrameWarning
        The file holds several images; only the first is read.
    UnclearAxesWarning
        A TIFF does not say what its pages are; they are read as planes.
    MissingChunksWarning
        Parts of a Zarr array are not in its store; they have the value that fills it.
    MaskedValuesWarning
        Some pixels are NaN or infinite; they are masked.
    UnclearMaskWarning, UnclearNodataWarning
        A TIFF's mask page, or its no-data value, does not fit the image, and was not used.
    UnclearPlaceWarning
        A file has a place on the Earth that is not kept, or that names no coordinate reference system.

    Examples
    --------
    >>> read("no such file.png")
    Traceback (most recent call last):
        ...
    pixture.errors.ReadError: no such file.png: there is no such file. Check the name and the folder.
    """
    chosen = Reading(channels, scene, level, time, slice, stack, axes)  # type: ignore[arg-type]  # checked there
    return read_part(path, chosen)


def read_part(path: str | os.PathLike[str], reading: Reading) -> Image:
    """Return what `read` does, the choices given as one value."""
    given: object = path
    if not isinstance(given, str | os.PathLike) or isinstance(os.fspath(given), bytes):
        raise ReadError(no_path(given))
    place, inside = file_and_inside(path)
    which = Subimage(reading.scene if inside is None else inside, reading.level, reading.axes)
    # a format that is a folder knows the order of its planes better than their names do
    if reading.stack and place.is_dir() and not any(form.is_format_of(place) for form in FOLDER_FORMATS):
        return taken(folder_as_volume(place, partial(read_part, reading=Reading(level=which.level))), reading)
    form, head = form_of(place, os.fspath(path))
    if form is None:
        raise not_read(place, head)
    if form.picks:
        which = replace(which, time=reading.time, slice=reading.slice)
        reading = replace(reading, time=None, slice=None)
    return taken(_decoded(place, form, which), reading)


def contents(path: str | os.PathLike[str]) -> tuple[Content, ...]:
    """Return what a file holds, without decoding it; empty where its format holds one image alone.

    Raises
    ------
    ReadError
        As in `read`.
    """
    place, _ = file_and_inside(path)
    form, _ = form_of(place, os.fspath(path))
    if form is None or not form.several:
        return ()
    return asked(place, form, lambda: _reader_of_several(form).contents(place))


def taken(image: Image, reading: Reading) -> Image:
    """Return the channels, the time and the plane of an image that are asked for.

    Raises
    ------
    ChoiceError
        One of them is not there.
    """
    if reading.channels is not None:
        image = some_channels(image, reading.channels)
    for axis, name, number in (("t", "time", reading.time), ("z", "plane", reading.slice)):
        if number is None:
            continue
        count = image.shape[image.axes.index(axis)] if axis in image.axes else 1
        if number > count:
            raise ChoiceError(
                f"There is no {name} {number}: it has {plural(count, name)}, numbered from 1. Choose one of "
                "them, or leave the choice out."
            )
        image = image.at(axis, number - 1)
    return image


def form_of(place: Path, given: str) -> tuple[Format | FolderFormat | None, bytes]:
    """Return which format a file or a folder has, None where it is none that is read, and its first bytes."""
    if os.path.isdir(place):  # noqa: PTH112 - Path.is_dir raises where a name is too long
        form = next((form for form in FOLDER_FORMATS if form.is_format_of(place)), None)
        if form is None:
            raise plain_folder(place)
        return form, b""
    head = _head(place, given)
    return next((form for form in FORMATS if form.is_format_of(place, head)), None), head


def _reader_of_several(form: Format | FolderFormat) -> ReaderOfSeveral:
    return cast(ReaderOfSeveral, importlib.import_module(form.module))


def _decoded(place: Path, form: Format | FolderFormat, which: Subimage) -> Image:
    """Return what a format's reader makes of a file, with its origin."""

    def decode() -> Image:
        if not form.several:
            chosen_scene(place, which, [""])
            refuse_level(place, which.level, 1)
        if form.several or form.picks:
            return _reader_of_several(form).decode(place, which)
        return cast(Reader, importlib.import_module(form.module)).decode(place)

    before = state_of(place)
    image = asked(place, form, decode)
    if place.is_dir():
        return image if image.origin is not None else replace(image, origin=Origin(place, "", which.scene))
    # a plane of a large file is read in a moment: all of it, when a record asks for that
    large = before is not None and before.size >= file_digest.LARGE
    content = before if before is not None and large else file_digest.digest_now(place)
    return replace(image, origin=Origin(place, content, which.scene))


def asked(place: Path, form: Format | FolderFormat, ask: Callable[[], T]) -> T:
    """Return what a reader answers; what it cannot answer becomes a sentence."""
    try:
        return ask()
    except (PixtureError, PixtureWarning):  # a warning, where warnings are errors
        raise
    except ImportError as error:
        raise not_installed(place, form, error) from error
    except MemoryError as error:
        raise ReadError(f"{place}: there is not enough memory to decode it.") from error
    except Exception as error:
        raise ReadError(
            f"{place}: the {form.name} file is damaged or incomplete and cannot be decoded "
            f"({reason_of(error)}). Copy or export it again."
        ) from error


def _head(place: Path, given: str) -> bytes:
    """Return the first bytes of a file; what cannot be opened is refused."""
    try:
        if place.exists() and not place.is_file():
            raise ReadError(
                f"{place}: this is a pipe or a device, not a file. Save the image to a file first."
            )
        with place.open("rb") as file:
            head = file.read(HEAD)
    except ReadError:
        raise
    except FileNotFoundError:
        if address := re.match(r"(https?|ftps?|s3|gs|file|data|blob|az):/*(.*)", given, re.IGNORECASE):
            raise ReadError(
                f"{address[1]}://{address[2]}: this is an address, and no file. Download it first, then give "
                "the file."
            ) from None
        if place.is_symlink():
            raise ReadError(f"{place}: this is a link to a file that is not there. Mend the link.") from None
        raise ReadError(f"{place}: there is no such file. {where_else(place)}") from None
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # Python 3.11 and 3.12 say RuntimeError of some loops
        if isinstance(error, RuntimeError) or getattr(error, "errno", None) == errno.ELOOP:
            raise ReadError(
                f"{place}: this is a link that leads back to itself. Give the file it should lead to."
            ) from None
        raise ReadError(f"{place}: cannot be opened ({reason_of(error)}).") from error
    if not head:
        raise ReadError(f"{place}: the file is empty. Copy or export it again.")
    return head
