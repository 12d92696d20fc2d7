"""Parts of an image that is read piece by piece: a box of it, or every second pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.scale.sources.source import Description, Source


@dataclass(frozen=True)
class Boxed:
    """A box of a source.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> from pixture.scale.sources.source import ImageSource
    >>> whole = ImageSource(image_from_array(np.arange(20, dtype=np.uint8).reshape(4, 5)))
    >>> box = Boxed(whole, Window((1, 1), (4, 4)))
    >>> box.description.shape, box.read(Window((0, 0), (1, 2))).pixels
    ((3, 3), array([[6, 7]], dtype=uint8))
    """

    source: Source
    box: Window

    @property
    def description(self) -> Description:
        """As `Source` says."""
        return replace(self.source.description, shape=self.box.shape, place=None)

    def read(self, window: Window) -> Image:
        """As `Source` says."""
        return self.source.read(window.moved(self.box.start))


@dataclass(frozen=True)
class EverySecond:
    """Every second pixel along each axis of a source, the first of all among them.

    Its spacing is the source's: what neighbours are is told by that.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> from pixture.scale.sources.source import ImageSource
    >>> whole = ImageSource(image_from_array(np.arange(20, dtype=np.uint8).reshape(4, 5)))
    >>> few = EverySecond(whole)
    >>> few.description.shape, few.read(Window((0, 1), (2, 3))).pixels
    ((2, 3), array([[ 2,  4],
           [12, 14]], dtype=uint8))
    """

    source: Source

    @property
    def description(self) -> Description:
        """As `Source` says."""
        of = self.source.description
        return replace(of, shape=tuple(-(-length // 2) for length in of.shape), place=None)

    def read(self, window: Window) -> Image:
        """As `Source` says."""
        around = Window(tuple(2 * at for at in window.start), tuple(2 * at - 1 for at in window.stop))
        image = self.source.read(around)
        some = (slice(None, None, 2),) * len(window.start)
        mask = None if image.mask is None else np.ascontiguousarray(image.mask[some])
        if mask is not None and mask.all():
            mask = None
        return replace(image, pixels=np.ascontiguousarray(image.pixels[some]), mask=mask)
