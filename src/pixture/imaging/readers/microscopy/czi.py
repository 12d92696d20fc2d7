"""Zeiss's CZI, by Zeiss's own pylibCZIrw: scenes put together of their tiles, plane by plane, in any size."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pylibCZIrw import czi

from pixture.arrays import Array, Mask
from pixture.errors import ReadError
from pixture.imaging.image import Image
from pixture.imaging.readers.microscopy.scene import Scene, contents_of, image_of, images_alone
from pixture.imaging.readers.subimage import Content, Subimage

_KINDS = {
    "Gray8": np.uint8,
    "Gray16": np.uint16,
    "Gray32Float": np.float32,
    "Bgr24": np.uint8,
    "Bgr48": np.uint16,
}
_SMALLEST = 512
"""Pixels along the longer side of the smallest level, about."""


def decode(path: Path, which: Subimage) -> Image:
    """Return an image of the file; what cannot be decoded raises what the decoder does."""
    with czi.open_czi(str(path)) as file:
        return image_of(path, "Zeiss CZI", _scenes(path, file), which)


def contents(path: Path) -> tuple[Content, ...]:
    """Return the images that the file holds."""
    with czi.open_czi(str(path)) as file:
        return contents_of(_scenes(path, file))


def _scenes(path: Path, file: Any) -> tuple[Scene, ...]:
    boxes = dict(file.scenes_bounding_rectangle) or {None: None}
    said = file.metadata.get("ImageDocument", {}).get("Metadata", {})
    return images_alone(path, (_scene(path, file, number, box, said) for number, box in boxes.items()))


def _scene(path: Path, file: Any, number: int | None, box: Any, said: dict[str, Any]) -> Scene:
    bounds = file.total_bounding_box
    width, height = (box.w, box.h) if box is not None else (_length(bounds["X"]), _length(bounds["Y"]))
    others = [axis for axis in bounds if axis not in "XYM" and (_length(bounds[axis]) > 1 or axis in "TZC")]
    kinds = {str(kind) for kind in file.pixel_types.values()}
    if len(kinds) != 1 or not kinds <= set(_KINDS):
        raise ReadError(
            f"{path}: a CZI whose channels are {', '.join(sorted(kinds))} is not read. Export it as OME-TIFF."
        )
    (kind,) = kinds
    coloured = kind.startswith("Bgr")
    lengths = {axis: _length(bounds[axis]) for axis in others}
    if coloured and lengths.get("C", 1) > 1:
        raise ReadError(f"{path}: a CZI of several channels of colours is not read. Export it as OME-TIFF.")
    if coloured:
        others = [axis for axis in others if axis != "C"]
    mosaic = int(said.get("Information", {}).get("Image", {}).get("SizeM", 1)) > 1
    levels = _levels(height, width)

    def plane(at: Mapping[str, int], level: int, background: float) -> Array:
        shown = (background, background, background)
        zoom = {} if level == 0 else {"zoom": 0.5**level}
        found = np.asarray(file.read(plane=dict(at), scene=number, background_pixel=shown, **zoom))
        rows, columns = levels[level]
        found = found[:rows, :columns]
        return found[..., ::-1] if coloured else found[..., 0]

    def read(picks: Mapping[str, int], level: int) -> tuple[Array, Mask | None]:
        fixed = {axis: bounds[axis][0] + picks[axis.lower() if axis in "TZC" else axis] for axis in others
                 if (axis.lower() if axis in "TZC" else axis) in picks}  # fmt: skip
        along = [axis for axis in others if axis not in fixed]
        planes, masks = [], []
        for places in itertools.product(*(range(*_range(bounds[axis])) for axis in along)):
            at = {**fixed, **dict(zip(along, places, strict=True))}
            seen = plane(at, level, 0.0)
            planes.append(seen)
            if mosaic:
                same = seen == plane(at, level, 1.0)  # between tiles, there is only the background
                masks.append(same.all(axis=-1) if coloured else same)
        shape = tuple(lengths[axis] for axis in along)
        pixels = np.stack(planes).reshape(*shape, *planes[0].shape)
        if not mosaic:
            return pixels, None
        valid = np.stack(masks).reshape(*shape, *planes[0].shape[:2])
        if "C" in along:
            valid = np.asarray(valid.all(axis=along.index("C")))
        letters = [axis.lower() for axis in along if axis != "C"]
        return pixels, valid.swapaxes(0, 1) if letters == ["z", "t"] else valid

    letters = "".join(axis.lower() if axis in "TZC" else axis for axis in others)
    return Scene(
        _name(said, number),
        f"{letters}yx" + "c" * coloured,
        (*(lengths[axis] for axis in others), height, width, *((3,) if coloured else ())),
        np.dtype(_KINDS[kind]),
        read,
        _sizes(said),
        channels=() if coloured else _channels(said),
        levels=levels,
    )


def _length(bounds: tuple[int, int]) -> int:
    return int(bounds[1] - bounds[0])


def _range(bounds: tuple[int, int]) -> tuple[int, int]:
    return int(bounds[0]), int(bounds[1])


def _levels(height: int, width: int) -> tuple[tuple[int, int], ...]:
    levels = [(height, width)]
    while max(levels[-1]) > _SMALLEST and min(levels[-1]) > 1:
        rows, columns = levels[-1]
        levels.append((rows // 2, columns // 2))
    return tuple(levels)


def _listed(found: Any) -> list[dict[str, Any]]:
    """Return what stands in XML once or several times as a list."""
    held = found if isinstance(found, list) else [found]
    return [one for one in held if isinstance(one, dict)]


def _name(said: dict[str, Any], number: int | None) -> str:
    dimensions = said.get("Information", {}).get("Image", {}).get("Dimensions") or {}
    scenes = _listed(((dimensions.get("S") or {}).get("Scenes") or {}).get("Scene"))
    named = {int(one.get("@Index", -1)): str(one.get("@Name", "")) for one in scenes}
    return "" if number is None else named.get(number, "")


def _sizes(said: dict[str, Any]) -> dict[str, float]:
    """Return the size of a pixel in µm; the file has metres."""
    items = ((said.get("Scaling") or {}).get("Items") or {}).get("Distance")
    found = {str(one.get("@Id", "")).lower(): one.get("Value") for one in _listed(items)}
    sizes = {axis: float(value) for axis, value in found.items() if axis in ("x", "y", "z") and value}
    return {axis: float(f"{1e6 * size:.6g}") for axis, size in sizes.items() if size > 0}


def _channels(said: dict[str, Any]) -> tuple[str, ...]:
    dimensions = said.get("Information", {}).get("Image", {}).get("Dimensions") or {}
    held = _listed((dimensions.get("Channels") or {}).get("Channel"))
    names = tuple(str(one.get("@Name") or "") for one in held)
    return names if all(names) else ()
