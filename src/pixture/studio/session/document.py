"""What a session is about: an image, what is chosen and drawn, and what was found. Immutable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pixture.arrays import Floats
from pixture.imaging.display.display import shown_range
from pixture.imaging.display.thumbnail import thumbnail
from pixture.imaging.image import Image
from pixture.mixture.model.mixture import Mixture
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.choices.chosen import Chosen
from pixture.studio.marks.strokes import NOTHING_DRAWN, Drawn
from pixture.studio.tiles.large_image import LargeImage

MOST_SEEN = 500_000
"""Pixels of the pictures that are shown while a mixture is fitted."""


@dataclass(frozen=True, eq=False)
class OpenedImage:
    """An image, and what is looked at while others are computed.

    Attributes
    ----------
    name
        What it is called: the name of its file.
    image
        All of it.
    number
        How many images the session has opened before it: what is shown of another is out of date.
    large
        Where it is larger than memory, all of it; `image` then is every n-th of its pixels.
    remarks
        What was warned of when it was read, a sentence each.
    """

    name: str
    image: Image
    number: int = 0
    large: LargeImage | None = None
    remarks: tuple[str, ...] = ()

    @property
    def plane_shape(self) -> tuple[int, int]:
        """Rows and columns of all of it."""
        rows, columns = self.image.shape[-2:] if self.large is None else self.large.shape
        return rows, columns

    @property
    def planes(self) -> int:
        """How many planes can be looked at, of all times; 1 of an image."""
        return self.image.size // (self.image.shape[-1] * self.image.shape[-2])

    def plane(self, index: int) -> Image:
        """Return a plane, counted through all times."""
        image, found = self.image, index
        if image.has_times:
            of_time = self.planes // image.shape[0]
            image, found = image.at("t", index // of_time), index % of_time
        return image.at("z", found) if image.is_volume else image

    @cached_property
    def shown_range(self) -> Floats | None:
        """The values that are shown black and white, as `display.shown_range` says."""
        return shown_range(self.image) if self.large is None else self.large.limits

    @cached_property
    def seen(self) -> Image:
        """Every n-th pixel of the plane in the middle."""
        return thumbnail(self.plane(self.planes // 2), MOST_SEEN)


@dataclass(frozen=True, eq=False)
class Found:
    """A segmentation, and what is known of the run that found it.

    Attributes
    ----------
    segmentation
        With classes merged and named as asked for.
    run
        The number of the run.
    seconds
        How long it took.
    warnings
        What the run warned of, a sentence each.
    """

    segmentation: Segmentation
    run: int
    seconds: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Document:
    """An image, what is chosen and drawn, and what was found.

    Attributes
    ----------
    opened
        The image; None before one is opened.
    chosen
        What is asked for.
    drawn
        What is marked by hand.
    start
        The mixture to start from, where the components were edited; None where the choices say how.
    locked
        Labels of `start` whose components stay as they are.
    found
        The segmentation; None before there is one.
    """

    opened: OpenedImage | None = None
    chosen: Chosen = Chosen()  # noqa: RUF009 - it is immutable
    drawn: Drawn = NOTHING_DRAWN
    start: Mixture | None = None
    locked: frozenset[int] = frozenset()
    found: Found | None = None
