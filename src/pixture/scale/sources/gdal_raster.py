"""Windows of the rasters of the Earth that GDAL reads; what is written as text is read whole.

Each window opens the file for itself: GDAL's datasets are not to be shared by threads, and what it keeps of
one goes with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pixture.imaging.image import Image
from pixture.imaging.readers.geo.gdal_raster import (
    TEXT,
    Said,
    driver_of,
    image_of,
    level_opened,
    placed,
    refuse_short,
    refuse_unread,
    said_by,
)
from pixture.imaging.readers.subimage import Subimage, chosen_scene
from pixture.imaging.window import Window
from pixture.scale.sources.file_source import MOST_STORED


@dataclass(frozen=True, eq=False)
class GdalWindows:
    """A raster, or a smaller copy of it: `Windows` says what its methods are.

    Attributes
    ----------
    watched
        The file.
    driver
        GDAL's name of its format.
    level
        Which copy; 0 is the full size.
    shape, stored
        As `Windows` says.
    said
        What the file says beside its values.
    known
        Place, spacing and unit, as `image_from_array` takes them.
    """

    watched: Path
    driver: str
    level: int
    shape: tuple[int, ...]
    stored: tuple[int, ...]
    said: Said
    known: dict[str, Any]

    def image(self, window: Window) -> Image:
        """As `Windows` says."""
        said = self.said
        with level_opened(self.watched, self.driver, self.level) as file:
            bands = file.read(window=tuple(zip(window.start, window.stop, strict=True)))
        stored = np.moveaxis(bands[list(said.kept)], 0, -1)
        opacity = None if said.alpha is None else bands[said.alpha]
        return image_of(self.watched, said, stored, opacity, self.known, is_part=True)


def windows_of(path: Path, which: Subimage) -> GdalWindows | None:
    """Return the raster in a file; None of one written as text, or in blocks too large for windows."""
    chosen_scene(path, which, [""])
    driver = driver_of(path)
    if driver in TEXT:
        return None
    with level_opened(path, driver, which.level) as file:
        refuse_unread(path, file)
        refuse_short(path, driver, file)
        shape, blocks = (int(file.height), int(file.width)), tuple(map(int, file.block_shapes[0]))
        if math.prod(blocks) * file.count * np.dtype(file.dtypes[0]).itemsize > MOST_STORED:
            return None
        said = said_by(file)
    return GdalWindows(path, driver, which.level, shape, blocks, said, placed(path, said.where, shape))
