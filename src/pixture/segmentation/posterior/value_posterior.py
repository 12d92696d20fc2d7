"""What a pixel's value alone says of its label: computed for the distinct values, and looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.histogram.histogram import Histogram
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import map_slabs
from pixture.segmentation.classes.label_moments import LabelMoments, label_moments
from pixture.segmentation.posterior.pixel_posterior import Groups, entropies


@dataclass(frozen=True, eq=False)
class OfValues:
    """A pixel's posterior follows from its value: it is computed for the distinct values, and looked up."""

    mixture: Mixture
    histogram: Histogram
    groups: Groups = ()
    """Components that have one label together; where there are none, each has its own."""
    threads: int | None = None

    def __repr__(self) -> str:
        return f"<OfValues: {self.count} labels of {self.histogram.sample.size:,} rows>"

    @property
    def count(self) -> int:
        """How many labels there are."""
        return len(self.groups) or self.mixture.components

    def merged(self, groups: Groups) -> OfValues:
        """As `PixelPosterior` says."""
        return replace(self, groups=groups)

    def _grouped(self, shares: Array) -> Array:
        """Return the probabilities of labels, (labels, n), of those of components, (K, n)."""
        if not self.groups:
            return shares
        return np.array([shares[list(group)].sum(axis=0) for group in self.groups])

    @cached_property
    def labels_of_rows(self) -> Integers:
        """The label of each row of the sample, (n,)."""
        sample = self.histogram.sample
        if not self.groups:
            return posterior.labels(self.mixture, sample, threads=self.threads)
        found = np.empty(sample.size, posterior.label_type(self.count))

        def choose(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
            found[start:stop] = self._grouped(shares).argmax(axis=0)

        posterior.each_slab(self.mixture, sample, choose, self.threads)
        return found

    def labels(self, dtype: type[np.unsignedinteger], fill: int) -> Integers:
        """As `PixelPosterior` says."""
        return self.histogram.spread(
            self.labels_of_rows.astype(dtype, copy=False), fill, threads=self.threads
        )

    def probabilities(self, labels: Sequence[int]) -> Array:
        """As `PixelPosterior` says."""
        sample = self.histogram.sample
        groups = [self.groups[label] if self.groups else (label,) for label in labels]
        components = [k for group in groups for k in group]
        of_rows = posterior.responsibilities(self.mixture, sample, components, threads=self.threads)
        planes = np.empty((len(labels), *self.histogram.shape), np.float32)
        at = 0
        for plane, group in zip(planes, groups, strict=True):
            of_row = of_rows[at] if len(group) == 1 else of_rows[at : at + len(group)].sum(axis=0)
            self.histogram.lookup.spread(of_row, np.nan, plane.reshape(-1), self.threads)
            at += len(group)
        return planes

    def at_pixel(self, place: int) -> Array:
        """As `PixelPosterior` says."""
        sample, row = self.histogram.sample, self.histogram.lookup.row(place)
        alone = WeightedSample(sample.values[row : row + 1], None, sample.resolution, sample.scales)
        found: Array = self._grouped(posterior.responsibilities(self.mixture, alone, threads=1))[:, 0]
        return found

    def entropy(self) -> Array:
        """As `PixelPosterior` says."""
        sample = self.histogram.sample
        if not self.groups:
            of_row = posterior.entropy(self.mixture, sample, threads=self.threads)
        else:
            of_row = np.empty(sample.size, np.float32)

            def judge(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
                of_row[start:stop] = entropies(self._grouped(shares))

            posterior.each_slab(self.mixture, sample, judge, self.threads)
        return self.histogram.spread(of_row, np.nan, threads=self.threads)

    def pixels(self) -> Floats:
        """As `PixelPosterior` says."""
        sample, labels = self.histogram.sample, self.labels_of_rows

        def count(start: int, stop: int) -> Floats:  # NumPy counts in 16 bytes a row
            here = slice(start, stop)
            return np.bincount(labels[here], sample.weights[here], self.count).astype(np.float64)

        found: Floats = np.sum(map_slabs(count, sample.size, threads=self.threads), axis=0)
        return found

    def uncertain_pixels(self, below: float) -> Floats:
        """As `PixelPosterior` says."""
        sample = self.histogram.sample
        uncertain = np.empty(sample.size, dtype=bool)

        def judge(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
            most = self._grouped(shares).max(axis=0)
            uncertain[start:stop] = most.astype(np.float32) < below  # as in `probabilities`

        posterior.each_slab(self.mixture, sample, judge, self.threads)
        doubted = np.bincount(self.labels_of_rows[uncertain], sample.weights[uncertain], self.count)
        return doubted.astype(np.float64)

    def moments(self) -> LabelMoments:
        """As `PixelPosterior` says."""
        sample = self.histogram.sample
        return label_moments(
            self.pixels(), self.histogram.own_channels, sample.weights, self.labels_of_rows, self.threads
        )
