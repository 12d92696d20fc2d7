"""PNG of numbers: labels, objects, regions."""

from __future__ import annotations

from pixture.imaging.encoding.flat_png import labels_png
from pixture.imaging.writers.raster import Raster


def encode(raster: Raster) -> dict[str, bytes]:
    """Return a raster of 8 or 16 bits, (rows, columns), as a PNG file of its numbers: grey, no palette."""
    return {".png": labels_png(raster.values)}
