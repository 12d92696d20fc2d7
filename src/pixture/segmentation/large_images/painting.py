"""A mixture and a source -> labels, piece by piece: each goes to a sink, and what it is like is added up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from pixture.arrays import Array, Integers
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.posterior import label_type
from pixture.options.writing import UNCERTAINTY
from pixture.scale.checkpoints import ASKED
from pixture.scale.sinks.sink import Sink
from pixture.scale.sources.source import Source
from pixture.segmentation.large_images.class_sums import ClassSums
from pixture.segmentation.large_images.field.fitted_field import FittedField
from pixture.segmentation.large_images.field.light_field import LightField
from pixture.segmentation.large_images.glimpse import Glimpse
from pixture.segmentation.posterior.field_posterior import OfPixels
from pixture.segmentation.posterior.pixel_posterior import Groups, PixelPosterior
from pixture.segmentation.posterior.value_posterior import OfValues


@dataclass(frozen=True, eq=False)
class Painted:
    """What came of some pieces; what came of two parts of an image adds up.

    Attributes
    ----------
    sums
        What the pixels of each label are like; None where none takes part.
    moved
        The posterior that moved in each sweep of light smoothing, in pixels; else empty.
    size
        Pixels, masked ones included.
    glimpses
        Of each piece.
    """

    sums: ClassSums | None
    moved: Array
    size: int
    glimpses: tuple[Glimpse, ...]

    def __repr__(self) -> str:
        return f"<Painted: {len(self.glimpses)} pieces>"

    def __add__(self, other: Painted) -> Painted:
        sums = self.sums
        if other.sums is not None:
            sums = other.sums if sums is None else sums + other.sums
        return Painted(
            sums, self.moved + other.moved, self.size + other.size, (*self.glimpses, *other.glimpses)
        )


@dataclass(frozen=True)
class PaintPiece:
    """Labels a piece of a source and writes it.

    Attributes
    ----------
    source
        Where pixels come from.
    mixture
        What they are labelled by.
    smoother
        How labels are smoothed; None where they are not.
    groups
        The components of each label, where it has several; else empty.
    masked
        Whether some pixels of the whole take no part, so that labels leave room for these.
    sink
        Where labels go; None writes none.
    maps
        Where maps go, by their names: probabilities, uncertainty.
    strides
        A glimpse has one pixel in so many along each axis.
    """

    source: Source
    mixture: Mixture
    smoother: LightField | FittedField | None
    groups: Groups
    masked: bool
    sink: Sink | None = field(default=None, metadata={ASKED: False})
    maps: Mapping[str, Sink] = field(default_factory=dict, metadata={ASKED: False})
    strides: tuple[int, ...] = ()

    def has(self, window: Window) -> bool:
        """Whether all that is written of a piece is there."""
        sinks = [*([] if self.sink is None else [self.sink]), *self.maps.values()]
        return all(sink.has(window) for sink in sinks)

    def __call__(self, window: Window) -> Painted:
        """Return what came of it."""
        image, posterior, moved = self._posterior(window)
        labels_in = len(self.groups) or self.mixture.components
        dtype = label_type(labels_in + self.masked)
        fill = int(np.iinfo(dtype).max) if self.masked else 0
        labels = posterior.labels(dtype, fill)
        there = image.mask is None or bool(image.mask.any())
        if self.sink is not None:
            self.sink.write(window, labels)
        for name, sink in self.maps.items():
            values = posterior.entropy() if name == UNCERTAINTY else self._probabilities(posterior, labels_in)
            sink.write(window, values)
        sums = ClassSums.of(posterior, image, labels) if there else None
        return Painted(sums, moved, image.size, (self._glimpse(window, image, posterior, labels),))

    def _posterior(self, window: Window) -> tuple[Image, PixelPosterior, Array]:
        """Return a piece, what is known of its labels, and what moved in each sweep of smoothing."""
        if self.smoother is None:
            image = self._placed(self.source.read(window), window)
            return image, _of_values(image, self.mixture, self.groups), np.zeros(0)
        inside = window.common(self.smoother.box)
        found, shares = None, (0.0,) * self.smoother.sweeps
        if inside is not None:
            away = tuple(-at for at in self.smoother.box.start)
            found, shares = self.smoother.posterior(inside.moved(away))
        if inside is None or found is None:
            image = self._placed(self.source.read(window), window)
            return image, _nothing(image, self.mixture.components, self.groups), np.zeros(len(shares))
        if inside == window:
            image = self._placed(found.image, window)
            of_piece = replace(found, image=image)
        else:
            image = self._placed(self.source.read(window), window)
            of_piece = found.within(image, inside.within(window))
        if self.groups:
            of_piece = of_piece.merged(self.groups)
        return image, of_piece, np.array(shares) * image.size

    def _placed(self, image: Image, window: Window) -> Image:
        """Return a piece with the areas of its rows, where each has its own."""
        place = self.source.description.place
        if place is None or place.row_areas is None:
            return image
        of_rows = place.row_areas[window.start[-2] : window.stop[-2]]
        return replace(image, place=replace(place, row_areas=of_rows))

    def _probabilities(self, posterior: PixelPosterior, labels: int) -> Array:
        return np.moveaxis(posterior.probabilities(range(labels)), 0, -1)

    def _glimpse(self, window: Window, image: Image, posterior: PixelPosterior, labels: Integers) -> Glimpse:
        """Return the pixels of a piece whose places in the whole are multiples of the strides."""
        first = [-start % stride for start, stride in zip(window.start, self.strides, strict=True)]
        some = tuple(slice(begin, None, stride) for begin, stride in zip(first, self.strides, strict=True))
        pixels = np.ascontiguousarray(image.pixels[some])
        shape = pixels.shape[: len(window.shape)]
        begins = [
            (start + begin) // stride
            for start, begin, stride in zip(window.start, first, self.strides, strict=True)
        ]
        at = tuple(slice(begin, begin + length) for begin, length in zip(begins, shape, strict=True))
        mask = np.ones(shape, bool) if image.mask is None else image.mask[some]
        planes: Array = np.zeros((0, 0), np.uint16)
        if isinstance(posterior, OfPixels):
            planes = posterior.planes.reshape(-1, *window.shape)[(slice(None), *some)]
        return Glimpse(at, pixels, mask.copy(), planes.copy(), labels[some].copy())


def _of_values(image: Image, mixture: Mixture, groups: Groups) -> PixelPosterior:
    if image.mask is not None and not image.mask.any():
        return _nothing(image, mixture.components, groups)
    return OfValues(mixture, histogram(image, threads=1), groups, 1)


def _nothing(image: Image, components: int, groups: Groups) -> OfPixels:
    """Return what is known of pixels none of which takes part."""
    labels = len(groups) or components
    return OfPixels(
        image, np.zeros((labels, image.size), np.uint16), np.zeros(image.size, label_type(labels)), 1
    )
