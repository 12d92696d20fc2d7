"""One iteration of the field of a piece: its posteriors are read, updated and written, and sums come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.window import Window
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.sample_in_parts import together
from pixture.scale.stores.pixel_store import PixelStore
from pixture.segmentation.field.kernels import mean_field as kernels
from pixture.segmentation.field.label_table import label_table
from pixture.segmentation.field.mean_field import update, without_neighbours
from pixture.segmentation.field.posteriors_in_memory import moments_of_pixels
from pixture.segmentation.field.strength import line_of
from pixture.segmentation.large_images.field.field_view import FieldView

CHUNK = 2**18
"""Pixels of a piece that are summed at once."""


@dataclass(frozen=True, eq=False)
class Belief:
    """What is believed of the labels of pixels, but for their neighbours.

    Attributes
    ----------
    mixture
        Where values come from, a component a label.
    chances
        (K,) logarithms, how likely labels are.
    """

    mixture: Mixture
    chances: Floats

    def table(self, values: Histogram) -> Array:
        """Return what values say, as `label_table` does."""
        return label_table(values, self.mixture, self.chances, threads=1).joint


@dataclass(frozen=True, eq=False)
class FieldSums:
    """What came of the update of some pieces; that of two parts of an image adds up.

    Attributes
    ----------
    moved
        The posterior that moved to another label, in pixels.
    moments
        Of pixels that are rows of their own; None where values are counted, or no pixel takes part.
    values, weights
        (n, d) the distinct values of a single piece, and (n, K) for how much of each components answer, in
        `kernels.ONE`ths; empty where values are not counted.
    """

    moved: float
    moments: Moments | None
    values: Array
    weights: Integers

    def __repr__(self) -> str:
        return f"<FieldSums: {self.moved:.3g} pixels moved>"

    def __add__(self, other: FieldSums) -> FieldSums:
        return FieldSums(
            self.moved + other.moved, together(self.moments, other.moments), self.values, self.weights
        )


def _no_sums(components: int, moved: float = 0.0, moments: Moments | None = None) -> FieldSums:
    return FieldSums(moved, moments, np.zeros((0, 0)), np.zeros((0, components), np.int64))


@dataclass(frozen=True)
class UpdatePiece:
    """Updates the posteriors of a piece.

    Attributes
    ----------
    view
        How it is seen.
    belief
        What is believed of labels.
    strength, sharpness
        As in `mean_field.update`.
    before, labels
        Posteriors before, and which of those that it holds.
    fresh
        Whether neighbours had no say yet: then those before are not there, and are made.
    after
        Where the new ones go.
    fitting
        Whether the mixture is to be fitted to them, so that sums are asked for.
    """

    view: FieldView
    belief: Belief
    strength: float
    sharpness: float
    before: PixelStore
    labels: tuple[int, ...]
    fresh: bool
    after: PixelStore
    fitting: bool

    doing: ClassVar[str] = "smoothing"
    kept_by_asker: ClassVar[bool] = True
    """The posteriors belong to the sums (`InPieces`)."""

    def __call__(self, window: Window) -> FieldSums:
        """Return what came of it."""
        grown = self.view.grown(window, 1)
        within = window.within(grown)
        image = self.view.source.read(grown)
        K = self.belief.mixture.components
        if image.mask is not None and not image.mask[within].any():
            self.after.write(window, None, K)
            return _no_sums(K)
        values, grid = self.view.seen(grown, image)
        del image
        table = self.belief.table(values)
        if self.fresh:
            q = without_neighbours(grid, table)
            self.before.write(window, q.reshape(K, *grown.shape)[(slice(None), *within)])
        else:
            q = self.before.read(grown, self.labels).reshape(K, *grid.rows.shape)
        update(q, grid, table, self.strength, sharpness=self.sharpness)
        rows = grid.rows.reshape(grown.shape)[within]
        del table, grid  # large, and no longer needed
        core = q.reshape(K, *grown.shape)[(slice(None), *within)]
        moved = 0.0
        for label, now in zip(self.labels, core, strict=True):
            was = self.before.read(window, (label,))[0]
            np.subtract(now, was, out=was)
            moved += float(np.abs(was, out=was).sum(dtype=np.float64)) / 2
        self.after.write(window, core)
        if not self.fitting:
            return _no_sums(K, moved)
        if self.view.counted:
            return self._sums_of_values(values, rows, core, moved)
        moments = moments_of_pixels(values.sample, rows, core, self.belief.mixture, several=self.view.several)
        return _no_sums(K, moved, moments)

    def _sums_of_values(self, values: Histogram, rows: Integers, core: Array, moved: float) -> FieldSums:
        K = len(core)
        sums = np.zeros((values.sample.size + 1, K), np.int64)
        for part in _chunks(rows.shape):
            some = np.ascontiguousarray(core[:, part]).reshape(K, -1)
            kernels.tally(some, np.ascontiguousarray(rows[part]).ravel(), 0, some.shape[1], sums)
        found = np.flatnonzero(sums[:-1].any(axis=1))
        dtype = self.view.source.description.dtype
        return FieldSums(moved, None, values.sample.values[found].astype(dtype), sums[found])


def _chunks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Yield slices of the first axis, of about `CHUNK` pixels each."""
    length = shape[0]
    size = max(1, CHUNK * length // int(np.prod(shape)))
    for start in range(0, length, size):
        yield slice(start, start + size)


@dataclass(frozen=True)
class ReadLine:
    """Reads the posteriors along a line of pixels, and how their neighbours agree.

    Attributes
    ----------
    view
        How pixels are seen.
    store, labels
        The posteriors, and which of those that it holds.
    """

    view: FieldView
    store: PixelStore
    labels: tuple[int, ...]

    doing: ClassVar[str] = "smoothing"

    def __call__(self, number: int) -> tuple[Array, Array]:
        """Return what `line_of` does of a line, numbered along rows, then planes of all times."""
        shape = self.view.source.description.shape
        place = tuple(int(at) for at in np.unravel_index(number, shape[:-1]))
        line = Window((*place, 0), (*(at + 1 for at in place), shape[-1]))
        planes, rows, _ = np.abs(self.view.near.offsets).max(axis=0).tolist()
        window = line.grown((0, planes, rows, 0)[-len(shape) :], shape)
        contrast = self.view.contrast(self.view.source.read(window))
        q = self.store.read(window, self.labels).reshape(len(self.labels), *contrast.shape[1:])
        row, *planes_before = (one.start for one in reversed(line.within(window)[:-1]))
        return line_of(q, self.view.near, contrast, planes_before[0] if planes_before else 0, row)
