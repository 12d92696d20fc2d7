"""A source of which a mask, a source too, says which pixels take part."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.arrays import Mask
from pixture.errors import ImageError
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.scale.sources.source import Description, Source
from pixture.wording import size_in_words


@dataclass(frozen=True)
class Masked:
    """A source within a mask.

    Attributes
    ----------
    source
        The image.
    mask
        Of the same shape: where it is zero in every channel, or below the threshold, pixels are left out; so
        are those where it is masked itself.
    threshold
        The least value of the mask that lets a pixel through; None lets through what is not zero.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> from pixture.scale.sources.source import ImageSource
    >>> image, mask = (image_from_array(np.array([[row]], np.uint8)[0]) for row in ([7, 8], [0, 9]))
    >>> Masked(ImageSource(image), ImageSource(mask)).read(Window((0, 0), (1, 2))).mask
    array([[False,  True]])
    """

    source: Source
    mask: Source
    threshold: float | None = None

    @property
    def description(self) -> Description:
        """As `Source` says."""
        return self.source.description

    def read(self, window: Window) -> Image:
        """As `Source` says."""
        image, mask = self.source.read(window), self.mask.read(window)
        with np.errstate(invalid="ignore"):  # NaN, which is masked
            passes = mask.pixels != 0 if self.threshold is None else mask.pixels >= self.threshold
        through: Mask = np.logical_or.reduce(passes.reshape(*mask.shape, -1), axis=-1)
        if mask.mask is not None:
            through &= mask.mask
        if image.mask is not None:
            through &= image.mask
        return replace(image, mask=None if through.all() else through)


def masked(source: Source, mask: Source, threshold: float | None) -> Masked:
    """Return a source within a mask.

    Raises
    ------
    ImageError
        The mask has another shape.
    """
    one, other = source.description.shape, mask.description.shape
    if one != other:
        raise ImageError(
            f"The mask is {size_in_words(other)} pixels, the image {size_in_words(one)}; they must agree."
        )
    return Masked(source, mask, threshold)
