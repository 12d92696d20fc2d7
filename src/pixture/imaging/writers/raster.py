"""What a writer writes: a value a pixel, where the pixels lie, and what the values mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pixture.arrays import Array
from pixture.imaging.image import Image


class Holds(Enum):
    """What the values of a raster are."""

    LABELS = auto()
    """Classes, 0 to K - 1, each with a name and a colour."""
    NUMBERS = auto()
    """Numbers of objects or regions, 0 where there is none."""
    VALUES = auto()
    """Measured or computed values, such as probabilities."""


@dataclass(frozen=True)
class ClassLook:
    """How a class is called and shown: its name, empty where it has none, and its colour as #rrggbb."""

    name: str
    colour: str


@dataclass(frozen=True, eq=False)
class Raster:
    """A value, or one a channel, for every pixel of an image.

    Attributes
    ----------
    values
        (*shape of the image), or (*shape, channels).
    image
        The image that they are of: its axes, the size of a pixel, its place.
    holds
        What the values are.
    nodata
        The value of pixels that take no part; None where all do. NaN in floats.
    classes
        Of labels: how each class looks.
    channel_names
        A name a channel of the values; empty where there is no channel axis.
    """

    values: Array
    image: Image
    holds: Holds
    nodata: int | float | None = None
    classes: tuple[ClassLook, ...] = ()
    channel_names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shape = " x ".join(str(length) for length in self.values.shape)
        return f"<Raster: {self.holds.name.lower()}, {shape} {self.values.dtype}>"

    @property
    def axes(self) -> str:
        """A letter an axis of the values."""
        spatial = self.image.axes.removesuffix("c")
        return f"{spatial}c" if self.values.ndim > len(spatial) else spatial
