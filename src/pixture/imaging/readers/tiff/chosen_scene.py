"""Which of the images in an open TIFF is read, and what is said of the others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import tifffile

from pixture.errors import FirstFrameWarning, ReadError, UnclearAxesWarning, warn
from pixture.imaging.readers.subimage import Subimage, chosen_scene, refuse_level
from pixture.imaging.readers.tiff.scenes.scene import Scene
from pixture.imaging.readers.tiff.scenes.scenes import scenes_in
from pixture.imaging.readers.tiff.sizes import SLIDES
from pixture.wording import plural

_LSM_LIMIT = 2**32
"""Bytes that LSM's own tables reach."""


@dataclass(frozen=True, eq=False)
class ChosenScene:
    """What is read of an open file: an image, or the times and planes of it that are asked for."""

    scene: Scene
    say_what_is_read: Callable[[], None]


def chosen_in(path: Path, which: Subimage, still_open: ExitStack) -> ChosenScene:
    """Return the image of a file that is asked for, of which pages are read while it stays open.

    Raises
    ------
    ReadError
        There is none.
    """
    file = still_open.enter_context(tifffile.TiffFile(path, _multifile=False))
    scenes = scenes_in(path, file, still_open)
    scene = scenes[chosen_scene(path, which, [scene.name for scene in scenes])]
    refuse_level(path, which.level, len(scene.levels))
    if file.is_lsm and path.stat().st_size >= _LSM_LIMIT:
        raise ReadError(f"{path}: an LSM file of more than 4 GB is not read. Save it as OME-TIFF.")
    picked = scene.picked(path, which.time, which.slice)
    return ChosenScene(picked, partial(_say_what_is_read, path, file, scenes, scene, picked, which))


def _say_what_is_read(
    path: Path, file: Any, scenes: tuple[Scene, ...], scene: Scene, picked: Scene, which: Subimage
) -> None:
    """Warn of images that are not read, and of pages of which nothing says what they are."""
    others = scene.ome.files if scene.ome is not None else ()
    if which.scene is None and len(scenes) > 1 and scene.kind not in SLIDES:
        warn(
            f"{path}: the file holds {len(scenes):,} images; only the first is read. Choose another: "
            "scene=2.",
            FirstFrameWarning,
        )
    elif (file.is_ome and scene.ome is None) or len(others) > 1:
        warn(
            f"{path}: its OME-XML does not tell what the pages of this file are, or speaks of other files; "
            f"only its own {plural(len(scene.levels[0].pages), 'page')} are read. Save it as one file.",
            FirstFrameWarning,
        )
    if picked.unclear:
        count = plural(len(picked.levels[0].pages), "page")
        warn(
            f"{path}: nothing in it says what its {count} are; they are read as the planes of one volume. Of "
            "several images, or times, take one: slice=1.",
            UnclearAxesWarning,
        )
