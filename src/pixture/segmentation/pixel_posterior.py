"""What is known of each pixel's label: of its value alone, or of its neighbours too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.image import Image
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.parallel import map_slabs
from pixture.segmentation.classes.label_moments import LabelMoments, label_moments
from pixture.segmentation.field.kernels import posterior as kernels
from pixture.wording import plural

Groups = tuple[tuple[int, ...], ...]
"""Components of each label."""


class PixelPosterior(Protocol):
    """The posterior of each pixel's label, and what follows from it."""

    def labels(self, dtype: type[np.unsignedinteger], fill: int) -> Integers:
        """Return the most probable label of each pixel, of the image's shape; `fill` where masked."""

    def probabilities(self, labels: Sequence[int]) -> Array:
        """Return the probabilities of labels, (labels, *shape of the image) float32; NaN where masked."""

    def entropy(self) -> Array:
        """Return the entropy of each pixel's posterior, of the image's shape, float32; NaN if masked."""

    def pixels(self) -> Floats:
        """Return how many pixels each label has, (K,)."""

    def uncertain_pixels(self, below: float) -> Floats:
        """Return how many pixels of each label have less than this of its probability, (K,)."""

    def moments(self) -> LabelMoments:
        """Return what the values of each label's pixels are like."""

    def merged(self, groups: Groups) -> PixelPosterior:
        """Return the same of groups of components, each of which has one label; none may be merged yet."""


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

    def entropy(self) -> Array:
        """As `PixelPosterior` says."""
        sample = self.histogram.sample
        if not self.groups:
            of_row = posterior.entropy(self.mixture, sample, threads=self.threads)
        else:
            of_row = np.empty(sample.size, np.float32)

            def judge(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
                of_row[start:stop] = _entropy(self._grouped(shares))

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


@dataclass(frozen=True, eq=False)
class OfPixels:
    """Each pixel has a posterior of its own.

    Attributes
    ----------
    image
        The image.
    planes
        (K, pixels) uint16: the probability of each label, in 65,535ths; 0 where masked.
    most_probable
        (pixels,) the label of each.
    threads
        As in `Choices`.
    """

    image: Image
    planes: Array
    most_probable: Integers
    threads: int | None = None

    def __repr__(self) -> str:
        return f"<OfPixels: {len(self.planes)} labels of {plural(self.image.size, 'pixel')}>"

    @classmethod
    def of(cls, image: Image, q: Array, threads: int | None) -> OfPixels:
        """Return what posteriors (K, …) float32 say of pixels; of equals the first is the label."""
        flat = q.reshape(len(q), -1)
        planes = np.empty(flat.shape, np.uint16)
        labels = np.empty(flat.shape[1], posterior.label_type(len(q)))

        def work(start: int, stop: int) -> None:
            kernels.keep(flat, start, stop, planes, labels)

        map_slabs(work, flat.shape[1], threads=threads)
        return cls(image, planes, labels, threads)

    def merged(self, groups: Groups) -> OfPixels:
        """As `PixelPosterior` says."""
        if groups == tuple((k,) for k in range(len(self.planes))):
            return self  # a cut's labels are not the most probable ones pixel by pixel
        shape = (len(groups), self.planes.shape[1])
        planes, labels = np.empty(shape, np.uint16), np.empty(shape[1], posterior.label_type(len(groups)))

        def work(start: int, stop: int) -> None:
            here = self.planes[:, start:stop].astype(np.uint32)
            sums = np.array([here[list(group)].sum(axis=0) for group in groups])
            labels[start:stop] = sums.argmax(axis=0)
            planes[:, start:stop] = sums.clip(max=kernels.ONE)  # each was rounded

        map_slabs(work, shape[1], threads=self.threads)
        return replace(self, planes=planes, most_probable=labels)

    def permuted(self, order: Integers) -> OfPixels:
        """Return the same with its labels in the order given (indices, as for NumPy)."""
        number = np.empty(len(order), self.most_probable.dtype)
        number[order] = np.arange(len(order))
        return replace(self, planes=self.planes[order], most_probable=number[self.most_probable])

    def at(self, places: Integers, image: Image) -> OfPixels:
        """Return the posterior of an image made of some of the pixels: (n,) their places, in its order."""
        planes, labels = self.planes[:, places], self.most_probable[places]
        if image.mask is not None:
            planes[:, ~image.mask.ravel()] = 0
        return OfPixels(image, planes, labels, self.threads)

    def within(self, whole: Image, box: tuple[slice, ...]) -> OfPixels:
        """Return the posterior of a whole of which this image is a part; what is outside of it is masked."""
        planes = np.zeros((len(self.planes), *whole.shape), self.planes.dtype)
        labels = np.zeros(whole.shape, self.most_probable.dtype)
        planes[:, *box] = self.planes.reshape(-1, *self.image.shape)
        labels[box] = self.most_probable.reshape(self.image.shape)
        return OfPixels(whole, planes.reshape(len(planes), -1), labels.ravel(), self.threads)

    def labels(self, dtype: type[np.unsignedinteger], fill: int) -> Integers:
        """As `PixelPosterior` says."""
        found = self.most_probable.astype(dtype).reshape(self.image.shape)
        if self.image.mask is not None:
            found[~self.image.mask] = fill
        return found

    def probabilities(self, labels: Sequence[int]) -> Array:
        """As `PixelPosterior` says."""
        return self._shaped(_shares(self.planes[list(labels)]))

    def entropy(self) -> Array:
        """As `PixelPosterior` says."""
        out = np.empty(self.image.size, np.float32)

        def work(start: int, stop: int) -> None:
            out[start:stop] = _entropy(_shares(self.planes[:, start:stop]))

        map_slabs(work, self.image.size, threads=self.threads)
        return self._shaped(out)

    def pixels(self) -> Floats:
        """As `PixelPosterior` says."""
        return self._count(np.ones(0, bool))

    def uncertain_pixels(self, below: float) -> Floats:
        """As `PixelPosterior` says."""
        uncertain = np.empty(self.image.size, dtype=bool)

        def judge(start: int, stop: int) -> None:
            uncertain[start:stop] = _shares(self.planes[:, start:stop].max(axis=0)) < below

        map_slabs(judge, self.image.size, threads=self.threads)
        return self._count(uncertain)

    def moments(self) -> LabelMoments:
        """As `PixelPosterior` says."""
        rows, labels = self.image.rows, self.most_probable
        if self.image.mask is not None:
            taken = self.image.mask.ravel()
            rows, labels = rows[taken], labels[taken]
        return label_moments(self.pixels(), rows.T, None, labels, self.threads)

    def _shaped(self, values: Array) -> Array:
        found = values.reshape(*values.shape[:-1], *self.image.shape)
        if self.image.mask is not None:
            found[..., ~self.image.mask] = np.nan
        return found

    def _count(self, among: Array) -> Floats:
        """Return how many pixels of each label there are among those that are true; among all if empty."""
        mask = self.image.mask

        def count(start: int, stop: int) -> Floats:
            here = self.most_probable[start:stop]
            taken = np.ones(here.size, bool) if mask is None else mask.ravel()[start:stop].copy()
            if among.size:
                taken &= among[start:stop]
            return np.bincount(here[taken], minlength=len(self.planes)).astype(np.float64)

        found: Floats = np.sum(map_slabs(count, self.image.size, threads=self.threads), axis=0)
        return found


def _shares(kept: Integers) -> Array:
    """Return probabilities, float32, of what is kept of them."""
    return kept.astype(np.float32) * np.float32(1 / kernels.ONE)


def _entropy(shares: Array) -> Array:
    """Return the entropy of probabilities, (K, n), in nats, (n,)."""
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)  # 0 log 0 = 0, its limit
    found: Array = np.maximum(-(shares * logs).sum(axis=0), 0)
    return found
