"""Windows of Zarr and OME-Zarr: zarr decodes the chunks that a window touches, and no others."""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from pixture.errors import ReadError
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import part_from_array
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.subimage import Subimage
from pixture.imaging.readers.zarr.reader import open_array, outer_chunks, refuse_or_say_missing, stored_in
from pixture.imaging.window import Window
from pixture.scale.sources.addresses import Remote
from pixture.scale.sources.array_layout import DROPPED, Layout
from pixture.scale.sources.file_source import MOST_STORED

MOST_COUNTED = 100_000
"""Chunks up to which a store is asked, once, whether all of them are there: it takes a second."""


@dataclass(frozen=True, eq=False)
class ZarrWindows:
    """The array that an image in a store is: `Windows` says what its methods are.

    Attributes
    ----------
    folder
        Of the array.
    layout
        Of its axes.
    chunks
        The shape of what is decoded at once, an axis of the array each.
    known
        Size of a pixel, unit, names of channels and place, as `image_from_array` takes them.
    """

    folder: Path | Remote
    layout: Layout
    chunks: tuple[int, ...]
    known: dict[str, Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """As `Windows` says."""
        return self.layout.image_shape

    @property
    def stored(self) -> tuple[int, ...]:
        """As `Windows` says."""
        return self.layout.in_order(self.chunks)

    @property
    def watched(self) -> Path | None:
        """The file that says what the array is; None of one at an address, which is not asked again."""
        if not isinstance(self.folder, Path):
            return None
        return next(path for name in (".zarray", "zarr.json") if (path := self.folder / name).is_file())

    def image(self, window: Window) -> Image:
        """As `Windows` says."""
        box = self.layout.box(window)
        array = open_array(cast(Path, self.folder))
        if array.fill_value is None:
            self._refuse_missing(array, box)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what zarr thinks of codecs and of names
            part = np.asarray(array[box])
        return part_from_array(self.layout.kept(part), axes=self.layout.axes, **self.known)

    def _refuse_missing(self, array: Any, box: tuple[slice, ...]) -> None:
        outer = outer_chunks(array)
        touched = (
            range(at.start // chunk, -(-at.stop // chunk)) for at, chunk in zip(box, outer, strict=True)
        )
        for place in itertools.product(*touched):
            if not (self.folder / array.metadata.encode_chunk_key(place)).is_file():
                raise ReadError(
                    f"{self.folder}: its chunk {array.metadata.encode_chunk_key(place)} is not there, and it "
                    "names no value that fills it. Copy or export it again."
                )


def windows_of(path: Path, which: Subimage) -> ZarrWindows | None:
    """Return the array that an image in a store is; None where its chunks are too large for windows.

    Raises
    ------
    ReadError
        There is no such image, or some of it is missing.

    Warns
    -----
    FirstFrameWarning, MissingChunksWarning
        As where it is read whole; of more than `MOST_COUNTED` chunks, and of those at an address, it is not
        asked how many are missing.
    """
    stored = stored_in(path, which)
    array = stored.array
    chunks = tuple(map(int, array.chunks))
    if math.prod(chunks) * array.dtype.itemsize > MOST_STORED:
        return None
    refuse_bomb(path, math.prod(chunks), 1, array.dtype.itemsize)
    folder: Path | Remote = stored.level.folder
    files = math.prod(-(-n // chunk) for n, chunk in zip(array.shape, outer_chunks(array), strict=True))
    if isinstance(folder, Path) and files <= MOST_COUNTED:
        refuse_or_say_missing(path, stored.level, array)
    letters = "".join(letter if letter in stored.kept else DROPPED for letter in stored.letters)
    places = tuple(stored.picks.get(letter, 0) for letter in stored.letters)
    layout = Layout(tuple(map(int, array.shape)), letters, places)
    return ZarrWindows(folder, layout, chunks, stored.known)
