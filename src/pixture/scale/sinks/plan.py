"""What is to be written of an image that is not in memory: of what, in which format, under which name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.errors import ChoiceError
from pixture.files.input_files import Inputs
from pixture.files.output_files import NO_INPUTS
from pixture.imaging.image import Image
from pixture.imaging.window import Window, tiles
from pixture.imaging.writers.families import Family
from pixture.imaging.writers.raster import ClassLook, Holds, Raster
from pixture.scale.sources.source import Description

TILE = 512
"""Pixels of a tile's or a chunk's side at most, where pieces are not smaller."""

LONGEST_NAME = 200
"""Letters of a name up to which the folder of its pieces is called so."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What is to be written, as `opened_sink.open_sink` takes it.

    Attributes
    ----------
    folder, name
        Where the files go, and what their names begin with.
    family
        The format.
    description
        The image that the values are of.
    dtype, holds, nodata, classes, channel_names
        As in `Raster`.
    sides
        The shape of the pieces that are not at the ends.
    overwrite, inputs
        As in `files.atomic_writing.write_whole`.
    """

    folder: Path
    name: str
    family: Family
    description: Description
    dtype: np.dtype[Any]
    holds: Holds
    sides: tuple[int, ...]
    nodata: int | float | None = None
    classes: tuple[ClassLook, ...] = ()
    channel_names: tuple[str, ...] = ()
    overwrite: bool = False
    inputs: Inputs = field(default=NO_INPUTS, repr=False)

    def __post_init__(self) -> None:
        for letter, side, length in zip(self.letters, self.sides, self.description.shape, strict=True):
            if side < length and letter in "yx" and side % 16:
                raise ChoiceError(
                    f"Sides of pieces are multiples of 16, so that tiles fit into them; got {side}."
                )

    @property
    def letters(self) -> str:
        """A letter an axis of a window."""
        return self.description.axes.removesuffix("c")

    @property
    def axes(self) -> str:
        """A letter an axis of the values."""
        return f"{self.letters}c" if self.channel_names else self.letters

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the values."""
        return self.values_shape(Window.of(self.description.shape))

    @property
    def windows(self) -> tuple[Window, ...]:
        """The pieces, in reading order."""
        return tuple(tiles(Window.of(self.description.shape), self.sides))

    @property
    def parts(self) -> Path:
        """The folder in which pieces are kept."""
        return pieces_folder(self.folder, self.name)

    @property
    def identity(self) -> str:
        """What pieces rest on: those of another identity fit in nothing here."""
        return json.dumps(
            {
                "format": self.family.name,
                "holds": self.holds.name,
                "axes": self.axes,
                "shape": self.shape,
                "sides": self.sides,
                "dtype": self.dtype.name,
                "nodata": repr(self.nodata),
                "classes": len(self.classes),
            }
        )

    def values_shape(self, window: Window) -> tuple[int, ...]:
        """Return the shape of the values of a window."""
        return (*window.shape, len(self.channel_names)) if self.channel_names else window.shape

    def side(self, letter: str, most: int) -> int:
        """Return the longest side of a block along an axis, such that blocks fit into pieces.

        It is the greatest power of two up to `most` that divides the sides of pieces; `most` where a piece
        has all of the axis.
        """
        at = self.letters.index(letter)
        if self.sides[at] >= self.description.shape[at]:
            return most
        return min(most, self.sides[at] & -self.sides[at])

    def piece_at(self, place: Sequence[int]) -> Window:
        """Return the piece that a pixel is in."""
        start = tuple(at // side * side for at, side in zip(place, self.sides, strict=True))
        stop = tuple(
            min(at + side, end)
            for at, side, end in zip(start, self.sides, self.description.shape, strict=True)
        )
        return Window(start, stop)

    @property
    def hollow(self) -> Raster:
        """The raster as a writer takes it, but for the values: all are one zero, which takes no memory."""
        found = self.description
        pixels = found.shape if not found.axes.endswith("c") else (*found.shape, found.channels)
        image = Image(
            hollow(pixels, found.dtype),
            found.axes,
            found.spacing,
            origin=found.origin,
            unit=found.unit,
            channel_names=found.channel_names,
            place=found.place,
        )
        values = hollow(self.shape, self.dtype)
        return Raster(values, image, self.holds, self.nodata, self.classes, self.channel_names)


def hollow(shape: Sequence[int], dtype: np.dtype[Any]) -> Array:
    """Return an array of one zero, seen everywhere.

    >>> hollow((1_000_000, 1_000_000), np.dtype(np.uint8)).strides
    (0, 0)
    """
    return np.broadcast_to(np.zeros((), dtype), tuple(shape))


def pieces_folder(folder: Path, name: str) -> Path:
    """Return the folder in which the pieces of a result are kept until it is finished.

    While it is there, the result is not finished; `finish` takes it away last.

    >>> pieces_folder(Path("out"), "photo.labels").name
    '.photo.labels.pieces'
    """
    if len(name.encode()) > LONGEST_NAME:
        name = hashlib.sha256(name.encode()).hexdigest()[:32]
    return folder / f".{name}.pieces"


def lists_of(url: str) -> str:
    """Return where it is listed which pieces of a store at a URL are there, until it is finished.

    >>> lists_of("s3://bucket/labels.zarr/")
    's3://bucket/labels.zarr.pieces'
    """
    return f"{url.rstrip('/')}.pieces"
