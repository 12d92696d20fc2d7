"""A piece of an image as the field of the whole sees it: its neighbours, its contrast, its values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.imaging.histogram.histogram import Histogram, every_pixel, histogram
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.options.spatial import Spatial
from pixture.scale.sample.source_sample import SourceSample
from pixture.scale.sources.source import Description, Source
from pixture.segmentation.field.contrast import contrast_weights, usual_squares
from pixture.segmentation.field.mean_field import Grid, spans_of
from pixture.segmentation.field.neighbourhood import USUAL, Neighbourhood, neighbourhood


@dataclass(frozen=True)
class FieldView:
    """How pieces of an image are seen, so that they are as in the whole.

    Attributes
    ----------
    source
        The image, or the box of a volume in which pixels take part.
    near
        Which pixels are neighbours.
    usual
        (channels,) the mean square by which neighbours differ in the whole image.
    counted
        Whether the rows of the whole are distinct values; else they are the pixels.
    float64
        Whether sums over the whole are taken in float64.
    several
        Whether the whole image is of several pieces.
    """

    source: Source
    near: Neighbourhood
    usual: Floats
    counted: bool
    float64: bool
    several: bool

    @property
    def neighbours(self) -> int:
        """How many neighbours a pixel has."""
        return 2 * len(self.near.offsets)

    def grown(self, window: Window, sweeps: int) -> Window:
        """Return a window with what around it has a part in its labels after so many sweeps.

        A sweep goes through the kinds of lines one after the other, planes and rows, even and odd
        (`kernels.mean_field`). What a line is updated from was perhaps updated before it in the same sweep:
        so a sweep reaches as far as the chain of kinds is long. Planes alternate, and so do rows where no
        neighbour lies along a diagonal through planes.
        """
        shape = self.source.description.shape
        planes, rows, columns = (np.abs(self.near.offsets).max(axis=0) > 0).tolist()
        if planes:
            diagonal = bool((np.count_nonzero(self.near.offsets, axis=1) > 1).any())
            halo = 2 * sweeps, (4 if diagonal else 2) * sweeps, 4 * sweeps
        else:
            halo = 0, 2 * sweeps * rows, 2 * sweeps * columns
        return window.grown((0, *halo)[-len(shape) :], shape)  # times not at all

    def seen(self, window: Window, image: Image) -> tuple[Histogram, Grid]:
        """Return the values and the pixels of a window, some of which takes part."""
        values = self.values(image)
        return values, self.grid(window, image, values.rows(threads=1), values.sample.size)

    def grid(self, window: Window, image: Image, rows: Integers, masked: int) -> Grid:
        """Return the pixels of a window, given the row of each, which is `masked` where they take no part."""
        of_planes = rows.reshape(-1, *rows.shape[-2:])
        shape, before = self.source.description.shape, window.start[:-2]
        plane = int(np.ravel_multi_index(before, shape[:-2])) if before else 0
        return Grid(
            of_planes,
            self.near,
            _whole_lines(of_planes) if image.mask is None else spans_of(of_planes, masked),
            self.contrast(image),
            threads=1,
            odd=(plane % 2, window.start[-2] % 2),
        )

    def contrast(self, image: Image) -> Integers:
        """Return how alike the neighbours of a window's pixels are."""
        return contrast_weights(image, self.near, usual=self.usual, threads=1)

    def values(self, image: Image) -> Histogram:
        """Return the values of a piece, in the arithmetic in which the whole's are looked up."""
        found = histogram(image, threads=1) if self.counted else every_pixel(image)
        exact = self.counted or self.float64
        return replace(found, sample=found.sample.in_float64()) if exact else found


def _whole_lines(rows: Integers) -> Integers:
    """Return that each line takes part from its first column to its last."""
    spans = np.zeros((*rows.shape[:2], 2), np.int64)
    spans[..., 1] = rows.shape[2]
    return spans


def field_view(source: Source, known: SourceSample, spatial: Spatial) -> FieldView:
    """Return how pieces of a source are seen, given what is known of the image that it is a box of.

    Raises
    ------
    ChoiceError
        There is no such neighbourhood.
    """
    spacing = spatial_spacing(source.description)
    near = neighbourhood(USUAL[len(spacing)] if spatial.neighbours is None else spatial.neighbours, spacing)
    several = len(known.source.description.pieces) > 1
    return FieldView(source, near, squares_of(source), known.is_counted, known.is_float64, several)


def spatial_spacing(description: Description) -> tuple[float, ...]:
    """Return the size of a pixel along the spatial axes alone, as `Image.spatial_spacing`."""
    known = description.spacing or (1.0,) * len(description.shape)
    return known[1:] if "t" in description.axes else known


def squares_of(source: Source) -> Floats:
    """Return the mean square by which neighbours differ in all of a source, from some of its lines."""
    description = source.description
    *before, height, width = description.shape
    depth = description.shape[-3] if "z" in description.axes else 1
    planes = int(np.prod(before))
    kept: dict[tuple[int, int], Floats] = {}  # a line's next one is decoded with it

    def line(z: int, y: int) -> Floats:
        if (z, y) not in kept:
            first = tuple(int(at) for at in np.unravel_index(z, before)) if before else ()
            last = min(y + 2, height)
            window = Window((*first, y, 0), (*(at + 1 for at in first), last, width))
            image = source.read(window)
            rows = image.rows.reshape(last - y, width, -1).astype(np.float64)
            if image.mask is not None:
                rows[~image.mask.reshape(last - y, width)] = np.nan
            kept.update({(z, y + at): row for at, row in enumerate(rows)})
        return kept[z, y]

    def lines(z: Integers, y: Integers) -> Floats:
        shape = (z.size, width, description.channels)
        return np.array([line(*at) for at in zip(z.tolist(), y.tolist(), strict=True)]).reshape(shape)

    return usual_squares((planes, height, width, description.channels), depth, lines)
