"""What a segmentation is: labels, the mixture behind them, and how sure they are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pixture.arrays import Mask
from pixture.errors import ChoiceError
from pixture.mixture.em.fit_result import Stop, fit_in_words
from pixture.mixture.em.recording import Recording
from pixture.options.spatial import LIGHT
from pixture.options.writing import Writing
from pixture.segmentation.classes.class_choice import names_of
from pixture.segmentation.classes.derived import foreground, merged, objects
from pixture.segmentation.labelled_image import LabelledImage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pixture.segmentation.objects.objects import Objects
    from pixture.studio.widget import StudioWidget
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
    groups
        The components of each class, where it has several: some were merged (`merged`), or classes were
        marked; else empty.
    names
        The names of the classes (`named`); empty where they have none.
    features
        The features that the mixture is one of, such as "lab,position:0.3"; None where it is one of the
        image's own channels.
    guidance
        What was marked in the image (`segment(scribbles=…, box=…)`); None where nothing was.
    per_time
        The mixture of each time of a series (`segment(per_time=True)`); empty where one is that of all.

    Examples
    --------
    >>> import numpy as np, pixture
    >>> image = np.repeat(np.array([[10, 12, 200, 204]], np.uint8), 8, axis=0)
    >>> result = pixture.segment(image, 2)
    >>> result.labels[0], result.mixture.means.ravel()
    (array([0, 0, 1, 1], dtype=uint8), array([ 11., 202.]))
    """

    def __repr__(self) -> str:
        smoothed = "" if self.smoothing is None or self.smoothing.method == LIGHT else ", smoothed"
        features = "" if self.features is None else f", by {self.features}"
        return f"<Segmentation: {self.image.in_words}{features}, {fit_in_words(self.fit)}{smoothed}>"

    def merged(self, *labels: Any) -> Segmentation:
        """Return the segmentation with some labels made one class; the classes are numbered by their lowest.

        The probability of a class is the sum of its components'; `fit` stays what it was.

        Parameters
        ----------
        labels
            Labels that become one, such as "1+2" or [1, 2]; as many groups as are wanted.

        Raises
        ------
        ChoiceError
            There is no such label, or one is named twice.

        Examples
        --------
        >>> import numpy as np, pixture
        >>> result = pixture.segment(np.array([[10, 11, 90, 91, 200, 201]], np.uint8), 3)
        >>> result.merged("0+1").labels
        array([[0, 0, 0, 0, 1, 1]], dtype=uint8)
        """
        return merged(self, labels)

    def named(self, *names: str) -> Segmentation:
        """Return the segmentation with names for its classes, from label 0 on.

        Raises
        ------
        ChoiceError
            They are not as many as classes, or two are the same.
        """
        return replace(self, names=names_of(names, self.mixture.components))

    def foreground(self, which: Any = "auto") -> Mask:
        """Return where the foreground is, of the image's shape.

        Parameters
        ----------
        which
            "auto", what stands out from its surroundings, found from the image; "bright", the last class;
            "dark", the first; labels or names, one or several.

        Raises
        ------
        ChoiceError
            There is no such class, or no background would be left.
        """
        return foreground(self, which)

    def objects(
        self,
        which: Any = "auto",
        *,
        min_size: int | None = None,
        split: str = "touching",
        fill_holes: bool = True,
    ) -> Objects:
        """Return the objects of a foreground, numbered and measured, as `pixture.find_objects` does.

        Parameters
        ----------
        which
            As in `foreground`. Of several classes, the pieces of each are objects of their own.
        min_size, split, fill_holes
            As in `find_objects`.

        Examples
        --------
        >>> import numpy as np, pixture
        >>> image = np.full((30, 40), 20, np.uint8)
        >>> image[5:15, 5:15] = image[18:26, 22:34] = 200
        >>> pixture.segment(image, 2).objects("bright").count
        2
        """
        return objects(self, which, min_size=min_size, split=split, fill_holes=fill_holes)

    def save(
        self,
        folder: str | os.PathLike[str] = ".",
        *,
        stem: str | None = None,
        overwrite: bool = False,
        flat: bool = False,
        format: str | None = None,
        maps: Sequence[str] = (),
        vector: str | None = None,
    ) -> list[Path]:
        """Write the labels, overlay, painted image, classes, convergence plot and record; return their paths.

        Where the mixture was given, nothing was fitted, and there is no convergence to plot. Labels and the
        painted image of a map or a scan are in the format that it came in, where it lies in place; else those
        of a picture are PNG, of a volume TIFF, a page a plane. The overlay of a volume shows some planes.

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
        format, maps, vector
            As in `Writing`.

        Raises
        ------
        ChoiceError
            There is no such format or map.
        WriteError
            The format holds no such image, or its library is not installed; a file is named in place of a
            folder; the files are there, or cannot be written, or one is a file that the segmentation was made
            from: the image, its mask, a model. What was there is untouched.
        """
        from pixture.view.output.save_segmentation import (
            save,  # a convenience: the roof, called when asked for
        )

        writing = Writing(Path(folder), overwrite, format, tuple(maps), vector)
        return save(self, writing, stem=stem, flat=flat)

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
        >>> import numpy as np, pixture
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
        >>> import numpy as np, pixture
        >>> result = pixture.segment(np.arange(64, dtype=np.uint8).reshape(8, 8), 2)
        >>> animation = result.animate()
        >>> animation.captions[0][0].startswith("EM iteration 0 of")
        True
        """
        from pixture.view.animation.animation import animate_image  # the roof, as above

        return animate_image(self.image, self.record(), self.histogram)

    def studio(self) -> StudioWidget:
        """Return the studio about this segmentation, as a widget that a notebook shows.

        In it the segmentation is looked at, changed, guided with a brush and measured; what comes of it is
        there in Python: `widget.segmentation`, `widget.scribbles`. `open_studio` begins with an image.

        Raises
        ------
        DisplayError
            anywidget, which carries the page into notebooks, is not installed:
            `pip install 'pixture[studio]'`.

        Examples
        --------
        >>> import numpy as np, pixture
        >>> widget = pixture.segment(np.arange(64, dtype=np.uint8).reshape(8, 8), 2).studio()
        >>> widget.segmentation.mixture.components
        2
        >>> widget.close()
        """
        from pixture.studio.notebook import open_studio  # the roof, as above

        return open_studio(self)

    def _repr_html_(self) -> str:
        from pixture.view.notebook import segmentation_html

        return segmentation_html(self)
