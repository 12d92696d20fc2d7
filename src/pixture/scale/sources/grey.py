"""Grey stored as colour, of an image that is read piece by piece: one of its equal channels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.imaging.grey_as_colour import COLOUR
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.scale.sources.source import Description, Source


@dataclass(frozen=True)
class Grey:
    """A source of colour whose red, green and blue are equal everywhere, as one of grey.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> from pixture.scale.sources.source import ImageSource
    >>> grey = Grey(ImageSource(image_from_array(np.full((4, 5, 3), 7, np.uint8))))
    >>> grey.description.channels, grey.read(Window((0, 0), (1, 2))).pixels
    (1, array([[7, 7]], dtype=uint8))
    """

    source: Source

    @property
    def description(self) -> Description:
        """As `Source` says."""
        of = self.source.description
        return replace(of, axes=of.axes.removesuffix("c"), channels=1, channel_names=())

    def read(self, window: Window) -> Image:
        """As `Source` says."""
        image = self.source.read(window)
        return replace(
            image,
            pixels=np.ascontiguousarray(image.pixels[..., 0]),
            axes=image.axes.removesuffix("c"),
            stored_channels=COLOUR,
            channel_names=(),
        )
