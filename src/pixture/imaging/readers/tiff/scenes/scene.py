"""An image in a TIFF: the pages it is made of, and what they lie along."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

from pixture.imaging.readers.microscopy.ome_xml import OmeImage
from pixture.imaging.readers.subimage import chosen_index
from pixture.imaging.readers.tiff.sizes import NOTHING_KNOWN, Known

TROUBLE = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What a description that contradicts itself may end in."""


@dataclass(frozen=True)
class Place:
    """A page, and which of the planes that follow one another behind its directory, from 0, is meant."""

    page: Any
    behind: int = 0


@dataclass(frozen=True)
class Level:
    """The pages of one size of an image, those of the last axis first; None where the file lacks one.

    `masks` are the mask pages of each, or none.
    """

    pages: tuple[Place | None, ...]
    masks: tuple[tuple[Any, ...], ...] = ()

    @property
    def first(self) -> Any:
        """The first page that is there, or what tifffile says of all of them."""
        return next(place.page.keyframe for place in self.pages if place is not None)


@dataclass(frozen=True)
class Scene:
    """An image in a file.

    Attributes
    ----------
    name
        What the file calls it.
    axes, lengths
        Letters, of "t", "z" and "c", of what its pages lie along, the slowest first; and how many of each.
    levels
        The pages of each size, the full one first.
    known
        Sizes of its pixels, and names of its channels.
    ome
        What OME-XML says of it; None where the file has none.
    unclear
        Whether nothing in the file says what its pages are.
    kind
        What tifffile calls the program that wrote it.
    """

    name: str
    axes: str
    lengths: tuple[int, ...]
    levels: tuple[Level, ...]
    known: Known = NOTHING_KNOWN
    ome: OmeImage | None = None
    unclear: bool = False
    kind: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether no program says in words of its own what the pages are."""
        return self.ome is None and self.kind in ("", "shaped", "uniform", "generic")

    def picked(self, path: Path, time: int | None, plane: int | None) -> Scene:
        """Return one of its times, or planes, alone.

        Raises
        ------
        ReadError
            There are not so many.
        """
        scene = self
        for letter, number, thing in (("t", time, "time"), ("z", plane, "plane")):
            if number is None:
                continue
            if letter not in scene.axes and letter == "z" and scene.levels[0].first.imagedepth > 1:
                continue  # they are within its pages
            at = scene.axes.find(letter)
            index = chosen_index(path, number, 1 if at < 0 else scene.lengths[at], thing)
            if at >= 0:
                scene = scene.taken(at, index)
        return scene

    def taken(self, axis: int, index: int) -> Scene:
        """Return what lies at one place along an axis, both counted from 0."""
        one = self.within({self.axes[axis]: (index, index + 1)})
        return replace(
            one,
            axes=self.axes[:axis] + self.axes[axis + 1 :],
            lengths=self.lengths[:axis] + self.lengths[axis + 1 :],
            unclear=False,
        )

    def within(self, ends: Mapping[str, tuple[int, int]]) -> Scene:
        """Return what lies between two places along some axes, by their letters; others are not looked at."""
        steps = [range(*ends.get(letter, (0, n))) for letter, n in zip(self.axes, self.lengths, strict=True)]
        after = [prod(self.lengths[axis + 1 :]) for axis in range(len(self.lengths))]
        kept = [
            sum(place * step for place, step in zip(places, after, strict=True))
            for places in itertools.product(*steps)
        ]
        return replace(
            self,
            lengths=tuple(map(len, steps)),
            levels=tuple(
                Level(
                    tuple(level.pages[at] for at in kept),
                    tuple(level.masks[at] for at in kept) if level.masks else (),
                )
                for level in self.levels
            ),
        )
