"""What a pixel's neighbours say of its label too: each pixel has a posterior of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.image import Image
from pixture.mixture.model import posterior
from pixture.parallel import map_slabs
from pixture.segmentation.classes.label_moments import LabelMoments, moments_of_pixels
from pixture.segmentation.field.kernels import posterior as kernels
from pixture.segmentation.posterior.pixel_posterior import Groups, entropies
from pixture.wording import plural


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

    def at_pixel(self, place: int) -> Array:
        """As `PixelPosterior` says."""
        return _shares(self.planes[:, place])

    def entropy(self) -> Array:
        """As `PixelPosterior` says."""
        out = np.empty(self.image.size, np.float32)

        def work(start: int, stop: int) -> None:
            out[start:stop] = entropies(_shares(self.planes[:, start:stop]))

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
        mask = None if self.image.mask is None else self.image.mask.ravel()
        return moments_of_pixels(self.image.rows, self.most_probable, mask, len(self.planes), self.threads)

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
