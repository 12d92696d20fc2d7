"""The images in a Zarr store: those of OME-Zarr with their levels, and plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pixture.imaging.axes import letter_of
from pixture.imaging.physical_space.units import sizes_in_one_unit, usual_unit
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.microscopy.ome_xml import ome_images
from pixture.imaging.readers.zarr.metadata import attributes, groups_below, is_array, ome

_SECONDS = {
    "second": 1.0, "s": 1.0, "millisecond": 1e-3, "ms": 1e-3, "microsecond": 1e-6, "nanosecond": 1e-9,
    "minute": 60.0, "min": 60.0, "hour": 3600.0, "day": 86400.0,
}  # fmt: skip
_OLDEST = "tczyx"
"""Axes of every image before version 0.3."""


@dataclass(frozen=True)
class Level:
    """An array, and the size of its pixels: by axis, and where the first lies, in the unit of the image."""

    folder: Path
    scale: dict[str, float] = field(default_factory=dict)
    translation: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """An image in a store.

    Attributes
    ----------
    name
        Its path within the store; what the image is called, where it is the root.
    title
        What the image is called.
    letters
        A letter an axis of its arrays; None where the arrays say it, or nothing does.
    levels
        Its arrays, the largest first.
    unit
        What scale and translation are in along spatial axes.
    channels
        Names of channels.
    version
        Of OME-Zarr; empty for a plain array.
    is_label
        Whether it lies among the labels of another.
    path
        Of its group within the store; empty for the root.
    """

    name: str
    title: str
    letters: str | None
    levels: tuple[Level, ...]
    unit: str | None = None
    channels: tuple[str, ...] = ()
    version: str = ""
    is_label: bool = False
    path: str = ""


def scenes_in(root: Path) -> tuple[Scene, ...]:
    """Return the images in a store, those that are labels of others last.

    Of bioformats2raw's layout, they are called as its OME-XML calls them.
    """
    found = list[Scene]()
    for name, folder in groups_below(root):
        if is_array(folder):
            found.append(Scene(name, name, None, (Level(folder),), is_label=_is_label(name)))
            continue
        multiscales = ome(folder).get("multiscales")
        if isinstance(multiscales, list):
            found += [_multiscale(name, folder, one) for one in multiscales]
    found.sort(key=lambda scene: scene.is_label)
    return tuple(_titled(root, found))


def _is_label(name: str) -> bool:
    return "labels" in name.split("/")[:-1]


def _titled(root: Path, scenes: list[Scene]) -> list[Scene]:
    """Return images with the names of OME-XML beside them, where there are as many."""
    xml = root / "OME" / "METADATA.ome.xml"
    images = [scene for scene in scenes if not scene.is_label]
    if not xml.is_file():
        return scenes
    said = ome_images(xml.read_text(encoding="utf-8", errors="replace"))
    if len(said) != len(images):
        return scenes
    titled = [
        replace(one, title=told.name or one.title, channels=one.channels or told.channels)
        for one, told in zip(images, said, strict=True)
    ]
    return [*titled, *(scene for scene in scenes if scene.is_label)]


def _multiscale(name: str, folder: Path, said: Any) -> Scene:
    if not isinstance(said, dict) or not isinstance(said.get("datasets"), list) or not said["datasets"]:
        raise DamagedError("its multiscales name no datasets")
    version = str(said.get("version") or ome(folder).get("version") or "")
    axes = _axes(said.get("axes"))
    letters = "".join(letter for letter, _ in axes)
    common = _transformations(said.get("coordinateTransformations"), letters)
    levels, unit = list[Level](), None
    for dataset in said["datasets"]:
        path = folder / str(dataset.get("path", ""))
        if not path.resolve().is_relative_to(folder.resolve()):
            raise DamagedError(f"its level {dataset.get('path')!r} lies outside of it")
        own = _transformations(dataset.get("coordinateTransformations"), letters)
        level, unit = _level(path, axes, own, common)
        levels.append(level)
    title = str(said.get("name") or "")
    channels = _channel_names(ome(folder).get("omero"))
    return Scene(
        name or title,  # the root of a store has no path
        title,
        letters,
        tuple(levels),
        unit,
        channels,
        version or "0.4",
        _is_label(name),
        name,
    )


def _axes(said: Any) -> list[tuple[str, str]]:
    """Return a letter and a unit an axis."""
    if said is None:
        return [(letter, "") for letter in _OLDEST]
    if not isinstance(said, list):
        raise DamagedError("its axes are no list")
    kinds = {"time": "t", "channel": "c"}
    found = list[tuple[str, str]]()
    for axis in said:
        told = axis if isinstance(axis, dict) else {"name": axis}
        name = str(told.get("name", "")).lower()
        found.append((kinds.get(str(told.get("type")), letter_of(name)), str(told.get("unit") or "")))
    return found


def _transformations(said: Any, letters: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return the scale and the translation of axes, one after the other where there are several."""
    scale, translation = dict.fromkeys(letters, 1.0), dict.fromkeys(letters, 0.0)
    for one in said if isinstance(said, list) else []:
        if not isinstance(one, dict):
            continue
        for kind in ("scale", "translation"):
            values = one.get(kind)
            if one.get("type") != kind or not isinstance(values, list) or len(values) != len(letters):
                continue
            for letter, value in zip(letters, values, strict=True):
                if not isinstance(value, int | float):
                    raise DamagedError(f"its {kind} {value!r} is no number")
                if kind == "scale":
                    scale[letter] *= value
                    translation[letter] *= value
                else:
                    translation[letter] += value
    return scale, translation


def _level(
    path: Path,
    axes: Sequence[tuple[str, str]],
    own: tuple[dict[str, float], dict[str, float]],
    common: tuple[dict[str, float], dict[str, float]],
) -> tuple[Level, str | None]:
    """Return a level, its own transformation first, then that of all; in one unit of length, in seconds."""
    units: dict[str, str | None] = {letter: usual_unit(unit) for letter, unit in axes}
    scale = {letter: own[0][letter] * common[0][letter] for letter, _ in axes}
    moved = {letter: own[1][letter] * common[0][letter] + common[1][letter] for letter, _ in axes}
    spatial = {letter: scale[letter] for letter in "zyx" if letter in scale}
    sizes, unit = sizes_in_one_unit(spatial, units)
    times = {letter: sizes[letter] / spatial[letter] for letter in sizes}
    if "t" in scale and (seconds := dict(axes)["t"] or "second") in _SECONDS:
        sizes["t"] = scale["t"] * _SECONDS[seconds]
        times["t"] = _SECONDS[seconds]
    return Level(path, sizes, {letter: moved[letter] * times[letter] for letter in times}), unit


def _channel_names(omero: Any) -> tuple[str, ...]:
    channels = omero.get("channels") if isinstance(omero, dict) else None
    if not isinstance(channels, list):
        return ()
    names = tuple(str(one.get("label") or "") if isinstance(one, dict) else "" for one in channels)
    return names if all(names) else ()


def names_of_axes(array: Any, folder: Path) -> tuple[str, ...] | None:
    """Return the names that a plain array has for its axes; None where it has none."""
    names = getattr(array.metadata, "dimension_names", None) or attributes(folder).get("_ARRAY_DIMENSIONS")
    if not isinstance(names, list | tuple) or len(names) != len(array.shape):
        return None
    return tuple(str(name or "").lower() for name in names)
