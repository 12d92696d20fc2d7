"""Zarr 2 and 3, and OME-Zarr in them: axes in any order, levels, scenes, units, names of channels."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, replace
from math import ceil, prod
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from pixture.errors import FirstFrameWarning, ImageError, MissingChunksWarning, ReadError, warn
from pixture.files.input_files import Inputs
from pixture.imaging.axes import axes_of_shape, letter_of
from pixture.imaging.image import Image, Origin
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.physical_space.place import Place
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb, refuse_excess, refuse_large_stack
from pixture.imaging.readers.subimage import Content, Subimage, chosen_index, chosen_scene, refuse_level
from pixture.imaging.readers.zarr.scenes import Level, Scene, names_of_axes, scenes_in
from pixture.wording import plural

FAMILY = "OME-Zarr"
_OWN_AXES = "?"


@dataclass(frozen=True)
class OmeZarr:
    """What OME-Zarr said of an image that is not in `Image`: for its writer.

    Attributes
    ----------
    version
        Of the specification, such as "0.4".
    title
        What the image is called.
    translation
        Where the first pixel lies, by axis, in the image's unit.
    path
        Of the image's group within its store; empty for the root.
    is_whole
        Whether all of the image was read, in its full size.
    """

    version: str
    title: str
    translation: dict[str, float]
    path: str = ""
    is_whole: bool = False


@dataclass(frozen=True, eq=False)
class Stored:
    """The array that an image is stored in.

    Attributes
    ----------
    level
        Its folder, and the size of its pixels.
    array
        As zarr has opened it.
    letters
        A letter an axis of it; "?" for one of length one that no image has.
    picks
        Which place is taken along the axes that the image has not, by letter.
    known
        Size of a pixel, unit, names of channels and place, as `image_from_array` takes them.
    levels
        How many there are.
    """

    level: Level
    array: Any
    letters: str
    picks: dict[str, int]
    known: dict[str, Any]
    levels: int = 1

    @property
    def kept(self) -> str:
        """The letters of the image's axes, in the array's order."""
        return "".join(letter for letter in self.letters if letter not in self.picks and letter != _OWN_AXES)


def stored_in(path: Path, which: Subimage) -> Stored:
    """Return the array of a store that is asked for; none of its chunks is read.

    Raises
    ------
    ReadError
        There is none, or it is no image.
    """
    scenes = scenes_in(path)
    if not scenes:
        raise ReadError(f"{path}: the Zarr store holds no array. Copy or export it again.")
    scene = _scene(path, scenes, which)
    refuse_level(path, which.level, len(scene.levels))
    level = scene.levels[which.level]
    array = open_array(level.folder)
    letters = _letters(path, scene, level, array)
    lengths = dict(zip(letters, array.shape, strict=True))
    stored = Stored(level, array, letters, _picks(path, letters, lengths, which), {}, len(scene.levels))
    place = None
    if scene.version:
        moved = {letter: value for letter, value in level.translation.items() if letter in stored.kept}
        title = f", image {scene.title}" if scene.title else ""
        is_whole = which.level == 0 and which.time is None and which.slice is None
        content = OmeZarr(scene.version, scene.title, moved, scene.path, is_whole)
        place = Place(FAMILY, content, f"{FAMILY} {scene.version}{title}")
    order = [letter for letter in "tzyx" if letter in stored.kept]
    known = {
        "spacing": [float(f"{abs(level.scale.get(letter, 1.0)) or 1.0:.9g}") for letter in order],
        "unit": scene.unit,
        "channel_names": scene.channels if len(scene.channels) == lengths.get("c", 1) else (),
        "place": place,
    }
    return replace(stored, known=known)


def decode(path: Path, which: Subimage) -> Image:
    """Return an image of a store: all of its times, planes and channels, or those that are asked for.

    Only the chunks of what is asked for are decoded. What cannot be decoded raises what the decoder does.
    """
    stored = stored_in(path, which)
    array, letters = stored.array, stored.letters
    lengths = dict(zip(letters, array.shape, strict=True))
    spatial = {letter: lengths[letter] for letter in "tzyx" if letter in stored.kept}
    bytes_per_pixel = array.dtype.itemsize * lengths.get("c", 1)
    refuse_large_stack(path, "".join(spatial), tuple(spatial.values()), bytes_per_pixel, stored.levels)
    refuse_bomb(path, prod(outer_chunks(array)), 1, array.dtype.itemsize)
    refuse_or_say_missing(path, stored.level, array)
    at = tuple(stored.picks.get(letter, 0 if letter == _OWN_AXES else slice(None)) for letter in letters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what zarr thinks of codecs and of names
        pixels = np.asarray(array[at])
    digest = hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()
    image = image_from_array(pixels, axes=stored.kept, **stored.known)
    return replace(image, origin=Origin(path, digest)).read_with(Inputs.of([path]))


def contents(path: Path) -> tuple[Content, ...]:
    """Return the images that a store holds, and the levels of their pyramids."""
    return tuple(_content(path, scene) for scene in scenes_in(path))


def _content(path: Path, scene: Scene) -> Content:
    arrays = [open_array(level.folder) for level in scene.levels]
    first = arrays[0]
    try:
        letters = _letters(path, scene, scene.levels[0], first)
    except ReadError:
        letters = _OWN_AXES * len(first.shape)
    name = scene.name if scene.title in ("", scene.name) else f"{scene.name} ({scene.title})"
    shapes = tuple(tuple(map(int, array.shape)) for array in arrays)
    return Content(name, letters, shapes[0], str(first.dtype), shapes)


def _scene(path: Path, scenes: tuple[Scene, ...], which: Subimage) -> Scene:
    """Return the image that is asked for, by its number, its path or what it is called."""
    if which.scene is not None:
        titles = [scene.title for scene in scenes]
        asked = which.scene.strip("/")
        if titles.count(asked) == 1 and asked not in [scene.name for scene in scenes]:
            return scenes[titles.index(asked)]
        return scenes[chosen_scene(path, Subimage(asked), [scene.name for scene in scenes])]
    images = [scene for scene in scenes if not scene.is_label]
    if len(images) > 1:
        warn(
            f"{path}: the store holds {len(images):,} images; only the first is read. Choose another: "
            "scene=2.",
            FirstFrameWarning,
        )
    return scenes[0]


def open_array(folder: Path) -> Any:
    """Return an array of a store, of which no chunk is read.

    Raises
    ------
    ReadError
        It holds no real numbers, or none at all.
    DamagedError
        It is not there.
    """
    if not folder.is_dir():
        raise DamagedError(f"its level {folder.name} is not there")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        place = folder.zarr_store() if hasattr(folder, "zarr_store") else str(folder)  # at an address
        array = zarr.open_array(place, mode="r")
    if not hasattr(array.dtype, "itemsize") or array.dtype.kind not in "buif":
        raise ReadError(f"{folder}: an array of {array.dtype} is no image. Give one of integers or floats.")
    if 0 in array.shape:
        raise ReadError(f"{folder}: the array is empty: its shape is {array.shape}. Export it again.")
    return array


def _letters(path: Path, scene: Scene, level: Level, array: Any) -> str:
    """Return a letter an axis of an array; "?" for one of length one that no image has.

    Raises
    ------
    ReadError
        They are those of no image, or nothing says them.
    """
    letters = scene.letters
    if letters is None:
        names = names_of_axes(array, level.folder)
        if names is None:
            return _by_shape(path, level.folder, array.shape)
        letters = "".join(letter_of(name) for name in names)
    if len(letters) != len(array.shape):
        raise DamagedError(f"it has {len(letters)} axes, and its array the shape {array.shape}")
    known = [letter for letter in letters if letter != _OWN_AXES]
    longer = [n for letter, n in zip(letters, array.shape, strict=True) if letter == _OWN_AXES and n > 1]
    if longer or len(set(known)) < len(known) or not {"y", "x"} <= set(known):
        named = ", ".join(f"{letter} ({length})" for letter, length in zip(letters, array.shape, strict=True))
        raise ReadError(
            f"{path}: the axes of its array are {named}, and an image has y, x, and perhaps z, t and c. "
            f"{_calls(level.folder, array.shape)}"
        )
    return letters


def _by_shape(path: Path, folder: Path, shape: tuple[int, ...]) -> str:
    try:
        return axes_of_shape(shape)
    except ImageError:
        raise ReadError(
            f"{path}: nothing says what the axes of its array of shape {shape} are. {_calls(folder, shape)}"
        ) from None


def _calls(folder: Path, shape: tuple[int, ...]) -> str:
    """Return the calls that say what axes an array has."""
    letters = {2: "yx", 3: "zyx", 4: "czyx", 5: "tczyx"}.get(len(shape), "zyx")
    names = str(list(letters)).replace("'", '"')
    return (
        f"Write their names to it in Python, such as zarr.open_array({str(folder)!r}).attrs["
        f'"_ARRAY_DIMENSIONS"] = {names}; or give the array: '
        f'pixture.segment(pixture.image_from_array(array, axes="{letters}")).'
    )


def _picks(path: Path, letters: str, lengths: dict[str, int], which: Subimage) -> dict[str, int]:
    """Return which time, and which plane, alone is read; of axes that are one long, their only place."""
    picks = {letter: 0 for letter in "tz" if lengths.get(letter) == 1}
    for letter, number, thing in (("t", which.time, "time"), ("z", which.slice, "plane")):
        if number is not None:
            index = chosen_index(path, number, lengths.get(letter, 1), thing)
            if letter in letters:
                picks[letter] = index
    return picks


def outer_chunks(array: Any) -> tuple[int, ...]:
    """Return the shape of what has a file: a shard, or a chunk."""
    return tuple(map(int, getattr(array, "shards", None) or array.chunks))


def refuse_or_say_missing(path: Path, level: Level, array: Any) -> None:
    """Say how many chunks of an array are not there.

    Raises
    ------
    ReadError
        Its files hold far more than it can need; or some are missing, and nothing says what stands there.
    """
    files = (file for file in level.folder.rglob("*") if file.is_file())
    chunks = [
        file.stat().st_size for file in files if not file.name.startswith(".") and file.name != "zarr.json"
    ]
    outer = outer_chunks(array)
    expected = prod(ceil(length / chunk) for length, chunk in zip(array.shape, outer, strict=True))
    refuse_excess(path, sum(chunks), expected * prod(outer), array.dtype.itemsize)
    lacking = expected - len(chunks)
    if lacking > 0:
        fill = array.fill_value
        if fill is None:
            raise ReadError(
                f"{path}: {lacking:,} of its {plural(expected, 'chunk')} are not there, and it names no "
                "value that fills them. Copy or export it again."
            )
        warn(
            f"{path}: {lacking:,} of its {plural(expected, 'chunk')} are not there; their pixels have the "
            f"value that fills it, {np.asarray(fill)[()]}.",
            MissingChunksWarning,
        )
