"""What an array of another library says of itself, besides its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pixture.imaging.physical_space.place import Place


@dataclass(frozen=True, eq=False)
class Dimensions:
    """The names of an array's dimensions, in its order.

    Attributes
    ----------
    names
        A name a dimension.
    letters
        Which axis of an image a dimension is, where that is said otherwise than by its name.
    """

    names: tuple[str, ...]
    letters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Description:
    """What is known of an array that became an image.

    Attributes
    ----------
    spacing, unit, channel_names, place
        As in `Image`; None and empty where nothing is said.
    nodata
        What stands for missing data, as `image_from_array` takes it.
    files
        The files that it rests on.
    """

    spacing: tuple[float, ...] | None = None
    unit: str | None = None
    channel_names: tuple[str, ...] = ()
    place: Place | None = None
    nodata: Any = None
    files: tuple[Path, ...] = ()


NOTHING = Description()
