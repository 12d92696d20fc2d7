"""Labels within the store of the image that they are of: among its `labels`, where viewers look for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pixture.errors import NotKeptWarning, ReadError, WriteError, warn
from pixture.files.atomic_writing import Content, write_whole
from pixture.files.output_files import STORE_MARKS, refuse_existing
from pixture.imaging.image import Image
from pixture.imaging.readers.zarr.metadata import attributes, ome
from pixture.imaging.writers.families import OME_ZARR, encoded
from pixture.imaging.writers.raster import Holds, Raster
from pixture.segmentation.objects.objects import Objects
from pixture.segmentation.segmentation import Segmentation
from pixture.view.output.save_segmentation import labels_raster

NAME = "pixture"
"""What the labels are called in the store; objects are called so with "-objects" behind it."""


def is_any_store(folder: Path) -> bool:
    """Whether a folder is a Zarr store, whatever its name."""
    return any((folder / mark).is_file() for mark in STORE_MARKS)


def refuse_store(store: Path, image: Image, *, overwrite: bool) -> None:
    """Refuse a store as the place of labels, before the work that they are the result of.

    Raises
    ------
    WriteError
        It is not the store of the image, or not one of OME-Zarr; a part of the image alone was read; or it
        holds such labels already.
    """
    origin = image.origin
    if origin is None or not origin.place.is_dir() or not origin.place.samefile(store):
        raise WriteError(
            f"{store} is a Zarr store, and not that of the image: labels go into the image's own alone. "
            "Choose another folder."
        )
    content = None if image.place is None else image.place.content
    if not getattr(content, "is_whole", False):
        raise WriteError(
            f"{store}: labels go into the store of an OME-Zarr image that is read whole, in its full size. "
            "Choose another folder."
        )
    if not overwrite:
        refuse_existing([_labels_of(store, content) / NAME])


def save_into_store(
    segmentation: Segmentation, store: Path, objects: Objects | None, *, overwrite: bool
) -> list[Path]:
    """Write labels, and objects, among the labels of their image's own store; return where they are.

    They and the list that names them are one set: the list is written last.

    Raises
    ------
    WriteError
        As in `refuse_store`; or they cannot be written.
    """
    image = segmentation.image
    refuse_store(store, image, overwrite=overwrite)
    content: Any = None if image.place is None else image.place.content
    folder = _labels_of(store, content)
    made = {NAME: _store_of(labels_raster(segmentation, segmentation.labels))}
    if objects is not None:
        made[f"{NAME}-objects"] = _store_of(Raster(objects.labels, image, Holds.NUMBERS, 0))
    names = [*(name for name in _listed(folder) if name not in made), *made]
    marks = _marks(folder, names, new="zarr.json" in made[NAME])
    if folder.is_dir():
        parts: dict[Path, Content] = {folder / name: files for name, files in made.items()}
        write_whole(parts | {folder / name: held for name, held in marks.items()}, overwrite=True)
    else:
        whole = {f"{name}/{path}": held for name, files in made.items() for path, held in files.items()}
        write_whole({folder: whole | marks}, overwrite=False)
    if (store / ".zmetadata").is_file():
        warn(
            f"{store}: its consolidated metadata do not list the labels; zarr.consolidate_metadata makes it "
            "anew.",
            NotKeptWarning,
        )
    return [folder / name for name in made]


def _store_of(raster: Raster) -> Mapping[str, bytes]:
    (files,) = encoded(raster, OME_ZARR).values()
    assert not isinstance(files, bytes)
    return files


def _labels_of(store: Path, content: Any) -> Path:
    return store / str(content.path) / "labels"


def _listed(folder: Path) -> list[str]:
    """Return the names of labels that are there."""
    if not folder.is_dir():
        return []
    try:
        held = ome(folder).get("labels")
    except ReadError as error:
        raise WriteError(str(error)) from error
    return [str(name) for name in held] if isinstance(held, list) else []


def _marks(folder: Path, names: list[str], *, new: bool) -> dict[str, bytes]:
    """Return the files that make a folder the group of labels, and list them; the one that lists is last."""
    held = attributes(folder) if folder.is_dir() else {}
    if new:
        said = held | {"ome": {"version": "0.5", **held.get("ome", {}), "labels": names}}
        return {"zarr.json": _json({"zarr_format": 3, "node_type": "group", "attributes": said})}
    marks = {} if (folder / ".zgroup").is_file() else {".zgroup": _json({"zarr_format": 2})}
    return marks | {".zattrs": _json(held | {"labels": names})}


def _json(held: Mapping[str, Any]) -> bytes:
    return (json.dumps(held, indent=2) + "\n").encode()
