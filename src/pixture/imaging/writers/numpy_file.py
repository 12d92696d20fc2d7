"""NumPy's own file of one array."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np

from pixture.arrays import Array
from pixture.imaging.writers.raster import Raster
from pixture.imaging.writers.raw_layout import RawLayout


def encode(raster: Raster) -> dict[str, bytes]:
    """Return a raster's values as a .npy file: the axes are those of the image."""
    content = io.BytesIO()
    np.save(content, raster.values, allow_pickle=False)
    return {".npy": content.getvalue()}


def raw_layout(raster: Raster) -> RawLayout:
    """Return what a .npy file begins with, and the order of its numbers."""
    dtype, head = raster.values.dtype, io.BytesIO()
    described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False}
    np.lib.format.write_array_header_1_0(head, {**described, "shape": raster.values.shape})
    return RawLayout(head.getvalue(), raster.axes, dtype)


def beside(raster: Raster) -> Mapping[str, bytes]:
    """Return the files beside it: there are none."""
    return {}


def numbers(raster: Raster) -> Array:
    """Return the numbers in the file: the values."""
    return raster.values
