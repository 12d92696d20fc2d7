"""NumPy's own file of one array."""

from __future__ import annotations

import io

import numpy as np

from pixture.imaging.writers.raster import Raster


def encode(raster: Raster) -> dict[str, bytes]:
    """Return a raster's values as a .npy file: the axes are those of the image."""
    content = io.BytesIO()
    np.save(content, raster.values, allow_pickle=False)
    return {".npy": content.getvalue()}
