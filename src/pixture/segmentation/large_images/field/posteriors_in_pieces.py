"""The posteriors of an image larger than memory: they are on the disk, and each update is a pass over it.

What each iteration found is kept beside them. A run that goes on in the same folder finds the same again, up
to the last iteration that was finished, whose posteriors are there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pixture.arrays import Floats, Integers, Mask
from pixture.imaging.window import Window
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.sample import Sample
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.scale.checkpoints import keep, kept, key_of
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


class LostPosteriorsError(Exception):
    """The posteriors from which a run would go on are gone, or damaged: iterations begin again."""


@dataclass(frozen=True)
class IsWhole:
    """Looks at whether a piece of a store is there as it was written."""

    store: PixelStore

    doing: ClassVar[str] = "checking what is kept"

    def __call__(self, window: Window) -> bool:
        """Return whether it is."""
        return self.store.is_whole(window)


class InPieces:
    """The posteriors of the pixels of a source, a file a piece: see `potts_em.Posteriors`.

    Two generations of them are kept: what a piece is updated from, and what comes of it. The older one is
    removed when the sums over the newer are kept: then the iteration is finished.

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
        Where posteriors and sums are kept; made where it is not there. What an earlier run, asked for the
        same, has finished there is not done again.
    fitting
        Whether the mixture is to be fitted to them.
    """

    store: PixelStore
    """Where the last ones are."""
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
        folder.mkdir(exist_ok=True)
        self.view, self.workers, self.folder, self.fitting = view, workers, folder, fitting
        self._sample = sample
        self._rows = DistinctRows(sample) if isinstance(sample, WeightedSample) and fitting else None
        description = view.source.description
        *before, width = description.shape
        there = np.arange(int(np.prod(before))) if lines is None else np.flatnonzero(lines)
        self._lines = spaced(there, width).tolist()
        self._pieces = description.pieces
        self._generation = 0
        self._asked = ""  # what all updates were asked for
        self._made_now = True  # and not by an earlier run
        self.store = self._store_of(0)
        self._belief: Belief | None = None
        self._moments: Moments | None = None

    def __repr__(self) -> str:
        return f"<InPieces: {self.view.source.description!r}, {len(self._pieces)} pieces>"

    def _store_of(self, generation: int) -> PixelStore:
        folder = self.folder / str(generation)
        return PixelStore(folder, self._pieces[0].shape, self.view.source.description.shape, RIM)

    def believe(self, mixture: Mixture, chances: Floats, groups: Groups) -> None:
        """As `Posteriors` says; each component has a label of its own."""
        assert not groups
        self._belief = Belief(mixture, chances)
        if not self._generation:
            self.labels = tuple(range(mixture.components))

    def update(self, strength: float, sharpness: float) -> float:
        """As `Posteriors` says.

        Raises
        ------
        LostPosteriorsError
            Those of an earlier run, from which this one would go on, are not whole.
        """
        assert self._belief is not None  # it is said first
        before, after, fresh = self.store, self._store_of(self._generation + 1), not self._generation
        work = UpdatePiece(
            self.view, self._belief, strength, sharpness, before, self.labels, fresh, after, self.fitting
        )
        path, asked = after.folder.with_suffix(".sums"), key_of((work, self._asked))
        try:
            moved, self._moments = _answer(path, asked)
            self._made_now = False
        except KeyError:
            self.refuse_lost()
            for store in (before, after) if fresh else (after,):
                shutil.rmtree(store.folder, ignore_errors=True)  # of an iteration that was not finished
                store.folder.mkdir()
            moved = self._counted(self.workers.each(work, self._pieces)) if self._rows else self._summed(work)
            keep(path, (asked, (moved, self._moments)))
            self._made_now = True
        shutil.rmtree(before.folder, ignore_errors=True)
        self.store, self._generation, self._asked = after, self._generation + 1, asked
        self.labels = tuple(range(self._belief.mixture.components))
        return float(moved) / self.view.source.description.size

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
        work = ReadLine(self.view, self.store, self.labels)
        path, asked = self.store.folder.with_suffix(".lines"), key_of((work, self._asked))
        try:
            found: Lines = _answer(path, asked)
        except KeyError:
            self.refuse_lost()
            found = lines_of(list(self.workers.each(work, self._lines)))
            keep(path, (asked, found))
        return found

    def keep(self, labels: Integers) -> None:
        """As `Posteriors` says."""
        self.labels = tuple(self.labels[label] for label in labels.tolist())

    def refuse_lost(self) -> None:
        """Refuse posteriors of an earlier run that are not whole.

        Raises
        ------
        LostPosteriorsError
            They are not.
        """
        if not self._made_now and not all(self.workers.each(IsWhole(self.store), self._pieces)):
            raise LostPosteriorsError
        self._made_now = True

    def forget(self) -> None:
        """Remove the posteriors; what was found by them stays."""
        shutil.rmtree(self.store.folder, ignore_errors=True)


def _answer(path: Path, asked: str) -> Any:
    """Return what was found by an earlier run that asked for the same.

    Raises
    ------
    KeyError
        There is no such thing.
    """
    before, found = kept(path)
    if before != asked:
        raise KeyError(path)
    return found
