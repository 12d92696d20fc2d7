"""Windows of a .npy file, whose values lie there as they are; an archive (.npz) is read whole."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pixture.imaging.image import Image
from pixture.imaging.image_from_array import part_from_array
from pixture.imaging.readers.arrays.numpy_file import header_of, refuse_short
from pixture.imaging.readers.subimage import Subimage, chosen_scene
from pixture.imaging.readers.uncompressed import read_box
from pixture.imaging.window import Window
from pixture.scale.sources.array_layout import Layout, layout_of


@dataclass(frozen=True)
class NumpyWindows:
    """The array in a .npy file: `Windows` says what its methods are.

    Attributes
    ----------
    watched
        The file.
    layout
        Of its axes.
    dtype
        Of its values, as they lie in the file.
    start
        The byte at which they begin.
    order
        Whether the last axis varies fastest ("C") or the first ("F").
    """

    watched: Path
    layout: Layout
    dtype: np.dtype[Any]
    start: int
    order: Literal["C", "F"]

    @property
    def shape(self) -> tuple[int, ...]:
        """As `Windows` says."""
        return self.layout.image_shape

    @property
    def stored(self) -> tuple[int, ...]:
        """A pixel: nothing else is read with it."""
        return (1,) * len(self.shape)

    def image(self, window: Window) -> Image:
        """As `Windows` says."""
        layout = self.layout
        with self.watched.open("rb", buffering=0) as file:
            part = read_box(file, self.dtype, self.start, layout.shape, layout.box(window), self.order)
        return part_from_array(layout.kept(part), axes=layout.axes)


def windows_of(path: Path, which: Subimage) -> NumpyWindows | None:
    """Return the array in a .npy file; None of an archive."""
    if zipfile.is_zipfile(path):
        return None
    chosen_scene(path, which, [""])
    header = header_of(path)
    if len(header.shape) < 2 or min(header.shape) < 1:
        return None  # refused where it is read whole
    refuse_short(path, header)
    found = layout_of(path, header.shape, header.dtype, which)
    assert found is not None  # it has no names
    return NumpyWindows(path, found[0], header.dtype, header.start, header.order)
