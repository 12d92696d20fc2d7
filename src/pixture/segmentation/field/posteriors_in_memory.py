"""The posteriors of an image in memory, and what its pixels, for which components answer so, add up to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.window import Window
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.sample_in_parts import pairwise
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import map_slabs
from pixture.segmentation.field.kernels.mean_field import ONE
from pixture.segmentation.field.label_table import LabelTable, label_table
from pixture.segmentation.field.mean_field import (
    Grid,
    all_active,
    update,
    weights_of_rows,
    without_neighbours,
)
from pixture.segmentation.field.strength import Lines, some_lines
from pixture.segmentation.posterior.pixel_posterior import Groups


class InMemory:
    """The posteriors of the pixels of an image in memory: see `potts_em.Posteriors`.

    Parameters
    ----------
    histogram
        The image's distinct values.
    grid
        The image's pixels.
    pieces
        Windows of an image whose rows are its pixels, over which these are summed one by one, as those of an
        image are that is larger than memory. None of them: the rows are summed at once.
    """

    table: LabelTable
    """What the value of each row says of each label."""
    q: Array
    """(labels, planes, rows, columns) float32."""

    def __init__(self, histogram: Histogram, grid: Grid, pieces: tuple[Window, ...] = ()) -> None:
        self.histogram, self.grid, self.pieces = histogram, grid, pieces
        self._mixture: Mixture | None = None
        self._groups: Groups = ()
        self._active, self._asked = all_active(grid), (0.0, 0.0)

    def __repr__(self) -> str:
        return f"<InMemory: {self.histogram!r}>"

    def believe(self, mixture: Mixture, chances: Floats, groups: Groups) -> None:
        """As `Posteriors` says."""
        self.table = label_table(self.histogram, mixture, chances, groups, threads=self.grid.threads)
        if self._mixture is None:
            self.q = without_neighbours(self.grid, self.table.joint)
        self._mixture, self._groups = mixture, groups
        self._active.fill(1)

    def update(self, strength: float, sharpness: float) -> float:
        """As `Posteriors` says."""
        if self._asked != (strength, sharpness):
            self._active.fill(1)
            self._asked = strength, sharpness
        return update(self.q, self.grid, self.table.joint, strength, sharpness=sharpness, active=self._active)

    def moments(self) -> Moments:
        """As `Posteriors` says."""
        assert self._mixture is not None  # it is said first
        if self.pieces:
            return self._moments_of_pieces(self._mixture)
        weights = weights_of_rows(self.q, self.grid, self.histogram.sample.size)
        weights = self.table.of_components(weights, self._groups)
        return moments_of_rows(self.histogram.sample, weights, self._mixture, threads=self.grid.threads)

    def _moments_of_pieces(self, mixture: Mixture) -> Moments:
        sample, shape = self.histogram.sample, self.histogram.shape
        row_of, q = self.grid.rows.reshape(shape), self.q.reshape(-1, *shape)

        def work(start: int, _: int) -> Moments | None:
            at = self.pieces[start].slices
            return moments_of_pixels(sample, row_of[at], q[(slice(None), *at)], mixture)

        return pairwise(map_slabs(work, len(self.pieces), threads=self.grid.threads, size=1))

    def lines(self) -> Lines:
        """As `Posteriors` says."""
        return some_lines(self.q, self.grid)

    def keep(self, labels: Integers) -> None:
        """As `Posteriors` says."""
        self.q = np.ascontiguousarray(self.q[labels])
        evidence = self.grid.evidence
        known = evidence[labels] if len(evidence) else evidence
        self.grid = replace(self.grid, evidence=np.ascontiguousarray(known))


def moments_of_pixels(
    sample: WeightedSample, rows: Integers, q: Array, mixture: Mixture, *, several: bool = True
) -> Moments | None:
    """Return the moments of pixels, each a row of its own; None where there are none.

    Posteriors count to the 65,536th, as in `weights_of_rows`.

    Parameters
    ----------
    sample
        The rows.
    rows
        Which one each pixel is; the sample's size where masked.
    q
        (K, *shape of rows) float32, their posteriors.
    mixture
        The moments are about its means.
    several
        Whether they are a piece of an image of several: then no sum is left to BLAS, whose threads, other
        ones on each machine, would add up in another order.
    """
    flat, which = q.reshape(len(q), -1), rows.ravel()
    there = which < sample.size
    if not there.all():
        flat, which = flat[:, there], which[there]
    if not which.size:
        return None

    def weights(start: int, stop: int) -> Floats:
        return (flat[:, start:stop] * np.float32(ONE) + np.float32(0.5)).astype(np.int64) / ONE

    return _moments(sample.channels[:, which], weights, mixture, 1, several=several)


def moments_of_rows(
    sample: WeightedSample, weights: Floats, mixture: Mixture, *, threads: int | None = None
) -> Moments:
    """Return the moments of a sample's rows for which components answer as `weights` (K, rows) say."""
    return _moments(sample.channels, lambda start, stop: weights[:, start:stop], mixture, threads)


def _moments(
    channels: Array,
    weights: Callable[[int, int], Floats],
    mixture: Mixture,
    threads: int | None,
    *,
    several: bool = False,
) -> Moments:
    reference = mixture.means
    dense = mixture.structure.dense
    alone = several and len(channels) == 1  # of more channels BLAS does not divide the rows

    def work(start: int, stop: int) -> Moments:
        values = channels[:, start:stop].astype(np.float64)
        zeroth, first, second = Moments.zero(reference, dense=dense).zeroth, [], []
        for k, of in enumerate(weights(start, stop)):
            deviation = values - reference[k][:, None]
            weighted = deviation * of
            zeroth[k] = of.sum()
            first.append(weighted.sum(axis=1))
            if dense and not alone:
                second.append(weighted @ deviation.T)
            else:
                squares = (weighted * deviation).sum(axis=1)
                second.append(squares[:, None] if dense else squares)
        return Moments(reference, zeroth, np.array(first), np.array(second))

    made = map_slabs(work, channels.shape[1], threads=threads)
    return sum(made[1:], start=made[0])
