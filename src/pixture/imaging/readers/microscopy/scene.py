"""An image in a microscope's file, whatever its maker: its axes, and how a part of it is read."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pixture.arrays import Array, Mask
from pixture.errors import FirstFrameWarning, ReadError, warn
from pixture.imaging.axes import ORDER
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.physical_space.place import Place
from pixture.imaging.readers.limits import refuse_large_stack
from pixture.imaging.readers.microscopy.ome_xml import OmeImage
from pixture.imaging.readers.subimage import Content, Subimage, chosen_index, chosen_scene, refuse_level

FAMILY = "OME-TIFF"
"""In which what is made of these is written: their own formats are read alone."""

_MOST_SCENES = 1000

Read = Callable[[Mapping[str, int], int], "tuple[Array, Mask | None]"]
"""Of places along some axes, and a level: the pixels along the others, in their order, and which count."""


@dataclass(frozen=True)
class Scene:
    """An image in a microscope's file.

    Attributes
    ----------
    name
        What it is called.
    axes, lengths
        A letter an axis, those of images and perhaps others, in the order in which they are read; and how
        many there are along each.
    dtype
        Of its values.
    read
        Reads a part of it.
    sizes
        Of a pixel by axis: in `unit`, of times in seconds.
    unit
        What they are in.
    channels
        A name a channel; empty where they have none.
    levels
        (rows, columns) of each level, the full size first.
    """

    name: str
    axes: str
    lengths: tuple[int, ...]
    dtype: np.dtype[np.generic]
    read: Read
    sizes: dict[str, float] = field(default_factory=dict)
    unit: str | None = "µm"
    channels: tuple[str, ...] = ()
    levels: tuple[tuple[int, int], ...] = ()

    def shape_of(self, level: int) -> tuple[int, ...]:
        """Return the lengths of its axes in a level."""
        if not self.levels:
            return self.lengths
        rows_columns = dict(zip("yx", self.levels[level], strict=True))
        return tuple(rows_columns.get(axis, n) for axis, n in zip(self.axes, self.lengths, strict=True))


def images_alone(path: Path, scenes: Iterable[Scene]) -> tuple[Scene, ...]:
    """Return scenes without axes that no image has: each place along these is an image of its own.

    An image across planes, without rows, has its planes as rows. Axes of wavelengths, "w", are channels.
    """
    return tuple(
        alone for scene in scenes for alone in _without_others(path, _with_rows(_with_channels(scene)))
    )


def _with_rows(scene: Scene) -> Scene:
    lengths = dict(zip(scene.axes, scene.lengths, strict=True))
    if lengths.get("y", 1) > 1 or "z" not in lengths or "x" not in lengths:
        return scene
    # a section along the optical axis: its planes are its rows
    read = scene.read
    kept = scene.axes.replace("y", "").replace("z", "y")
    without = {"y": 0} if "y" in lengths else {}

    def turned(picks: Mapping[str, int], level: int) -> tuple[Array, Mask | None]:
        own = {("z" if axis == "y" else axis): place for axis, place in picks.items()}
        return read(without | own, level)

    sizes = {axis: size for axis, size in scene.sizes.items() if axis not in "yz"}
    if "z" in scene.sizes:
        sizes["y"] = scene.sizes["z"]
    lengths_kept = tuple(lengths["z" if axis == "y" else axis] for axis in kept)
    return replace(scene, axes=kept, lengths=lengths_kept, read=turned, sizes=sizes)


def _with_channels(scene: Scene) -> Scene:
    lengths = dict(zip(scene.axes, scene.lengths, strict=True))
    if "w" not in lengths or lengths.get("c", 1) > 1:
        return scene
    read, channelled = scene.read, "c" in scene.axes

    def renamed(picks: Mapping[str, int], level: int) -> tuple[Array, Mask | None]:
        own = {("w" if axis == "c" else axis): place for axis, place in picks.items()}
        return read(({"c": 0} if channelled else {}) | own, level)

    axes = scene.axes.replace("c", "").replace("w", "c")
    return replace(
        scene, axes=axes, lengths=tuple(lengths["w" if a == "c" else a] for a in axes), read=renamed
    )


def _without_others(path: Path, scene: Scene) -> Iterator[Scene]:
    others = [axis for axis in scene.axes if axis not in "tzcyx"]
    lengths = dict(zip(scene.axes, scene.lengths, strict=True))
    count = int(np.prod([lengths[axis] for axis in others]))
    if count > _MOST_SCENES:
        raise ReadError(
            f"{path}: it holds {count:,} images of one kind; more than {_MOST_SCENES:,} are not read."
        )
    for places in itertools.product(*(range(lengths[axis]) for axis in others)):
        at = dict(zip(others, places, strict=True))
        said = " ".join(f"{axis} {place + 1}" for axis, place in at.items() if lengths[axis] > 1)
        kept = "".join(axis for axis in scene.axes if axis not in at)
        yield replace(
            scene,
            name=f"{scene.name} {said}".strip(),
            axes=kept,
            lengths=tuple(lengths[axis] for axis in kept),
            read=_picking(scene.read, at),
        )


def _picking(read: Read, at: Mapping[str, int]) -> Read:
    return lambda picks, level: read({**at, **picks}, level)


def image_of(path: Path, maker: str, scenes: Sequence[Scene], which: Subimage) -> Image:
    """Return an image of a file: all of its times, planes and channels, or those that are asked for.

    Raises
    ------
    ReadError
        What is asked for is not there, or is larger than is safe.
    """
    if not scenes:
        raise ReadError(f"{path}: the {maker} file holds no image. Export it again.")
    scene = scenes[chosen_scene(path, which, [scene.name for scene in scenes])]
    if which.scene is None and len(scenes) > 1:
        warn(
            f"{path}: the file holds {len(scenes):,} images; only the first is read. Choose another: "
            "scene=2.",
            FirstFrameWarning,
        )
    refuse_level(path, which.level, max(1, len(scene.levels)))
    shape = dict(zip(scene.axes, scene.shape_of(which.level), strict=True))
    if not {"y", "x"} <= set(shape):
        raise ReadError(f"{path}: {scene.name!r} is no image: its axes are {', '.join(scene.axes)}.")
    picks = {axis: 0 for axis in "tz" if shape.get(axis) == 1}
    for axis, number, thing in (("t", which.time, "time"), ("z", which.slice, "plane")):
        if number is not None:
            index = chosen_index(path, number, shape.get(axis, 1), thing)
            if axis in shape:
                picks[axis] = index
    kept = "".join(axis for axis in scene.axes if axis not in picks)
    spatial = {axis: shape[axis] for axis in "tzyx" if axis in kept}
    per_pixel = scene.dtype.itemsize * shape.get("c", 1)
    refuse_large_stack(path, "".join(spatial), tuple(spatial.values()), per_pixel, len(scene.levels))
    pixels, mask = scene.read(picks, which.level)
    smaller = {"y": scene.lengths[scene.axes.index("y")] / shape["y"]}
    smaller["x"] = scene.lengths[scene.axes.index("x")] / shape["x"]
    sizes = {axis: size * smaller.get(axis, 1) for axis, size in scene.sizes.items()}
    known = any(axis in sizes for axis in "zyx")
    return image_from_array(
        pixels,
        axes=kept,
        spacing=[float(f"{sizes.get(axis, 1.0):.9g}") for axis in spatial],
        unit=scene.unit if known else None,
        channel_names=scene.channels if len(scene.channels) == shape.get("c", 1) else (),
        mask=mask,
        place=Place(FAMILY, OmeImage(scene.name), f"{maker}{f', image {scene.name}' if scene.name else ''}"),
    )


def contents_of(scenes: Sequence[Scene]) -> tuple[Content, ...]:
    """Return what a file holds; one time and one plane are no axes."""
    return tuple(_content(scene) for scene in scenes)


def _content(scene: Scene) -> Content:
    along = list(zip(scene.axes, scene.lengths, strict=True))
    kept = [at for at, (axis, length) in enumerate(along) if axis not in "tz" or length > 1]
    kept.sort(key=lambda at: ORDER.find(scene.axes[at]))
    shapes = [tuple(scene.shape_of(level)[at] for at in kept) for level in range(max(1, len(scene.levels)))]
    return Content(
        scene.name, "".join(scene.axes[at] for at in kept), shapes[0], str(scene.dtype), tuple(shapes)
    )
