"""Windows of TIFF and BigTIFF: only the strips or tiles that a window touches are decoded.

What a file says is taken in once a process, and no file stays open: each window opens its own.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

from pixture.imaging.image import Image
from pixture.imaging.readers.pictures.orientation import TAG, as_stored
from pixture.imaging.readers.subimage import Subimage
from pixture.imaging.readers.tiff import log
from pixture.imaging.readers.tiff.chosen_scene import chosen_in
from pixture.imaging.readers.tiff.compression.segments import refuse_compression
from pixture.imaging.readers.tiff.part import Part, Remembered, loaded
from pixture.imaging.readers.tiff.planes import refuse_page
from pixture.imaging.readers.tiff.reader import image_of, is_by_libtiff, whole_pages
from pixture.imaging.readers.tiff.region_decoding import is_plain
from pixture.imaging.readers.tiff.scenes.scene import Level, Place, Scene
from pixture.imaging.window import Window
from pixture.scale.sources.file_source import MOST_STORED
from pixture.scale.sources.file_stamp import Stamp

_SIDEWAYS = (5, 6, 7, 8)  # orientations in which rows are columns
_MOST_KEPT = 4


@dataclass(frozen=True, eq=False)
class _Taken:
    """What a file says of an image, all of it read: its one level that is asked for, at its own number."""

    scene: Scene
    level: int
    remembered: Remembered

    @property
    def page(self) -> Any:
        return self.scene.levels[self.level].first

    @property
    def turned(self) -> bool:
        return self.page.tags.valueof(TAG, 1) in _SIDEWAYS

    def upright(self, rows: int, columns: int) -> tuple[int, int]:
        """Return rows and columns as they are to be seen."""
        return (columns, rows) if self.turned else (rows, columns)

    @property
    def lengths(self) -> dict[str, int]:
        """How long the image is along each of its axes but the channels'."""
        found = dict(zip(self.scene.axes, self.scene.lengths, strict=True))
        if self.page.imagedepth > 1:
            found["z"] = self.page.imagedepth
        found["y"], found["x"] = self.upright(self.page.imagelength, self.page.imagewidth)
        return {letter: found[letter] for letter in "tzyx" if letter in found}


@dataclass(frozen=True)
class TiffWindows:
    """The image in a TIFF: `Windows` says what its methods are.

    Attributes
    ----------
    watched
        The file.
    which
        Of its images.
    stamp
        Of the file.
    axes
        Of the image, without channels.
    shape, stored
        As `Windows` says.
    """

    watched: Path
    which: Subimage
    stamp: Stamp
    axes: str
    shape: tuple[int, ...]
    stored: tuple[int, ...]

    def image(self, window: Window) -> Image:
        """As `Windows` says."""
        with log.silenced():
            taken = _taken(self.watched, self.which, self.stamp)
            page, lengths = taken.page, taken.lengths
            ends = dict(zip(self.axes, zip(window.start, window.stop, strict=True), strict=True))
            rows, columns = as_stored(
                ends["y"], ends["x"], page.tags.valueof(TAG, 1), (page.imagelength, page.imagewidth)
            )
            depth = ends["z"] if page.imagedepth > 1 else (0, 1)
            part = Part((depth, rows, columns), (lengths["y"], lengths["x"]), taken.remembered)
            return image_of(self.watched, taken.scene.within(ends), taken.level, part)


def windows_of(path: Path, which: Subimage) -> TiffWindows | None:
    """Return the image in a TIFF; None of one that is read whole.

    That is one whose colours libtiff must decode, whose compressed strips or tiles are too large to be
    decoded for a window each, or of which windows are not known to arrive as the whole does.
    """
    with log.silenced():
        stamp = Stamp.of(path)
        taken = _all_that_it_says(path, which, spoken=True)
        if taken is None:
            return None
        _keep((os.getpid(), path, which, stamp), taken)
        page = taken.page
        lengths = taken.lengths
        sides = _sides(page)
        if prod(sides) * page.samplesperpixel * page.dtype.itemsize > MOST_STORED and not is_plain(page):
            return None
        stored = dict.fromkeys(lengths, 1)
        if page.imagedepth > 1:
            stored["z"] = sides[0]
        stored["y"], stored["x"] = taken.upright(*sides[1:])
        if is_plain(page) and not page.is_tiled:
            stored["y"], stored["x"] = 1, 1
    return TiffWindows(
        path,
        which,
        stamp,
        "".join(lengths),
        tuple(lengths.values()),
        tuple(stored[letter] for letter in lengths),
    )


def _sides(page: Any) -> tuple[int, int, int]:
    """Return depth, rows and columns of a page's strips or tiles."""
    if page.is_tiled:
        return page.tiledepth, page.tilelength, page.tilewidth
    return 1, min(page.rowsperstrip, page.imagelength), page.imagewidth


_Key = tuple[int, Path, Subimage, Stamp]
_kept: OrderedDict[_Key, _Taken] = OrderedDict()
_one_at_a_time = threading.Lock()

if hasattr(
    os, "register_at_fork"
):  # a child takes in files anew, as a thread of its parent's may hold a strip
    os.register_at_fork(
        before=_one_at_a_time.acquire,
        after_in_parent=_one_at_a_time.release,
        after_in_child=_one_at_a_time.release,
    )


def _taken(path: Path, which: Subimage, stamp: Stamp) -> _Taken:
    key = os.getpid(), path, which, stamp
    with _one_at_a_time:
        if key in _kept:
            return _kept[key]
    found = _all_that_it_says(path, which, spoken=False)
    assert found is not None  # it was described
    _keep(key, found)
    return found


def _keep(key: _Key, taken: _Taken) -> None:
    with _one_at_a_time:
        _kept[key] = taken
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)


def _all_that_it_says(path: Path, which: Subimage, *, spoken: bool) -> _Taken | None:
    """Return what a file says of an image, the file closed again; None of one that is read whole."""
    with ExitStack() as still_open:
        chosen = chosen_in(path, which, still_open)
        scene = chosen.scene
        level = scene.levels[which.level]
        places = whole_pages(path, level)
        if is_by_libtiff(places[0].page):
            return None
        for page in {id(place.page): place.page for place in places}.values():
            refuse_page(path, page, in_parts=True)
            refuse_compression(path, page)
            loaded(page)
        masks = tuple(tuple(_whole(mask) for mask in of_page) for of_page in level.masks)
        full = scene.levels[0]
        if level is not full:
            full = Level((Place(loaded(_whole(full.first))),) * len(full.pages))
        here = Level(tuple(places), masks)
        levels = (here,) if which.level == 0 else (full, *scene.levels[1 : which.level], here)
        if spoken:
            chosen.say_what_is_read()
    return _Taken(replace(scene, levels=levels), which.level, Remembered())


def _whole(page: Any) -> Any:
    return loaded(page if hasattr(page, "tags") and hasattr(page, "jpegtables") else page.aspage())
