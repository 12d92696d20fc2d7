"""A sink for the labels of an image, in the family of formats that the image came in or that is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.errors import NotKeptWarning, WriteError, warn
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS, STORE_MARKS, is_file, refuse_outputs
from pixture.files.temporary_files import remove_stale
from pixture.imaging.window import piece_shape
from pixture.imaging.writers.families import (
    DICOM,
    NIFTI,
    OME_ZARR,
    PNG,
    TIFF,
    Family,
    family_of,
    say_where_place_is_lost,
)
from pixture.imaging.writers.raster import ClassLook, Holds
from pixture.scale.sinks.form import Form
from pixture.scale.sinks.piece_sink import PieceSink
from pixture.scale.sinks.plan import Plan, lists_of, pieces_folder
from pixture.scale.sources.source import Description

if TYPE_CHECKING:
    from pixture.scale.sinks.remote_sink import RemoteSink

_SINKS = "pixture.scale.sinks."
FORMS = {
    "TIFF": ("tiff_file", "TiffFile"),
    "OME-TIFF": ("tiff_file", "TiffFile"),
    "GeoTIFF": ("cloud_geotiff", "CloudGeotiff"),
    "NumPy": ("raw_file", "RawFile"),
    "ENVI": ("raw_file", "RawFile"),
    "NIfTI": ("raw_file", "RawFile"),
    "MGH": ("raw_file", "RawFile"),
    "OME-Zarr": ("zarr_store", "ZarrStore"),
}
"""Where pieces become files of each family."""

REMOTE = "pip install 'pixture[cloud]'"

INSTEAD = {PNG.name: TIFF, DICOM.name: NIFTI}
"""What is written where a format cannot be written piece by piece."""


def open_sink(
    folder: Path,
    name: str,
    description: Description,
    *,
    dtype: np.dtype[Any],
    holds: Holds = Holds.LABELS,
    classes: tuple[ClassLook, ...] = (),
    nodata: int | float | None = None,
    channel_names: tuple[str, ...] = (),
    format: str | None = None,
    sides: tuple[int, ...] | None = None,
    overwrite: bool = False,
    resume: bool = False,
    inputs: Inputs = NO_INPUTS,
) -> PieceSink:
    """Return a sink for values of an image, of which pieces are written in any order, from any process.

    Parameters
    ----------
    folder, name
        Where the files go, and what their names begin with, such as "photo.labels".
    description
        The image.
    dtype
        Of the values of pieces.
    holds, classes, nodata
        As in `imaging.writers.raster.Raster`.
    channel_names
        Of values that have channels, a name each; pieces are (*shape, channels) then.
    format
        One of `imaging.writers.families.formats`; None takes that which the image came in.
    sides
        The shape of pieces; None takes `imaging.window.piece_shape`.
    overwrite
        Whether files of those names may be replaced.
    resume
        Whether pieces are taken up that an earlier run has left. What these rest on besides the shape, the
        type and the format, such as the mixture, is for the caller to know. Else they are removed.
    inputs
        Files that are read: none is replaced.

    Raises
    ------
    WriteError
        The files are there, or cannot be written; another run is writing them; or the library that writes
        them is not installed.

    Warns
    -----
    NotKeptWarning
        The format cannot be written in pieces: another is.

    Examples
    --------
    >>> import tempfile
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> image = image_from_array(np.zeros((40, 60), np.uint8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sink = open_sink(
    ...         Path(folder), "a.labels", Description.of(image), dtype=np.dtype(np.uint8), format="numpy"
    ...     )
    ...     for window in sink.plan.windows:
    ...         sink.write(window, np.full(window.shape, 3, np.uint8))
    ...     (path,) = sink.finish()
    ...     path.name, np.load(path).mean()
    ('a.labels.npy', np.float64(3.0))
    """
    chosen = (
        piece_shape(description.shape, description.channels, volume="z" in description.axes)
        if sides is None
        else sides
    )
    unnamed = Plan(folder, name, TIFF, description, np.dtype(dtype), holds, chosen)
    image = unnamed.hollow.image
    family = sink_family(family_of(image, format))
    say_where_place_is_lost(image, family)
    plan = Plan(
        folder,
        name,
        family,
        description,
        np.dtype(dtype),
        holds,
        chosen,
        nodata,
        classes,
        channel_names,
        overwrite,
        inputs,
    )
    module, kind = FORMS[family.name]
    try:
        form: Callable[[Plan], Form] = getattr(importlib.import_module(f"{_SINKS}{module}"), kind)
        sink = PieceSink(plan, form(plan))
        importlib.import_module(family.module)
    except ImportError as error:
        raise WriteError(
            f"The library that writes {family.name} is not installed ({error.name or error}). Install it: "
            f"{family.install}."
        ) from error
    if not (resume and is_file(plan.parts / "ready.json")):  # then some may have their names already
        refuse_outputs([folder / f"{name}{family.suffix}"], overwrite=overwrite, inputs=inputs)
    sink.start(resume=resume)
    return sink


def open_remote_sink(
    url: str,
    description: Description,
    *,
    dtype: np.dtype[Any],
    holds: Holds = Holds.LABELS,
    classes: tuple[ClassLook, ...] = (),
    nodata: int | float | None = None,
    channel_names: tuple[str, ...] = (),
    sides: tuple[int, ...] | None = None,
    overwrite: bool = False,
    resume: bool = False,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> RemoteSink:
    """Return a sink of an OME-Zarr store at a URL that fsspec knows, such as "s3://bucket/labels.zarr".

    Parameters
    ----------
    url
        Of the store.
    description, dtype, holds, classes, nodata, channel_names, sides, resume
        As in `open_sink`.
    overwrite
        Whether a store that is there may be replaced: it is removed now, as names cannot be exchanged there.
    options
        What fsspec is told of the place, such as `endpoint_url`.

    Raises
    ------
    WriteError
        Something is there; or the place cannot be reached, or a library is not installed.

    Examples
    --------
    >>> sink = open_remote_sink(
    ...     "memory://labels.zarr",
    ...     Description("yx", (40, 60), 1, np.dtype(np.uint8)),
    ...     dtype=np.dtype(np.uint8),
    ... )
    >>> from pixture.imaging.window import Window
    >>> sink.write(Window((0, 0), (40, 60)), np.ones((40, 60), np.uint8))
    >>> sink.finish()
    ('memory://labels.zarr',)
    """
    chosen = piece_shape(description.shape, description.channels) if sides is None else sides
    plan = Plan(
        Path(),
        "",
        OME_ZARR,
        description,
        np.dtype(dtype),
        holds,
        chosen,
        nodata,
        classes,
        channel_names,
        overwrite,
    )
    sink = remote_sinks()(url, plan, dict(options))
    sink.start(resume=resume)
    return sink


def remote_sinks() -> type[RemoteSink]:
    """Return the sinks of stores elsewhere.

    Raises
    ------
    WriteError
        The library that writes them is not installed.
    """
    try:
        from pixture.scale.sinks.remote_sink import RemoteSink
    except ImportError as error:
        raise WriteError(
            f"The library that writes OME-Zarr is not installed ({error.name or error}). Install it: "
            f"{REMOTE}."
        ) from error
    return RemoteSink


def is_finished(folder: Path, name: str) -> bool:
    """Whether a result is finished whose finishing had begun: its pieces are gone, and all that was of them.

    For who goes on after a run that was killed while it finished. That it had begun, the caller knows.
    """
    if pieces_folder(folder, name).exists():
        return False
    remove_stale(folder)
    return True


def is_finished_remote(url: str) -> bool:
    """Whether a store at a URL is complete: it has its root's metadata, and its pieces' lists are gone."""
    from pixture.scale.sinks.remote_files import RemoteFiles

    files, lists = RemoteFiles(url), lists_of(url)
    with files.explained():
        return not files.exists(lists) and any(files.exists(f"{url}/{mark}") for mark in STORE_MARKS)


def family_in_pieces(description: Description, format: str | None = None) -> Family:
    """Return the family in which `open_sink` writes values of an image.

    Warns
    -----
    NotKeptWarning
        As in `open_sink`.

    >>> family_in_pieces(Description("yx", (40, 60), 1, np.dtype(np.uint8)), "numpy").suffix
    '.npy'
    """
    label = np.dtype(np.uint8)
    plan = Plan(Path(), "", TIFF, description, label, Holds.LABELS, description.shape)
    return sink_family(family_of(plan.hollow.image, format))


def sink_family(family: Family) -> Family:
    """Return the family that is written piece by piece where another is wanted.

    Warns
    -----
    NotKeptWarning
        It is another.
    """
    taken = INSTEAD.get(family.name, family)
    if taken is not family:
        warn(f"{family.name} is not written piece by piece: {taken.name} is written.", NotKeptWarning)
    return taken
