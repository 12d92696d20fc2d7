"""What a segmentation is: labels, the mixture behind them, and how sure they are."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.errors import ChoiceError
from pixture.imaging import display
from pixture.imaging.histogram.histogram import Histogram
from pixture.imaging.image import Image
from pixture.imaging.label_colours import label_colours
from pixture.mixture.em.fit_result import Fit, Stop, fit_in_words
from pixture.mixture.em.recording import Recording
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model_selection.selection import Selection
from pixture.options.fitting import Choices
from pixture.parallel import map_slabs
from pixture.wording import shown_shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pixture.segmentation.class_statistics import ClassStatistics
    from pixture.segmentation.regions.regions import Regions
    from pixture.view.animation.animation import Animation


@dataclass(frozen=True, eq=False)
class Segmentation:
    """An image, the mixture fitted to it, and what follows from both, computed when asked for.

    Attributes
    ----------
    image
        The image as read, with its mask.
    histogram
        The weighted sample the mixture was fitted to, and the way back to the pixels.
    fit
        The fit: why it ended, every mixture on the way to it, the log-likelihood of each.
    choices
        What was asked for.
    selection
        The numbers of components that were compared, where the image said how many; else None.

    Examples
    --------
    >>> import pixture
    >>> image = np.repeat(np.array([[10, 12, 200, 204]], np.uint8), 8, axis=0)
    >>> result = pixture.segment(image, 2)
    >>> result.labels[0], result.mixture.means.ravel()
    (array([0, 0, 1, 1], dtype=uint8), array([ 11., 202.]))
    """

    image: Image
    histogram: Histogram
    fit: Fit
    choices: Choices
    selection: Selection | None = None

    def __repr__(self) -> str:
        return f"<Segmentation: {shown_shape(self.image.pixels)}, {fit_in_words(self.fit)}>"

    @property
    def mixture(self) -> Mixture:
        """The fitted mixture; component 0 is the darkest."""
        return self.fit.mixture

    @property
    def masked_label(self) -> int | None:
        """The label of masked pixels, the largest of the labels' type; None where no pixel is masked."""
        return None if self.image.mask is None else int(np.iinfo(self.labels.dtype).max)

    @cached_property
    def labels(self) -> Integers:
        """The most responsible component of each pixel, (rows, columns), 0 … K - 1.

        The smallest unsigned integer type that holds them; its largest value is that of masked pixels.
        """
        masked = self.image.mask is not None
        dtype = posterior.label_type(self.mixture.components + masked)
        fill = np.iinfo(dtype).max if masked else 0
        of_row = self.labels_of_rows.astype(dtype, copy=False)
        labels = self.histogram.spread(of_row, fill, threads=self.choices.threads)
        labels.flags.writeable = False
        return labels

    @cached_property
    def shares(self) -> Floats:
        """Each label's share of the pixels that take part, (K,)."""
        sample, labels = self.histogram.sample, self.labels_of_rows

        def count(start: int, stop: int) -> Floats:  # NumPy counts in 16 bytes a row
            here = slice(start, stop)
            return np.bincount(labels[here], sample.weights[here], self.mixture.components).astype(np.float64)

        shares: Floats = np.sum(map_slabs(count, sample.size, threads=self.choices.threads), axis=0)
        return shares / sample.total_weight

    @cached_property
    def classes(self) -> tuple[ClassStatistics, ...]:
        """What the pixels of each label are like, in the order of the labels.

        >>> import pixture
        >>> image = np.array([[10, 12, 12, 200, 204]], np.uint8)
        >>> dark, light = pixture.segment(image, 2).classes
        >>> light.pixels, light.share, light.mean, light.standard_deviation, light.colour
        (2, 0.4, (202.0,), (2.0,), '#e69f00')
        """
        from pixture.segmentation.class_statistics import class_statistics

        return class_statistics(self)

    @property
    def labels_without_pixels(self) -> Integers:
        """The labels that no pixel has, ascending: components that another outweighs everywhere."""
        return np.flatnonzero(self.shares == 0)

    @cached_property
    def labels_of_rows(self) -> Integers:
        """The label of each row of the sample, (n,)."""
        return posterior.labels(self.mixture, self.histogram.sample, threads=self.choices.threads)

    def probabilities(self, component: int | None = None) -> Array:
        """Return p(component | pixel), float32: (rows, columns, K), or (rows, columns) of one component.

        Masked pixels are NaN. All components of an image are K floats a pixel, in memory one component after
        the other: ask for one at a time where it is short.

        Raises
        ------
        ChoiceError
            There is no such component.
        """
        from pixture.segmentation.soft_labels import probabilities

        return probabilities(self, component)

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
        of_row = posterior.entropy(self.mixture, self.histogram.sample, threads=self.choices.threads)
        return self.histogram.spread(of_row, np.nan, threads=self.choices.threads)

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
        from pixture.segmentation.soft_labels import uncertain_shares

        return uncertain_shares(self, below)

    def painted(self) -> Array:
        """Return the image with each pixel its component's mean, in the image's own dtype and axes.

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

    def save(
        self,
        folder: str | os.PathLike[str] = ".",
        *,
        stem: str | None = None,
        overwrite: bool = False,
        flat: bool = False,
    ) -> list[Path]:
        """Write the labels, overlay, painted image, classes, convergence plot and record; return their paths.

        Where the mixture was given, nothing was fitted, and there is no convergence to plot.

        Parameters
        ----------
        folder
            Made if it is not there. The name of a file, such as "out.png", is refused.
        stem
            First part of the files' names; None takes that of the image's file, or "image".
        overwrite
            Whether files that are there already may be replaced.
        flat
            Whether the overlay shows the labels' colours by themselves, without the image.

        Raises
        ------
        WriteError
            A file is named in place of a folder; the files are there, or cannot be written, or one is a file
            that the segmentation was made from: the image, its mask, a model. What was there is untouched.
        """
        from pixture.view.save_segmentation import save  # a convenience: the roof, called when asked for

        return save(self, Path(folder), stem=stem, overwrite=overwrite, flat=flat)

    def report(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write a page that shows all there is to see of the segmentation; return its path.

        It holds the image, labels, boundaries and uncertainty, the image's regions with a slider for their
        detail, a table of the components, the curves, the animation (where `animate` has one) and every
        choice, in one file that asks the network for nothing and prints well.

        Parameters
        ----------
        path
            A file that ends in ".html"; its folder is made if it is not there.
        overwrite
            Whether a file that is there already may be replaced.

        Raises
        ------
        ChoiceError
            The path ends otherwise.
        WriteError
            The file is there already, or cannot be written. What was there is untouched.
        """
        from pixture.view.report import save_report  # the roof, as above

        return save_report(self, Path(path), overwrite=overwrite)

    def plot(self, ax: Axes | Iterable[Axes] | None = None) -> Axes | tuple[Axes, ...] | Figure:
        """Plot image, labels, boundaries and uncertainty, as `view.plots.plot_segmentation` says.

        Where no Axes are given, a matplotlib Figure is returned: a notebook shows it, `savefig` writes it.

        Examples
        --------
        >>> import pixture
        >>> result = pixture.segment(np.arange(64, dtype=np.uint8).reshape(8, 8), 2)
        >>> image, labels, boundaries, uncertainty = result.plot()
        """
        from pixture.view.plots import plot_segmentation  # a convenience, as above

        return plot_segmentation(self) if ax is None else plot_segmentation(self, ax)

    def record(self) -> Recording:
        """Return the fit with the data it was fitted to, as an animation shows it; nothing is run again.

        Raises
        ------
        ChoiceError
            The mixture was given: nothing was fitted.
        """
        if self.fit.stop is Stop.GIVEN:
            raise ChoiceError(
                "Nothing was fitted here, so there are no iterations to show: the mixture was given. "
                "`segment` fits one to the image."
            )
        return Recording(self.histogram.sample, self.fit)

    def animate(self) -> Animation:
        """Return the animation of this very fit (`record`): in a notebook it plays; `save` writes a file.

        Raises
        ------
        ChoiceError
            As in `record`.

        Examples
        --------
        >>> import pixture
        >>> result = pixture.segment(np.arange(64, dtype=np.uint8).reshape(8, 8), 2)
        >>> animation = result.animate()
        >>> animation.captions[0][0].startswith("EM iteration 0 of")
        True
        """
        from pixture.view.animation.animation import animate_image  # the roof, as above

        return animate_image(self.image, self.record())

    def _repr_html_(self) -> str:
        from pixture.view.notebook import segmentation_html

        return segmentation_html(self)
