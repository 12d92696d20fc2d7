"""Windows of HDF5, NetCDF-4 and MATLAB 7.3: HDF5 decodes the chunks that a window touches, and no others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from pixture.imaging.axes import usual_order
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import part_from_array
from pixture.imaging.libraries.description import NOTHING, Description
from pixture.imaging.libraries.h5py_datasets import description, dimensions
from pixture.imaging.readers.arrays.array_in_file import scaled
from pixture.imaging.readers.arrays.hdf5 import chosen_in, refuse_elsewhere, scaling_of, unsigned
from pixture.imaging.readers.subimage import Subimage
from pixture.imaging.window import Window
from pixture.scale.sources.array_layout import Layout, layout_of
from pixture.scale.sources.file_source import MOST_STORED

_LARGEST_OFFSET = 2**50
"""Up to which an offset leaves integers of 32 bits integers, whatever their values."""


@dataclass(frozen=True, eq=False)
class Hdf5Windows:
    """The dataset that an image is: `Windows` says what its methods are.

    Attributes
    ----------
    watched
        The file.
    dataset
        Its path in it.
    layout
        Of its axes; of MATLAB's, in the order that is MATLAB's.
    chunks
        What is decoded at once, an axis each; ones where values are not in chunks.
    said
        What it says of itself.
    scaling
        By what its values are multiplied, and raised.
    reversed
        Whether its axes are in the opposite order of the layout's.
    """

    watched: Path
    dataset: str
    layout: Layout
    chunks: tuple[int, ...]
    said: Description
    scaling: tuple[float, float] = (1.0, 0.0)
    reversed: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """As `Windows` says."""
        return self.layout.image_shape

    @property
    def stored(self) -> tuple[int, ...]:
        """As `Windows` says."""
        return self.layout.in_order(self.chunks)

    def image(self, window: Window) -> Image:
        """As `Windows` says."""
        box, said = self.layout.box(window), self.said
        with h5py.File(self.watched, "r") as file:
            dataset = file[self.dataset]
            part = np.asarray(dataset[box[::-1] if self.reversed else box])
            part = part.T if self.reversed else unsigned(dataset, part)
        image = part_from_array(
            self.layout.kept(part),
            axes=self.layout.axes,
            spacing=said.spacing,
            unit=said.unit,
            nodata=said.nodata,
            channel_names=said.channel_names,
        )
        return scaled(image, *self.scaling)


def windows_of(path: Path, which: Subimage) -> Hdf5Windows | None:
    """Return the dataset that an image is; None where its chunks are too large for windows.

    None too where values of 64 bits are to be scaled: whether these stay integers, all of them say.
    """
    with h5py.File(path, "r") as file:
        dataset = file[chosen_in(path, file, which).name]
        refuse_elsewhere(path, dataset)
        scaling = scaling_of(dataset)
        told = dataset.dtype.kind == "f" or dataset.dtype.itemsize < 8
        if not _fits(dataset) or not (scaling == (1.0, 0.0) or (told and abs(scaling[1]) < _LARGEST_OFFSET)):
            return None
        found = layout_of(path, dataset.shape, dataset.dtype, which, dimensions(dataset))
        if found is None:
            return None
        layout, names = found
        said = NOTHING
        if names and len(names) == len(layout.axes):
            lengths = tuple(
                n for n, letter in zip(layout.shape, layout.letters, strict=True) if letter != "-"
            )
            order, letters = usual_order(layout.axes, lengths)
            said = description(
                dataset, {letter: names[place] for letter, place in zip(letters, order, strict=True)}
            )
        return Hdf5Windows(path, dataset.name, layout, chunks_of(dataset), said, scaling)


def matlab_windows(path: Path, which: Subimage, name: str) -> Hdf5Windows | None:
    """Return a variable of MATLAB's as `windows_of` returns a dataset, its axes in MATLAB's order."""
    with h5py.File(path, "r") as file:
        dataset = file[name]
        refuse_elsewhere(path, dataset)
        if not _fits(dataset):
            return None
        found = layout_of(path, dataset.shape[::-1], dataset.dtype, which)
        assert found is not None  # it has no names
        return Hdf5Windows(path, name, found[0], chunks_of(dataset)[::-1], NOTHING, reversed=True)


def chunks_of(dataset: h5py.Dataset) -> tuple[int, ...]:
    """Return the shape of a dataset's chunks; ones where it has none."""
    return tuple(dataset.chunks or (1,) * len(dataset.shape))


def _fits(dataset: h5py.Dataset) -> bool:
    """Whether there are values, in rows and columns, in chunks that may be decoded for a window each."""
    decoded = math.prod(chunks_of(dataset)) * dataset.dtype.itemsize
    return len(dataset.shape) >= 2 and 0 not in dataset.shape and decoded <= MOST_STORED
