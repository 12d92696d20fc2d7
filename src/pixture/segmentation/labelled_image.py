"""An image with labels: the mixture behind them, how sure they are, and what their pixels are like."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.imaging.display import display
from pixture.imaging.display.label_colours import label_colours
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.image import Image
from pixture.mixture.comparison.moment_matching import moment_matched
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.posterior import label_type
from pixture.mixture.model_selection.selection import Selection
from pixture.options.fitting import Choices
from pixture.segmentation.field.smoothing import Smoothing
from pixture.segmentation.posterior.pixel_posterior import Groups, PixelPosterior
from pixture.segmentation.posterior.value_posterior import OfValues

if TYPE_CHECKING:
    import xarray

    from pixture.segmentation.classes.class_statistics import ClassStatistics
    from pixture.segmentation.guidance.marks import Marks
    from pixture.segmentation.regions.regions import Regions


def _labels_of(groups: Groups, before: Groups) -> Groups:
    """Return groups of labels, whose components are `before`, that hold groups of components.

    >>> _labels_of(((0, 1, 2), (3,)), ((0, 1), (2,), (3,)))
    ((0, 1), (2,))
    """
    return tuple(
        tuple(label for label, components in enumerate(before) if set(components) <= set(group))
        for group in groups
    )


@dataclass(frozen=True, eq=False)
class LabelledImage:
    """What a `Segmentation` holds, and what follows from it, computed when asked for."""

    image: Image
    histogram: Histogram
    fit: Fit
    choices: Choices
    selection: Selection | None = None
    smoothing: Smoothing | None = None
    groups: Groups = ()
    names: tuple[str, ...] = ()
    features: str | None = None
    guidance: Marks | None = None
    per_time: tuple[Mixture, ...] = ()

    @cached_property
    def mixture(self) -> Mixture:
        """The fitted mixture, under the spatial prior if there is one; component 0 is the darkest.

        Where components were merged into classes, a class is the Gaussian that has their moments.
        """
        fitted = self.fit.mixture if self.smoothing is None else self.smoothing.mixture
        return moment_matched(fitted, self.groups) if self.groups else fitted

    @cached_property
    def posterior(self) -> PixelPosterior:
        """What is known of each pixel's label: of its value, and with smoothing of its neighbours too."""
        if self.smoothing is not None:
            of_pixels, before = self.smoothing.posterior, self.smoothing.groups
            if self.groups == before:
                return of_pixels
            return of_pixels.merged(_labels_of(self.groups, before) if before else self.groups)
        return OfValues(self.fit.mixture, self.histogram, self.groups, self.choices.threads)

    @property
    def masked_label(self) -> int | None:
        """The label of masked pixels, the largest of the labels' type; None where no pixel is masked."""
        return None if self.image.mask is None else int(np.iinfo(self.labels.dtype).max)

    @cached_property
    def labels(self) -> Integers:
        """The most responsible component of each pixel, 0 … K - 1: (rows, columns), or planes of these.

        The smallest unsigned integer type that holds them; its largest value is that of masked pixels.
        """
        masked = self.image.mask is not None
        dtype = label_type(self.mixture.components + masked)
        labels = self.posterior.labels(dtype, np.iinfo(dtype).max if masked else 0)
        labels.flags.writeable = False
        return labels

    @cached_property
    def shares(self) -> Floats:
        """Each label's share of the pixels that take part, (K,)."""
        pixels = self.posterior.pixels()
        shares: Floats = pixels / pixels.sum()
        return shares

    @cached_property
    def classes(self) -> tuple[ClassStatistics, ...]:
        """What the pixels of each label are like, in the order of the labels.

        >>> import pixture
        >>> image = np.array([[10, 12, 12, 200, 204]], np.uint8)
        >>> dark, light = pixture.segment(image, 2).classes
        >>> light.pixels, light.share, light.mean, light.standard_deviation, light.colour
        (2, 0.4, (202.0,), (2.0,), '#e69f00')
        """
        from pixture.segmentation.classes.class_statistics import class_statistics

        return class_statistics(self)

    @property
    def labels_without_pixels(self) -> Integers:
        """The labels that no pixel has, ascending: components that another outweighs everywhere."""
        return np.flatnonzero(self.shares == 0)

    def probabilities(self, component: int | None = None) -> Array:
        """Return p(component | pixel), float32: (rows, columns, K), or (rows, columns) of one component.

        Masked pixels are NaN. All components of an image are K floats a pixel, in memory one component after
        the other: ask for one at a time where it is short.

        Raises
        ------
        ChoiceError
            There is no such component.
        """
        from pixture.segmentation.posterior.soft_labels import probabilities

        return probabilities(self, component)

    def to_xarray(self, what: str = "labels") -> xarray.DataArray:
        """Return labels, or what else has a value a pixel, as an array of xarray's that lies where it does.

        Of an image that came as one, it has the same dimensions, in the order (time, z, y, x), the same
        coordinates, the reference system among them (`spatial_ref`, as rioxarray keeps it), and the
        attributes but those that speak of the image's values, such as `units` and `_FillValue`. Labels say
        what they mean by CF's `flag_values` and `flag_meanings`, and that of masked pixels by `_FillValue`.
        Of any other image the dimensions are y and x, perhaps t and z.

        Parameters
        ----------
        what
            "labels"; "probabilities", float32, with a last dimension "component" and, where the classes have
            names, these as its coordinate "class"; "uncertainty" in nats; "painted".

        Raises
        ------
        ChoiceError
            `what` is none of these.
        PixtureError
            xarray is not installed.

        Examples
        --------
        >>> import pixture, xarray
        >>> scene = xarray.DataArray(
        ...     np.array([[10, 12, 200], [11, 201, 199]], np.uint8),
        ...     coords={"lat": [48.5, 48.0], "lon": [11.0, 11.5, 12.0]},
        ... )
        >>> labels = pixture.segment(scene, 2).to_xarray()
        >>> labels.sel(lat=48.0, lon=12.0).item(), labels.dims
        (1, ('lat', 'lon'))
        """
        from pixture.segmentation.data_array import data_array

        return data_array(self, what)

    @cached_property
    def regions(self) -> Regions:
        """The image's regions as `pixture.regions` finds them; they do not follow from the mixture here."""
        from pixture.segmentation.regions.find_regions import (
            find_regions,  # its kernels are loaded where asked for
        )

        return find_regions(self.image, threads=self.choices.threads)

    def entropy(self) -> Array:
        """Return the uncertainty of each pixel's label, (rows, columns), float32, in nats.

        The entropy of its responsibilities: 0 where one component is certain, log K where nothing is
        known; NaN where masked.
        """
        return self.posterior.entropy()

    def uncertain_shares(self, below: float = 0.9) -> Floats:
        """Return each label's share of pixels that might well have another, (K,); 0 of a label without any.

        Parameters
        ----------
        below
            A pixel is uncertain where its label's component has less than this of the responsibility.

        Raises
        ------
        ChoiceError
            `below` is not within 0 and 1.

        Examples
        --------
        >>> import pixture
        >>> values = np.array([[0, 1, 1, 2, 3, 4, 5, 6, 6, 7]], np.uint8)
        >>> pixture.segment(values, 2).uncertain_shares()
        array([0.2, 0.2])
        """
        from pixture.segmentation.posterior.soft_labels import uncertain_shares

        return uncertain_shares(self, below)

    def painted(self) -> Array:
        """Return the image with each pixel its component's mean, in the image's own dtype and axes.

        Where the mixture is one of features, it is the mean of the label's pixels.

        Masked pixels are 0. Grey stored as colour comes with as many equal channels as it was stored with.
        """
        from pixture.segmentation.painting import painted

        return painted(self)

    def overlay(self, *, flat: bool = False) -> Integers:
        """Return the labels' colours over the image, (rows, columns, 3) uint8.

        Each label has one colour, whatever their number; it is a little lighter or darker where the image is.

        Parameters
        ----------
        flat
            Whether the colours are shown by themselves, without the image.

        Examples
        --------
        >>> import pixture
        >>> pixture.segment(np.array([[1, 9]], np.uint8), 2).overlay(flat=True)
        array([[[  0, 114, 178],
                [230, 159,   0]]], dtype=uint8)
        """
        colours = label_colours(self.mixture.components)
        return display.overlay(self.image, self.labels, colours, flat=flat, threads=self.choices.threads)
