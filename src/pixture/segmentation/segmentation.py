"""What a segmentation is: labels, the mixture behind them, and how sure they are."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pixture.errors import ChoiceError
from pixture.mixture.em.fit_result import Stop, fit_in_words
from pixture.mixture.em.recording import Recording
from pixture.segmentation.labelled_image import LabelledImage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pixture.view.animation.animation import Animation


@dataclass(frozen=True, eq=False, repr=False)
class Segmentation(LabelledImage):
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
    smoothing
        How neighbours' labels were made to agree; None where each pixel is labelled by its value alone.

    Examples
    --------
    >>> import pixture
    >>> image = np.repeat(np.array([[10, 12, 200, 204]], np.uint8), 8, axis=0)
    >>> result = pixture.segment(image, 2)
    >>> result.labels[0], result.mixture.means.ravel()
    (array([0, 0, 1, 1], dtype=uint8), array([ 11., 202.]))
    """

    def __repr__(self) -> str:
        smoothed = "" if self.smoothing is None else ", smoothed"
        return f"<Segmentation: {self.image.in_words}, {fit_in_words(self.fit)}{smoothed}>"

    def save(
        self,
        folder: str | os.PathLike[str] = ".",
        *,
        stem: str | None = None,
        overwrite: bool = False,
        flat: bool = False,
    ) -> list[Path]:
        """Write the labels, overlay, painted image, classes, convergence plot and record; return their paths.

        Where the mixture was given, nothing was fitted, and there is no convergence to plot. Of a volume,
        labels and painted image are TIFF, a page a plane, and the overlay shows some of the planes.

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
