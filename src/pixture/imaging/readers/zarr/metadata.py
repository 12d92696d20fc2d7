"""What a Zarr store says in JSON: attributes, and which of its folders are groups and arrays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pixture.errors import ReadError
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.folder import in_natural_order

_MOST_METADATA = 64 << 20
"""Bytes of JSON that are read; consolidated metadata of thousands of arrays may be that long."""
_DEEP, _MOST_FOLDERS = 8, 20_000
"""How far below its root, and in how many folders, a store is searched for images."""


def is_array(folder: Path) -> bool:
    """Whether a folder is an array."""
    return (folder / ".zarray").is_file() or _of_version_3(folder).get("node_type") == "array"


def is_group(folder: Path) -> bool:
    """Whether a folder is a group."""
    array = (folder / ".zarray").is_file()
    old = (folder / ".zgroup").is_file() or ((folder / ".zattrs").is_file() and not array)
    return old or _of_version_3(folder).get("node_type") == "group"


def attributes(folder: Path) -> dict[str, Any]:
    """Return the attributes of a group or an array; of version 3 of Zarr, or of 2."""
    found = _of_version_3(folder)
    if found:
        held = found.get("attributes", {})
        return held if isinstance(held, dict) else {}
    return _json(folder / ".zattrs")


def ome(folder: Path) -> dict[str, Any]:
    """Return what OME says of a group: under "ome" since 0.5, among its attributes before."""
    held = attributes(folder)
    inside = held.get("ome")
    return inside if isinstance(inside, dict) else held


def groups_below(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the path within a store, and the folder, of its root, its groups and its arrays.

    What lies below an array, or below an image of several levels, is not looked at, but for its labels.

    Raises
    ------
    ReadError
        There are more folders than are looked at.
    """
    waiting, seen = [("", root)], 0
    while waiting:
        name, folder = waiting.pop(0)
        seen += 1
        if seen > _MOST_FOLDERS:
            raise ReadError(
                f"{root}: the store holds more than {_MOST_FOLDERS:,} groups. Give the path of the image "
                "that is wanted, as a folder."
            )
        yield name, folder
        if is_array(folder) or name.count("/") >= _DEEP:
            continue
        below = sorted(
            (path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")),
            key=in_natural_order,
        )
        if "multiscales" in ome(folder):
            below = [path for path in below if path.name == "labels"]
        waiting += [
            (f"{name}/{path.name}".lstrip("/"), path) for path in below if is_group(path) or is_array(path)
        ]


def _of_version_3(folder: Path) -> dict[str, Any]:
    return _json(folder / "zarr.json")


def _json(path: Path) -> dict[str, Any]:
    """Return an object in JSON; an empty one where there is no such file.

    Raises
    ------
    DamagedError
        It is no JSON, or far too long.
    """
    if not path.is_file():
        return {}
    if path.stat().st_size > _MOST_METADATA:
        raise DamagedError(f"its {path.name} is {path.stat().st_size:,} bytes long")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"its {path.name} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise DamagedError(f"its {path.name} holds no object")
    return found
