"""The posteriors of an image larger than memory: they are on the disk, and each update is a pass over it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pixture.arrays import Floats, Integers, Mask
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.sample import Sample
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.scale.stores.pixel_store import PixelStore
from pixture.scale.workers import Workers
from pixture.segmentation.field.kernels.mean_field import ONE
from pixture.segmentation.field.posteriors_in_memory import moments_of_rows
from pixture.segmentation.field.strength import Lines, lines_of, spaced
from pixture.segmentation.large_images.field.distinct_rows import DistinctRows
from pixture.segmentation.large_images.field.field_view import FieldView
from pixture.segmentation.large_images.field.update_piece import Belief, FieldSums, ReadLine, UpdatePiece
from pixture.segmentation.posterior.pixel_posterior import Groups

RIM = 4
"""Columns beside a piece from which an update of it takes posteriors, at most (`FieldView.grown`)."""


class InPieces:
    """The posteriors of the pixels of a source, a file a piece: see `potts_em.Posteriors`.

    Two generations of them are kept: what a piece is updated from, and what comes of it.

    Parameters
    ----------
    view
        How pieces are seen.
    sample
        The distinct values of the image, or its pixels in parts.
    lines
        (*shape without columns) on which lines some pixel takes part; None where all do.
    workers
        Who goes through the pieces.
    folder
        Where posteriors are kept; it is there.
    fitting
        Whether the mixture is to be fitted to them.
    """

    store: PixelStore
    """Where the last ones are, once they were updated."""
    labels: tuple[int, ...]
    """Which of those that it holds they are."""

    def __init__(
        self,
        view: FieldView,
        sample: Sample,
        lines: Mask | None,
        workers: Workers,
        folder: Path,
        *,
        fitting: bool,
    ) -> None:
        self.view, self.workers, self.folder, self.fitting = view, workers, folder, fitting
        self._sample = sample
        self._rows = DistinctRows(sample) if isinstance(sample, WeightedSample) and fitting else None
        description = view.source.description
        *before, width = description.shape
        there = np.arange(int(np.prod(before))) if lines is None else np.flatnonzero(lines)
        self._lines = spaced(there, width).tolist()
        self._pieces = description.pieces
        self._generation = 0
        self._belief: Belief | None = None
        self._moments: Moments | None = None

    def __repr__(self) -> str:
        return f"<InPieces: {self.view.source.description!r}, {len(self._pieces)} pieces>"

    def believe(self, mixture: Mixture, chances: Floats, groups: Groups) -> None:
        """As `Posteriors` says; each component has a label of its own."""
        assert not groups
        self._belief = Belief(mixture, chances)
        if not self._generation:
            self.labels = tuple(range(mixture.components))

    def update(self, strength: float, sharpness: float) -> float:
        """As `Posteriors` says."""
        assert self._belief is not None  # it is said first
        before = self.store if self._generation else None
        description = self.view.source.description
        after = PixelStore(
            self.folder / str(self._generation + 1), self._pieces[0].shape, description.shape, RIM
        )
        after.folder.mkdir()
        work = UpdatePiece(
            self.view, self._belief, strength, sharpness, before, self.labels, after, self.fitting
        )
        moved = self._counted(self.workers.each(work, self._pieces)) if self._rows else self._summed(work)
        if before is not None:
            shutil.rmtree(before.folder, ignore_errors=True)
        self.store, self._generation = after, self._generation + 1
        self.labels = tuple(range(self._belief.mixture.components))
        return moved / description.size

    def _summed(self, work: UpdatePiece) -> float:
        found: FieldSums = self.workers.summed(work, self._pieces)
        self._moments = found.moments
        return found.moved

    def _counted(self, found: Iterable[FieldSums]) -> float:
        """Take the sums of the distinct values of each piece: whole numbers, the same in any order."""
        assert self._rows is not None
        assert self._belief is not None
        assert isinstance(self._sample, WeightedSample)
        mixture = self._belief.mixture
        sums = np.zeros((mixture.components, self._sample.size), np.int64)
        moved = 0.0
        for piece in found:
            moved += piece.moved
            if piece.values.size:
                rows = self._rows.rows_of(piece.values)
                for of, more in zip(sums, piece.weights.T, strict=True):
                    np.add.at(of, rows, more)
        self._moments = moments_of_rows(self._sample, sums / ONE, mixture)
        return moved

    def moments(self) -> Moments:
        """As `Posteriors` says."""
        assert self._moments is not None  # some pixel takes part
        return self._moments

    def lines(self) -> Lines:
        """As `Posteriors` says."""
        return lines_of(list(self.workers.each(ReadLine(self.view, self.store, self.labels), self._lines)))

    def keep(self, labels: Integers) -> None:
        """As `Posteriors` says."""
        self.labels = tuple(self.labels[label] for label in labels.tolist())

    def forget(self) -> None:
        """Remove what was kept."""
        shutil.rmtree(self.folder, ignore_errors=True)
